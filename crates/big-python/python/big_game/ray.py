"""Fits of sharded tables on Ray, and sweeps: the extra ``big-game[ray]``.

A shard is a file, or a block of a Ray Data set. Workers hold the shards and add up what a pass of the fit asks of their rows; here
these sums are added in the shards' order, and the steps are made. So the answer has the same bytes for any number of workers, in
this process too (``workers=0``), and whoever dies on the way.
"""

from __future__ import annotations

import glob
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from . import _big
from ._errors import InputError, Unfinished
from ._progress import Progress, watched
from ._results import Fit
from ._spaces import Space, space_json
from ._tables import Reading, as_table, reading

if TYPE_CHECKING:
    from typing import Unpack

__all__ = ["fit", "sweep"]

#: Bytes of shards that a worker holds; it reads the others again in every pass.
_MEMORY = 2 << 30
#: Shards that a worker is asked for ahead of the sums that have been added.
_AHEAD = 4

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def fit(
    shards: Any,
    by: str | None = None,
    *,
    precision: float | str = 1.0,
    ridge: float = 0.0,
    bound: Space | str | dict[str, Any] | None = None,
    covariance: bool = False,
    errors: str | None = None,
    compare: bool = True,
    workers: int | None = None,
    cpus: float = 1.0,
    retries: int = 3,
    address: str | None = None,
    state: str | os.PathLike[str] | None = None,
    progress: Progress = False,
    **columns: Unpack[Reading],
) -> Fit:
    """The ideal point that the comparisons of all shards together speak for, by maximum likelihood.

    Parameters
    ----------
    shards : path, folder, pattern, a list of these, or a Ray Data set
        The files in the order given; those of a folder or a pattern by name. Every worker and this process have to reach them. Of
        a Ray Data set each block is a shard.
    by : str, optional
        The column of annotators that standard errors are clustered by; by default ``annotator``, where all shards have it.
    precision, ridge, bound, covariance, compare
        As in ``big_game.fit``.
    errors : {"clustered", "information"}, optional
        Clustered where annotators are named.
    workers : int, optional
        Processes that hold shards: by default as many as there are CPUs, but no more than shards. 0: none, all in this process, and
        without Ray.
    cpus : float
        CPUs, and threads, of a worker.
    retries : int
        How often a worker that dies is started again.
    address : str, optional
        A cluster's. Without one, and where Ray does not run yet, it is started on this machine.
    state : path, optional
        Keep every pass in this file, and go on from it if it is there: the answer has the same bytes. For files, not for data sets.
    progress : bool or function
    **columns
        How shards are read: see ``Reading``. ``memory`` is what one worker may hold; it reads further shards again in every pass.

    Returns
    -------
    Fit
        To the last byte the same for every number of workers, on processors of one kind. ``big_game.fit`` of the same files agrees
        up to rounding: it starts from a sample.

    Raises
    ------
    NoEstimate
        When the likelihood has no maximum.
    InputError
        When a shard is wrong, with the file and the row.
    Unfinished
        When a worker has died more than ``retries`` times.

    Examples
    --------
    >>> import tempfile, pathlib, big_game as bg
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> spec = {"action_space": {"type": "box", "lower": -1, "upper": 1}, "distribution": {"type": "uniform"},
    ...         "influencers": [{"theta": [0.5], "pairs": 2000}]}
    >>> for seed in (1, 2):
    ...     _ = bg.simulate(spec, folder / f"{seed}.parquet", seed=seed)
    >>> bg.ray.fit(folder, workers=0).comparisons
    4000
    """
    found = _found(shards)
    if workers is not None and workers < 0:
        raise InputError(f"workers={workers}: it is a number of processes, or 0 for none")
    if not cpus > 0 or retries < 0:
        raise InputError("cpus= is above 0, and retries= not negative")
    made = reading(columns)
    memory = _MEMORY if made["memory"] is None else made["memory"]
    arguments: dict[str, Any] = {
        "name": found.name,
        "by": by is not None,
        "precision": precision,
        "ridge": ridge,
        "bound": None if bound is None else space_json(bound),
        "covariance": covariance,
        "errors": errors,
        "compare": compare,
    }
    arguments["state"] = None if state is None else (state, found.described([_big.version(), arguments, by, made]))
    ready = _Worker(made, by, memory)

    def bring(shard: int) -> _big.Shard:
        return ready.read(found.names[shard], found.shard(shard))

    with watched(progress) as watch, _asking(found, ready, workers, cpus, retries, address) as ask:
        return Fit(_big.fit_shards(found.names, ask, bring, arguments, watch))


