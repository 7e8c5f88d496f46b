"""Private targets, against best responses to expectations that are summed over every combination of types."""

import itertools

import big_game as bg
import numpy as np
import pytest


def drawn(seed):
    rng = np.random.default_rng(seed)
    d, n = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    counts = rng.integers(1, 4, n)
    joint = bool(rng.random() < 0.5)
    law = rng.dirichlet(np.ones(counts.prod())) if joint else None
    combinations = list(itertools.product(*map(range, counts)))
    if joint:
        # Some combinations never happen, but every type does.
        law[rng.random(len(law)) < 0.3] = 0
        for i, k in enumerate(counts):
            for tau in range(k):
                if not any(p > 0 and c[i] == tau for p, c in zip(law, combinations, strict=True)):
                    law[[c[i] == tau for c in combinations].index(True)] += 0.2
        law /= law.sum()
        marginal = [[law[[c[i] == tau for c in combinations]].sum() for tau in range(k)] for i, k in enumerate(counts)]
    else:
        marginal = [rng.dirichlet(np.ones(k)) for k in counts]
        law = np.array([np.prod([marginal[i][t] for i, t in enumerate(c)]) for c in combinations])
    grid = rng.random() < 0.3
    targets = [np.round(rng.normal(size=(k, d)) * 2, 1 if grid else 12) for k in counts]
    game = {
        "receiver": {"bias": rng.normal(size=d).round(3).tolist()},
        "action_space": {"type": "box", "lower": -1, "upper": 1} if rng.random() < 0.6 else {"type": "ball", "radius": 1.0},
        "influencers": [
            {
                "weight": float(rng.choice([0.5, 1.0, rng.normal()])),
                "types": [{"probability": float(p), "target": t.tolist()} for p, t in zip(marginal[i], targets[i], strict=True)],
            }
            for i in range(n)
        ],
    }
    if joint:
        game["scenarios"] = [
            {"probability": float(p), "types": list(map(int, c))} for p, c in zip(law, combinations, strict=True) if p > 0
        ]
    return game, law, combinations, targets


def project(space, x):
    if space["type"] == "box":
        return np.clip(x, -1, 1)
    return x / max(1.0, np.linalg.norm(x))


@pytest.mark.parametrize("seed", range(60))
def test_no_type_gains_and_every_number_is_the_sum_over_combinations(seed):
    game, law, combinations, targets = drawn(seed)
    eq = bg.solve(game)
    told = eq.to_dict()
    weights = [i["weight"] for i in game["influencers"]]
    bias = np.array(game["receiver"]["bias"])
    x = eq.strategies
    lands = np.array([bias + sum(w * x[i][t] for i, (w, t) in enumerate(zip(weights, c, strict=True))) for c in combinations])
    mean = law @ lands
    scale = 1 + np.abs(lands).max() ** 2 + max(np.abs(t).max() for t in targets) ** 2
    assert np.allclose(told["receiver"], mean, atol=1e-12 * scale)
    assert told["receiver_variance"] == pytest.approx(law @ ((lands - mean) ** 2).sum(1), abs=1e-11 * scale)
    potential = law @ (lands**2).sum(1)
    for i, w in enumerate(weights):
        loss = 0.0
        for tau, target in enumerate(targets[i]):
            here = np.array([c[i] == tau for c in combinations])
            p = law[here].sum()
            of = told["influencers"][i]["types"][tau]
            expected = law[here] @ lands[here] / p
            assert np.allclose(of["receiver"], expected, atol=1e-11 * scale)
            own = law[here] @ ((lands[here] - target) ** 2).sum(1) / p
            assert of["loss"] == pytest.approx(own, abs=1e-11 * scale)
            loss += p * own
            potential -= 2 * p * target @ (w * x[i][tau])
            # The best response to what is expected: with a number as the weight, a projection.
            assert np.allclose(project(game["action_space"], x[i][tau]), x[i][tau], atol=1e-11)
            others = expected - w * x[i][tau]
            best = project(game["action_space"], (target - others) / w) if w else x[i][tau]
            gain = ((expected - target) ** 2).sum() - ((others + w * best - target) ** 2).sum()
            assert gain <= 1e-8 * scale
            assert of["regret"] == pytest.approx(max(gain, 0), abs=1e-9 * scale)
        assert told["influencers"][i]["loss"] == pytest.approx(loss, abs=1e-11 * scale)
    assert told["certificate"]["max_regret"] <= 1e-8 * scale
    # The game's own potential, without what nobody moves.
    assert told["potential"] == pytest.approx(potential, abs=1e-10 * scale)


