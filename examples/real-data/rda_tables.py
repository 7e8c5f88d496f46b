"""Turns the paired comparisons of R's psychotools into tables of names for `big prefs audit`.

    apt-get download r-cran-psychotools && dpkg -x r-cran-psychotools_*.deb psychotools
    python3 -m pip install rdata
    python3 rda_tables.py psychotools         # writes parties.csv and sound.csv beside itself
    big prefs audit parties.csv
    big prefs audit sound.csv --by listener
"""

import csv
import math
import pathlib
import sys
import warnings

import numpy
import rdata
from rdata.conversion import DEFAULT_CLASS_MAP, SimpleConverter


def load(folder, name):
    """A data frame as a dictionary of columns; paired comparisons as (matrix, attributes)."""
    (path,) = pathlib.Path(folder).rglob(f"{name}.rda")
    classes = dict(DEFAULT_CLASS_MAP)
    classes["paircomp"] = lambda values, attributes: (numpy.asarray(values), attributes)
    classes["data.frame"] = lambda values, attributes: values
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SimpleConverter(constructor_dict=classes).convert(rdata.parser.parse_file(path))[name]


def rows(comparisons, people):
    """One row a comparison: the two names, who won, whose it is."""
    values, attributes = comparisons
    labels = attributes["labels"]
    for person, answers in zip(people, values):
        for pair, answer in zip(attributes["dimnames"][1], answers):
            if not math.isnan(answer):
                first, second = (labels[int(k) - 1] for k in pair.split(":"))
                yield first, second, "first" if answer > 0 else "second", person


def write(name, who, rows):
    with open(pathlib.Path(__file__).with_name(name), "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["first", "second", "winner", who])
        writer.writerows(rows)


if __name__ == "__main__":
    parties = load(sys.argv[1], "GermanParties2009")
    shown = parties["ordered.pref"]  # in the order in which they were shown
    write("parties.csv", "respondent", rows(shown, range(1, len(shown[0]) + 1)))
    sound = load(sys.argv[1], "SoundQuality")
    write("sound.csv", "listener", rows(sound["preference"], sound["id"]))
