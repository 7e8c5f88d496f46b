"""Shards, the workers that hold them, and Ray."""

from __future__ import annotations

import glob
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any, TypeAlias

from . import _big
from ._errors import InputError, Unfinished
from ._tables import as_table

#: Answers that a worker is asked for ahead of those that have been heard.
_AHEAD = 4
#: Seconds to wait for an answer before asking whether its worker's node is still there.
_PATIENCE = 5.0


def threads(cpus: float) -> int:
    """Threads of a worker."""
    return max(1, int(cpus))


class Files:
    """Shards that are files."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.names = list(paths)
        # As messages and answers call a table of several files.
        self.name = self.names[0] if len(self.names) == 1 else f"{self.names[0]} and {len(self.names) - 1} more"

    def shard(self, number: int) -> Any:
        return self.names[number]

    def described(self, asked: Any) -> str:
        """What tells a fit of these files from others."""
        files = []
        for path in self.names:
            told = os.stat(path)
            files.append([path, told.st_size, told.st_mtime_ns])
        return json.dumps([asked, files], default=str)


class Blocks:
    """Shards that are the blocks of a Ray Data set."""

    def __init__(self, dataset: Any) -> None:
        # Blocks come in the data set's order only where that is asked for.
        dataset.context.execution_options.preserve_order = True
        self.refs = dataset.to_arrow_refs()
        self.names = [f"block {number}" for number in range(len(self.refs))]
        self.name = "the data set"
        if not self.names:
            raise InputError("the data set has no blocks")

    def shard(self, number: int) -> Any:
        return self.refs[number]

    def described(self, asked: Any) -> str:
        raise InputError(
            "state= is for files: a later run cannot tell whether a data set is the same",
            help="write it with write_parquet(), and fit the files",
        )


def shards_of(shards: Any) -> Files | Blocks:
    """What is given as shards, in order."""
    if hasattr(shards, "to_arrow_refs"):
        return Blocks(shards)
    if isinstance(shards, str | os.PathLike):
        shards = [shards]
    paths: list[str] = []
    for one in shards:
        path = os.fspath(one)
        if os.path.isdir(path):
            some = sorted(glob.glob(os.path.join(glob.escape(path), "*.parquet")))
        elif not os.path.exists(path) and glob.has_magic(path):
            some = sorted(found for found in glob.glob(path, recursive=True) if os.path.isfile(found))
        else:
            some = [path]
        if not some:
            raise InputError(f"no Parquet files in {path}" if os.path.isdir(path) else f"no files like {path}", file=path)
        for file in some:
            if not os.path.isfile(file):
                raise InputError(f"there is no file {file}", file=file)
        # Workers may have other working folders.
        paths.extend(os.path.abspath(file) for file in some)
    if not paths:
        raise InputError("there are no shards: give paths, a folder, a pattern or a Ray Data set")
    return Files(paths)


class Worker:
    """Whoever reads shards, holds as many as memory allows, and answers passes from them."""

    def __init__(self, reading: dict[str, Any], by: str | None, memory: int, threads: int | None = None) -> None:
        if threads is not None:
            # Of this process, which is a worker's and has computed nothing yet.
            os.environ["RAYON_NUM_THREADS"] = str(threads)
        self.reading = reading
        self.by = by
        self.memory = memory
        self.held: dict[str, _big.Shard] = {}
        self.portions: dict[int, _big.Portion] = {}
        self.spare = memory
        # One that is asked for piece by piece is not read for every piece.
        self.last: tuple[str, _big.Shard] | None = None

    def read(self, name: str, shard: Any) -> _big.Shard:
        """A shard: a path, or a reference to a block."""
        held = self.held.get(name)
        if held is not None:
            return held
        if self.last is not None and self.last[0] == name:
            return self.last[1]
        self.last = None
        if isinstance(shard, str):
            made = _big.Shard.read(_big.Table.paths([shard]), self.reading, self.by)
        else:
            ray: Any = import_module("ray")
            try:
                made = _big.Shard.read(as_table(ray.get(shard)), self.reading, self.by)
            except InputError as error:
                raise InputError(
                    f"{name}: {error}", file=name, line=error.line, column=error.column, row=error.row, help=error.help
                ) from None
        # Passes go round: dropping the oldest for the newest would read every shard in every pass.
        if made.nbytes() <= self.memory:
            self.memory -= made.nbytes()
            self.held[name] = made
        else:
            self.last = (name, made)
        return made

    def node(self) -> str:
        """Where this worker is."""
        ray: Any = import_module("ray")
        return str(ray.get_runtime_context().get_node_id())

    def answer(self, name: str, shard: Sequence[Any], asked: bytes) -> bytes:
        """What a shard, in a list of one, says to a pass."""
        return self.read(name, shard[0]).answer(asked)

    def errand(self, number: int, portion: Sequence[Any], shared: bytes, each: bytes) -> bytes:
        """What annotators say to an errand; a reference to their rows is in a list of one."""
        held = self.portions.get(number)
        if held is None:
            ray: Any = import_module("ray")
            held = _big.Portion.of(ray.get(portion[0]))
            if held.nbytes() <= self.spare:
                self.spare -= held.nbytes()
                self.portions[number] = held
        return held.answer(shared, each)


class asking:
    """Workers, for as long as a call takes; what they are asked is answered in order."""

    def __init__(
        self, found: Files | Blocks, here: Worker, workers: int | None, cpus: float, retries: int, address: str | None
    ) -> None:
        self.found = found
        self.here = here
        self.actors: list[Any] = []
        self.cpus = cpus
        # Where each worker was when that was asked last.
        self.nodes: dict[Any, str] = {}
        self.portions: list[Any] = []
        self.ray: Any = None
        self.retries = retries
        if workers == 0:
            return
        count = len(found.names)
        wanted = None if workers is None else min(workers, count)
        self.ray = running(address, cpus * (wanted or 1))
        if wanted is None:
            wanted = max(1, min(count, int(self.ray.cluster_resources().get("CPU", 1) / cpus)))
        actor = self.ray.remote(num_cpus=cpus, max_restarts=retries, max_task_retries=retries)(Worker)
        self.actors = [actor.remote(here.reading, here.by, here.memory, threads(cpus)) for _ in range(wanted)]
        self.nodes = dict(zip(self.actors, self.ray.get([actor.node.remote() for actor in self.actors]), strict=True))

    def __enter__(self) -> asking:
        return self

    def __exit__(self, *_: object) -> None:
        for actor in self.actors:
            self.ray.kill(actor)

    def ask(self, asked: Sequence[tuple[int, bytes]]) -> Iterator[bytes]:
        """What shards, by number, say to what each is asked."""
        names = self.found.names
        if not self.actors:
            for number, what in asked:
                yield self.here.answer(names[number], [self.found.shard(number)], what)
            return
        last: tuple[bytes, Any] | None = None

        def answer(worker: Any, number: int, what: bytes) -> Any:
            nonlocal last
            if last is None or last[0] is not what:
                last = (what, self.ray.put(what))
            return worker.answer.remote(names[number], [self.found.shard(number)], last[1])

        yield from self._in_order((names[number], answer, (number, what)) for number, what in asked)

    def keep(self, portion: bytes) -> None:
        """Keeps a portion of the annotators where all workers reach it."""
        self.portions.append(self.ray.put(portion))

    def errands(self, shared: bytes, each: Sequence[bytes]) -> Iterator[bytes]:
        """What the portions say to what all are asked, and each beside."""
        sent = self.ray.put(shared)

        def answer(worker: Any, number: int, what: bytes) -> Any:
            return worker.errand.remote(number, [self.portions[number]], sent, what)

        yield from self._in_order(("some annotators", answer, one) for one in enumerate(each))

    def _in_order(self, asked: Iterable[tuple[str, Answer, tuple[int, bytes]]]) -> Iterator[bytes]:
        going: deque[_Asked] = deque()
        for name, answer, what in asked:
            going.append(_Asked(name, answer, what, self.actors))
            if len(going) >= _AHEAD * len(self.actors):
                yield self._heard(going.popleft())
        while going:
            yield self._heard(going.popleft())

    def _heard(self, asked: _Asked) -> bytes:
        errors = self.ray.exceptions
        try:
            while True:
                if asked.worker not in self.actors:
                    asked.ask(self.actors)
                if self.ray.wait([asked.told], timeout=_PATIENCE)[0]:
                    break
                self._leave_the_lost(asked.name)
            told: bytes = self.ray.get(asked.told)
        except errors.RayTaskError as error:
            found = cause(error)
            if isinstance(found, errors.RayError):
                raise Unfinished(f"{asked.name}: {_first_line(found)}") from None
            raise found from None
        except errors.RayActorError as error:
            raise Unfinished(
                f"{asked.name}: its worker has died, and was started again {self.retries} times in vain: give workers more "
                f"memory, or a larger retries=; a fit with state= goes on from its last pass ({_first_line(error)})"
            ) from None
        return told

    def _leave_the_lost(self, name: str) -> None:
        """Goes on without the workers of nodes that are gone, where no other has room for them."""
        alive = {node["NodeID"] for node in self.ray.nodes() if node["Alive"]}
        room = self.ray.cluster_resources().get("CPU", 0) / self.cpus
        lost = [actor for actor in self.actors if self.nodes.get(actor) not in {None, *alive}]
        if lost and room < 1:
            raise Unfinished(
                f"{name}: its worker's node is gone, and no other has {self.cpus:g} CPUs; a fit with state= goes on later"
            )
        for actor in lost:
            if len(self.actors) <= room:
                return
            self.actors.remove(actor)
            self.ray.kill(actor)


#: Asks a worker something about a shard, by number.
Answer: TypeAlias = Callable[[Any, int, bytes], Any]


class _Asked:
    """Something that a worker was asked."""

    def __init__(self, name: str, answer: Answer, what: tuple[int, bytes], workers: Sequence[Any]) -> None:
        self.name = name
        self.answer = answer
        self.what = what
        self.ask(workers)

    def ask(self, workers: Sequence[Any]) -> None:
        """Asks: each shard has a worker of its own for as long as there are these."""
        self.worker = workers[self.what[0] % len(workers)]
        self.told = self.answer(self.worker, *self.what)


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]


def cause(error: Any) -> BaseException:
    """What a function raised, without Ray's account of where."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, BaseException) else error


def running(address: str | None, cpus: float) -> Any:
    """Ray, which runs with so many CPUs."""
    try:
        ray: Any = import_module("ray")
    except ImportError as error:
        raise ImportError('Ray is not installed: pip install "big-game[ray]"; workers=0 does without it') from error
    if not ray.is_initialized():
        if address is None and "RAY_ADDRESS" not in os.environ:
            ray.init(num_cpus=max(os.cpu_count() or 1, -int(-cpus // 1)), include_dashboard=False, log_to_driver=False)
        else:
            ray.init(address=address, log_to_driver=False)
    there = ray.cluster_resources().get("CPU", 0)
    if there < cpus:
        raise InputError(
            f"the workers need {cpus:g} CPUs, and Ray has {there:g}: they would wait for ever",
            help="ask for fewer with workers= or cpus=, or start Ray with more",
        )
    return ray
