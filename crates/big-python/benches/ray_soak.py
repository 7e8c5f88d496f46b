"""Fits, receivers and audits over shards by 1 to 64 workers, and fits while workers are killed: is every byte the same?

    python crates/big-python/benches/ray_soak.py FOLDER [SECONDS [BETWEEN]]

The folder gets 64 shards. After the numbers of workers (more than there are processors: nothing is to be learnt about speed)
a worker is killed with SIGKILL every BETWEEN seconds (0.7) for SECONDS (60), while fits go on: each ends with the same
bytes, or says which shard it is about.
"""

import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

import big_game as bg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray

SHARDS, ROWS, DIM, PEOPLE = 64, 128_000, 4, 97
MANY = (1, 2, 3, 5, 8, 16, 32, 64)


def shards(folder):
    draws = np.random.default_rng(7)
    a, b = draws.normal(size=(2, ROWS, DIM))
    ideal = 0.5 * draws.normal(size=DIM)
    margin = ((b - ideal) ** 2).sum(1) - ((a - ideal) ** 2).sum(1)
    chosen = draws.random(ROWS) < 1 / (1 + np.exp(-margin))

    def embedding(values):
        return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), DIM)

    people = pa.array([f"p{row % PEOPLE}" for row in range(ROWS)])
    columns = {"annotator": people, "a": embedding(a), "b": embedding(b), "label": pa.array(chosen.astype(int))}
    table = pa.table(columns)
    paths = [folder / f"{shard:02}.parquet" for shard in range(SHARDS)]
    for shard, path in enumerate(paths):
        pq.write_table(table.slice(shard * ROWS // SHARDS, ROWS // SHARDS), path, row_group_size=700)
    return paths


def by_many_workers(paths):
    asked = {
        "fit": lambda **how: bg.ray.fit(paths, **how),
        "fit, with the precision": lambda **how: bg.ray.fit(paths, precision="fit", **how),
        "receiver": lambda **how: bg.ray.receiver(paths, **how),
        "audit": lambda **how: bg.ray.audit(paths, **how),
    }
    for name, ask in asked.items():
        here = ask(workers=0).to_json()
        for workers in MANY:
            start = time.monotonic()
            same = ask(workers=workers, cpus=0.02).to_json() == here
            print(
                f"{name}, {workers} workers: {'the same bytes' if same else 'OTHER BYTES'}, {time.monotonic() - start:.1f} s",
                flush=True,
            )


def while_workers_are_killed(paths, seconds, between):
    here = bg.ray.fit(paths, precision="fit", workers=0).to_json()
    ended, killed = threading.Event(), 0

    def kill():
        nonlocal killed
        draws = random.Random(1)
        while not ended.wait(between):
            found = subprocess.run(["pgrep", "-x", "ray::Worker.*"], capture_output=True, text=True, check=False).stdout.split()
            if found:
                try:
                    os.kill(int(draws.choice(found)), signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    pass

    killer = threading.Thread(target=kill)
    killer.start()
    endings = {}
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            try:
                told = bg.ray.fit(paths, precision="fit", workers=6, cpus=0.1).to_json()
                ending = "the same bytes" if told == here else "OTHER BYTES"
            except bg.Unfinished as error:
                ending = "said to be unfinished, with the shard" if ".parquet" in str(error) else f"unfinished: {error}"
            except Exception as error:
                ending = f"{type(error).__name__}: {error}"[:300]
            endings[ending] = endings.get(ending, 0) + 1
    finally:
        ended.set()
        killer.join()
    print(f"{killed} workers killed in {sum(endings.values())} fits:", endings)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    seconds, between = (float(given) for given in [*sys.argv[2:4], *("60", "0.7")[len(sys.argv[2:4]) :]])
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=400 * 2**20)
    paths = shards(folder)
    by_many_workers(paths)
    while_workers_are_killed(paths, seconds, between)


main()
