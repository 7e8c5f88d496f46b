"""Games: what Python answers is what the program answers, on games that nobody chose."""

import json
from fractions import Fraction

import big_game as bg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

number = st.one_of(
    st.integers(-3, 3).map(float),
    st.floats(-3, 3, allow_nan=False).map(lambda v: round(v, 3)),
    st.fractions(-2, 2, max_denominator=7),
)


@st.composite
def spaces(draw, d):
    kind = draw(st.sampled_from(["box", "ball", "l1", "simplex", "ellipsoid", "vertices", "halfspaces"]))
    size = draw(st.sampled_from([0.0, 0.5, 1.0, 2.0]))
    if kind == "box":
        return bg.Box(-size, draw(st.sampled_from([0.5, 1.0])))
    if kind == "ball":
        return bg.Ball(size, [draw(st.sampled_from([0.0, 0.25]))] * d)
    if kind == "l1":
        return bg.L1Ball(size)
    if kind == "simplex":
        return bg.Simplex(size)
    if kind == "ellipsoid":
        return bg.Ellipsoid([0.0] * d, np.diag(np.arange(1.0, d + 1)))
    if kind == "vertices":
        count = draw(st.integers(1, 5))
        return bg.Polytope([[draw(number) for _ in range(d)] for _ in range(count)])
    return bg.Polytope(a=np.vstack([np.eye(d), -np.eye(d)]), b=[1.0] * (2 * d))


@st.composite
def games(draw):
    d, n = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    vector = st.lists(number, min_size=d, max_size=d)
    common = draw(st.booleans())
    weights = draw(st.one_of(number, st.lists(number, min_size=n, max_size=n)))
    return bg.Game(
        targets=draw(st.lists(vector, min_size=n, max_size=n)),
        weights=weights,
        space=draw(spaces(d)) if common else [draw(spaces(d)) for _ in range(n)],
        bias=draw(vector),
        loss=draw(st.sampled_from(["squared_euclidean", "squared_euclidean", "inner_product"])),
    )


@given(games())
@runs(max_examples=100)
def test_answers_are_the_programs(program, tmp_path_factory, game):
    folder = tmp_path_factory.mktemp("game")
    path = folder / "game.toml"
    game.write(path)
    assert bg.read_game(path) == game
    code, told = program("solve", path, "--json")
    try:
        found = bg.solve(game)
    except bg.Unfinished as unfinished:
        assert code == 3
        found = unfinished.result
    else:
        assert code == 0
    assert found.to_dict() == told
    # The arrays are the JSON's.
    rows = told["influencers"]
    assert np.array_equal(found.receiver, told["receiver"])
    for array, key in [
        (found.actions, "action"),
        (found.truthful_actions, "truthful_action"),
        (found.losses, "loss"),
        (found.regrets, "regret"),
        (found.exaggeration, "exaggeration"),
        (found.extreme, "extreme"),
    ]:
        assert np.array_equal(array, [row[key] for row in rows]), key
    lower, upper = found.action_range
    assert np.array_equal(lower, [row["action_range"]["lower"] for row in rows])
    assert np.array_equal(upper, [row["action_range"]["upper"] for row in rows])
    # By a route of its own: the receiver is where the actions put it.
    file = game.to_dict()
    at = np.array([float(Fraction(v)) for v in file["receiver"]["bias"]])
    for row in rows:
        at = at + row["weight"] * np.array(row["action"])
    assert np.allclose(at, found.receiver, atol=1e-12)
    if told["solution_concept"] == "pure_nash":
        profile = folder / "profile.json"
        profile.write_text(json.dumps({"actions": found.actions.tolist()}))
        assert bg.verify(game, found.actions).to_dict() == program("verify", path, profile, "--json")[1]
        code, told = program("dynamics", path, "--json", "--max-rounds", "20")
        assert bg.dynamics(game, max_rounds=20).to_dict() == told


