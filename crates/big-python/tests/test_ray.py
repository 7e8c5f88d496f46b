"""Shards on Ray: the same bytes whoever makes the sums, and whoever dies on the way."""

import os
import pathlib
import signal
import subprocess
import sys

import big_game as bg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from big_game import _shards

ray = pytest.importorskip("ray")
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.filterwarnings("ignore::ResourceWarning")]


def arrow(columns):
    d = columns["a"].shape[1]

    def embedding(values):
        return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), d)

    more = {name: pa.array(values) for name, values in columns.items() if name not in "ab"}
    return pa.table({"a": embedding(columns["a"]), "b": embedding(columns["b"]), **more})


def written(folder, columns, parts=5):
    """A table in shards of unequal lengths."""
    table = arrow(columns)
    cuts = np.linspace(0, 1, parts + 1) ** 2 * table.num_rows
    paths = []
    for number, (start, end) in enumerate(zip(cuts[:-1].astype(int), cuts[1:].astype(int), strict=True)):
        paths.append(folder / f"part-{number}.parquet")
        pq.write_table(table.slice(start, end - start), paths[-1], row_group_size=700)
    return paths


@pytest.fixture(scope="module", autouse=True)
def running():
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=200 * 2**20)
    yield
    ray.shutdown()


@pytest.fixture
def shards(tmp_path, drawn):
    columns = drawn(5, 4000, 3, theta=[0.4, -0.2, 0.1], people=20)
    columns["weight"] = np.random.default_rng(5).integers(1, 4, size=4000).astype(float)
    columns["label"] = np.where(np.arange(4000) % 11 == 0, "tie", np.where(columns["label"], "a", "b"))
    return written(tmp_path, columns)


MORE = {"ties": "half"}


def close(one, other, path=""):
    """Equal texts, and numbers up to rounding. How a fit went, and p-values, are not compared so closely."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for name in one.keys() - {"iterations", "gradient_norm", "verdict"}:
            close(one[name], other[name], f"{path}.{name}")
    elif isinstance(one, list):
        assert len(one) == len(other), path
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            close(a, b, f"{path}[{number}]")
    elif isinstance(one, float):
        assert other == pytest.approx(one, rel=1e-8 if "p_value" in path or "error" in path else 1e-10, abs=1e-10), path
    else:
        assert one == other, path


@pytest.mark.parametrize("precision", [1.0, 0.7, "fit"])
def test_bytes_do_not_depend_on_workers_and_numbers_are_those_of_one_table(shards, precision):
    here = bg.ray.fit(shards, precision=precision, workers=0, **MORE)
    for workers in (1, 2, 5):
        there = bg.ray.fit(shards, precision=precision, workers=workers, cpus=0.4, **MORE)
        assert there.to_json() == here.to_json()
    whole = bg.fit(shards, precision=precision, **MORE)
    close(whole.to_dict(), here.to_dict())
    assert here.to_dict()["standard_error_kind"] == "clustered"
    assert here.comparisons == 4000


def test_options_are_those_of_a_fit(shards):
    for options in [
        {"errors": "information", "covariance": True, "compare": False},
        {"ridge": 3.0, "by": "annotator"},
        {"bound": bg.Ball(0.2)},
    ]:
        whole = {name: value for name, value in options.items() if name != "by"}
        close(bg.fit(shards, **whole, **MORE).to_dict(), bg.ray.fit(shards, workers=0, **options, **MORE).to_dict())


QUESTIONS = [
    (bg.ray.audit, bg.audit, {"replicates": 5, "game": True}),
    (
        bg.ray.audit,
        bg.audit,
        {"precision": 0.7, "radius": 1.5, "ridge": 2.0, "errors": "information", "coalitions": 2, "refits": 2},
    ),
    (bg.ray.receiver, bg.receiver, {"profiles": 5}),
    (bg.ray.receiver, bg.receiver, {"precision": "fit", "space": bg.Ball(2.0), "profiles": 0}),
    (bg.ray.label_mechanisms, bg.label_mechanisms, {"replicates": 5}),
    (bg.ray.label_mechanisms, bg.label_mechanisms, {"only": ["pooled_mle", "median_of_estimates"], "ridge": 1.0, "replicates": 0}),
]


@pytest.mark.parametrize(("sharded", "whole", "options"), QUESTIONS)
def test_answers_by_annotator_do_not_depend_on_workers_and_are_those_of_one_table(shards, sharded, whole, options):
    here = sharded(shards, workers=0, **options, **MORE)
    for workers in (1, 2, 3):
        assert sharded(shards, workers=workers, cpus=0.6, **options, **MORE).to_json() == here.to_json()
    alike(whole(shards, **options, **MORE).to_dict(), here.to_dict())


def alike(one, other, path=""):
    """Equal texts, and numbers up to what searches leave of roundings."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for name in one.keys() - {"iterations", "gradient_norm", "verdict"}:
            alike(one[name], other[name], f"{path}.{name}")
    elif isinstance(one, list):
        assert len(one) == len(other), path
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            alike(a, b, f"{path}[{number}]")
    elif isinstance(one, float):
        assert other == pytest.approx(one, rel=1e-6, abs=1e-7), path
    else:
        assert one == other, path


