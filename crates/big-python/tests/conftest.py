"""What the tests share: the program, random games and random comparisons."""

import json
import os
import subprocess
import sysconfig

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("repository", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("repository")


@pytest.fixture(scope="session")
def program():
    """Runs the program that the wheel carries: its exit code, and its JSON."""
    path = os.path.join(sysconfig.get_path("scripts"), "big")

    def run(*arguments, stdin=None):
        done = subprocess.run(
            [path, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, (json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout + done.stderr)

    return run


def comparisons(seed, n, d, theta=None, people=1, spread=0.5, dtype=np.float64):
    """Embeddings, labels and annotators, drawn from the model with precision 1."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n, d)).astype(dtype)
    centre = np.zeros(d) if theta is None else np.asarray(theta)
    ideal = centre + spread * rng.normal(size=(people, d)) * (people > 1)
    who = rng.integers(people, size=n)
    logit = 2 * np.einsum("ij,ij->i", (a - b).astype(float), ideal[who])
    logit += (b.astype(float) ** 2).sum(1) - (a.astype(float) ** 2).sum(1)
    label = rng.random(n) < 1 / (1 + np.exp(-logit))
    return {"a": a, "b": b, "label": label, "annotator": [f"p{i}" for i in who]}


@pytest.fixture
def drawn():
    return comparisons
