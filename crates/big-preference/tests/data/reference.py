"""Makes comparisons.csv and reference.json: fits by statsmodels and SciPy that the Rust fits are held against.

    pip install numpy==2.* scipy==1.* statsmodels==0.14.*
    python reference.py
"""

import csv
import json
import pathlib

import numpy as np
import scipy.optimize
import statsmodels.api as sm

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20250204)
N, D, BETA = 400, 3, 0.7
THETA = np.array([0.4, -0.8, 0.25])

a = np.round(rng.normal(size=(N, D)), 6)
b = np.round(rng.normal(size=(N, D)), 6)
weight = np.round(rng.uniform(0.25, 2.0, size=N), 3)
difference = a - b
offset = (b**2).sum(1) - (a**2).sum(1)
label = rng.uniform(size=N) < 1 / (1 + np.exp(-BETA * (2 * difference @ THETA + offset)))

with open(here / "comparisons.csv", "w", newline="") as file:
    table = csv.writer(file)
    table.writerow([f"a_{k}" for k in range(D)] + [f"b_{k}" for k in range(D)] + ["label", "weight"])
    for r in range(N):
        table.writerow([*a[r], *b[r], int(label[r]), weight[r]])


def glm(features, fixed, weights):
    """A logistic regression without intercept, by iteratively reweighted least squares."""
    family = sm.families.Binomial()
    model = sm.GLM(label.astype(float), features, family=family, offset=fixed, freq_weights=weights)
    result = model.fit(tol=1e-14, maxiter=200, tol_criterion="params")
    return result.params, result.bse, result.llf


def scipy_minimum(features, fixed, weights, ridge=0.0):
    """The same by Newton-CG on the negative log-likelihood, with an optional ridge."""
    sign = np.where(label, 1.0, -1.0)

    def margins(q):
        return sign * (features @ q + fixed)

    def value(q):
        return (weights * np.logaddexp(0, -margins(q))).sum() + ridge / 2 * q @ q

    def gradient(q):
        return -features.T @ (weights * sign / (1 + np.exp(margins(q)))) + ridge * q

    def hessian(q):
        p = 1 / (1 + np.exp(-margins(q)))
        return features.T @ (features * (weights * p * (1 - p))[:, None]) + ridge * np.eye(features.shape[1])

    q = scipy.optimize.minimize(value, np.zeros(features.shape[1]), jac=gradient, hess=hessian, method="trust-exact",
                                options={"gtol": 1e-12}).x
    for _ in range(3):
        q = q - np.linalg.solve(hessian(q), gradient(q))
    return q, value(q)


ones = np.ones(N)
out = {}
for name, weights in [("plain", ones), ("weighted", weight)]:
    theta, errors, likelihood = glm(2 * difference, offset, weights)
    check, value = scipy_minimum(2 * difference, offset, weights)
    assert np.allclose(theta, check, rtol=0, atol=1e-10)
    out[name] = {"theta": theta.tolist(), "standard_errors": errors.tolist(), "log_likelihood": -value}

joint, joint_errors, _ = glm(np.column_stack([2 * difference, offset]), np.zeros(N), ones)
_, value = scipy_minimum(np.column_stack([2 * difference, offset]), np.zeros(N), ones)
out["joint"] = {"attraction": joint[:D].tolist(), "precision": joint[D], "precision_error": joint_errors[D],
                "theta": (joint[:D] / joint[D]).tolist(), "log_likelihood": -value}

_, value = scipy_minimum(2 * difference, np.zeros(N), ones)
out["vector"] = {"log_likelihood": -value}

ridge, _ = scipy_minimum(2 * difference, offset, ones, ridge=5.0)
out["ridge"] = {"lambda": 5.0, "theta": ridge.tolist()}

sign = np.where(label, 1.0, -1.0)
bounded = scipy.optimize.minimize(
    lambda q: np.logaddexp(0, -sign * (2 * difference @ q + offset)).sum(),
    np.zeros(D),
    jac=lambda q: -2 * difference.T @ (sign / (1 + np.exp(sign * (2 * difference @ q + offset)))),
    method="L-BFGS-B", bounds=[(-0.5, 0.5)] * D, options={"ftol": 1e-16, "gtol": 1e-12})
out["bounded"] = {"half_width": 0.5, "theta": bounded.x.tolist()}

(here / "reference.json").write_text(json.dumps(out, indent=1) + "\n")
