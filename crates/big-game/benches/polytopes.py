"""How `big solve` grows with the size of polytopes: facets, vertices, dimensions, influencers.

python crates/big-game/benches/polytopes.py PROGRAM [REPEATS]

Random games, always the same ones. Wall clock of the whole program in milliseconds (least of REPEATS runs, 3 by
default), for targets around the sets and for one common target inside, where every vertex of every set ties.
"""

import json
import math
import random
import subprocess
import sys
import time


def unit(draw, d):
    v = [draw.gauss(0, 1) for _ in range(d)]
    length = math.sqrt(sum(x * x for x in v))
    return [x / length for x in v]


def halfspaces(m, d):
    draw = random.Random(m * 100 + d)
    rows = [unit(draw, d) for _ in range(m)]
    # A box around them, so that few rows are bounded, too.
    for k in range(d):
        for sign in (1.0, -1.0):
            rows.append([sign * 2.0 if c == k else 0.0 for c in range(d)])
    rows = rows[:m] if m > 4 * d else rows[-m:]
    return {"type": "polytope", "halfspaces": {"a": rows, "b": [1.0] * len(rows)}}


def vertices(k, d):
    draw = random.Random(k * 100 + d)
    return {"type": "polytope", "vertices": [unit(draw, d) for _ in range(k)]}


def polygon(k):
    at = [2 * math.pi * i / k for i in range(k)]
    return {"type": "polytope", "vertices": [[math.cos(a), math.sin(a)] for a in at]}


def game(space, n, d, inside):
    draw = random.Random(n)
    influencers = []
    for _ in range(n):
        target = [0.0] * d if inside else [draw.gauss(0, 1) for _ in range(d)]
        influencers.append({"weight": draw.choice([-1.0, 0.5, 1.0, 2.0]) / n, "target": target})
    return json.dumps({"action_space": space, "influencers": influencers})


def timed(program, text, repeats):
    least, answer = math.inf, None
    for _ in range(repeats):
        start = time.perf_counter()
        try:
            run = subprocess.run(
                [program, "solve", "-", "--json"], input=text, capture_output=True, text=True, timeout=60
            )
        except subprocess.TimeoutExpired:
            return "over 60 s"
        least = min(least, time.perf_counter() - start)
        if run.returncode not in (0, 1):
            return f"exit {run.returncode}"
        answer = json.loads(run.stdout)
    mark = "" if answer["cardinality"] != "unknown" else " (unknown)"
    return f"{1000 * least:.0f}{mark}"


def main():
    program = sys.argv[1]
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    lines = [("polygon", k, 2, n, polygon(k)) for k in (20, 40, 60, 80, 200, 500) for n in (2, 100)]
    lines += [("half-spaces", m, 2, n, halfspaces(m, 2)) for m in (10, 30, 100, 300, 1000) for n in (2, 100)]
    lines += [("half-spaces", m, 3, n, halfspaces(m, 3)) for m in (10, 30, 100, 200) for n in (2, 100)]
    lines += [("half-spaces", m, 4, n, halfspaces(m, 4)) for m in (20, 50) for n in (2, 100)]
    lines += [
        ("vertices", k, d, n, vertices(k, d))
        for d in (2, 3, 4, 5, 6)
        for k in (10, 50, 200, 500)
        for n in (2, 10, 100)
    ]
    print("| set | size | d | n | targets around | one target inside |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind, size, d, n, space in lines:
        around, inside = (timed(program, game(space, n, d, at), repeats) for at in (False, True))
        print(f"| {kind} | {size} | {d} | {n} | {around} | {inside} |", flush=True)


main()