def test_the_game_of_an_audit_is_that_of_one_table(shards):
    here, whole = (ask(shards, game=True, **MORE) for ask in (lambda *a, **k: bg.ray.audit(*a, workers=0, **k), bg.audit))
    assert here.annotator_game.names == whole.annotator_game.names
    np.testing.assert_allclose(here.annotator_game.targets, whole.annotator_game.targets, rtol=1e-6)


def test_memory_changes_no_byte(shards):
    here = bg.ray.audit(shards, workers=0, replicates=3, **MORE).to_json()
    # No shard is held, and annotators' rows go to a temporary file in runs of a block.
    for workers in (0, 2):
        assert bg.ray.audit(shards, workers=workers, cpus=0.5, replicates=3, memory=1000, **MORE).to_json() == here


def test_annotators_are_named_by_any_column_and_in_the_order_in_which_they_appear(tmp_path, drawn):
    columns = drawn(7, 900, 2, people=6)
    columns["team"] = columns.pop("annotator")
    # The first shard lacks half of them, and the second has them first.
    order = np.argsort([name in ("p1", "p3", "p5") for name in columns["team"]], kind="stable")
    columns = {name: np.asarray(values)[order] for name, values in columns.items()}
    shards = written(tmp_path, columns, 3)
    here = bg.ray.audit(shards, by="team", workers=0)
    alike(bg.audit(shards, by="team").to_dict(), here.to_dict())
    with pytest.raises(bg.InputError, match="annotator") as told:
        bg.ray.audit(shards, workers=1, cpus=0.5)
    assert told.value.file == str(shards[0])


def test_an_audit_of_a_data_set_is_that_of_its_blocks(shards):
    one = bg.ray.audit(shards, workers=0, **MORE).to_json()
    dataset = ray.data.from_arrow([pq.read_table(path) for path in shards])
    assert bg.ray.audit(dataset, workers=2, cpus=0.5, **MORE).to_json() == one


def test_folders_patterns_and_data_sets_are_shards(shards):
    folder = shards[0].parent
    one = bg.ray.fit(shards, workers=0, **MORE).to_json()
    assert bg.ray.fit(folder, workers=0, **MORE).to_json() == one
    assert bg.ray.fit(str(folder / "part-*.parquet"), workers=0, **MORE).to_json() == one
    tables = [pq.read_table(path) for path in shards]
    dataset = ray.data.from_arrow(tables)
    assert bg.ray.fit(dataset, workers=2, cpus=0.5, **MORE).to_json() == one
    with pytest.raises(bg.InputError, match="state= is for files"):
        bg.ray.fit(dataset, state=folder / "state")


def test_tensors_of_a_data_set_are_embeddings(drawn):
    columns = drawn(6, 600, 2, theta=[0.4, -0.2])
    rows = {"a": columns["a"], "b": columns["b"], "label": columns["label"].astype(int)}
    dataset = ray.data.from_arrow([_tensors(rows)])
    found = bg.ray.fit(dataset, workers=1, cpus=0.5)
    np.testing.assert_allclose(found.theta, bg.fit(rows).theta, rtol=1e-10)


def _tensors(rows):
    from ray.data.extensions import ArrowTensorArray

    return pa.table({name: ArrowTensorArray.from_numpy(rows[name]) if name in "ab" else rows[name] for name in rows})


