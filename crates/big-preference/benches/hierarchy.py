"""The population with one deviation for all coordinates, by NumPy and SciPy alone: a reference for `fit --by annotator --pool` where annotators have
fewer rows than there are coordinates.

    big prefs fit table.csv --by annotator --pool --precision fit --json > fit.json
    python crates/big-preference/benches/hierarchy.py table.csv fit.json

Laplace's approximation of the marginal likelihood of ideal points theta_i ~ N(mu, tau^2 I) with one precision beta, each mode by Newton's method
in the coordinates, is maximised by L-BFGS with finite differences over (beta mu, beta, log(beta tau)); nothing of it is shared with the
program. Prints both answers; their marginal log-likelihoods agree to about 1e-6.
"""

import csv
import json
import sys

import numpy as np
from scipy.optimize import minimize


def read(path):
    rows = list(csv.DictReader(open(path)))
    d = sum(name.startswith("a_") for name in rows[0])
    names = list(dict.fromkeys(row["annotator"] for row in rows))
    column = lambda side: np.array([[float(row[f"{side}_{k}"]) for k in range(d)] for row in rows])
    a, b = column("a"), column("b")
    sign = np.array([1.0 if row["label"] in ("1", "a") else -1.0 for row in rows])
    who = np.array([names.index(row["annotator"]) for row in rows])
    x = 2 * (a - b) * sign[:, None]
    offset = ((b**2).sum(1) - (a**2).sum(1)) * sign
    return [(x[who == i], offset[who == i]) for i in range(len(names))]


def laplace(x, offset, mean, beta, variance):
    """The marginal log-likelihood of one annotator, and the mode."""
    phi, d = mean.copy(), len(mean)
    for _ in range(200):
        margin = x @ phi + beta * offset
        p = 1 / (1 + np.exp(margin))
        gradient = x.T @ p - (phi - mean) / variance
        hessian = (x.T * (p * (1 - p))) @ x + np.eye(d) / variance
        step = np.linalg.solve(hessian, gradient)
        phi = phi + step
        if np.abs(step).max() < 1e-12:
            break
    margin = x @ phi + beta * offset
    p = 1 / (1 + np.exp(margin))
    hessian = (x.T * (p * (1 - p))) @ x + np.eye(d) / variance
    value = -np.logaddexp(0, -margin).sum() - ((phi - mean) ** 2).sum() / (2 * variance)
    return value - 0.5 * (d * np.log(variance) + np.linalg.slogdet(hessian)[1])


def main():
    people, answer = read(sys.argv[1]), json.load(open(sys.argv[2]))
    d = people[0][0].shape[1]

    def value(q):
        mean, beta, variance = q[:d], q[d], np.exp(2 * q[d + 1])
        return -sum(laplace(x, o, mean, beta, variance) for x, o in people)

    found = answer["population"]
    beta = found["precision"]
    told = np.array([*(beta * np.array(found["center"])), beta, np.log(beta * found["deviation"][0])])
    start = np.array([*np.zeros(d), 0.5, np.log(0.5)])
    best = minimize(value, start, method="L-BFGS-B", options={"maxiter": 500, "maxfun": 100_000, "ftol": 1e-15, "gtol": 1e-7})
    for name, q in [("told", told), ("scipy", best.x)]:
        print(f"{name}: log-likelihood {-value(q):.7f} precision {q[d]:.5f} deviation {np.exp(q[d + 1]) / q[d]:.5f} center {(q[:d] / q[d]).round(4).tolist()}")
    print(f"the program's own log-likelihood: {found['log_likelihood']:.7f}")


if __name__ == "__main__":
    main()
