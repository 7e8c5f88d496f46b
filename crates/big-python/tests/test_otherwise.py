"""Learning, leading and taking part, against routes of their own."""

import itertools
import json

import big_game as bg
import numpy as np
import pytest
from scipy.optimize import linprog


def drawn(seed, kind=None, d=None, n=None):
    rng = np.random.default_rng(seed)
    d = d or int(rng.integers(1, 4))
    n = n or int(rng.integers(2, 6))
    kind = kind or str(rng.choice(["box", "ball"]))
    space = bg.Box([-1.0] * d, [1.0] * d) if kind == "box" else bg.Ball(1.0, [0.0] * d)
    weights = rng.uniform(0.1, 1.0, n)
    targets = rng.normal(size=(n, d))
    bias = rng.normal(size=d) * 0.2
    return bg.Game(targets=targets, weights=weights, space=space, bias=bias), targets, weights, bias


@pytest.mark.parametrize("seed", range(30))
def test_learning_stays_within_its_bound(seed):
    game, *_ = drawn(seed)
    told = bg.learn(game, 2000).to_dict()
    at = bg.solve(game).receiver
    assert np.allclose(told["equilibrium_receiver"], at)
    distances = [s["distance"] for s in told["seen"]]
    assert [s["round"] for s in told["seen"]] == [2**k for k in range(11)] + [2000]
    assert distances == sorted(distances, reverse=True)
    for seen in told["seen"]:
        assert seen["distance"] <= seen["distance_bound"] * (1 + 1e-9) + 1e-12
        # The nearest so far is at most as far as now.
        assert seen["distance"] <= np.linalg.norm(np.subtract(seen["receiver"], at)) + 1e-12
    bounds = [s["distance_bound"] for s in told["seen"]]
    assert bounds[-1] < 0.5 * bounds[3]


