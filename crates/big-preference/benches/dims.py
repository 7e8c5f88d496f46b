"""Fits and audits as dimensions and annotators grow, beside SciPy's L-BFGS and scikit-learn's LogisticRegression.

    cargo build --release -p big-cli
    python crates/big-preference/benches/dims.py target/release/big [--sizes 16x20000x10,384x50000x50,...]

Needs NumPy, SciPy and pyarrow; scikit-learn where it is installed. Embeddings with a decaying spectrum in single precision; people
scatter around a common ideal point; a row is by anybody. Every program is timed as a whole process, from the Parquet file where it is
ours, from arrays in memory where it is not. Times are wall clock / processor, in seconds.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.optimize import minimize

try:
    from sklearn.linear_model import LogisticRegression
except ImportError:
    LogisticRegression = None

SIZES = "16x20000x10,16x100000x1000,64x50000x100,128x50000x50,384x50000x50,384x50000x500,768x40000x1000"


def table(d, rows, people, seed=1):
    rng = np.random.default_rng(seed)
    scale = 1 / np.sqrt(1 + np.arange(d) / 10)
    scale /= np.linalg.norm(scale)
    mean = 0.3 * rng.normal(size=d) / np.sqrt(d)
    center = rng.normal(size=d) * scale
    ideal = center + 0.7 * rng.normal(size=(people, d)) * scale
    who = rng.integers(0, people, size=rows)
    a, b = ((rng.normal(size=(rows, d)) * scale + mean).astype(np.float32) for _ in "ab")
    offset = (b.astype(float) ** 2).sum(1) - (a.astype(float) ** 2).sum(1)
    margin = 4 * (2 * np.einsum("rk,rk->r", ideal[who], a - b) + offset)
    label = rng.random(rows) < 1 / (1 + np.exp(-margin))
    return a, b, offset, label, who


def write(path, a, b, label, who):
    d = a.shape[1]
    ends = pa.array(np.arange(0, a.size + 1, d, dtype=np.int32))
    lists = lambda x: pa.ListArray.from_arrays(ends, pa.array(x.reshape(-1)))
    names = pa.array([f"p{w}" for w in who])
    columns = {"a": lists(a), "b": lists(b), "label": label.astype(np.int64), "annotator": names}
    pq.write_table(pa.table(columns), path, row_group_size=20_000)


def ours(program, limit, *arguments):
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    try:
        run = subprocess.run([program, "prefs", *arguments, "--json"], capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return f"> {limit}", None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    answer = json.loads(run.stdout) if run.returncode in (0, 1) else None
    return f"{time.time() - begun:.1f} / {spent:.1f}", answer


def peer(fit):
    begun, cpu = time.time(), time.process_time()
    found = fit()
    return f"{time.time() - begun:.1f} / {time.process_time() - cpu:.1f}", found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--sizes", default=SIZES, help="dimension x rows x annotators, ...")
    parser.add_argument("--limit", type=int, default=300, help="seconds a run may take")
    options = parser.parse_args()
    print("| d × rows × annotators | `fit` | its `theta` off SciPy's | `fit --by` | `--by --pool` | `audit` | SciPy | scikit-learn |")
    print("|---|---|---|---|---|---|---|---|")
    for size in options.sizes.split(","):
        d, rows, people = map(int, size.split("x"))
        a, b, offset, label, who = table(d, rows, people)
        x = np.hstack([2 * (a.astype(float) - b), offset[:, None]])
        sign = np.where(label, 1.0, -1.0)

        def loss(q):
            margin = sign * (x @ q)
            return np.logaddexp(0, -margin).sum(), -(x.T @ (sign / (1 + np.exp(margin))))

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "table.parquet")
            write(path, a, b, label, who)
            fit, answer = ours(options.program, options.limit, "fit", path, "--precision", "fit", "--no-check")
            by, _ = ours(options.program, options.limit, "fit", path, "--precision", "fit", "--no-check", "--by", "annotator")
            pool, _ = ours(options.program, options.limit, "fit", path, "--precision", "fit", "--no-check", "--by", "annotator", "--pool")
            audit, _ = ours(options.program, options.limit, "audit", path)
        start = np.zeros(d + 1)
        tight = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-14, "gtol": 1e-6}
        scipy, found = peer(lambda: minimize(loss, start, jac=True, method="L-BFGS-B", options=tight))
        off = "–"
        if answer and "theta" in answer:
            theta = found.x[:d] / found.x[d]
            off = f"{np.abs(theta - answer['theta']).max():.1e}"
        sklearn = "–"
        if LogisticRegression is not None:
            model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-6, max_iter=2000)
            sklearn, _ = peer(lambda: model.fit(x, label))
        print(f"| {d} × {rows} × {people} | {fit} | {off} | {by} | {pool} | {audit} | {scipy} | {sklearn} |", flush=True)


if __name__ == "__main__":
    main()