@pytest.mark.parametrize("seed", range(60))
def test_strategies_are_verified_and_best_responses_played(seed):
    game, law, combinations, targets = drawn(seed)
    eq = bg.solve(game)
    assert bg.verify(game, eq)
    rng = np.random.default_rng(seed)
    space, bias = game["action_space"], np.array(game["receiver"]["bias"])
    weights = [i["weight"] for i in game["influencers"]]
    x = [np.array([project(space, a) for a in rng.uniform(-1, 1, t.shape)]) for t in targets]

    def mean(x, here=slice(None)):
        lands = [bias + sum(w * x[i][t] for i, (w, t) in enumerate(zip(weights, c, strict=True))) for c in combinations]
        p = law[here]
        return p @ np.array(lands)[here] / p.sum()

    told = bg.verify(game, x).to_dict()
    scale = 1 + max(np.abs(t).max() for t in targets) ** 2
    assert np.allclose(told["receiver"], mean(x), atol=1e-12 * scale)
    rows = iter(told["influencers"])
    agents = []
    for i, w in enumerate(weights):
        for tau, target in enumerate(targets[i]):
            expected = mean(x, np.array([c[i] == tau for c in combinations]))
            others = expected - w * x[i][tau]
            best = project(space, (target - others) / w) if w else x[i][tau]
            gain = ((expected - target) ** 2).sum() - ((others + w * best - target) ** 2).sum()
            row = next(rows)
            assert row["regret"] == pytest.approx(gain, abs=1e-11 * scale)
            assert np.allclose(row["best_response"], best, atol=1e-9)
            agents.append((i, tau))
    assert told["equilibrium"] == (told["max_regret"] <= told["tolerance"])
    run = bg.dynamics(game, start=x, max_rounds=2000)
    for step in run.to_dict()["steps"]:
        i, tau = agents[step["influencer"]]
        x[i][tau] = step["action"]
        assert np.allclose(step["receiver"], mean(x), atol=1e-11 * scale)
    end = bg.verify(game, x).to_dict()
    assert run.to_dict()["max_regret"] == pytest.approx(end["max_regret"], abs=1e-12 * scale)
    if run.to_dict()["converged"]:
        assert np.allclose(run.receiver, eq.receiver, atol=1e-3)


@pytest.mark.parametrize("seed", range(8))
def test_if_all_targets_are_known_it_is_the_game_without_types(seed):
    game, law, combinations, targets = drawn(seed)
    told = bg.solve(game).to_dict()
    known = np.zeros(len(game["influencers"]))
    for p, c in zip(law, combinations, strict=True):
        if p == 0:
            continue
        plain = {k: v for k, v in game.items() if k != "scenarios"}
        plain["influencers"] = [
            {"weight": i["weight"], "target": targets[j][c[j]].tolist()} for j, i in enumerate(game["influencers"])
        ]
        known += p * bg.solve(plain).losses
    assert np.allclose([i["loss_if_known"] for i in told["influencers"]], known, atol=1e-9 * (1 + known.max()))


