"""Questions about sharded tables on Ray, and sweeps: the extra ``big-game[ray]``.

A shard is a file, or a block of a Ray Data set. Workers read and hold the shards, and add up what a pass of a fit asks of their
rows; here these sums are added in the shards' order, and the steps are made. What is asked annotator by annotator has their rows
sent here, once, in the shards' order, and portions of the annotators sent to the workers. So the answer has the same bytes for any
number of workers, in this process too (``workers=0``), and whoever dies on the way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from . import _big
from ._errors import InputError
from ._game import Game
from ._progress import Progress, watched
from ._results import Audit, Fit, Mechanisms, Receiver
from ._shards import Worker, asking, cause, running, shards_of, threads
from ._spaces import Space, space_json
from ._tables import Reading, reading

if TYPE_CHECKING:
    from typing import Unpack

__all__ = ["audit", "fit", "label_mechanisms", "receiver", "sweep"]

#: Bytes of shards that a worker holds (it reads the others again in every pass), and of annotators' rows in this process.
_MEMORY = 2 << 30

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
    arguments: dict[str, Any] = {
        "by": by is not None,
        "precision": precision,
        "ridge": ridge,
        "bound": None if bound is None else space_json(bound),
        "covariance": covariance,
        "errors": errors,
        "compare": compare,
    }
    with _reach(shards, by, workers, cpus, retries, address, columns) as reach, watched(progress) as watch:
        described = [_big.version(), arguments, by, reach.made]
        arguments["state"] = None if state is None else (state, reach.found.described(described))
        return Fit(_big.fit_shards(reach.native, arguments, watch))


def audit(
    shards: Any,
    by: str = "annotator",
    *,
    precision: float | str = "fit",
    space: Space | str | dict[str, Any] | None = None,
    radius: float | None = None,
    refits: int = 5,
    ridge: float = 0.0,
    errors: str = "clustered",
    replicates: int | None = None,
    seed: int = 0,
    coalitions: int = 3,
    clusters: int = 0,
    game: bool = False,
    workers: int | None = None,
    cpus: float = 1.0,
    retries: int = 3,
    address: str | None = None,
    progress: Progress = False,
    **columns: Unpack[Reading],
) -> Audit:
    """Who can move the estimate that all shards together speak for, and how far.

    Workers read, check and hold the shards, and make the sums over all rows: the pooled estimate, the comparison of the models.
    This process has every row sent once and sorts them by annotator: in memory where all rows fit twice into ``memory``, else in a
    temporary file. From there portions of the annotators go to the workers, which compute on them what is asked annotator by
    annotator; the refits are made here, and everything with ``workers=0``.

    Parameters
    ----------
    shards : path, folder, pattern, a list of these, or a Ray Data set
        As in ``fit``. An annotator's rows may be in any of them.
    by : str
        The column of annotators, or of groups of them, which every shard has.
    precision, space, radius, refits, ridge, errors, replicates, seed, coalitions, clusters, game
        As in ``big_game.audit``.
    workers, cpus, retries, address
        As in ``fit``.
    progress : bool or function
    **columns
        How shards are read: see ``Reading``. ``memory`` is what each worker may hold of shards and again of annotators' rows, and
        this process of rows.

    Returns
    -------
    Audit
        To the last byte the same for every number of workers and every ``memory``, on processors of one kind. ``big_game.audit`` of
        the same files agrees up to rounding: its fit starts from a sample.

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
    ...         "influencers": [{"theta": [-0.5], "pairs": 1000}, {"theta": [0.5], "pairs": 2000}]}
    >>> for seed in (1, 2):
    ...     _ = bg.simulate(spec, folder / f"{seed}.parquet", seed=seed)
    >>> bg.ray.audit(folder, workers=0).comparisons
    6000
    """
    arguments = {
        "by": by,
        "precision": precision,
        "space": None if space is None else space_json(space),
        "radius": radius,
        "refits": refits,
        "ridge": ridge,
        "errors": errors,
        "swaps": 0,
        "swap": None,
        "replicates": replicates,
        "seed": seed,
        "coalitions": coalitions,
        "groups": None,
        "clusters": clusters,
        "game": game,
    }
    with _reach(shards, by, workers, cpus, retries, address, columns) as reach, watched(progress) as watch:
        native, played = _big.audit_shards(reach.native, arguments, watch)
    return Audit(native, None if played is None else Game.from_toml(played))


def receiver(
    shards: Any,
    by: str = "annotator",
    *,
    precision: float | str = 1.0,
    ridge: float = 0.0,
    space: Space | str | dict[str, Any] | None = None,
    profiles: int = 20,
    seed: int = 0,
    workers: int | None = None,
    cpus: float = 1.0,
    retries: int = 3,
    address: str | None = None,
    progress: Progress = False,
    **columns: Unpack[Reading],
) -> Receiver:
    """The affine receiver that the comparisons of all shards together imply.

    Parameters
    ----------
    shards : path, folder, pattern, a list of these, or a Ray Data set
    by : str
        The column of annotators, which every shard has.
    precision, ridge, space, profiles, seed
        As in ``big_game.receiver``.
    workers, cpus, retries, address
        As in ``fit``; who computes what, and what ``memory`` means, as in ``audit``.
    progress : bool or function
    **columns
        How shards are read: see ``Reading``.

    Returns
    -------
    Receiver
        The same bytes for every number of workers; ``big_game.receiver`` of the same files agrees up to rounding.

    Raises
    ------
    NoEstimate, InputError, Unfinished
        As in ``audit``.
    """
    arguments = {
        "by": by,
        "precision": precision,
        "ridge": ridge,
        "space": None if space is None else space_json(space),
        "profiles": profiles,
        "seed": seed,
    }
    with _reach(shards, by, workers, cpus, retries, address, columns) as reach, watched(progress) as watch:
        native, played = _big.receiver_shards(reach.native, arguments, watch)
    return Receiver(native, None if played is None else Game.from_toml(played))


def label_mechanisms(
    shards: Any,
    by: str = "annotator",
    only: Sequence[str] = (),
    *,
    precision: float | str = "fit",
    ridge: float = 0.0,
    replicates: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    cpus: float = 1.0,
    retries: int = 3,
    address: str | None = None,
    progress: Progress = False,
    **columns: Unpack[Reading],
) -> Mechanisms:
    """Which rules in the place of the pooled estimate of all shards leave less to gain from a lie, and what do they cost?

    Parameters
    ----------
    shards : path, folder, pattern, a list of these, or a Ray Data set
    by : str
        The column of annotators, or of groups of them, which every shard has.
    only, precision, ridge, replicates, seed
        As in ``big_game.label_mechanisms``.
    workers, cpus, retries, address
        As in ``fit``; who computes what, and what ``memory`` means, as in ``audit``.
    progress : bool or function
    **columns
        How shards are read: see ``Reading``.

    Returns
    -------
    Mechanisms
        The same bytes for every number of workers; ``big_game.label_mechanisms`` of the same files agrees up to rounding.

    Raises
    ------
    NoEstimate, InputError, Unfinished
        As in ``audit``.
    """
    arguments = {
        "by": by,
        "only": list(only),
        "precision": precision,
        "ridge": ridge,
        "replicates": replicates,
        "seed": seed,
    }
    with _reach(shards, by, workers, cpus, retries, address, columns) as reach, watched(progress) as watch:
        return Mechanisms(_big.label_mechanisms_shards(reach.native, arguments, watch))


class _Reach:
    """All shards, while somebody asks them."""

    def __init__(self, shards: Any, by: str | None, columns: Mapping[str, Any]) -> None:
        self.found = shards_of(shards)
        self.made = reading(columns)
        self.memory = _MEMORY if self.made["memory"] is None else self.made["memory"]
        self.here = Worker(self.made, by, self.memory)
        self.native: dict[str, Any] = {}

    def bring(self, shard: int) -> _big.Shard:
        return self.here.read(self.found.names[shard], self.found.shard(shard))


@contextmanager
def _reach(
    shards: Any,
    by: str | None,
    workers: int | None,
    cpus: float,
    retries: int,
    address: str | None,
    columns: Mapping[str, Any],
) -> Iterator[_Reach]:
    reach = _Reach(shards, by, columns)
    if workers is not None and workers < 0:
        raise InputError(f"workers={workers}: it is a number of processes, or 0 for none")
    if not cpus > 0 or retries < 0:
        raise InputError("cpus= is above 0, and retries= not negative")
    with asking(reach.found, reach.here, workers, cpus, retries, address) as those:
        reach.native = {
            "names": reach.found.names,
            "ask": those.ask,
            "bring": reach.bring,
            "name": reach.found.name,
            "memory": reach.memory,
            "helpers": (len(those.actors), those.keep, those.errands) if those.actors else None,
        }
        yield reach


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
    ray = running(address, cpus)
    task = ray.remote(num_cpus=cpus, max_retries=retries)(_one)
    function = ray.put(function)
    made = [task.remote(function, item, threads(cpus)) for item in items]
    try:
        return [ray.get(one) for one in made]
    except ray.exceptions.RayTaskError as error:
        raise cause(error) from None


def _one(function: Callable[[_Item], _Made], item: _Item, threads: int) -> _Made:
    os.environ.setdefault("RAYON_NUM_THREADS", str(threads))
    return function(item)
