"""Peak memory of a fit beside the table that it is of: python benches/memory.py [ROWS] [DIMENSIONS].

Each kind of table in a process of its own; its size is that of its columns, the peak what the process held at most.
"""

import subprocess
import sys

KINDS = {
    "numpy": "{'a': a, 'b': b, 'label': label}",
    "pyarrow": "arrow()",
    "polars": "__import__('polars').from_arrow(arrow())",
    "pandas": "__import__('pandas').DataFrame({'label': label}).assign(**columns())",
    "duckdb": "__import__('duckdb').sql('select * from made')",
}

CODE = """
import resource, sys, gc
import numpy as np, pyarrow as pa, big_game as bg
n, d = {n}, {d}
rng = np.random.default_rng(0)
a, b = (rng.standard_normal((n, d), dtype=np.float32) for _ in range(2))
label = rng.integers(2, size=n)
def fixed(x): return pa.FixedSizeListArray.from_arrays(pa.array(x.reshape(-1)), d)
def arrow(): return pa.table({{"a": fixed(a), "b": fixed(b), "label": label}})
def columns():
    import pandas as pd
    return {{"a": pd.Series(pd.arrays.ArrowExtensionArray(fixed(a))), "b": pd.Series(pd.arrays.ArrowExtensionArray(fixed(b)))}}
made = arrow()
table = {table}
size = a.nbytes + b.nbytes + label.nbytes
bg.fit({{"a": a[:100], "b": b[:100], "label": label[:100]}}, ridge=1.0, compare=False)
gc.collect()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
bg.fit(table, compare=False)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(size, before, after)
"""

if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    d = int(sys.argv[2]) if len(sys.argv) > 2 else 128
    print(f"{n:,} rows, {d} dimensions, float32")
    for kind, table in KINDS.items():
        done = subprocess.run(
            [sys.executable, "-c", CODE.format(n=n, d=d, table=table)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"{kind:8} {done.stderr.strip().splitlines()[-1]}")
            continue
        size, before, after = map(float, done.stdout.split())
        print(
            f"{kind:8} table {size / 1e6:7.0f} MB, the fit adds {(after - before) / 1e6:6.0f} MB: {1 + (after - before) / size:.2f}"
        )
