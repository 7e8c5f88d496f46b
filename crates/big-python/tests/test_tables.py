"""Tables that are made as they are asked for, tables of responses, arrays that only speak DLPack, and groups of annotators."""

import json
import pickle

import big_game as bg
import numpy as np
import pytest
from big_game._tables import as_table


def answer(found):
    return json.loads(found.to_json())


@pytest.fixture
def named(drawn):
    """The same comparisons twice: with embeddings, and by the responses' names beside a table of these."""
    whole = drawn(5, 400, 3, theta=[0.2, 0.0, -0.3], people=5)
    responses = {"id": [f"r{i}" for i in range(800)], "embedding": np.concatenate([whole["a"], whole["b"]])}
    names = {"a": responses["id"][:400], "b": responses["id"][400:]}
    return whole, {**whole, **names}, responses


@pytest.mark.parametrize("kind", ["columns", "arrow", "polars", "duckdb", "file", "files"])
def test_responses_may_be_a_table(named, kind, tmp_path):
    import polars
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole, byname, responses = named
    arrow = pa.table({"id": responses["id"], "embedding": list(responses["embedding"])})
    if kind == "duckdb":
        import duckdb

        given = duckdb.sql("select * from arrow")
    elif kind == "file":
        given = tmp_path / "responses.parquet"
        pq.write_table(arrow, given)
    elif kind == "files":
        given = [tmp_path / "one.parquet", tmp_path / "two.parquet"]
        pq.write_table(arrow.slice(0, 300), given[0])
        pq.write_table(arrow.slice(300), given[1])
    else:
        given = {"columns": responses, "arrow": arrow, "polars": polars.from_arrow(arrow)}[kind]
    assert answer(bg.fit(byname, responses=given)) == answer(bg.fit(whole))


def test_every_question_takes_responses(named):
    whole, byname, responses = named
    questions = [
        lambda table, **more: bg.fit(table, by="annotator", pool=True, **more),
        lambda table, **more: bg.audit(table, **more),
        lambda table, **more: bg.receiver(table, profiles=2, **more),
        lambda table, **more: bg.label_mechanisms(table, replicates=0, **more),
    ]
    for question in questions:
        assert answer(question(byname, responses=responses)) == answer(question(whole))
    assert bg.check(byname, responses=responses).rows == 400


def test_what_responses_lack_is_told(named):
    _, byname, responses = named
    short = {name: column[:700] for name, column in responses.items()}
    with pytest.raises(bg.InputError, match="the table of responses has no response by the name r700") as refused:
        bg.fit(byname, responses=short)
    assert refused.value.row == 301
    with pytest.raises(bg.InputError, match="embedding"):
        bg.fit(byname, responses={"id": responses["id"]})
    with pytest.raises(TypeError, match="no table"):
        bg.fit(byname, responses=3)


def test_files_travel_and_rows_do_not():
    assert pickle.loads(pickle.dumps(as_table("labels.parquet"))) is not None
    with pytest.raises(bg.InputError, match="do not travel"):
        pickle.dumps(as_table({"a": np.zeros((2, 1)), "b": np.ones((2, 1))}))


def test_a_query_is_asked_once_however_long_it_is(drawn):
    import pyarrow as pa

    table = drawn(3, 60_000, 24, people=3)
    columns = {side: pa.FixedSizeListArray.from_arrays(pa.array(table[side].ravel()), 24) for side in ("a", "b")}
    arrow = pa.table(columns | {"label": table["label"], "annotator": pa.array(table["annotator"]).dictionary_encode()})
    asked = []

    def batches():
        # More than stays in memory: 23 MB.
        for batch in arrow.to_batches(max_chunksize=10_000):
            asked.append(len(batch))
            yield batch

    reader = pa.RecordBatchReader.from_batches(arrow.schema, batches())
    made = bg.fit(reader, by="annotator")
    assert sum(asked) == 60_000
    assert answer(made) == answer(bg.fit(arrow, by="annotator"))


def test_a_query_that_fails_raises_what_it_raised(drawn):
    import pyarrow as pa

    arrow = pa.table({"label": [1, 0]})

    def broken():
        yield from arrow.to_batches()
        raise RuntimeError("the connection is gone")

    with pytest.raises(RuntimeError, match="the connection is gone"):
        bg.fit(pa.RecordBatchReader.from_batches(arrow.schema, broken()))


