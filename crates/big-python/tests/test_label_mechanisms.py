"""Rules on labels, against a route of their own: estimates by SciPy, medians by sorting, gains by the rule on the lie's labels."""

import big_game as bg
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2

RULES = ("pooled_mle", "median_of_estimates", "pessimistic_median", "bounded_influence")


def drawn(seed):
    """A table of annotators who differ."""
    rng = np.random.default_rng(seed)
    d, n = int(rng.integers(1, 4)), int(rng.integers(3, 9))
    rows = int(rng.integers(40, 120)) * n
    a, b = rng.normal(size=(2, rows, d)) + rng.normal(size=d)
    ideal = rng.normal(size=(n, d)) * 0.8
    who = rng.integers(0, n, rows)
    margin = ((b - ideal[who]) ** 2).sum(1) - ((a - ideal[who]) ** 2).sum(1)
    label = (rng.random(rows) < 1 / (1 + np.exp(-margin))).astype(int)
    return a, b, who, label, n, d


class Route:
    """The rules with precision 1."""

    def __init__(self, a, b, who):
        self.x = 2 * (a - b)
        self.o = (b**2).sum(1) - (a**2).sum(1)
        self.who, self.n, self.d = who, who.max() + 1, a.shape[1]
        # Where the offset comes from: the least squares of it on the differences.
        self.reference = -np.linalg.lstsq(self.x, self.o, rcond=None)[0]
        self.center, self.precision = self.reference, (self.x**2).mean(0) / 16

    def estimate(self, rows, label, prior):
        x, o, sign = self.x[rows], self.o[rows], 2.0 * label[rows] - 1

        def loss(t):
            m = sign * (x @ t + o)
            p = 1 / (1 + np.exp(m))
            value = np.logaddexp(0, -m).sum()
            slope = -(x * (sign * p)[:, None]).sum(0)
            if prior:
                value += 0.5 * (self.precision * (t - self.center) ** 2).sum()
                slope = slope + self.precision * (t - self.center)
            return value, slope

        t = minimize(loss, self.center, jac=True, method="BFGS", options={"gtol": 1e-9}).x
        for _ in range(20):
            s = 1 / (1 + np.exp(-(x @ t + o)))
            h = (x * (s * (1 - s))[:, None]).T @ x + (np.diag(self.precision) if prior else 0)
            t = t - np.linalg.solve(h, loss(t)[1])
        s = 1 / (1 + np.exp(-(x @ t + o)))
        h = (x * (s * (1 - s))[:, None]).T @ x + (np.diag(self.precision) if prior else 0)
        return t, np.sqrt(np.diag(np.linalg.inv(h)))

    def votes(self, label):
        return [self.estimate(self.who == i, label, True) for i in range(self.n)]

    def outcome(self, rule, label):
        if rule == "pooled_mle":
            return self.estimate(np.full(len(label), True), label, False)[0]
        votes = self.votes(label)
        points = np.array([v[0] for v in votes])
        middle = (self.n - 1) // 2

        def median(values):
            return np.sort(values, axis=0)[middle]

        if rule == "median_of_estimates":
            return median(points)
        if rule == "pessimistic_median":
            f = np.sqrt(chi2.ppf(0.95, self.d))
            spread = f * np.array([v[1] for v in votes])
            return np.clip(self.reference, median(points - spread), median(points + spread))
        at = median(points)
        s = 1 / (1 + np.exp(-(self.x @ at + self.o)))
        h = (self.x * (s * (1 - s))[:, None]).T @ self.x
        scores = np.array([((label - s)[:, None] * self.x)[self.who == i].sum(0) for i in range(self.n)])
        lengths = np.sqrt(np.einsum("ij,ij->i", scores, np.linalg.solve(h, scores.T).T))
        cap = np.sort(lengths)[middle]
        return at + np.linalg.solve(h, (scores * np.minimum(1, cap / lengths)[:, None]).sum(0))


