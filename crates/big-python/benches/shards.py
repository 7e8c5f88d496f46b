"""What Ray adds to a fit of shards: `python benches/shards.py FOLDER [ROWS] [COORDINATES] [SHARDS]`, where FOLDER is made."""

import json
import pathlib
import sys
import time

import big_game as bg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray


def embedding(values):
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])


def write(folder, rows, d, shards):
    theta = np.linspace(-0.5, 0.5, d)
    for shard in range(shards):
        rng = np.random.default_rng(shard)
        a, b = rng.standard_normal((2, rows // shards, d), dtype=np.float32)
        logit = 2 * (a - b) @ theta + (b**2).sum(1) - (a**2).sum(1)
        label = rng.random(len(a)) < 1 / (1 + np.exp(-logit))
        table = pa.table({"a": embedding(a), "b": embedding(b), "label": pa.array(label.astype(np.int8))})
        pq.write_table(table, folder / f"{shard:03}.parquet", compression="none", row_group_size=1 << 17)


def timed(fit, *given, **options):
    begun = time.perf_counter()
    found = fit(*given, **options)
    return round(time.perf_counter() - begun, 2), found


folder = pathlib.Path(sys.argv[1])
rows, d, shards = (int(given) for given in (sys.argv[2:] + ["10000000", "8", "10"][len(sys.argv) - 2 :])[:3])
folder.mkdir(parents=True, exist_ok=True)
if not any(folder.iterdir()):
    write(folder, rows, d, shards)
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
told = {"rows": rows, "coordinates": d, "shards": shards}
for compare in (False, True):
    seconds = {}
    seconds["big_game.fit"], _ = timed(bg.fit, folder, compare=compare)
    seconds["workers=0"], here = timed(bg.ray.fit, folder, workers=0, compare=compare)
    for workers in (1, 2):
        seconds[f"workers={workers}"], there = timed(bg.ray.fit, folder, workers=workers, compare=compare)
        assert there.to_json() == here.to_json()
    told["compare" if compare else "fit alone"] = seconds
print(json.dumps(told, indent=1))
