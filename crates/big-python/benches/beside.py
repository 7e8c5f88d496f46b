"""Times beside the scripts that users would write, in one run: python benches/beside.py [--small].

The scripts give the same numbers, and less of them: no certificate, no set of equilibria, no standard errors.
"""

import sys
import time

import big_game as bg
import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

SMALL = "--small" in sys.argv


def timed(what, call, runs=3):
    """The least time of a few runs, and the answer."""
    best, answer = float("inf"), None
    for _ in range(runs):
        begun = time.perf_counter()
        answer = call()
        best = min(best, time.perf_counter() - begun)
    return best, answer


def line(what, ours, theirs):
    print(f"{what:44} {ours:9.3f} s  {theirs:9.3f} s  {theirs / ours:6.2f}")


def numpy_receiver(targets, weights):
    """Where the dual changes sign, by sorting: everybody pulls to one end of [−1, 1]."""
    order = np.argsort(targets)
    t, w = targets[order], weights[order]
    total = w.sum()
    # Right of the k-th target, the first k + 1 pull down.
    after = total - 2 * np.cumsum(w)
    k = np.searchsorted(-(after - t) > 0, True)
    before = after[k] + 2 * w[k]
    receiver = min(max(t[k], after[k]), before)
    actions = np.where(targets > receiver, 1.0, -1.0)
    winner = order[k]
    actions[winner] = (receiver - weights @ actions + weights[winner] * actions[winner]) / weights[winner]
    return receiver, actions


def solve():
    n = 10**5 if SMALL else 10**6
    rng = np.random.default_rng(0)
    targets, weights = rng.normal(size=(n, 1)), rng.random(n) / n
    theirs, (receiver, _) = timed("script", lambda: numpy_receiver(targets[:, 0], weights))
    ours, _ = timed("ours", lambda: bg.solve(bg.Game(targets, weights, bg.Box(-1, 1))).actions)
    eq = bg.solve(bg.Game(targets, weights, bg.Box(-1, 1)))
    assert abs(eq.receiver[0] - receiver) < 1e-9, (eq.receiver, receiver)
    line(f"solve, n = {n:,}, beside NumPy", ours, theirs)


def table(n, d, people):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, n, d))
    ideal = rng.normal(size=(people, d)) * 0.3
    who = rng.integers(people, size=n)
    z = 2 * (a - b)
    offset = (b**2).sum(1) - (a**2).sum(1)
    label = rng.random(n) < expit(np.einsum("ij,ij->i", z, ideal[who]) + offset)
    return a, b, label, who


def scipy_fit(a, b, label):
    z = 2 * (a - b) * np.where(label, 1, -1)[:, None]
    offset = ((b**2).sum(1) - (a**2).sum(1)) * np.where(label, 1, -1)

    def loss(theta):
        margin = z @ theta + offset
        return np.logaddexp(0, -margin).sum(), -z.T @ expit(-margin)

    return minimize(loss, np.zeros(a.shape[1]), jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-6}).x


def fit():
    n, d = (10**5 if SMALL else 10**6), 16
    a, b, label, _ = table(n, d, 1)
    theirs, theta = timed("script", lambda: scipy_fit(a, b, label))
    ours, found = timed("ours", lambda: bg.fit({"a": a, "b": b, "label": label}, compare=False))
    assert np.allclose(found.theta, theta, atol=1e-5)
    line(f"fit, {n:,} x {d}, beside SciPy's L-BFGS", ours, theirs)


def numpy_audit(a, b, label, who, people, radius):
    theta = scipy_fit(a, b, label)
    z = 2 * (a - b)
    margin = z @ theta + (b**2).sum(1) - (a**2).sum(1)
    weight = expit(margin) * expit(-margin)
    total = (z * weight[:, None]).T @ z
    inverse = np.linalg.inv(total)
    reach = []
    for i in range(people):
        own = who == i
        share = inverse @ ((z[own] * weight[own, None]).T @ z[own])
        reach.append(np.linalg.norm(share, 2) * radius)
    return np.array(reach)


def audit():
    n, d, people = (20_000 if SMALL else 200_000), 16, 100
    a, b, label, who = table(n, d, people)
    theirs, reach = timed("script", lambda: numpy_audit(a, b, label, who, people, 1.0))
    data = {"a": a, "b": b, "label": label, "annotator": [str(w) for w in who]}
    ours, found = timed("ours", lambda: bg.audit(data, precision=1, radius=1.0, replicates=0, refits=0, coalitions=0), 1)
    rows = {row["annotator"]: row["influence"] for row in found.annotators}
    print("   the script's largest influence", reach.max(), "ours", max(rows.values()))
    line(f"audit, {n:,} x {d}, {people} people, beside NumPy", ours, theirs)


if __name__ == "__main__":
    print(f"{'':44} {'ours':>11}  {'script':>11}  {'ratio':>6}")
    solve()
    fit()
    audit()