@given(st.data(), st.integers(0, 10_000))
@runs(max_examples=40)
def test_games_in_which_only_some_choose_items_are_the_programs(program, tmp_path_factory, data, seed):
    rng = np.random.default_rng(seed)
    d, n = int(rng.integers(1, 3)), int(rng.integers(2, 5))
    chooses = np.arange(n) % 2 == 0
    own, lists = [], []
    for chooser in chooses:
        items = rng.integers(-4, 5, size=(int(rng.integers(1, 5)), d))
        lists.append(items)
        own.append(bg.Finite(items, int(rng.integers(1, len(items) + 1))) if chooser else data.draw(spaces(d)))
    game = bg.Game(rng.integers(-3, 4, size=(n, d)), rng.choice([0.5, 1.0, -0.25], size=n), own)
    assert not game.is_finite
    path = tmp_path_factory.mktemp("hybrid") / "game.json"
    game.write(path)
    found = bg.solve(game)
    assert isinstance(found, bg.HybridEquilibrium)
    assert found.to_dict() == program("solve", path, "--json")[1]
    assert [choice is not None for choice in found.choices] == chooses.tolist()
    assert bg.verify(game, found)
    assert bg.verify(game, found.actions)
    assert found.regrets.max() <= found.to_dict()["max_regret"]
    every = bg.enumerate(game)
    assert every.to_dict() == program("enumerate", path, "--json")[1]

    def means(choices):
        return [items[choice].mean(axis=0).tolist() for items, choice in zip(lists, choices, strict=True) if choice is not None]

    # Of choices with one mean one is listed.
    assert means(found.choices) in [means(piece["choices"]) for piece in every.to_dict()["equilibria"]]


@pytest.mark.parametrize("second", [bg.Ball(1), bg.Finite([[0.5, -1], [1, 0], [0, 0.25]], 1)])
def test_actions_of_other_lengths_are_a_list(second):
    game = bg.Game([[0.2], [0.4]], [[[1]], [[0.5, 0.25]]], [bg.Finite([[-1], [0.5]], 1), second])
    found = bg.solve(game)
    assert [len(action) for action in found.actions] == [1, 2]
    assert bg.verify(game, found)
    assert bg.verify(game, found.actions)


@given(st.integers(0, 10_000))
@runs(max_examples=40)
def test_finite_games_are_the_programs(program, tmp_path_factory, seed):
    rng = np.random.default_rng(seed)
    d, n = rng.integers(1, 3), rng.integers(1, 4)
    items = rng.integers(-4, 5, size=(int(rng.integers(2, 7)), d))
    space = bg.Finite(items, int(rng.integers(1, len(items) + 1)), bool(rng.integers(2)))
    game = bg.Game(rng.integers(-3, 4, size=(n, d)), rng.choice([0.5, 1.0, -0.25], size=n), space)
    assert game.is_finite
    path = tmp_path_factory.mktemp("finite") / "game.json"
    game.write(path)
    found = bg.solve(game)
    assert found.to_dict() == program("solve", path, "--json")[1]
    assert bg.enumerate(game).to_dict() == program("enumerate", path, "--json")[1]
    assert bg.verify(game, found.choices)
    assert bg.verify(game, found)
    code, table = program("export", path, "--format", "nfg")
    if code == 0:
        assert bg.export(game) == table
        told = program("strategic", path, "--concept", "pure", "--json")[1]
        assert bg.strategic(game, concept="pure").to_dict() == told
    else:
        with pytest.raises(bg.Unfinished, match="payoff table"):
            bg.export(game)


def test_a_large_game_is_arrays_on_both_sides():
    rng = np.random.default_rng(5)
    n = 60_000
    targets, weights = rng.normal(size=(n, 2)), rng.random(n) / n
    found = bg.solve(bg.Game(targets, weights, bg.Box(-1, 1)))
    assert found.actions.shape == (n, 2)
    assert found.certificate.max_regret < 1e-12
    # Each coordinate by a bisection of its own.
    for k in range(2):
        low, high = -2.0, 2.0
        for _ in range(200):
            middle = (low + high) / 2
            pull = np.where(targets[:, k] > middle, weights, -weights).sum()
            low, high = (middle, high) if middle < pull else (low, middle)
        assert abs(found.receiver[k] - low) < 1e-12
    assert np.allclose(weights @ found.actions, found.receiver, atol=1e-12)
    assert np.allclose(found.losses, ((found.receiver - targets) ** 2).sum(1))
    named = bg.Game(targets, weights, bg.Box(-1, 1), names=[f"i{k}" for k in range(n)])
    assert named.names[7] == "i7"
    assert named.targets.shape == (n, 2)


