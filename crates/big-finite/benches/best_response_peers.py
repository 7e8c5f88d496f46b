"""One best response beside other solvers at equal time: the grid of `finite.rs`, part `grid`.

Finds k of m integer vectors whose sum is nearest to k t, and prints ||sum - k t||^2, computed exactly from the choice
that each solver returns, and whether the solver called it optimal.

    pip install numpy highspy ortools pyscipopt        (this script installs nothing)
    cargo bench -p big-finite --bench finite -- grid 10 > ours.txt
    python best_response_peers.py --seconds 10 --ours ours.txt [--only 60-20-3] [--peers meet,highs,cpsat,scip]

Peers: `meet`, a randomised two-list meet in NumPy; HiGHS on a linear model (the greatest deviation of a coordinate, as it
has no quadratic mixed-integer programs; the distance is of the choice it finds), and so never a proof where d > 1;
CP-SAT on the squares, while these fit 64 bits, otherwise on the greatest deviation; SCIP on the squares. One thread each
unless --threads says otherwise.
"""

import argparse
import time

MASK = (1 << 64) - 1
GRID = """20-5-2-6-inside 20-10-3-3-inside 20-10-8-3-outside 40-10-2-6-outside 40-20-2-6-inside 40-20-4-3-inside
40-12-8-3-outside 60-20-3-3-inside 60-20-3-9-inside 60-20-3-6-outside 60-30-8-3-inside 60-30-8-1-inside 60-3-8-6-inside
100-30-2-17-inside 100-10-5-6-inside 100-30-8-3-outside 200-60-2-6-inside 200-60-4-6-inside 200-60-8-3-inside
200-20-6-3-inside 200-60-3-6-outside 200-10-2-17-inside 60-30-1-17-inside 200-8-1-17-inside 200-10-1-17-inside
200-12-1-17-inside 200-60-1-17-inside""".split()