@pytest.mark.parametrize("seed", range(12))
def test_rules_are_what_another_route_makes_of_the_labels(seed):
    a, b, who, label, _, _ = drawn(seed)
    names = [f"p{w}" for w in who]
    table = {"a": a, "b": b, "label": label, "annotator": names}
    found = bg.label_mechanisms(table, precision=1.0, replicates=8).to_dict()
    # Annotators come in the order of the table.
    order = [int(name[1:]) for name in found["names"]]
    back = np.argsort(order)
    route = Route(a, b, back[who])
    assert [m["name"] for m in found["mechanisms"]] == list(RULES)
    points = np.array([v[0] for v in route.votes(label)])
    for m in found["mechanisms"]:
        honest = route.outcome(m["name"], label)
        assert np.allclose(m["outcome"], honest, atol=2e-6), m["name"]
        gain = m["largest_gain"]
        assert gain["found"] <= gain.get("bound", np.inf)
        if gain["influencer"] is None:
            continue
        # The lie: what somebody without doubt at the report would have answered.
        i, report = gain["influencer"], np.array(gain["report"])
        told = np.where(back[who] == i, (route.x @ report + route.o > 0).astype(int), label)
        reached = route.outcome(m["name"], told)
        saved = ((honest - points[i]) ** 2).sum() - ((reached - points[i]) ** 2).sum()
        assert saved == pytest.approx(gain["found"], rel=1e-4, abs=1e-6), m["name"]
        # The median gives nobody anything.
        assert m["name"] != "median_of_estimates"


def test_no_labels_of_anybody_move_a_median_farther_than_its_bound():
    a, b, who, label, n, _ = drawn(3)
    table = {"a": a, "b": b, "label": label, "annotator": [f"p{w}" for w in who]}
    found = bg.label_mechanisms(table, precision=1.0, replicates=0).to_dict()
    order = np.argsort([int(name[1:]) for name in found["names"]])
    route = Route(a, b, order[who])
    points = np.array([v[0] for v in route.votes(label)])
    rng = np.random.default_rng(1)
    for m in found["mechanisms"]:
        if "bound" not in m["largest_gain"]:
            continue
        honest = np.array(m["outcome"])
        for _ in range(30):
            i = rng.integers(n)
            told = np.where(order[who] == i, rng.random(len(label)) < rng.random(), label).astype(int)
            reached = route.outcome(m["name"], told)
            saved = ((honest - points[i]) ** 2).sum() - ((reached - points[i]) ** 2).sum()
            assert saved <= m["largest_gain"]["bound"] + 1e-5


def test_the_programs_answer_is_the_same_and_wrong_names_are_refused(program, tmp_path):
    a, b, who, label, _, d = drawn(5)
    columns = {f"a_{k}": a[:, k] for k in range(d)} | {f"b_{k}": b[:, k] for k in range(d)}
    import pandas

    path = tmp_path / "labels.csv"
    frame = pandas.DataFrame(columns | {"label": label, "annotator": [f"p{w}" for w in who]})
    frame.to_csv(path, index=False)
    asked = {"only": ["median_of_estimates", "bounded_influence"], "seed": 4, "replicates": 5}
    found = bg.label_mechanisms(str(path), **asked).to_dict()
    line = ["--only", "median_of_estimates,bounded_influence", "--seed", "4", "--replicates", "5", "--json"]
    assert found == program("prefs", "mechanisms", path, *line)[1]
    assert found["kind"] == "prefs_mechanisms"
    with pytest.raises(bg.InputError, match="no rule 'mean'"):
        bg.label_mechanisms(str(path), only=["mean"])


def test_honest_accuracy_of_one_population_is_measured():
    """Where nobody differs a median of estimates costs about what one of points does."""
    rng = np.random.default_rng(0)
    n, rows = 15, 15 * 60
    a, b = rng.normal(size=(2, rows, 1))
    margin = (b[:, 0] - 0.2) ** 2 - (a[:, 0] - 0.2) ** 2
    label = (rng.random(rows) < 1 / (1 + np.exp(-margin))).astype(int)
    table = {"a": a, "b": b, "label": label, "annotator": [f"p{i % n}" for i in range(rows)]}
    found = bg.label_mechanisms(table, precision=1.0, replicates=100).to_dict()
    efficiency = {m["name"]: m["efficiency"] for m in found["mechanisms"]}
    assert efficiency["pooled_mle"] == 1
    assert found["labels"]["replicates"] == 100
    assert 0.3 < efficiency["median_of_estimates"] < 1.6
