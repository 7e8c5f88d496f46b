"""Preference data: the same answers whatever the table is, and the program's."""

import json

import big_game as bg
import numpy as np
import pytest


def same(found, other):
    """The same answer, but for what the table is called."""
    assert json.loads(found.to_json()) == json.loads(other.to_json())


def as_tables(table):
    import duckdb
    import pandas
    import polars
    import pyarrow as pa

    a, b = table["a"], table["b"]
    d = a.shape[1]
    kind = pa.from_numpy_dtype(a.dtype)
    fixed = {side: pa.FixedSizeListArray.from_arrays(pa.array(table[side].ravel(), kind), d) for side in ("a", "b")}
    rest = {"label": pa.array(table["label"]), "annotator": pa.array(table["annotator"])}
    arrow = pa.table(fixed | rest)
    yield "arrow, fixed-size lists", arrow
    lists = pa.table({side: fixed[side].cast(pa.list_(kind)) for side in ("a", "b")} | rest)
    yield "arrow, lists", lists
    yield "arrow, large lists", pa.table({s: fixed[s].cast(pa.large_list(kind)) for s in ("a", "b")} | rest)
    yield "arrow, chunks", pa.concat_tables([arrow.slice(0, 7), arrow.slice(7, 100), arrow.slice(107)])
    yield (
        "arrow, a reader",
        pa.RecordBatchReader.from_batches(arrow.schema, arrow.to_batches(max_chunksize=50)),
    )
    yield "polars", polars.from_arrow(lists)
    yield "polars, arrays", polars.from_arrow(arrow)
    yield (
        "pandas",
        pandas.DataFrame({"a": list(a), "b": list(b), "label": table["label"], "annotator": table["annotator"]}),
    )
    yield "duckdb", duckdb.sql("select * from lists")
    yield (
        "columns",
        {f"{s}_{k}": table[s][:, k] for s in ("a", "b") for k in range(d)}
        | {
            "label": table["label"],
            "annotator": table["annotator"],
        },
    )
    yield (
        "strided",
        {
            "a": np.asfortranarray(a),
            "b": np.repeat(b, 2, axis=1)[:, ::2],
            "label": list(table["label"]),
            "annotator": np.array(table["annotator"]),
        },
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_table_gives_the_same_bytes(drawn, dtype):
    table = drawn(11, 700, 3, theta=[0.3, -0.2, 0.1], people=4, dtype=dtype)
    fit, audit = bg.fit(table, by="annotator"), bg.audit(table, replicates=0)
    seen = 0
    for name, other in as_tables(table):
        # A reader is read once.
        if name != "arrow, a reader":
            same(bg.audit(other, replicates=0), audit)
        if name != "duckdb":
            same(bg.fit(next(t for n, t in as_tables(table) if n == name), by="annotator"), fit)
        seen += 1
    assert seen == 11


def test_answers_are_the_programs(program, drawn, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = drawn(2, 900, 2, theta=[0.4, 0.1], people=3)
    path = tmp_path / "labels.parquet"
    pq.write_table(pa.table({k: list(v) for k, v in table.items()}), path)
    for source in (table, path, [str(path)]):
        for how, flags in [
            ({}, []),
            ({"by": "annotator", "precision": "fit"}, ["--by", "annotator", "--precision", "fit"]),
            ({"by": "annotator", "pool": True}, ["--by", "annotator", "--pool"]),
            (
                {"ridge": 2.0, "covariance": True, "errors": "information"},
                ["--ridge", "2", "--covariance", "--se", "information"],
            ),
            ({"bound": bg.Ball(0.2)}, ["--bound", '{"type": "ball", "radius": 0.2}']),
            ({"position_bias": True}, ["--position-bias"]),
        ]:
            assert bg.fit(source, **how).to_dict() == program("prefs", "fit", path, *flags, "--json")[1], how
        found = bg.audit(source, space=bg.Box(-1, 1), game=True)
        code, told = program(
            "prefs",
            "audit",
            path,
            "--space",
            '{"type": "box", "lower": -1, "upper": 1}',
            "--game",
            tmp_path / "g.json",
            "--json",
        )
        assert code == 0
        assert found.to_dict() == told
        assert found.annotator_game.to_dict()["influencers"] == bg.read_game(tmp_path / "g.json").to_dict()["influencers"]
        implied = bg.receiver(source)
        assert implied.to_dict() == program("prefs", "receiver", path, "--json")[1]
        assert implied.weights.shape == (3, 2, 2)
        assert bg.solve(implied.annotator_game).receiver.shape == (2,)
    told = program("prefs", "check", path, "--json")[1]
    found = bg.check(path).to_dict()
    assert found == told


def test_an_estimate_by_scipys_route(drawn):
    from scipy.optimize import minimize

    table = drawn(8, 3000, 2, theta=[0.3, -0.6])
    z = 2 * (table["a"] - table["b"])
    offset = (table["b"] ** 2).sum(1) - (table["a"] ** 2).sum(1)
    sign = np.where(table["label"], 1.0, -1.0)

    def loss(theta):
        return np.logaddexp(0, -sign * (z @ theta + offset)).sum()

    best = minimize(loss, np.zeros(2), tol=1e-12)
    assert np.allclose(bg.fit(table).theta, best.x, atol=1e-5)


def test_items():
    games = [("x", "y", 1), ("y", "z", 1), ("z", "x", 1), ("x", "y", 1), ("y", "x", 1)]
    table = {"a": [g[0] for g in games], "b": [g[1] for g in games], "label": [g[2] for g in games]}
    found = bg.fit(table)
    assert isinstance(found, bg.Scores)
    assert next(iter(found.scores)) == "x"
    assert abs(sum(found.scores.values())) < 1e-12


def test_no_estimate_is_an_exception_with_an_answer():
    table = {"a": [[1.0], [2.0]], "b": [[0.0], [0.5]], "label": [1, 1]}
    with pytest.raises(bg.NoEstimate) as caught:
        bg.fit(table)
    assert caught.value.answer["reason"] == "separable"
    assert caught.value.answer["direction"] == [1.0]


def test_a_wrong_row_is_named(drawn):
    table = drawn(1, 50, 2)
    table["a"][16, 1] = np.nan
    with pytest.raises(bg.InputError) as caught:
        bg.fit(table)
    assert caught.value.row == 17
    with pytest.raises(TypeError, match="unexpected keyword argument lable"):
        bg.fit(table, lable="label")
    with pytest.raises(bg.InputError, match="50 has|rows where"):
        bg.fit(table | {"label": [1, 0]})
    with pytest.raises(TypeError, match="is no table"):
        bg.fit(7)
    with pytest.raises(bg.InputError, match="no such file"):
        bg.fit("nowhere.parquet")


def test_simulate_and_play_are_the_programs(program, tmp_path):
    spec = {
        "action_space": {"type": "box", "lower": -1, "upper": 1},
        "seed": 3,
        "influencers": [{"theta": [-0.2], "pairs": 200}, {"theta": [0.3], "pairs": 200}],
    }
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(spec))
    made = bg.simulate(spec, tmp_path / "labels.csv")
    assert made.comparisons == 400
    assert made.to_dict() == program("prefs", "simulate", path, "-o", tmp_path / "labels.csv", "--json")[1]
    found = bg.play(spec)
    assert found.to_dict() == program("prefs", "play", path, "--json")[1]
    assert found.affinity["r_squared"] > 0.9


def test_any_function_is_a_receiver():
    asked = []

    def curved(actions):
        asked.append(len(actions))
        mean = np.mean(actions, axis=0)
        return np.tanh(mean)

    spec = {"action_space": bg.Box(-1, 1), "influencers": [{"theta": [-0.2]}, {"theta": [0.3]}]}
    found = bg.play(spec, receiver=curved)
    assert found.converged
    assert found.receiver == "curved"
    assert set(asked) == {2}
    # Monotone in every action: the equilibrium is the crossing of beyond a line, everybody at an end or on target.
    assert found.actions.tolist() == [[-1.0], [1.0]]
    assert found.theta_hat.tolist() == [0.0]
    weights = found.affinity["weights"]
    assert found.affinity["profiles"] == len(asked)
    assert 0.3 < weights[0] < 0.55
    assert found.affinity["r_squared"] > 0.95

    def broken(actions):
        raise KeyError("no model today")

    with pytest.raises(KeyError, match="no model today"):
        bg.play(spec, receiver=broken)
    with pytest.raises(bg.InputError, match="answered 2 numbers where 1"):
        bg.play(spec, receiver=lambda actions: [0.0, 0.0])
    with pytest.raises(bg.InputError, match="not finite"):
        bg.play(spec, receiver=lambda actions: [float("nan")])


def test_reports_of_tables(drawn, tmp_path):
    table = drawn(4, 300, 1, theta=[0.2])
    assert str(bg.plot_table(table)).startswith("<svg")
    assert "<html" in bg.report_table(table, tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size > 1000