def draws(seed):
    """splitmix64, as in the Rust benchmark."""
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def truncated(a, b):
    return -(-a // b) if a < 0 else a // b


def instance(name):
    m, k, d, digits, place = name.split("-")
    m, k, d, digits, outside = int(m), int(k), int(d), int(digits), place == "outside"
    size = 10**digits
    stream = draws(m * 1_000_000 + k * 10_000 + d * 1000 + digits * 10 + outside)
    draw = lambda: next(stream) % (2 * size + 1) - size
    items = [[draw() for _ in range(d)] for _ in range(m)]
    target = []
    for _ in range(d):
        v = draw()
        sign = (v > 0) - (v < 0)
        target.append(truncated(v, 2) + size // 3 * sign if outside else truncated(v, 5))
    return items, k, [k * t for t in target]


def square(items, goal, chosen):
    return sum((sum(items[a][x] for a in chosen) - g) ** 2 for x, g in enumerate(goal))


def meet(items, k, goal, seconds, threads):
    """Random halves, random subsets of each of a fitting size, nearest pairs along a random direction."""
    import numpy as np

    rng = np.random.default_rng(1)
    points, wish = np.array(items, float), np.array(goal, float)
    m, end, best = len(items), time.perf_counter() + seconds, (float("inf"), None)
    size = 200_000
    while time.perf_counter() < end:
        order = rng.permutation(m)
        halves, first = (order[: m // 2], order[m // 2 :]), k // 2
        lists = []
        for half, count in zip(halves, (first, k - first)):
            picks = half[np.argsort(rng.random((size, len(half))), axis=1)[:, :count]]
            lists.append((picks, points[picks].sum(axis=1)))
        (left, a), (right, b) = lists
        b = wish - b
        along = rng.normal(size=len(goal)) if len(goal) > 1 else np.ones(1)
        rank = np.argsort(b @ along)
        at = np.searchsorted((b @ along)[rank], a @ along)
        for shift in range(-8, 8):
            j = rank[np.clip(at + shift, 0, size - 1)]
            far = ((a - b[j]) ** 2).sum(axis=1)
            i = int(far.argmin())
            if far[i] < best[0]:
                best = (far[i], list(left[i]) + list(right[j[i]]))
    return best[1], False


def highs(items, k, goal, seconds, threads):
    import highspy

    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("time_limit", float(seconds))
    model.setOptionValue("threads", threads)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.0)
    scale = max(abs(v) for item in items for v in item)
    chosen = [model.addBinary() for _ in items]
    far = model.addVariable(lb=0.0)
    for x, g in enumerate(goal):
        gap = sum(item[x] / scale * c for item, c in zip(items, chosen)) - g / scale
        model.addConstr(gap - far <= 0)
        model.addConstr(gap + far >= 0)
    model.addConstr(sum(chosen) == k)
    model.minimize(far)
    values = model.getSolution().col_value
    picked = [a for a in range(len(items)) if values and values[a] > 0.5]
    optimal = model.modelStatusToString(model.getModelStatus()) == "Optimal"
    return (picked if len(picked) == k else None), optimal and len(goal) == 1


def cpsat(items, k, goal, seconds, threads):
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in items]
    model.add(sum(chosen) == k)
    reach = [sum(sorted(abs(item[x]) for item in items)[-k:]) + abs(g) for x, g in enumerate(goal)]
    exact = sum(r * r for r in reach) < 2**62
    gaps = []
    for x, g in enumerate(goal):
        gap = model.new_int_var(-reach[x], reach[x], "")
        model.add(sum(item[x] * c for item, c in zip(items, chosen)) - gap == g)
        gaps.append(gap)
    if exact:
        squares = []
        for r, gap in zip(reach, gaps):
            product = model.new_int_var(0, r * r, "")
            model.add_multiplication_equality(product, [gap, gap])
            squares.append(product)
        model.minimize(sum(squares))
    else:
        far = model.new_int_var(0, max(reach), "")
        for gap in gaps:
            model.add(gap <= far)
            model.add(-gap <= far)
        model.minimize(far)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = threads
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, False
    picked = [a for a, c in enumerate(chosen) if solver.value(c)]
    return picked, status == cp_model.OPTIMAL and (exact or len(goal) == 1)


def scip(items, k, goal, seconds, threads):
    from pyscipopt import Model, quicksum

    model = Model()
    model.hideOutput()
    model.setParam("limits/time", seconds)
    scale = max(abs(v) for item in items for v in item)
    chosen = [model.addVar(vtype="B") for _ in items]
    model.addCons(quicksum(chosen) == k)
    terms = []
    for x, g in enumerate(goal):
        gap = model.addVar(lb=None)
        total = quicksum(item[x] / scale * c for item, c in zip(items, chosen))
        model.addCons(total - g / scale == gap)
        terms.append(gap * gap)
    far = model.addVar(lb=0)
    model.addCons(quicksum(terms) <= far)
    model.setObjective(far)
    model.optimize()
    if model.getNSols() == 0:
        return None, False
    picked = [a for a, c in enumerate(chosen) if model.getVal(c) > 0.5]
    return (picked if len(picked) == k else None), model.getStatus() == "optimal"


PEERS = {"meet": meet, "highs": highs, "cpsat": cpsat, "scip": scip}


def short(value):
    return str(value) if value is None or value < 10**7 else f"{float(value):.3g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default="", help="instances whose names start with one of these, by commas")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--ours", help="what the Rust benchmark printed")
    arguments = parser.parse_args()
    ours = {}
    if arguments.ours:
        for line in open(arguments.ours):
            fields = line.split()
            if len(fields) == 4 and fields[0] in GRID:
                ours[fields[0]] = (int(fields[1]), fields[2] == "proven")
    peers = [p for p in arguments.peers.split(",") if p]
    print("| instance | ours | " + " | ".join(peers) + " |", flush=True)
    print("| --- " * (len(peers) + 2) + "|", flush=True)
    for name in GRID:
        if arguments.only and not name.startswith(tuple(arguments.only.split(","))):
            continue
        items, k, goal = instance(name)
        cells = [f"{short(ours[name][0])}{'*' if ours[name][1] else ''}" if name in ours else "–"]
        for peer in peers:
            try:
                chosen, optimal = PEERS[peer](items, k, goal, arguments.seconds, arguments.threads)
            except ImportError as missing:
                raise SystemExit(f"{missing}: pip install numpy highspy ortools pyscipopt") from missing
            except Exception as error:
                cells.append(type(error).__name__)
                continue
            if chosen is None or len(set(map(int, chosen))) != k:
                cells.append("none")
            else:
                cells.append(short(square(items, goal, [int(a) for a in chosen])) + ("*" if optimal else ""))
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
