"""Reference values for people who differ: statsmodels, SciPy and a quadrature of its own.

    python people.py > people.json            # NumPy, SciPy, statsmodels; half a minute

The comparisons are those of comparisons.csv without their weights. Row r is by annotator r mod 8; for annotators 1, 3, 5, 7
the first coordinate of both responses is turned around, so that their ideal points differ from the others' in that one.
"""

import json

import numpy as np
import statsmodels.api as sm
from numpy.polynomial.hermite_e import hermegauss
from scipy.optimize import minimize

table = np.genfromtxt("comparisons.csv", delimiter=",", skip_header=1)
n, d, people = len(table), 3, 8
a, b, label = table[:, :3].copy(), table[:, 3:6].copy(), table[:, 6]
who = np.arange(n) % people
for x in (a, b):
    x[who % 2 == 1, 0] *= -1
sign = np.where(label == 1, 1.0, -1.0)
X = 2 * (a - b)
o = (b**2).sum(1) - (a**2).sum(1)
out = {}


def clustered(features, parameters, offset):
    """H⁻¹ B H⁻¹ with B = G/(G−1) Σ s sᵀ."""
    p = 1 / (1 + np.exp(-(features @ parameters + offset)))
    bread = np.linalg.inv((features * (p * (1 - p))[:, None]).T @ features)
    rows = features * (label - p)[:, None]
    scores = np.array([rows[who == i].sum(0) for i in range(people)])
    return bread @ (people / (people - 1) * scores.T @ scores) @ bread


# One ideal point, β = 1; statsmodels' own clustered errors carry a factor for the parameters more.
fit = sm.GLM(label, X, offset=o, family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
robust = sm.GLM(label, X, offset=o, family=sm.families.Binomial()).fit(
    tol=1e-14, maxiter=200, cov_type="cluster", cov_kwds={"groups": who, "use_correction": False}
)
plain = np.sqrt(np.diag(clustered(X, fit.params, o)))
assert np.allclose(plain, robust.bse * np.sqrt(people / (people - 1)), rtol=1e-6)
out["unit"] = {"theta": fit.params.tolist(), "clustered": plain.tolist()}

# One ideal point and β: by the delta method.
both = np.column_stack([X, o])
fit = sm.GLM(label, both, family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
beta, theta = fit.params[d], fit.params[:d] / fit.params[d]
covariance = clustered(both, fit.params, 0)
jacobian = np.column_stack([np.eye(d), -theta]) / beta
out["joint"] = {
    "precision": beta,
    "precision_error": float(np.sqrt(covariance[d, d])),
    "theta": theta.tolist(),
    "clustered": np.sqrt(np.diag(jacobian @ covariance @ jacobian.T)).tolist(),
}

# An ideal point each, and one β.
wide = np.zeros((n, people * d + 1))
for r in range(n):
    wide[r, who[r] * d : (who[r] + 1) * d] = X[r]
wide[:, -1] = o
fit = sm.GLM(label, wide, family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
beta, covariance = fit.params[-1], fit.cov_params()
points, errors = [], []
for i in range(people):
    at = [*range(i * d, (i + 1) * d), people * d]
    theta = fit.params[at[:d]] / beta
    jacobian = np.column_stack([np.eye(d), -theta]) / beta
    points.append(theta.tolist())
    errors.append(np.sqrt(np.diag(jacobian @ covariance[np.ix_(at, at)] @ jacobian.T)).tolist())
out["fixed_effects"] = {
    "precision": beta,
    "precision_error": float(fit.bse[-1]),
    "log_likelihood": float(fit.llf),
    "theta": points,
    "standard_errors": errors,
}

# The hierarchy: φ_i ~ N(m, diag(s²)) by adaptive Gauss–Hermite quadrature, maximised by SciPy without derivatives of it.
line, weight = hermegauss(15)
weight = np.log(weight / np.sqrt(2 * np.pi))
nodes = np.array(np.meshgrid(*[line] * d, indexing="ij")).reshape(d, -1).T
weights = np.array(np.meshgrid(*[weight] * d, indexing="ij")).reshape(d, -1).sum(0)
groups = [np.where(who == i)[0] for i in range(people)]
SX, so = sign[:, None] * X, sign * o


def posterior(g, beta, m, s):
    """The logarithm of the integral, and the posterior's mean and deviations."""
    x, offset, inverse = SX[g], beta * so[g], 1 / s**2
    f = np.array(m)
    for _ in range(50):
        p = 1 / (1 + np.exp(x @ f + offset))
        gradient = x.T @ p - inverse * (f - m)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(inverse)
        f = f + np.linalg.solve(hessian, gradient)
    root = np.linalg.cholesky(hessian)
    at = f + np.linalg.solve(root.T, nodes.T).T
    logs = -np.logaddexp(0, -(at @ x.T + offset)).sum(1) - 0.5 * ((at - m) ** 2 * inverse).sum(1)
    logs += weights + 0.5 * (nodes**2).sum(1)
    top = logs.max()
    share = np.exp(logs - top)
    value = top + np.log(share.sum()) - np.log(s).sum() - np.log(np.diag(root)).sum()
    share /= share.sum()
    mean = share @ at
    return value, mean, np.sqrt(share @ (at - mean) ** 2)


def loss(v):
    return -sum(posterior(g, v[2 * d], v[:d], np.exp(v[d : 2 * d]))[0] for g in groups)


start = np.concatenate([beta * np.mean(points, axis=0), np.log([0.5] * d), [beta]])
bounds = [(None, None)] * d + [(-9, 5)] * d + [(None, None)]
best = minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-7, "maxfun": 20000})
m, s, beta = best.x[:d], np.exp(best.x[d : 2 * d]), best.x[2 * d]
made = [posterior(g, beta, m, s) for g in groups]
out["hierarchy"] = {
    "precision": beta,
    "center": (m / beta).tolist(),
    "deviation": (s / beta).tolist(),
    "log_likelihood": -best.fun,
    "theta": [(x[1] / beta).tolist() for x in made],
    "posterior_deviations": [(x[2] / beta).tolist() for x in made],
}
print(json.dumps(out, indent=1))
