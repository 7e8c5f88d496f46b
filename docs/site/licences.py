#!/usr/bin/env python3
"""Writes docs/licences.md: what the program is made of beside itself, and under which licences. Run it where Cargo.lock changed."""

import collections
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
told = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
ours = set(told["workspace_members"])
nodes = {node["id"]: node for node in told["resolve"]["nodes"]}
packages = {package["id"]: package for package in told["packages"]}

# What is built into the program: its dependencies and theirs, but those of tests and build scripts, and of other systems.
program = next(p["id"] for p in told["packages"] if p["name"] == "big-cli")
inside, waiting = set(), [program]
while waiting:
    node = waiting.pop()
    if node in inside:
        continue
    inside.add(node)
    for dependency in nodes[node]["deps"]:
        kinds = dependency["dep_kinds"]
        if any(kind["kind"] is None and "windows" not in (kind["target"] or "") for kind in kinds):
            waiting.append(dependency["pkg"])

by_licence = collections.defaultdict(set)
for node in inside - ours:
    package = packages[node]
    licence = (package["license"] or "see the package").replace(" / ", "/").replace("/", " OR ")
    words = sorted(licence.split(" OR ")) if " AND " not in licence and "(" not in licence else [licence]
    by_licence[" or ".join(words)].add(package["name"])

lines = [
    "# Licences",
    "",
    "`big` itself is under Apache-2.0 or MIT. The packages that are built into the program, by licence; `docs/site/licences.py` writes this page",
    "from `cargo metadata` (some are for other systems only). The figures are set in STIX Two, under the OFL (`crates/big-report/fonts`).",
    "",
    "| licence | packages |",
    "| --- | --- |",
]
for licence, names in sorted(by_licence.items(), key=lambda pair: (-len(pair[1]), pair[0])):
    lines.append(f"| {licence} | {', '.join(sorted(names))} |")
(ROOT / "docs" / "licences.md").write_text("\n".join(lines) + "\n")
