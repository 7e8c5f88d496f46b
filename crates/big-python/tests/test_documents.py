"""The notebooks say what they say when they are run, and the example with a trained network runs."""

import importlib.util
import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[3]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def told(notebook):
    """What the cells say, without pictures."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["data"].get("text/plain") if "data" in output else output.get("text") for output in outputs]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_say_the_same_again(path):
    notebook = nbformat.read(path, as_version=4)
    before = told(notebook)
    assert len(before) > 3
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": path.parent}}).execute()
    assert told(notebook) == before


@pytest.mark.filterwarnings("default")
def test_a_trained_network_is_a_receiver(tmp_path, capsys):
    spec = importlib.util.spec_from_file_location("trained", ROOT / "examples" / "python" / "trained_receiver.py")
    trained = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(trained)
    found = trained.compare([150, 150], hidden=8, steps=150, grid=3, turns=4)
    json.dumps(found)
    estimate, network = found["receivers"]["ideal-point estimate"], found["receivers"]["network"]
    assert estimate["r_squared"] > 0.9
    assert all(0.2 < weight < 0.8 for weight in estimate["weights"])
    assert network["r_squared"] > 0.5
    assert "the game predicts" in trained.told(found)
    # It answers the same to the same labels: play against it can settle.
    assert trained.compare([150, 150], hidden=8, steps=150, grid=3, turns=4) == found
