"""Answers: pickled, shown, drawn, as tables."""

import copy
import pickle

import big_game as bg
import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")


@pytest.fixture(scope="module")
def game():
    return bg.Game([[-0.8], [-0.3]], 0.5, bg.Box(-1, 1), names=["far left", "centre <left>"])


def test_answers_are_pickled_copied_and_compared(game):
    for found in [bg.solve(game), bg.dynamics(game), bg.verify(game, [[-1], [0.4]])]:
        again = pickle.loads(pickle.dumps(found))
        assert again == found
        assert copy.deepcopy(found) == found
        assert again.verdict == found.verdict
        assert type(found).from_json(found.to_json()) == found
    again = pickle.loads(pickle.dumps(bg.solve(game)))
    assert np.array_equal(again.actions, [[-1.0], [0.4]])
    assert again.losses.shape == (2,)
    assert again.certificate.duality_gap == bg.solve(game).certificate.duality_gap
    assert pickle.loads(pickle.dumps(game)) == game


def test_errors_are_pickled():
    error = bg.InputError("wrong", line=3, help="mend it")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.line, again.help) == ("wrong", 3, "mend it")
    none = pickle.loads(pickle.dumps(bg.NoEstimate("none", json='{"reason": "separable"}')))
    assert none.answer["reason"] == "separable"


def test_a_notebook_shows_them(game):
    for thing in [game, bg.solve(game), bg.dynamics(game)]:
        page = thing._repr_html_()
        assert page.count("<div>") == page.count("</div>") == 1
        assert "<left>" not in page
    assert "prefers-color-scheme: dark" in bg.solve(game)._repr_html_()
    assert repr(bg.solve(game)).startswith("<Equilibrium: One equilibrium; the receiver lands at -0.3; ")
    assert "receiver" in dir(bg.solve(game))
    with pytest.raises(AttributeError, match="no field 'sender'"):
        _ = bg.solve(game).sender


def test_figures_and_pages(game, tmp_path):
    found = bg.solve(game)
    assert str(found.plot()).startswith("<svg")
    found.plot(tmp_path / "figure.png", theme="dark")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    found.plot(tmp_path / "figure.svg", figure="potential")
    assert (tmp_path / "figure.svg").read_text().startswith("<svg")
    found.plot(tmp_path / "figure.pdf")
    assert (tmp_path / "figure.pdf").read_bytes().startswith(b"%PDF-")
    page = found.report(tmp_path / "page.html")
    assert page == (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "far left" in page
    assert str(bg.dynamics(game).plot()).startswith("<svg")
    with pytest.raises(bg.InputError, match="no such figure"):
        found.plot(figure="pairs")


def test_a_large_answer_is_drawn_from_its_game():
    rng = np.random.default_rng(0)
    found = bg.solve(bg.Game(rng.normal(size=(30_000, 1)), 1 / 30_000, bg.Box(-1, 1)))
    assert str(found.plot()).startswith("<svg")
    assert "<div>" in found._repr_html_()


def test_figures_in_the_users_axes(game, drawn, tmp_path):
    import matplotlib.pyplot as plt

    answers = [
        bg.solve(game),
        bg.solve(bg.Game([[1, 0], [0, 1]], 0.5, bg.Ball(1))),
        bg.dynamics(game),
        bg.fit(drawn(1, 500, 2)),
        bg.audit(drawn(1, 800, 2, people=4), replicates=0),
        bg.fit({"a": ["x", "y", "z", "x"], "b": ["y", "z", "x", "z"], "label": [1, 1, 1, 1]}),
        bg.play(
            {"action_space": bg.Box(-1, 1), "influencers": [{"theta": [-0.2]}, {"theta": [0.3]}]},
            receiver=lambda actions: [(actions[0][0] + actions[1][0]) / 2],
        ),
    ]
    for found in answers:
        figure, ax = plt.subplots()
        assert found.plot(ax=ax) is ax
        assert ax.has_data()
        figure.savefig(tmp_path / f"{type(found).__name__}.png")
        plt.close(figure)
    # The line is where the receiver is.
    _, ax = plt.subplots()
    bg.solve(game).plot(ax=ax)
    assert any(np.allclose(line.get_xdata(), -0.3) for line in ax.get_lines())
    plt.close("all")


def test_rows_as_tables(game, drawn):
    import pandas
    import polars
    import pyarrow

    found = bg.solve(game)
    frame = found.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["name"]) == ["far left", "centre <left>"]
    assert list(frame["loss"]) == list(found.losses)
    assert found.to_polars()["name"].to_list() == list(frame["name"])
    assert pyarrow.table(found).column("action").to_pylist() == [[-1.0], [0.4]]
    audit = bg.audit(drawn(3, 900, 2, people=5), replicates=0)
    assert polars.DataFrame(pyarrow.table(audit))["annotator"].to_list() == audit.columns()["annotator"]
    assert len(audit.to_pandas()) == 5
    fit = bg.fit(drawn(3, 900, 2, people=3), by="annotator", precision=1)
    assert list(fit.to_pandas()["annotator"]) == [row["annotator"] for row in fit.annotators]
