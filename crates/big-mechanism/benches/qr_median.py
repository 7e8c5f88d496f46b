"""`big solve` on an interval beside the quadratically regularised median of PyPI's solidago.

    pip install big-game solidago
    python crates/big-mechanism/benches/qr_median.py

The median is `argmin (z − b)² / (2 L) + Σ w |z − x|`: a game on [−1, 1] with weights `L w`. First 10,000 random cases, each against solidago to
its own tolerance and against a bisection in exact fractions; then the time of one median, least of several, side by side.
"""

import random
import time
from fractions import Fraction

import big_game as bg
import numpy as np
from solidago.primitives import qr_median

CASES = 10_000
ERROR = 1e-9


def game(values, rights, lipschitz):
    return bg.Game(
        targets=values.reshape(-1, 1),
        weights=lipschitz * rights,
        space=bg.Box(-1, 1),
        bias=0.0,
    )


def exact(values, rights, lipschitz):
    """The root by halving over the votes, and a line between two of them, in fractions."""
    votes = sorted(
        (Fraction(float(x)), Fraction(float(lipschitz * w)))
        for x, w in zip(values, rights, strict=True)
    )
    above = sum(w for _, w in votes)
    total, below = above, Fraction(0)
    for x, w in votes:
        if above - below <= x:
            return above - below
        above, below = above - w, below + w
        if above - below <= x:
            return x
    return -total


def cases():
    chance = random.Random(7)
    worst = {"solidago": 0.0, "exact": 0.0}
    for _ in range(CASES):
        n = chance.choice([1, 2, 3, 5, 10, 40])
        grid = chance.random() < 0.5
        number = (
            (lambda: chance.randint(-8, 8) / 4)
            if grid
            else (lambda: chance.uniform(-2, 2))
        )
        values = np.array([number() for _ in range(n)])
        rights = np.array(
            [chance.choice([1.0, 0.5, chance.uniform(0.01, 2)]) for _ in range(n)]
        )
        lipschitz = chance.choice([0.01, 0.1, 1.0])
        ours = bg.solve(game(values, rights, lipschitz)).receiver[0]
        theirs = qr_median(lipschitz, values, rights, error=ERROR)
        worst["solidago"] = max(worst["solidago"], abs(ours - theirs))
        known = exact(values, rights, lipschitz)
        worst["exact"] = max(worst["exact"], float(abs(Fraction(float(ours)) - known)))
    print(
        f"{CASES} cases: at most {worst['solidago']:.1e} from solidago (its tolerance {ERROR:g}), {worst['exact']:.1e} from the exact root"
    )


def least(call, rounds):
    best = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - begun)
    return best


def speed():
    draw = np.random.default_rng(7)
    print("| n | solidago | ours, certified | ratio |\n| --- | --- | --- | --- |")
    for n in [10, 1_000, 100_000, 1_000_000, 10_000_000]:
        values, rights = draw.normal(0, 0.5, n), draw.uniform(0, 1, n) / n
        ours = game(values, rights, 1.0)
        rounds = 200 if n <= 1000 else 7
        theirs = least(
            lambda v=values, r=rights: qr_median(1.0, v, r, error=ERROR), rounds
        )
        mine = least(lambda g=ours: bg.solve(g).receiver, rounds)
        print(
            f"| {n:,} | {theirs * 1e6:,.0f} µs | {mine * 1e6:,.0f} µs | {theirs / mine:.1f} |"
        )


if __name__ == "__main__":
    cases()
    speed()