def test_one_type_each_is_the_game_itself():
    plain = bg.solve(bg.Game(targets=[[-0.8], [-0.3]], weights=0.5, space=bg.Box(-1, 1)))
    game = {
        "action_space": {"type": "box", "lower": -1, "upper": 1},
        "influencers": [{"weight": 0.5, "types": [{"probability": 1, "target": [t]}]} for t in (-0.8, -0.3)],
    }
    eq = bg.solve(game)
    assert isinstance(eq, bg.BayesianEquilibrium)
    assert np.allclose(eq.receiver, plain.receiver)
    assert np.allclose(np.concatenate(eq.strategies), plain.actions)
    assert eq.receiver_variance == 0


def test_a_symmetric_prior_has_its_closed_form():
    """Two sides in one dimension, everybody at +t or −t: the mean is 0, and a type plays clip(t / w)."""
    w, t = 0.5, 0.3
    game = {
        "action_space": {"type": "box", "lower": -1, "upper": 1},
        "influencers": [
            {"weight": w, "types": [{"probability": 0.5, "target": [t]}, {"probability": 0.5, "target": [-t]}]} for _ in range(3)
        ],
    }
    eq = bg.solve(game)
    for strategy in eq.strategies:
        assert np.allclose(strategy.ravel(), [0.6, -0.6], atol=1e-12)
    assert eq.receiver_variance == pytest.approx(3 * t**2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g["influencers"][0]["types"][0].update(probability=0.9), "sum to"),
        (lambda g: g["influencers"][0]["types"][0].update(probability=-0.5), "above 0"),
        (lambda g: g["influencers"][0].update(target=[0.0]), "no other `target`"),
        (lambda g: g["influencers"][0].update(lying_cost=1.0), "no lying costs"),
        (lambda g: g.update(loss="inner_product"), "inner-product"),
        (lambda g: g.update(scenarios=[{"probability": 1.0, "types": [0]}]), "has 1 types for 2"),
        (lambda g: g.update(scenarios=[{"probability": 1.0, "types": [0, 5]}]), "has type 5"),
        (lambda g: g.update(scenarios=[{"probability": 1.0, "types": [0, 0]}]), "in the scenarios"),
        (lambda g: g.update(coalitions=[{"members": [0, 1]}]), "has no `coalitions`"),
    ],
)
def test_what_is_wrong_is_said(change, message):
    game = {
        "action_space": {"type": "box", "lower": -1, "upper": 1},
        "influencers": [
            {"weight": 0.5, "types": [{"probability": 0.5, "target": [t]}, {"probability": 0.5, "target": [-t]}]}
            for t in (0.3, 0.4)
        ],
    }
    change(game)
    with pytest.raises(bg.InputError, match=message):
        bg.solve(game)


def test_the_program_and_the_report_say_the_same(program, tmp_path):
    import json

    game, *_ = drawn(4)
    path = tmp_path / "game.json"
    path.write_text(json.dumps(game))
    status, told = program("solve", path, "--json")
    assert (status, told) == (0, bg.solve(str(path)).to_dict())
    answer = tmp_path / "answer.json"
    answer.write_text(json.dumps(told))
    page = tmp_path / "page.html"
    assert program("report", answer, "-o", page)[0] == 0
    assert told["verdict"].split(",")[0] in page.read_text()
    for words in (("verify", path, answer), ("dynamics", path)):
        status, said = program(*words, "--json")
        assert status == 0
        other = tmp_path / "other.json"
        other.write_text(json.dumps(said))
        assert program("report", other, "-o", page)[0] == 0
        said["receiver"][0] += 1
        other.write_text(json.dumps(said))
        assert program("report", other, "-o", page)[0] == 2
    told["influencers"][0]["loss"] += 1
    answer.write_text(json.dumps(told))
    status, said = program("report", answer, "-o", page)
    assert status == 2
    assert "loss" in said
    for asked in (bg.coalitions, bg.mechanisms, bg.learn):
        with pytest.raises(bg.InputError, match="private targets"):
            asked(str(path))
