"""One best response in one dimension as a mixed-integer program in HiGHS, on the instances of `finite.rs`, part `highs`.

Minimises z with -z <= sum_j a_j x_j / k - t <= z, sum_j x_j = k, x binary. Usage: python best_response_highs.py
(needs highspy); compare with: cargo bench -p big-finite --bench finite -- highs
"""

import time
from fractions import Fraction

import highspy

DIGITS = 10**9


def items(count):
    """The same decimals as in the Rust benchmark."""
    return [Fraction(2 * ((j * j * 2654435761) % DIGITS) - DIGITS, DIGITS) for j in range(1, count + 1)]


def respond(count, choose, target, limit):
    values = items(count)
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("time_limit", limit)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.0)
    distance = model.addVariable(lb=0.0)
    chosen = [model.addBinary() for _ in values]
    mean = sum(float(v) / choose * x for v, x in zip(values, chosen))
    model.addConstr(mean - distance <= float(target))
    model.addConstr(mean + distance >= float(target))
    model.addConstr(sum(chosen) == choose)
    start = time.perf_counter()
    model.minimize(distance)
    seconds = time.perf_counter() - start
    solution = model.getSolution().col_value
    subset = [v for v, x in zip(values, solution[1:]) if x > 0.5]
    exact = abs(sum(subset) / choose - target) if len(subset) == choose else None
    status = model.modelStatusToString(model.getModelStatus())
    return seconds, exact, status


for m in (20, 50, 100, 200):
    seconds, exact, status = respond(m, 3, Fraction(123456789, DIGITS), 60.0)
    far = "none" if exact is None else f"{float(exact):.3e}"
    print(f"m = {m}, k = 3: {seconds:.4f} s, distance {far}, HiGHS says {status}")