class Lent:
    """An array that speaks DLPack and nothing else, as a tensor of another library may."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self, **given):
        return self._array.__dlpack__(**given)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tensors_come_by_dlpack(drawn, dtype):
    import jax.numpy as jnp

    table = drawn(8, 300, 4, theta=[0.1, -0.2, 0.3, 0.0], dtype=dtype)
    plain = bg.fit(table)
    lent = {name: Lent(np.asarray(table[name])) for name in ("a", "b")}
    assert answer(bg.fit(table | lent)) == answer(plain)
    if dtype == np.float32:
        assert answer(bg.fit(table | {name: jnp.asarray(table[name]) for name in ("a", "b")})) == answer(plain)
    x = np.hstack([table["a"], table["b"]]).astype(dtype)
    y = np.asarray(table["label"], dtype=int)
    ours = bg.IdealPoint().fit(Lent(x), y)
    np.testing.assert_array_equal(ours.theta_, bg.IdealPoint().fit(x, y).theta_)
    np.testing.assert_array_equal(ours.predict(Lent(x)), ours.predict(x))


def test_groups_of_annotators(drawn, program, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = drawn(2, 3000, 2, theta=[0.2, -0.1], people=7)
    region = {f"p{i}": ["north", "south", "west"][i % 3] for i in range(7)}
    table["region"] = [region[name] for name in table["annotator"]]
    found = bg.audit(table, groups="region", clusters=2, replicates=0)
    by = {row["annotator"]: row for row in found.annotators}
    assert {g["group"]: g["annotators"] for g in found.groups} == {"north": 3, "south": 2, "west": 2}
    for group in found.groups:
        members = [by[name] for name in region if region[name] == group["group"]]
        for what in ("comparisons", "share", "influence"):
            assert group[what] == pytest.approx(sum(m[what] for m in members))
        assert group["bound"] == pytest.approx(sum(m["reach"] for m in members))
        assert max(m["reach"] for m in members) < group["reach"] <= group["bound"]
        assert max(m["manipulability"] for m in members) < group["manipulability"] <= 1
        assert group["refit_reach"] > 0
    assert sorted(name for c in found.clusters for name in c["members"]) == sorted(by)
    # The program says the same, in numbers and in words.
    path = tmp_path / "labels.parquet"
    columns = {side: list(table[side]) for side in ("a", "b")}
    pq.write_table(pa.table(table | columns), path)
    arguments = ("prefs", "audit", path, "--groups", "region", "--clusters", 2, "--replicates", 0)
    code, told = program(*arguments, "--json")
    assert code == 0
    assert told["groups"] == answer(found)["groups"]
    assert told["clusters"] == answer(found)["clusters"]
    code, text = program(*arguments)
    for told in ("north", "cluster 1: ", "centre"):
        assert told in text
    # Somebody who is in two groups is named, with the row.
    torn = dict(table, region=[*table["region"][:-1], "nowhere"])
    with pytest.raises(bg.InputError, match="is in the group .* and in the group 'nowhere'") as refused:
        bg.audit(torn, groups="region")
    assert refused.value.row == 3000
    with pytest.raises(bg.InputError, match="no column `country`"):
        bg.audit(table, groups="country")


def test_label_words_are_told(program, tmp_path):
    words = ["model_a"] * 5 + ["model_b"] * 3 + ["tie (bothbad)"] * 2 + ["A-is-better"] + ["mine"] * 4
    table = {"a": [f"x{i % 4}" for i in range(15)], "b": [f"y{i % 3}" for i in range(15)], "winner": words}
    reading = {"words": (["mine"], [], [])}
    found = bg.check(table, **reading)
    told = [(w["word"], w["read_as"], w["count"]) for w in found.label_words]
    assert told == [
        ("model_a", "first", 5),
        ("mine", "first", 4),
        ("model_b", "second", 3),
        ("tie (bothbad)", "tie", 2),
        ("A-is-better", "first", 1),
    ]
    assert found.labels == {"first": 10, "second": 3, "ties": 2}
    # The winner's own name, and numbers.
    named = bg.check({"a": ["x", "y", "x"], "b": ["y", "x", "z"], "winner": ["x", "x", "z"]})
    assert [tuple(w.values()) for w in named.label_words] == [("x", "first", 1), ("x", "second", 1), ("z", "second", 1)]
    for label in ([1, 0, 1], [1.0, 0.5, 0.0], [True, False, True]):
        assert "label_words" not in bg.check({"a": ["x", "y", "x"], "b": ["y", "x", "z"], "label": label}).to_dict()
    path = tmp_path / "rows.csv"
    path.write_text("a,b,winner\n" + "\n".join(map(",".join, zip(*table.values(), strict=True))) + "\n")
    code, text = program("prefs", "check", path, "--first-word", "mine")
    assert code == 0
    assert 'Labels: "model_a" is the first (5), "mine" is the first (4), "model_b" is the second (3)' in text