def sweep(
    function: Callable[[_Item], _Made],
    items: Iterable[_Item],
    *,
    cpus: float = 1.0,
    retries: int = 3,
    address: str | None = None,
) -> list[_Made]:
    """What a function makes of every item, each a task on Ray: over seeds, games and mechanisms, say.

    Parameters
    ----------
    function : function
        Of one item. It, the items and what it makes travel between processes, as games and answers do.
    items : iterable
    cpus : float
        CPUs, and threads, of a task.
    retries : int
        How often a task whose process dies is made again.
    address : str, optional
        As in ``fit``.

    Returns
    -------
    list
        In the order of the items.

    Raises
    ------
    Exception
        What the function raised for the first item, in their order, that it failed for.

    Examples
    --------
    >>> import big_game as bg
    >>> def outcome(item):
    ...     seed, rule = item
    ...     game = bg.Game(np.random.default_rng(seed).normal(size=(5, 2)), 1 / 5, bg.Ball(1))
    ...     return bg.mechanisms(game, only=[rule])
    >>> found = bg.ray.sweep(outcome, itertools.product(range(100), ["coordinate_median", "krum"]))  # doctest: +SKIP
    """
    ray = _running(address, cpus)
    task = ray.remote(num_cpus=cpus, max_retries=retries)(_one)
    function = ray.put(function)
    made = [task.remote(function, item, _threads(cpus)) for item in items]
    try:
        return [ray.get(one) for one in made]
    except ray.exceptions.RayTaskError as error:
        raise _cause(error) from None


def _one(function: Callable[[_Item], _Made], item: _Item, threads: int) -> _Made:
    os.environ.setdefault("RAYON_NUM_THREADS", str(threads))
    return function(item)


def _threads(cpus: float) -> int:
    return max(1, int(cpus))


class _Files:
    """Shards that are files."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.names = list(paths)
        self.name = self.names[0] if len(self.names) == 1 else f"{len(self.names)} shards, {self.names[0]} the first of them,"

    def shard(self, number: int) -> Any:
        return self.names[number]

    def described(self, asked: Any) -> str:
        """What tells a fit of these files from others."""
        files = []
        for path in self.names:
            told = os.stat(path)
            files.append([path, told.st_size, told.st_mtime_ns])
        return json.dumps([asked, files], default=str)


class _Blocks:
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


def _found(shards: Any) -> _Files | _Blocks:
    if hasattr(shards, "to_arrow_refs"):
        return _Blocks(shards)
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
    return _Files(paths)


class _Worker:
    """Whoever reads shards, holds as many as memory allows, and answers passes from them."""

    def __init__(self, reading: dict[str, Any], by: str | None, memory: int, threads: int | None = None) -> None:
        if threads is not None:
            # Of this process, which is a worker's and has computed nothing yet.
            os.environ["RAYON_NUM_THREADS"] = str(threads)
        self.reading = reading
        self.by = by
        self.memory = memory
        self.held: dict[str, _big.Shard] = {}

    def read(self, name: str, shard: Any) -> _big.Shard:
        """A shard: a path, or a reference to a block."""
        held = self.held.get(name)
        if held is not None:
            return held
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
        return made

    def answer(self, name: str, shard: Sequence[Any], asked: bytes) -> bytes:
        """What a shard, in a list of one, says to a pass."""
        return self.read(name, shard[0]).answer(asked)


class _asking:
    """Workers, for as long as a fit takes; as a function that asks all shards, and iterates over their answers in order."""

    def __init__(
        self, found: _Files | _Blocks, here: _Worker, workers: int | None, cpus: float, retries: int, address: str | None
    ) -> None:
        self.found = found
        self.here = here
        self.actors: list[Any] = []
        self.ray: Any = None
        self.retries = retries
        if workers == 0:
            return
        count = len(found.names)
        wanted = None if workers is None else min(workers, count)
        self.ray = _running(address, cpus * (wanted or 1))
        if wanted is None:
            wanted = max(1, min(count, int(self.ray.cluster_resources().get("CPU", 1) / cpus)))
        actor = self.ray.remote(num_cpus=cpus, max_restarts=retries, max_task_retries=retries)(_Worker)
        self.actors = [actor.remote(here.reading, here.by, here.memory, _threads(cpus)) for _ in range(wanted)]

    def __enter__(self) -> Callable[[bytes], Iterator[bytes]]:
        return self.ask

    def __exit__(self, *_: object) -> None:
        for actor in self.actors:
            self.ray.kill(actor)

    def ask(self, asked: bytes) -> Iterator[bytes]:
        names = self.found.names
        if not self.actors:
            for number, name in enumerate(names):
                yield self.here.answer(name, [self.found.shard(number)], asked)
            return
        sent = self.ray.put(asked)
        going: deque[Any] = deque()
        added = 0
        for number, name in enumerate(names):
            actor = self.actors[number % len(self.actors)]
            going.append(actor.answer.remote(name, [self.found.shard(number)], sent))
            if len(going) >= _AHEAD * len(self.actors):
                yield self._heard(names[added], going.popleft())
                added += 1
        while going:
            yield self._heard(names[added], going.popleft())
            added += 1

    def _heard(self, name: str, answer: Any) -> bytes:
        try:
            told: bytes = self.ray.get(answer)
        except self.ray.exceptions.RayTaskError as error:
            raise _cause(error) from None
        except self.ray.exceptions.RayActorError as error:
            raise Unfinished(
                f"{name}: its worker has died, and was started again {self.retries} times in vain: give workers more memory, or a "
                f"larger retries=; with state= the fit goes on from the last pass ({str(error).strip().splitlines()[0]})"
            ) from None
        return told


def _cause(error: Any) -> BaseException:
    """What a function raised, without Ray's account of where."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, BaseException) else error


def _running(address: str | None, cpus: float) -> Any:
    """Ray, which runs with so many CPUs."""
    try:
        ray: Any = import_module("ray")
    except ImportError as error:
        raise ImportError('Ray is not installed: pip install "big-game[ray]"; fit(…, workers=0) does without it') from error
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