def test_a_corrupt_shard_is_named(shards):
    shards[3].write_bytes(shards[3].read_bytes()[:-300])
    with pytest.raises(bg.InputError, match="part-3") as told:
        bg.ray.fit(shards, workers=2, cpus=0.5, **MORE)
    assert told.value.file == str(shards[3])


def test_a_wrong_row_is_named_with_its_shard(shards):
    with pytest.raises(bg.InputError, match="tie") as told:
        bg.ray.fit(shards, workers=1, cpus=0.5)
    assert (told.value.file, told.value.row) == (str(shards[0]), 1)


@pytest.mark.parametrize("ask", [bg.ray.audit, bg.ray.receiver, bg.ray.label_mechanisms])
def test_a_corrupt_shard_and_a_wrong_row_are_named_by_whatever_is_asked(shards, ask):
    table = pq.read_table(shards[2])
    row = table.num_rows // 2
    wrong = np.array(table["b"].combine_chunks().flatten())
    wrong[3 * row] = np.nan
    spoilt = table.set_column(1, "b", pa.FixedSizeListArray.from_arrays(pa.array(wrong), 3))
    pq.write_table(spoilt, shards[2])
    for workers in (0, 2):
        with pytest.raises(bg.InputError) as told:
            ask(shards, workers=workers, cpus=0.5, **MORE)
        assert (told.value.file, told.value.row) == (str(shards[2]), row + 1)
    shards[3].write_bytes(shards[3].read_bytes()[:-300])
    pq.write_table(table, shards[2])
    with pytest.raises(bg.InputError, match="part-3") as told:
        ask(shards, workers=2, cpus=0.5, **MORE)
    assert told.value.file == str(shards[3])


def test_shards_of_other_dimensions_are_named(tmp_path, drawn):
    written(tmp_path, drawn(1, 200, 2), 2)
    pq.write_table(arrow(drawn(1, 100, 3)), tmp_path / "part-9.parquet")
    with pytest.raises(bg.InputError, match=r"part-9.*3 coordinates where those before have 2") as told:
        bg.ray.fit(tmp_path, workers=0)
    assert told.value.file == str(tmp_path / "part-9.parquet")


def test_shards_without_a_column_of_the_others_are_named(tmp_path, drawn):
    written(tmp_path, drawn(1, 200, 2, people=4), 2)
    last = tmp_path / "part-9.parquet"
    table = arrow(drawn(2, 100, 2, people=4))
    for wrong, words in [
        (table.drop(["annotator"]), "lacks a column of annotators, and those before have it"),
        (table.append_column("weight", pa.array(np.ones(100))), "has a column of weights, and those before have none"),
    ]:
        pq.write_table(wrong, last)
        with pytest.raises(bg.InputError, match=words) as told:
            bg.ray.fit(tmp_path, workers=0)
        assert told.value.file == str(last)


def test_there_is_no_estimate_where_one_table_has_none(tmp_path, drawn):
    columns = drawn(1, 400, 2)
    columns["label"] = columns["a"][:, 0] > columns["b"][:, 0]
    shards = written(tmp_path, columns, 3)
    with pytest.raises(bg.NoEstimate) as one:
        bg.fit(shards, precision="fit")
    with pytest.raises(bg.NoEstimate) as other:
        bg.ray.fit(shards, precision="fit", workers=2, cpus=0.5)
    assert one.value.answer["reason"] == other.value.answer["reason"] == "separable"


def mortal(marker, times, at=4):
    """A worker that kills its process in a pass of the second shard, so many times."""

    class Mortal(_shards.Worker):
        passes = 0

        def answer(self, name, shard, asked):
            if name.endswith("part-1.parquet"):
                self.passes += 1
                died = pathlib.Path(marker)
                before = int(died.read_text()) if died.exists() else 0
                if (self.passes >= at or before) and before < times:
                    died.write_text(str(before + 1))
                    os.kill(os.getpid(), signal.SIGKILL)
            return super().answer(name, shard, asked)

    return Mortal


