"""Peak memory of a fit, or an audit, beside the table that it is of: python benches/memory.py [ROWS] [DIMENSIONS] [fit|audit].

Each kind of table in a process of its own; its size is that of its columns, the peak what the process held at most.
DuckDB's own memory is limited to 256 MB: its query reads the table where it is.
"""

import subprocess
import sys

KINDS = {
    "numpy": "{'a': a, 'b': b, 'label': label, 'annotator': annotator}",
    "numpy, float64": "{'a': a.astype(np.float64), 'b': b.astype(np.float64), 'label': label, 'annotator': annotator}",
    "pyarrow": "arrow(fixed)",
    "pyarrow, lists in chunks": "chunked()",
    "polars": "__import__('polars').from_arrow(arrow(fixed))",
    "polars, lists": "__import__('polars').from_arrow(arrow(lists))",
    "pandas": "__import__('pandas').DataFrame({'label': label, 'annotator': annotator}).assign(**columns())",
    "duckdb": "duckdb()",
}

CODE = """
import resource, sys, gc
import numpy as np, pyarrow as pa, big_game as bg
n, d, asked = {n}, {d}, {asked!r}
rng = np.random.default_rng(0)
a, b = (rng.standard_normal((n, d), dtype=np.float32) for _ in range(2))
label = rng.integers(2, size=n)
annotator = rng.integers(100, size=n)
def fixed(x): return pa.FixedSizeListArray.from_arrays(pa.array(x.reshape(-1)), d)
def lists(x):
    ends = np.arange(0, (len(x) + 1) * d, d, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(x.reshape(-1)))
def arrow(kind): return pa.table({{"a": kind(a), "b": kind(b), "label": label, "annotator": annotator}})
def chunked():
    pieces = range(0, n, 100_000)
    column = lambda x, kind: pa.chunked_array([kind(x[i : i + 100_000]) for i in pieces])
    made = dict(a=column(a, lists), b=column(b, lists), label=column(label, pa.array), annotator=column(annotator, pa.array))
    return pa.table(made)
def columns():
    import pandas as pd
    kept = lambda x: pd.Series(pd.arrays.ArrowExtensionArray(fixed(x)))
    return {{"a": kept(a), "b": kept(b)}}
def duckdb():
    import duckdb
    duckdb.sql("set enable_progress_bar = false; set memory_limit = '256MB'")
    return duckdb.sql("select * from made")
def question(table, rest):
    if asked == "fit":
        bg.fit(table, compare=False, **rest)
    else:
        bg.audit(table, precision=1.0, radius=1.0, replicates=0, refits=0, coalitions=0, **rest)
made = arrow(fixed)
table = {table}
size = 2 * n * d * (table["a"].itemsize if isinstance(table, dict) else 4) + label.nbytes + annotator.nbytes
question({{"a": a[:900, :8], "b": b[:900, :8], "label": label[:900], "annotator": annotator[:900]}}, dict(ridge=1.0))
gc.collect()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
question(table, {{}})
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(size, before, after)
"""

if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    d = int(sys.argv[2]) if len(sys.argv) > 2 else 128
    asked = sys.argv[3] if len(sys.argv) > 3 else "fit"
    print(f"{n:,} rows, {d} dimensions, {asked}")
    for kind, table in KINDS.items():
        code = CODE.format(n=n, d=d, table=table, asked=asked)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{kind:25} {done.stderr.strip().splitlines()[-1]}")
            continue
        size, before, after = map(float, done.stdout.split())
        added = after - before
        print(f"{kind:25} table {size / 1e6:6.0f} MB, adds {added / 1e6:6.0f} MB: {1 + added / size:.2f}")
