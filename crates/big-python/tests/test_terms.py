"""Other losses and receivers, against best responses and optima that SciPy searches for in the loss that was asked for."""

import json

import big_game as bg
import numpy as np
import pytest
from scipy.optimize import minimize

POINTS = [[-1.0, -2.0], [0.0, 0.0], [0.5, 3.0], [2.0, 3.5]]


def points(y):
    y = np.asarray(y, float)
    x, f = np.array(POINTS).T
    low = f[0] + (y - x[0]) * (f[1] - f[0]) / (x[1] - x[0])
    high = f[-1] + (y - x[-1]) * (f[-1] - f[-2]) / (x[-1] - x[-2])
    return np.where(y < x[0], low, np.where(y > x[-1], high, np.interp(y, x, f)))


RESPONSES = {"logistic": lambda y: 1 / (1 + np.exp(-y)), "tanh": np.tanh, "exp": np.exp, "points": points}


def drawn(seed):
    """A game file, and its receiver and losses as functions of all actions."""
    rng = np.random.default_rng(seed)
    kind = str(rng.choice(["power", "metric", "both", "response", "audiences"]))
    n = int(rng.integers(1, 5))
    d = 1 if kind == "response" else int(rng.integers(1, 4))
    box = d == 1 or rng.random() < 0.5
    space = {"type": "box", "lower": -1, "upper": 1} if box else {"type": "ball", "radius": 1}
    targets = np.round(rng.normal(size=(n, d)), int(rng.choice([1, 12])))
    weights = rng.choice([0.5, 1.0, -0.3, 0.2], n) * rng.random(n).round(2)
    bias = np.round(rng.normal(size=d) * 0.3, 2)
    game = {
        "receiver": {"bias": bias.tolist()},
        "action_space": space,
        "influencers": [{"weight": float(w), "target": t.tolist()} for w, t in zip(weights, targets, strict=True)],
    }
    power, m, respond = 2.0, np.eye(d), None
    maps = [w * np.eye(d) for w in weights]
    if kind in ("power", "both", "response"):
        power = float(rng.choice([1.0, 1.5, 3.0, 2.0]))
        game["loss"] = {"type": "distance_power", "p": power}
    if kind in ("metric", "both"):
        root = rng.normal(size=(d, d)) + np.eye(d)
        m = root @ root.T + 0.1 * np.eye(d)
        game["metric"] = m.tolist()
    if kind == "response":
        name = str(rng.choice(list(RESPONSES)))
        game["receiver"]["response"] = {"points": POINTS} if name == "points" else name
        respond = RESPONSES[name]
    if kind == "audiences":
        count = int(rng.integers(1, 4))
        importance = rng.choice([1.0, 0.5, 2.0], count)
        own = rng.normal(size=(count, n)).round(2)
        listens = (rng.random((count, count)) * 0.9 / count).round(3)
        biases = rng.normal(size=(count, d)).round(2)
        wants = rng.normal(size=(n, count, d)).round(2)
        del game["receiver"]
        game["audiences"] = [
            {
                "importance": float(importance[a]),
                "weights": own[a].tolist(),
                "listens": listens[a].tolist(),
                "bias": biases[a].tolist(),
            }
            for a in range(count)
        ]
        for i, row in enumerate(game["influencers"]):
            row["target"] = wants[i].tolist()
        through = np.kron(np.linalg.inv(np.eye(count) - listens), np.eye(d))
        bias = through @ biases.ravel()
        maps = [through @ np.kron(own[:, i : i + 1], np.eye(d)) for i in range(n)]
        targets = wants.reshape(n, -1)
        m = np.kron(np.diag(importance), np.eye(d))

    def lands(actions):
        y = bias + sum(w @ x for w, x in zip(maps, actions, strict=True))
        return y if respond is None else respond(y)

    def losses(r):
        off = np.asarray(r) - targets
        return np.maximum(np.einsum("ij,jk,ik->i", off, m, off), 0) ** (power / 2)

    return game, lands, losses, kind


def least(objective, space, starts):
    """The least that SciPy finds over the set, and at the starts."""
    if space["type"] == "box":
        how = {"method": "L-BFGS-B", "bounds": [(-1, 1)] * len(starts[0])}
    else:
        how = {"method": "SLSQP", "constraints": [{"type": "ineq", "fun": lambda z: 1 - z @ z}]}
    found = [minimize(objective, start, **how).x for start in starts]
    inside = (lambda z: np.clip(z, -1, 1)) if space["type"] == "box" else (lambda z: z / max(1, np.linalg.norm(z)))
    return min(objective(z) for z in [starts[0], *map(inside, found)])


