"""The fits of benches/fit.rs beside NumPy's Newton and SciPy's L-BFGS on data of the same shape, in one run.

    pip install numpy==2.4.6 scipy==1.17.1 threadpoolctl==3.8.0
    python crates/big-preference/benches/fit.py

Runs `cargo bench -p big-preference --bench fit -- fit`, the peers, and the bench again, all on two cores. Least and median
of the runs, in seconds of wall clock; the processor time is the mean of ours, and that of the peers' fastest run.

The peers get the design matrix and the offsets ready made. L-BFGS gets it once by rows, NumPy's own order, and once by
columns, which suits its products best; its tolerance leaves the estimate right to 1e-8, as ours does. It makes no Hessian
and so no standard errors, which ours come with.
"""

import os
import re
import statistics
import subprocess
import time

# Settings for older OpenBLAS builds, which slow this one down.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
os.environ["OMP_NUM_THREADS"] = "2"
os.environ["RAYON_NUM_THREADS"] = "2"

import numpy as np  # noqa: E402
import scipy.optimize  # noqa: E402
import threadpoolctl  # noqa: E402


def data(n, d, rng):
    theta = np.cos(np.arange(d) + 1.0) / np.sqrt(d)
    a, b = rng.normal(size=(n, d)), rng.normal(size=(n, d))
    z = a - b
    o = (b * b).sum(1) - (a * a).sum(1)
    u = rng.uniform(size=n)
    sign = np.where(np.log(u / (1 - u)) < 2 * z @ theta + o, 1.0, -1.0)
    return 2 * z * sign[:, None], o * sign


def newton(x, o):
    q = np.zeros(x.shape[1])
    for _ in range(50):
        m = x @ q + o
        e = np.exp(-np.abs(m))
        s = np.where(m < 0, 1.0, e) / (1 + e)
        # A matrix times its own transpose: half a product.
        y = x * np.sqrt(s * (1 - s))[:, None]
        step = np.linalg.solve(y.T @ y, x.T @ s)
        q += step
        if np.abs(step).max() < 1e-5:  # its square is what is left
            return q
    raise RuntimeError("no convergence")


def lbfgs(x, o):
    n = len(o)

    def f(q):
        m = x @ q
        m += o
        e = np.exp(-np.abs(m))
        value = np.log1p(e).sum() - np.minimum(m, 0).sum()
        return value / n, (np.where(m < 0, 1.0, e) / (1 + e)) @ x / -n

    options = {"ftol": 0, "gtol": 2e-9, "maxiter": 1000, "maxcor": 20}
    start = np.zeros(x.shape[1])
    return scipy.optimize.minimize(f, start, jac=True, method="L-BFGS-B", options=options).x


def timed(f, x, o, runs=7):
    walls, cpus = [], []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        result = f(x, o)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return (min(walls), statistics.median(walls), cpus[walls.index(min(walls))]), result


def ours():
    command = ["cargo", "bench", "-p", "big-preference", "--bench", "fit", "--", "fit"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    print(output)
    line = r"fit N = 1e6, d = (\d+): least (\S+) s, median (\S+) s, CPU (\S+) s"
    return {int(d): tuple(map(float, times)) for d, *times in re.findall(line, output)}


def show(name, times, note=""):
    least, median, cpu = times
    print(f"    {name:26} least {least:.3f} s, median {median:.3f} s, CPU {cpu:.3f} s{note}")


rounds = [ours()]
print(threadpoolctl.threadpool_info())
peers = {}
for d in (16, 128):
    x, o = data(1_000_000, d, np.random.default_rng(1))
    times, exact = timed(newton, x, o, 3)
    peers[d] = {"NumPy Newton": (times, 0.0)}
    for order, matrix in (("rows", x), ("columns", np.asfortranarray(x))):
        times, found = timed(lbfgs, matrix, o)
        peers[d][f"SciPy L-BFGS, by {order}"] = (times, np.abs(found - exact).max())
    del x, o, matrix
rounds.append(ours())

for d in (16, 128):
    print(f"N = 1e6, d = {d}")
    mine = [r[d] for r in rounds]
    for times in mine:
        show("ours", times)
    least, median = min(t[0] for t in mine), statistics.mean(t[1] for t in mine)
    for name, (times, off) in peers[d].items():
        ratios = f"; {times[0] / least:.2f} times ours by the least, {times[1] / median:.2f} by the median"
        show(name, times, f", off by {off:.0e}{ratios}")