def test_numbers_may_be_exact():
    game = bg.Game([[Fraction(1, 3)], ["-1/3"]], ["1/3", Fraction(2, 3)], bg.Box("-1/7", 1))
    assert game.to_dict()["influencers"][0] == {
        "name": "1",
        "weight": "1/3",
        "target": ["1/3"],
    } or game.to_dict()["influencers"][0] == {"weight": "1/3", "target": ["1/3"]}
    assert bg.Game.from_toml(game.to_toml()) == game


def test_sensitivity_is_a_dict_of_derivatives():
    found = bg.sensitivity(bg.Game([-0.8, -0.3], 0.5, bg.Box(-1, 1)))
    assert found == bg.solve(bg.Game([-0.8, -0.3], 0.5, bg.Box(-1, 1)), sensitivity=True).to_dict()["sensitivity"]


def test_lies_may_cost(program, tmp_path):
    # By hand: no bound is active, honest is the target (the closed form of one line).
    weights, targets, costs = np.array([0.5, 0.5]), np.array([-0.2, 0.3]), np.array([1.0, 2.0])
    game = bg.Game(targets, weights, bg.Box(-9, 9), lying_costs=costs)
    found = bg.solve(game, honesty=0.05)
    pull = weights**2 / costs
    receiver = (weights @ targets + pull @ targets) / (1 + pull.sum())
    assert abs(found.receiver[0] - receiver) < 1e-12
    assert np.allclose(found.actions[:, 0], targets + weights * (targets - receiver) / costs, atol=1e-12)
    path = tmp_path / "costs.toml"
    game.write(path)
    assert found.to_dict() == program("solve", path, "--honesty", "0.05", "--json")[1]
    assert found.honesty["largest_exaggeration"] <= 0.05


def test_coalitions_and_mechanisms_are_the_programs(program, tmp_path):
    game = bg.Game([[2, 0], [0, 2], [-2, -1]], "1/3", bg.Ball(1))
    path = tmp_path / "disc.toml"
    game.write(path)
    found = bg.coalitions(game)
    assert found.to_dict() == program("coalitions", path, "--json")[1]
    assert found.mergers
    rules = bg.mechanisms(game, only=["weighted_mean", "coordinate_median"])
    assert rules.to_dict() == program("mechanisms", path, "--only", "weighted_mean,coordinate_median", "--json")[1]
    assert rules.columns()["name"] == ["weighted_mean", "coordinate_median"]


def test_matrix_weights():
    rng = np.random.default_rng(2)
    weights = rng.normal(size=(3, 2, 2))
    game = bg.Game(rng.normal(size=(3, 2)), weights, bg.Ball(1))
    found = bg.solve(game)
    assert np.allclose(np.einsum("idm,im->d", weights, found.actions), found.receiver, atol=1e-12)


def test_what_is_wrong_is_said():
    with pytest.raises(bg.InputError, match="not finite|must be|nan"):
        bg.Game([[float("nan")]], 0.5, bg.Box(-1, 1))
    with pytest.raises(bg.InputError, match="lower"):
        bg.Game([[0.0]], 0.5, bg.Box(1, -1))
    with pytest.raises(bg.InputError, match="2 for 1"):
        bg.Game([[0.0]], [0.5, 0.5], bg.Box(-1, 1))
    with pytest.raises(ValueError, match="is none of"):
        bg.solve(bg.Game([0.0], 0.5, bg.Box(-1, 1)), method="quickly")
    with pytest.raises(bg.InputError) as caught:
        bg.Game.from_toml('[action_space]\ntype = "box"\nlower = -1\nuper = 1\n[[influencers]]\nweight = 1\ntarget = [0]\n')
    assert caught.value.line == 4
    assert "upper" in caught.value.help
    big = np.zeros((30_000, 1))
    big[41, 0] = np.inf
    with pytest.raises(bg.InputError) as caught:
        bg.Game(big, 0.1, bg.Box(-1, 1))
    assert caught.value.row == 42