@pytest.mark.parametrize("seed", range(12))
def test_on_a_line_learning_is_the_recursion_by_hand(seed):
    game, targets, weights, bias = drawn(seed, "box", 1)
    told = bg.learn(game, 64).to_dict()
    x = np.clip(targets[:, 0], -1, 1)
    steepest = np.zeros(len(x))
    seen = {}
    total = 0.0
    for t in range(1, 65):
        r = bias[0] + weights @ x
        total += r
        seen[t] = (r, total / t)
        slope = 2 * weights * (r - targets[:, 0])
        steepest = np.maximum(steepest, np.abs(slope))
        step = np.where(steepest > 0, 2 / (np.where(steepest > 0, steepest, 1) * np.sqrt(t)), 0)
        x = np.clip(x - step * slope, -1, 1)
    for s in told["seen"]:
        assert s["receiver"][0] == pytest.approx(seen[s["round"]][0], abs=1e-9)
        assert s["mean_receiver"][0] == pytest.approx(seen[s["round"]][1], abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_no_commitment_gains_on_boxes_and_none_beats_what_is_told_on_balls(seed):
    kind = "box" if seed % 2 else "ball"
    game, targets, weights, bias = drawn(seed, kind, 2, 3)
    told = bg.commit(game).to_dict()
    rng = np.random.default_rng(seed)
    for leader in told["leaders"]:
        i = leader["influencer"]
        others = [j for j in range(3) if j != i]
        assert leader["exact"] == (kind == "box" or leader["equilibrium_loss"] == 0)
        assert leader["loss_at_least"] <= leader["loss"] <= leader["equilibrium_loss"]

        def lands(x, i=i, others=others):
            rest = bg.Game(targets=targets[others], weights=weights[others], space=space(kind), bias=bias + weights[i] * x)
            return bg.solve(rest).receiver

        reached = lands(np.array(leader["action"]))
        assert np.allclose(reached, leader["receiver"], atol=1e-7)
        assert ((reached - targets[i]) ** 2).sum() == pytest.approx(leader["loss"], abs=1e-7)
        for _ in range(40):
            x = rng.uniform(-1, 1, 2)
            if kind == "ball":
                x /= max(1, np.linalg.norm(x))
            assert ((lands(x) - targets[i]) ** 2).sum() >= leader["loss"] - 2e-4


def space(kind):
    return bg.Box([-1.0] * 2, [1.0] * 2) if kind == "box" else bg.Ball(1.0, [0.0] * 2)


@pytest.mark.parametrize("seed", range(30))
def test_entry_is_where_nobody_changes_its_mind(seed):
    game, targets, weights, bias = drawn(seed, "box", 1)
    rng = np.random.default_rng(seed)
    cost = float(rng.choice([0.0, 0.01, 0.1, 0.5]))
    told = bg.enter(game, cost).to_dict()

    def loss(i, inside):
        inside = sorted(inside)
        at = bias
        if inside:
            at = bg.solve(
                bg.Game(targets=targets[inside], weights=weights[inside], space=bg.Box([-1.0], [1.0]), bias=bias)
            ).receiver
        return ((at - targets[i]) ** 2).sum() + cost * (i in inside)

    inside = set(told["entrants"])
    for i, margin in enumerate(told["margins"]):
        assert loss(i, inside ^ {i}) - loss(i, inside) == pytest.approx(margin, abs=1e-9)
        assert not told["stable"] or margin >= -1e-9


def test_extremists_enter_first_and_a_high_price_keeps_everybody_out():
    game = bg.Game(targets=[[-0.9], [-0.1], [0.8]], weights=0.5, space=bg.Box(-1, 1))
    first = bg.enter(game, 0.2).to_dict()
    assert first["moves"][0] == 0
    assert bg.enter(game, 10.0).to_dict()["entrants"] == []


def test_the_program_says_the_same_and_refuses_what_it_does_not_know(program, tmp_path):
    game, *_ = drawn(3)
    path = tmp_path / "game.toml"
    path.write_text(game.to_toml())
    assert bg.learn(str(path), 50).to_dict() == program("learn", path, "--rounds", 50, "--json")[1]
    assert bg.commit(str(path), [0]).to_dict() == program("commit", path, "--leader", 0, "--json")[1]
    assert bg.enter(str(path), 0.1).to_dict() == program("enter", path, "--cost", 0.1, "--json")[1]
    for name, asked in (("learn", ["--rounds", 20]), ("commit", []), ("enter", ["--cost", 0.1])):
        answer, page = tmp_path / "a.json", tmp_path / "p.html"
        status, told = program(name, path, *asked, "--json", "-o", answer)
        assert status == 0
        assert program("report", answer, "-o", page)[0] == 0
        # What is read back is made again: a changed number is found out.
        forged = json.loads(answer.read_text())
        changed = {"learn": ("seen", "distance"), "commit": ("leaders", "loss"), "enter": ("margins", 0)}[name]
        rows = forged[changed[0]]
        row = rows if name == "enter" else rows[0]
        row[changed[1]] += 1
        answer.write_text(json.dumps(forged))
        status, said = program("report", answer, "-o", page)
        assert status == 2
        assert changed[0] in said
        status, said = program(name, path, *asked)
        assert status == 0
        assert told or said
    with pytest.raises(bg.InputError, match="there is no influencer 'nobody'"):
        bg.commit(game, ["nobody"])
    with pytest.raises(bg.InputError, match="none, or too many"):
        bg.learn(game, 0)
    with pytest.raises(bg.InputError, match="cannot cost -1"):
        bg.enter(game, -1.0)
    priced = bg.Game(targets=[[0.1], [0.2]], weights=0.5, space=bg.Box(-1, 1), lying_costs=1.0)
    with pytest.raises(bg.InputError, match="lies are free"):
        bg.learn(priced)


def test_reproduce_is_the_program(program, tmp_path):
    found = bg.reproduce(seed=7)
    assert found.holds
    assert found.to_dict() == program("reproduce", "--seed", 7, "--out", tmp_path, "--json")[1]
    assert len(found.to_pandas()) == len(found.claims)
    tried = len(found.to_dict()["claims"]) + len(found.to_dict()["beyond"])
    assert f"{tried} of {tried}" in repr(found)


@pytest.mark.parametrize("size", [1e3, 3e6, 1e8])
def test_who_may_go_far_enters_all_the_same(size):
    """A target of 3, a set of millions: it saves 9 for a cost of 1."""
    game = bg.Game(targets=[[3.0]], weights=1.0, space=bg.Box(-size, size))
    found = bg.enter(game, cost=1.0).to_dict()
    assert found["stable"]
    assert found["margins"] == pytest.approx([8.0], abs=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_coarse_correlation_moves_the_receiver_no_farther_than_its_bound(seed):
    """Of every coarse correlated equilibrium E‖r − r*‖² ≤ ½ Σ w² diam²: the worst one by a linear program, where everybody may
    choose from a few actions, one of which is its own at equilibrium (all that the proof asks for)."""
    rng = np.random.default_rng(seed)
    n, d, count = int(rng.integers(2, 4)), int(rng.integers(1, 3)), 4
    weights = rng.uniform(0.2, 1, n)
    game = bg.Game(targets=rng.normal(size=(n, d)), weights=weights.tolist(), space=bg.Box(-1, 1), bias=rng.normal(size=d) * 0.3)
    eq = bg.solve(game)
    choices = [np.vstack([eq.actions[i], rng.choice([-1.0, 1.0], (count - 1, d))]) for i in range(n)]
    profiles = list(itertools.product(range(count), repeat=n))
    pushes = [w * c for w, c in zip(weights, choices, strict=True)]
    bias, targets = np.array(game.to_dict()["receiver"]["bias"]), np.array([i["target"] for i in game.to_dict()["influencers"]])
    lands = np.array([bias + sum(pushes[i][c] for i, c in enumerate(p)) for p in profiles])
    losses = [((lands - t) ** 2).sum(1) for t in targets]
    rows = []
    for i in range(n):
        for other in range(count):
            moved = [profiles.index((*p[:i], other, *p[i + 1 :])) for p in profiles]
            rows.append(losses[i] - losses[i][moved])
    away = ((lands - eq.receiver) ** 2).sum(1)
    found = linprog(-away, A_ub=np.array(rows), b_ub=np.full(len(rows), 1e-12), A_eq=np.ones((1, len(profiles))), b_eq=[1.0])
    assert found.status == 0
    assert -found.fun <= 0.5 * (weights**2).sum() * 4 * d + 1e-9


@pytest.mark.parametrize("seed", range(12))
def test_the_median_of_coordinates_is_never_far_from_the_best_point(seed):
    """In the plane √2 (Gravin and Jia), in any number of coordinates 1.55 (El-Mhamdi et al.)."""
    rng = np.random.default_rng(seed)
    d, n = int(rng.integers(2, 6)), int(rng.integers(2, 6))
    points = rng.normal(size=(n, d)) * rng.choice([0.01, 1.0], (n, 1)) if seed % 2 else np.round(rng.normal(size=(n, d)))
    game = bg.Game(targets=points, weights=1.0, space=bg.Box(-10, 10))
    rules = bg.mechanisms(game, only=["coordinate_median", "geometric_median"]).to_dict()["mechanisms"]
    far = {rule["name"]: np.linalg.norm(points - rule["outcome"], axis=1).sum() for rule in rules}
    assert far["coordinate_median"] <= (2**0.5 if d == 2 else 1.55) * far["geometric_median"] + 1e-9