def test_a_worker_that_is_killed_in_a_pass_changes_no_byte(shards, tmp_path, monkeypatch):
    here = bg.ray.fit(shards, workers=0, **MORE).to_json()
    monkeypatch.setattr(_shards, "Worker", mortal(str(tmp_path / "died"), 1))
    assert bg.ray.fit(shards, workers=2, cpus=0.5, **MORE).to_json() == here
    assert (tmp_path / "died").read_text() == "1"


def test_a_worker_that_is_killed_in_an_audit_changes_no_byte(shards, tmp_path, monkeypatch):
    here = bg.ray.audit(shards, workers=0, **MORE).to_json()
    for number, at in enumerate((1, 2, 3, 4, 6)):
        died = tmp_path / f"died{number}"
        with monkeypatch.context() as within:
            within.setattr(_shards, "Worker", mortal(str(died), 1, at))
            assert bg.ray.audit(shards, workers=2, cpus=0.5, **MORE).to_json() == here
        assert died.read_text() == "1"


def test_a_worker_that_is_killed_in_an_errand_changes_no_byte(shards, tmp_path, monkeypatch):
    here = bg.ray.audit(shards, workers=0, **MORE).to_json()

    class Mortal(_shards.Worker):
        errands = 0

        def errand(self, *asked):
            self.errands += 1
            if self.errands == 3 and not died.exists():
                died.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return super().errand(*asked)

    died = tmp_path / "died"
    monkeypatch.setattr(_shards, "Worker", Mortal)
    assert bg.ray.audit(shards, workers=2, cpus=0.5, **MORE).to_json() == here
    assert died.exists()


def test_a_worker_that_always_dies_is_told_by_an_audit(shards, tmp_path, monkeypatch):
    monkeypatch.setattr(_shards, "Worker", mortal(str(tmp_path / "died"), 1000, 3))
    with pytest.raises(bg.Unfinished, match=r"part-\d.*its worker has died"):
        bg.ray.audit(shards, workers=1, cpus=0.5, retries=1, **MORE)


def test_a_worker_that_always_dies_is_told_and_the_passes_before_are_kept(shards, tmp_path, monkeypatch):
    here = bg.ray.fit(shards, workers=0, **MORE).to_json()
    state = tmp_path / "state"
    with monkeypatch.context() as within:
        within.setattr(_shards, "Worker", mortal(str(tmp_path / "died"), 1000))
        # It dies at part-1; the answer of part-0 may have been on its way and be lost with it.
        with pytest.raises(bg.Unfinished, match=r"part-[01].*state="):
            bg.ray.fit(shards, workers=1, cpus=0.5, retries=1, state=state, **MORE)
    asked = counted(monkeypatch)
    assert bg.ray.fit(shards, workers=0, state=state, **MORE).to_json() == here
    continued = len(asked)
    assert bg.ray.fit(shards, workers=0, **MORE).to_json() == here
    # The look and two more passes had been made.
    assert continued == len(asked) - continued - 3 * len(shards)


def alone(code, *given):
    """What a program that starts Ray itself writes into a folder, the first thing it is given."""
    there = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, given)], capture_output=True, text=True, timeout=300, env=there, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    # What Ray says is among what is printed.
    return (given[0] / "found").read_text()


# A fit by a worker on a node that is removed in a pass, and so many on another that stays.
LOST = """
import pathlib, sys, threading, time
import big_game as bg, ray
from big_game import _shards
from ray.cluster_utils import Cluster

folder, left = sys.argv[1], int(sys.argv[2])
soon = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 300, "health_check_failure_threshold": 3}
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": left, "include_dashboard": False, "_system_config": soon})
node = cluster.add_node(num_cpus=1)
ray.init(address=cluster.address, log_to_driver=False)
head = ray.get_runtime_context().get_node_id()
marker = pathlib.Path(folder, "asked")

class Slow(_shards.Worker):
    passes = 0

    def answer(self, name, shard, asked):
        self.passes += 1
        if self.passes > 5 and not marker.exists() and self.node() != head:
            marker.touch()
            time.sleep(600)
        return super().answer(name, shard, asked)

def remove():
    while not marker.exists():
        time.sleep(0.05)
    cluster.remove_node(node, allow_graceful=False)

_shards.Worker, _shards._PATIENCE = Slow, 0.5
threading.Thread(target=remove, daemon=True).start()
try:
    found = bg.ray.fit(folder, workers=1 + left, cpus=1, ties="half").to_json()
except bg.Unfinished as error:
    found = str(error)
assert marker.exists()
pathlib.Path(folder, "found").write_text(found)
ray.shutdown()
cluster.shutdown()
"""