@pytest.mark.parametrize("seed", range(80))
def test_nobody_gains_and_everything_is_in_the_games_own_terms(seed):
    game, lands, losses, _ = drawn(seed)
    space = game["action_space"]
    eq = bg.solve(game)
    assert isinstance(eq, bg.ReducedEquilibrium)
    told = eq.to_dict()
    x = eq.actions
    r = lands(x)
    assert np.allclose(eq.receiver, r, atol=1e-12 * (1 + np.abs(r).max()))
    own = losses(r)
    scale = 1 + own.max()
    assert np.allclose(eq.losses, own, atol=1e-11 * scale)
    rng = np.random.default_rng(seed)
    for i in range(len(x)):

        def of(z, i=i):
            return losses(lands([*x[:i], z, *x[i + 1 :]]))[i]

        starts = [x[i], np.zeros(x.shape[1]), *rng.uniform(-0.5, 0.5, (3, x.shape[1]))]
        assert own[i] - least(of, space, starts) <= 2e-6 * scale
        assert eq.regrets[i] <= 1e-7 * scale
    welfare = told["welfare"]
    assert welfare["equilibrium_cost"] == pytest.approx(own.sum(), abs=1e-10 * scale)
    optimal = welfare["optimal_cost"]
    assert losses(welfare["optimal_receiver"]).sum() == pytest.approx(optimal, abs=1e-9 * scale)
    bound = told["terms"]["optimal_cost_at_least"]
    assert optimal - 1e-5 * scale <= bound <= optimal + 1e-12 * scale
    # No profile of random actions is better than what cannot be beaten.
    for _ in range(200):
        z = rng.uniform(-1, 1, x.shape)
        if space["type"] == "ball":
            z /= np.maximum(1, np.linalg.norm(z, axis=1, keepdims=True))
        assert losses(lands(z)).sum() >= bound - 1e-9 * scale


@pytest.mark.parametrize("seed", range(80))
def test_profiles_are_verified_and_best_responses_played(seed):
    game, lands, losses, _ = drawn(seed)
    space = game["action_space"]
    eq = bg.solve(game)
    assert bg.verify(game, eq)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, eq.actions.shape)
    if space["type"] == "ball":
        x /= np.maximum(1, np.linalg.norm(x, axis=1, keepdims=True))
    told = bg.verify(game, x).to_dict()
    own, r = losses(lands(x)), lands(x)
    scale = 1 + own.max()
    assert np.allclose(told["receiver"], r, atol=1e-12 * (1 + np.abs(r).max()))
    for i, row in enumerate(told["influencers"]):

        def of(z, i=i):
            return losses(lands([*x[:i], np.asarray(z), *x[i + 1 :]]))[i]

        assert row["regret"] == pytest.approx(own[i] - of(row["best_response"]), abs=1e-10 * scale)
        starts = [x[i], np.zeros(x.shape[1]), *rng.uniform(-0.5, 0.5, (3, x.shape[1]))]
        assert own[i] - least(of, space, starts) <= row["regret"] + 2e-6 * scale
    assert told["max_regret"] == max(row["regret"] for row in told["influencers"])
    assert told["equilibrium"] == (told["max_regret"] <= told["tolerance"])
    run = bg.dynamics(game, start=x, max_rounds=2000)
    for step in run.to_dict()["steps"]:
        x[step["influencer"]] = step["action"]
        r = lands(x)
        assert np.allclose(step["receiver"], r, atol=1e-11 * (1 + np.abs(r).max()))
    assert np.allclose(run.receiver, lands(x), atol=1e-12 * (1 + np.abs(r).max()))
    found = bg.verify(game, x)
    assert run.to_dict()["max_regret"] == pytest.approx(found.to_dict()["max_regret"], abs=1e-12 * scale)
    if run.to_dict()["converged"]:
        assert found


