"""Audits of shards by workers, beside one process: python benches/ray_audit.py FOLDER {one | WORKERS} [MEMORY in MB].

The folder gets 8 shards of 250,000 comparisons each, of 16 coordinates, by 2,000 annotators, if it has none.
"""

import hashlib
import pathlib
import resource
import sys
import time

import big_game as bg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS, DIM, PEOPLE, SHARDS = 250_000, 16, 2_000, 8


def make(folder):
    """Draws labels of people who differ, under the model with precision 1."""
    rng = np.random.default_rng(1)
    ideal = 0.3 + 0.5 * rng.normal(size=(PEOPLE, DIM))
    for number in range(SHARDS):
        a, b = rng.normal(size=(2, ROWS, DIM)).astype(np.float32)
        who = rng.integers(PEOPLE, size=ROWS)
        logit = 2 * np.einsum("ij,ij->i", (a - b).astype(float), ideal[who])
        logit += (b.astype(float) ** 2).sum(1) - (a.astype(float) ** 2).sum(1)
        label = (rng.random(ROWS) < 1 / (1 + np.exp(-logit))).astype(np.int8)
        sides = {name: pa.FixedSizeListArray.from_arrays(pa.array(v.ravel()), DIM) for name, v in (("a", a), ("b", b))}
        columns = sides | {"label": label, "annotator": [f"p{i}" for i in who]}
        pq.write_table(pa.table(columns), folder / f"part-{number:03}.parquet", row_group_size=50_000)


def main(folder, workers, memory=None):
    """Makes shards where there are none, and one audit."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.glob("*.parquet")):
        make(folder)
    options = {"replicates": 0} | ({} if memory is None else {"memory": int(memory) << 20})
    if workers not in ("one", "0"):
        import ray

        ray.init(include_dashboard=False, log_to_driver=False, object_store_memory=1 << 30)
    start = time.perf_counter()
    found = bg.audit(folder, **options) if workers == "one" else bg.ray.audit(folder, workers=int(workers), **options)
    seconds = time.perf_counter() - start
    here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    digest = hashlib.sha256(found.to_json().encode()).hexdigest()[:12]
    print(f"{seconds:.1f} s, this process at most {here} MB (with what it maps of the object store), {digest}")


if __name__ == "__main__":
    main(*sys.argv[1:])
