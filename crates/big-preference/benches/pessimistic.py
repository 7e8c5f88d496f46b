"""What a lie gains from each rule for labels as everybody labels more: arXiv:2503.09561 says that what it gains from the pessimistic
median vanishes like the root of (coordinates / labels), and from an estimate of all labels together does not.

    python crates/big-preference/benches/pessimistic.py target/release/big
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

PEOPLE, SEEDS = 5, 5


def answered(*words):
    return json.loads(subprocess.run(words, capture_output=True, check=True, text=True).stdout)


def measured(program, pairs, seed, folder):
    """What the best lie that was found gains, and the efficiency, of every rule."""
    draw = random.Random(seed)
    people = [[round(draw.uniform(-0.8, 0.8), 3) for _ in range(2)] for _ in range(PEOPLE)]
    spec, table = folder / "people.json", folder / "labels.parquet"
    influencers = [{"name": f"person {i}", "theta": theta, "pairs": pairs} for i, theta in enumerate(people)]
    spec.write_text(json.dumps({"seed": seed, "influencers": influencers}))
    answered(program, "prefs", "simulate", spec, "-o", table, "--json")
    rules = answered(program, "prefs", "mechanisms", table, "--json")["mechanisms"]
    return {rule["name"]: (rule["largest_gain"]["found"], rule["efficiency"]) for rule in rules}


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        for pairs in (50, 200, 800, 3200):
            found = [measured(program, pairs, seed, Path(folder)) for seed in range(SEEDS)]
            for rule in found[0]:
                gains, efficiencies = zip(*(one[rule] for one in found), strict=True)
                print(
                    f"{pairs:5} labels each  {rule:20}  gains {sum(gains) / SEEDS:.4f}  "
                    f"efficiency {sorted(efficiencies)[SEEDS // 2]:.2f}"
                )


main()