@pytest.mark.parametrize("seed", range(10))
def test_any_increasing_loss_has_the_equilibria_of_the_square(seed):
    rng = np.random.default_rng(seed)
    plain = {
        "action_space": {"type": "box", "lower": -1, "upper": 1},
        "influencers": [{"weight": 0.4, "target": rng.normal(size=2).tolist()} for _ in range(3)],
    }
    square = bg.solve(plain)
    for p in (1, 1.5, 4):
        found = bg.solve(plain | {"loss": {"type": "distance_power", "p": p}})
        assert np.allclose(found.actions, square.actions, atol=1e-14)
        assert np.allclose(found.losses, square.losses ** (p / 2))
    diagonal = bg.solve(plain | {"metric": [[3, 0], [0, 0.5]]})
    assert np.allclose(diagonal.receiver, square.receiver, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": {"type": "distance_power", "p": 0}}, "above 0"),
        ({"loss": {"type": "huber", "p": 1}}, "no loss of the type"),
        ({"metric": [[1, 2], [2, 1]]}, "positive definite"),
        ({"metric": [[1]]}, "positive definite"),
        ({"receiver": {"response": "tanh"}}, "on a line only"),
        ({"receiver": {"response": "sin"}}, "no response"),
        ({"audiences": [{"listens": [1.0]}]}, "never settle"),
        ({"audiences": [{"importance": 0}]}, "above 0"),
        ({"audiences": [{}], "metric": [[1, 0], [0, 1]]}, "in place of this"),
        ({"influencers": [{"weight": 0.5, "target": [0.1, 0.2], "metric": [[1, 0], [0, 2]]}]}, "a metric for each"),
        ({"audiences": [{"weights": [1, 2, 3]}]}, "2 are needed"),
        ({"metric": [[1, 0], [0, 1]], "loss": "inner_product"}, "inner-product"),
        ({"metric": [[1, 0], [0, 1]], "coalitions": [{"members": [0, 1]}]}, "coalitions"),
    ],
)
def test_what_is_wrong_is_said(change, message):
    game = {
        "action_space": {"type": "box", "lower": -1, "upper": 1},
        "influencers": [{"weight": 0.5, "target": [0.1, 0.2]}, {"weight": 0.5, "target": [0.3, -0.2]}],
    }
    with pytest.raises(bg.InputError, match=message):
        bg.solve(game | change)


def test_what_leaves_double_precision_is_refused():
    game = {
        "receiver": {"response": "exp"},
        "action_space": {"type": "box", "lower": 999, "upper": 1000},
        "influencers": [{"weight": 1, "target": [2]}],
    }
    with pytest.raises(bg.InputError, match="too large for double precision"):
        bg.solve(game)
    far = {
        "loss": {"type": "distance_power", "p": 64},
        "action_space": {"type": "box", "lower": -1, "upper": 1},
        "influencers": [{"weight": 1, "target": [1e100]}],
    }
    with pytest.raises(bg.InputError, match="too large for double precision"):
        bg.solve(far)


def test_the_program_and_the_report_say_the_same(program, tmp_path):
    square = {
        "loss": {"type": "distance_power", "p": 2},
        "action_space": {"type": "box", "lower": -1, "upper": 1},
        "influencers": [{"weight": 0.5, "target": [0.3]}],
    }
    for seed in range(13):
        game, *_, kind = drawn(seed) if seed else (square, "power")
        path = tmp_path / "game.json"
        path.write_text(json.dumps(game))
        status, told = program("solve", path, "--json")
        assert (status, told) == (0, bg.solve(str(path)).to_dict())
        answer, page = tmp_path / "answer.json", tmp_path / "page.html"
        answer.write_text(json.dumps(told))
        assert program("report", answer, "-o", page)[0] == 0
        assert told["verdict"].split(";")[0] in page.read_text()
        if kind != "audiences":
            told["influencers"][0]["loss"] += 1
            answer.write_text(json.dumps(told))
            assert program("report", answer, "-o", page)[0] == 2
        for words in (("verify", path, tmp_path / "solved.json"), ("dynamics", path)):
            (tmp_path / "solved.json").write_text(json.dumps(told))
            status, said = program(*words, "--json")
            assert status in (0, 1)
            answer.write_text(json.dumps(said))
            assert program("report", answer, "-o", page)[0] == 0
            if kind != "audiences":
                said["receiver"][0] += 1
                answer.write_text(json.dumps(said))
                assert program("report", answer, "-o", page)[0] == 2
        for asked in (bg.coalitions, bg.mechanisms, bg.learn):
            with pytest.raises(bg.InputError, match="another loss or receiver"):
                asked(str(path))
