"""A million influencers as text: `big solve` of JSON and TOML beside Python's own readers.

    python crates/big-io/benches/texts.py target/release/big [INFLUENCERS]

Prints seconds of the processor and the peak of memory of each process; the program also solves the game and proves the answer.
"""

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

READ = {
    "json": "import json, sys; json.load(open(sys.argv[1]))",
    "toml": "import sys, tomllib; tomllib.load(open(sys.argv[1], 'rb'))",
}


def write(folder: Path, n: int) -> None:
    """Both files, line by line: a process counts what its parent held."""
    draw = random.Random(1)
    with open(folder / "game.json", "w") as as_json, open(folder / "game.toml", "w") as as_toml:
        as_json.write('{"action_space": {"type": "box", "lower": -1, "upper": 1}, "influencers": [')
        as_toml.write('[action_space]\ntype = "box"\nlower = -1\nupper = 1\n')
        for i in range(n):
            target = [round(draw.uniform(-1, 1), 6) for _ in range(2)]
            as_json.write(f'{", " if i else ""}{{"weight": {1 / n!r}, "target": {target}}}')
            as_toml.write(f"[[influencers]]\nweight = {1 / n!r}\ntarget = {target}\n")
        as_json.write("]}")


def measure(command: list[str]) -> tuple[float, float]:
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command[0]} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    program, n = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, n)
        for kind, script in READ.items():
            path = str(folder / f"game.{kind}")
            for who, command in (("big solve", [program, "solve", path]), ("Python reads", [sys.executable, "-c", script, path])):
                seconds, peak = measure(command)
                size = os.path.getsize(path) / 1e6
                print(f"{kind} of {size:.0f} MB: {who} {seconds:.2f} s, {peak:.0f} MB")


main()