def test_a_node_that_is_removed_in_a_pass_changes_no_byte(shards):
    folder = shards[0].parent
    assert alone(LOST, folder, 1) == bg.ray.fit(folder, workers=0, **MORE).to_json()


def test_that_the_last_node_for_workers_is_gone_is_told(shards):
    assert "node is gone" in alone(LOST, shards[0].parent, 0)


SPILLED = """
import pathlib, sys
import big_game as bg, numpy as np, pyarrow as pa, ray

spilled = pathlib.Path(sys.argv[1], "spilled")
ray.init(
    num_cpus=2,
    include_dashboard=False,
    log_to_driver=False,
    object_store_memory=80 * 2**20,
    object_spilling_directory=str(spilled),
)
rng = np.random.default_rng(1)

def block(rows, d):
    a, b = rng.standard_normal((2, rows, d))
    fixed = lambda x: pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), d)
    label = (rng.random(rows) < 1 / (1 + np.exp((a**2 - b**2 + 0.2 * (b - a)).sum(1)))).astype(int)
    return pa.table({"a": fixed(a), "b": fixed(b), "label": label})

blocks = ray.data.from_arrow([block(50_000, 32) for _ in range(6)])
found = [bg.ray.fit(blocks, workers=workers, cpus=1, compare=False, memory=1 << 20).to_json() for workers in (2, 0)]
assert found[0] == found[1]
assert any(path.is_file() for path in spilled.rglob("*"))
pathlib.Path(sys.argv[1], "found").write_text(found[0])
"""


def test_blocks_that_the_store_spills_are_read_again(tmp_path):
    assert '"comparisons":300000' in alone(SPILLED, tmp_path)


def counted(monkeypatch):
    """What shards are asked in this process."""
    asked = []
    answer = _shards.Worker.answer

    def counting(self, name, shard, what):
        asked.append(name)
        return answer(self, name, shard, what)

    monkeypatch.setattr(_shards.Worker, "answer", counting)
    return asked


