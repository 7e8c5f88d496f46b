"""The peers of benches/fit.rs: NumPy Newton and SciPy L-BFGS on data of the same shape, in one process.

    pip install numpy scipy
    OMP_NUM_THREADS=2 python fit.py
"""

import time

import numpy as np
import scipy.optimize
import scipy.special


def data(n, d, rng):
    theta = np.cos(np.arange(d) + 1.0) / np.sqrt(d)
    a, b = rng.normal(size=(n, d)), rng.normal(size=(n, d))
    z = a - b
    o = (b * b).sum(1) - (a * a).sum(1)
    sign = np.where(scipy.special.logit(rng.uniform(size=n)) < 2 * z @ theta + o, 1.0, -1.0)
    return 2 * z * sign[:, None], o * sign


def newton(x, o):
    q = np.zeros(x.shape[1])
    for _ in range(50):
        s = scipy.special.expit(-(x @ q + o))
        gradient = x.T @ s
        hessian = x.T @ (x * (s * (1 - s))[:, None])
        step = np.linalg.solve(hessian, gradient)
        q += step
        if np.abs(step).max() < 1e-8:
            return q
    raise RuntimeError("no convergence")


def lbfgs(x, o):
    def f(q):
        m = x @ q + o
        return np.logaddexp(0, -m).sum(), -x.T @ scipy.special.expit(-m)

    options = {"ftol": 1e-15, "gtol": 1e-7 * len(o) ** 0.5, "maxiter": 1000}
    return scipy.optimize.minimize(f, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options=options).x


def timed(f, *args, runs=3):
    best = None
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        result = f(*args)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        best = min(best or (wall, cpu), (wall, cpu))
    return best, result


for n, d in [(1_000_000, 16), (1_000_000, 128)]:
    x, o = data(n, d, np.random.default_rng(1))
    (wall, cpu), exact = timed(newton, x, o)
    print(f"N = {n}, d = {d}: NumPy Newton {wall:.3f} s wall, {cpu:.3f} s CPU")
    (wall, cpu), found = timed(lbfgs, x, o)
    print(f"N = {n}, d = {d}: SciPy L-BFGS {wall:.3f} s wall, {cpu:.3f} s CPU, off by {np.abs(found - exact).max():.1e}")