def test_a_driver_that_dies_goes_on_with_the_same_bytes(shards, tmp_path, monkeypatch):
    here = bg.ray.fit(shards, workers=0, **MORE).to_json()
    state = tmp_path / "state"
    assert bg.ray.fit(shards, workers=0, state=state, **MORE).to_json() == here
    whole = state.read_bytes()
    asked = counted(monkeypatch)
    # All is known; then a record, the head, or everything is cut off or spoilt.
    for cut in (len(whole), len(whole) - 1, len(whole) // 2, 500, 5, 0):
        state.write_bytes(whole[:cut])
        asked.clear()
        assert bg.ray.fit(shards, workers=0, state=state, **MORE).to_json() == here
        assert (asked == []) == (cut == len(whole))
        assert state.read_bytes() == whole
    spoilt = bytearray(whole)
    spoilt[len(whole) // 2] ^= 1
    state.write_bytes(spoilt)
    assert bg.ray.fit(shards, workers=0, state=state, **MORE).to_json() == here
    assert state.read_bytes() == whole


def test_a_state_of_another_fit_is_refused(shards, tmp_path):
    state = tmp_path / "state"
    bg.ray.fit(shards, workers=0, state=state, **MORE)
    kept = state.read_bytes()
    for more in ({"precision": 2.0}, {"compare": False}):
        with pytest.raises(bg.InputError, match="no passes of this fit"):
            bg.ray.fit(shards, workers=0, state=state, **more, **MORE)
    with pytest.raises(bg.InputError, match="no passes of this fit"):
        bg.ray.fit(shards[:4], workers=0, state=state, **MORE)
    assert state.read_bytes() == kept


def test_what_cannot_be_asked_is_refused(shards, tmp_path):
    for wrong, words in [
        ({"shards": tmp_path / "none.parquet"}, "no file"),
        ({"shards": str(tmp_path / "x*.parquet")}, "no files like"),
        ({"shards": []}, "no shards"),
        ({"workers": -1}, "workers=-1"),
        ({"workers": 5, "cpus": 3}, "wait for ever"),
        ({"errors": "bootstrap", "workers": 0, **MORE}, "bootstrap"),
        ({"standardize": True, "workers": 0}, "standardize"),
        ({"by": "nobody", "workers": 0, **MORE}, "nobody"),
        ({"precision": -1, "workers": 0}, "precision"),
    ]:
        with pytest.raises(bg.InputError, match=words):
            bg.ray.fit(**({"shards": shards} | wrong))


def test_what_an_audit_cannot_be_asked_is_refused(shards):
    for ask, wrong, words in [
        (bg.ray.audit, {"errors": "bootstrap"}, "bootstrap"),
        (bg.ray.audit, {"space": bg.Ball(1), "radius": 1.0}, "twice"),
        (bg.ray.audit, {"by": "nobody"}, "nobody"),
        (bg.ray.audit, {"precision": -1}, "precision"),
        (bg.ray.audit, {"workers": -1}, "workers=-1"),
        (bg.ray.audit, {"standardize": True}, "standardize"),
        (bg.ray.audit, {"space": bg.Ball(1, center=[0, 0]), "precision": 1.0}, "dimension"),
        (bg.ray.receiver, {"ridge": -1}, "ridge"),
        (bg.ray.label_mechanisms, {"only": ["nonsense"]}, "nonsense"),
    ]:
        with pytest.raises(bg.InputError, match=words):
            ask(shards, **({"workers": 0} | MORE | wrong))
    with pytest.raises(TypeError, match="swaps"):
        bg.ray.audit(shards, workers=0, swaps=3)


def test_there_is_no_audit_where_one_table_has_none(tmp_path, drawn):
    columns = drawn(1, 400, 2, people=3)
    columns["label"] = columns["a"][:, 0] > columns["b"][:, 0]
    shards = written(tmp_path, columns, 3)
    for sharded, whole, options in [(bg.ray.audit, bg.audit, {"precision": 1.0}), (bg.ray.receiver, bg.receiver, {})]:
        with pytest.raises(bg.NoEstimate) as one:
            whole(shards, **options)
        with pytest.raises(bg.NoEstimate) as other:
            sharded(shards, workers=2, cpus=0.5, **options)
        assert one.value.answer["reason"] == other.value.answer["reason"]


def test_an_audit_ends_by_ctrl_c(shards):
    code = (
        "import sys, _thread, threading, big_game as bg;"
        "threading.Timer(2, _thread.interrupt_main).start();"
        "bg.ray.audit(sys.argv[1:], workers=0, ties='half', replicates=10**8)"
    )
    done = subprocess.run([sys.executable, "-c", code, *map(str, shards)], capture_output=True, text=True, timeout=60, check=False)
    assert "KeyboardInterrupt" in done.stderr


def test_a_sweep_keeps_the_order_of_its_items_and_tells_what_failed(tmp_path):
    def welfare(item):
        seed, rule = item
        targets = np.random.default_rng(seed).normal(size=(3, 2))
        game = bg.Game(targets, 1 / 3, bg.Ball(1))
        if rule == "solve":
            marker = tmp_path / str(seed)
            if not marker.exists():
                marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return bg.solve(game).receiver.tolist()
        return bg.mechanisms(game, only=[rule]).to_dict()["mechanisms"][0]["outcome"]

    items = [(seed, rule) for seed in (1, 2) for rule in ("solve", "weighted_mean")]
    made = bg.ray.sweep(welfare, items, cpus=0.5)
    assert made == [welfare(item) for item in items]
    with pytest.raises(bg.InputError, match="nonsense"):
        bg.ray.sweep(welfare, [(1, "nonsense")], cpus=0.5)


def test_ray_is_started_where_none_runs_and_is_not_imported_before(shards):
    code = (
        "import sys, json, big_game as bg; assert 'ray' not in sys.modules;"
        "here = bg.ray.fit(sys.argv[1:], workers=0, ties='half').to_json(); assert 'ray' not in sys.modules;"
        "there = bg.ray.fit(sys.argv[1:], workers=1, ties='half').to_json(); print(here == there)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY")}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, shards)], capture_output=True, text=True, timeout=120, env=environment, check=False
    )
    assert done.stdout == "True\n", done.stderr
