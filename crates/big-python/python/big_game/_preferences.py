"""What can be asked about preference data: comparisons of two responses by annotators."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import _big
from ._game import Game
from ._numbers import number
from ._pictures import Figure, picture
from ._progress import Progress, watched
from ._results import Audit, Check, Fit, Mechanisms, Play, Receiver, Scores, Simulation
from ._spaces import Space, space_json
from ._tables import Reading, TableLike, as_table, reading

if TYPE_CHECKING:
    from typing import Unpack


def fit(
    table: TableLike,
    by: str | None = None,
    *,
    pool: bool = False,
    precision: float | str = 1.0,
    ridge: float = 0.0,
    bound: Space | str | dict[str, Any] | None = None,
    covariance: bool = False,
    errors: str | None = None,
    replicates: int = 200,
    seed: int = 0,
    compare: bool = True,
    position_bias: bool = False,
    progress: Progress = False,
    **columns: Unpack[Reading],
) -> Any:
    """The ideal point that comparisons speak for, by maximum likelihood; of items without embeddings, their scores.

    Parameters
    ----------
    table : path(s), data frame, or dict of columns
        One row a comparison: ``a`` and ``b`` (embeddings of shape (rows, d), or names), ``label`` (1: ``a`` was preferred),
        optional ``annotator`` and ``weight``. What is in memory is not copied.
    by : str, optional
        The column of annotators, to estimate each of them too.
    pool : bool
        Partially pooled estimates of the annotators, from a population that is learnt from all of them.
    precision : number or "fit"
        ``β`` of the reward ``−β‖a − θ‖²``.
    ridge : float
        Penalise the estimate by half of this times ``‖θ‖²``.
    bound : space, optional
        Keep the estimate in an action space.
    covariance : bool
        The covariance matrix too.
    errors : {"clustered", "information", "bootstrap"}, optional
        What standard errors are made from; clustered where annotators are named.
    replicates, seed : int
        Of the bootstrap.
    compare : bool
        Compare the ideal-point model with the vector model.
    position_bias : bool
        Estimate how much the first place counts.
    progress : bool or function
    **columns
        How the table is read: see ``Reading``.

    Returns
    -------
    Fit or Scores

    Raises
    ------
    NoEstimate
        When the likelihood has no maximum.
    InputError
        When the table is wrong, with the row.

    Examples
    --------
    >>> import numpy as np, big_game as bg
    >>> rng = np.random.default_rng(1)
    >>> a, b = rng.normal(size=(2, 4000, 2))
    >>> logit = 2 * (a - b) @ [0.5, -0.25] + (b**2).sum(1) - (a**2).sum(1)
    >>> label = rng.random(4000) < 1 / (1 + np.exp(-logit))
    >>> found = bg.fit({"a": a, "b": b, "label": label})
    >>> bool(np.all(np.abs(found.theta - [0.5, -0.25]) < 4 * found.standard_errors))
    True
    """
    arguments = {
        "by": by,
        "pool": pool,
        "precision": precision,
        "ridge": ridge,
        "bound": None if bound is None else space_json(bound),
        "covariance": covariance,
        "errors": errors,
        "replicates": replicates,
        "seed": seed,
        "compare": compare,
        "position_bias": position_bias,
    }
    with watched(progress) as watch:
        native = _big.fit(as_table(table), reading(columns), arguments, watch)
    found = Fit(native)
    return Scores(native) if "items" in found.to_dict() else found


def audit(
    table: TableLike,
    by: str = "annotator",
    *,
    precision: float | str = "fit",
    space: Space | str | dict[str, Any] | None = None,
    radius: float | None = None,
    refits: int = 5,
    ridge: float = 0.0,
    errors: str = "clustered",
    swaps: int = 10,
    swap: tuple[str, str] | None = None,
    replicates: int | None = None,
    seed: int = 0,
    coalitions: int = 3,
    groups: str | None = None,
    clusters: int = 0,
    game: bool = False,
    progress: Progress = False,
    **columns: Unpack[Reading],
) -> Audit:
    """Who can move the estimate, and how far.

    Parameters
    ----------
    table : path(s), data frame, or dict of columns
    by : str
        The column of annotators, or of groups of them.
    precision : number or "fit"
    space : space, optional
        What annotators may report; by default the ball around the estimate that just holds their partially pooled ideal points.
    radius : float, optional
        Annotators may report anything within this distance of the estimate.
    refits : int
        Check the reach of so many annotators, from the top, by an actual refit.
    ridge : float
    errors : {"clustered", "information"}
    swaps, swap
        Of items without embeddings: so many swaps of neighbours from the top, and the swap of these two.
    replicates, seed : int
        Of the bootstrap that intervals are from; 0: no intervals.
    coalitions : int
        Look for the worst coalitions of up to so many.
    groups : str, optional
        Audit groups of annotators too: the column that says which one everybody is in (a region, a company). ``.groups`` has them.
    clusters : int
        Put annotators who are alike into so many clusters by their partially pooled positions, and audit these too: ``.clusters``.
    game : bool
        The game that the annotators play too: ``.annotator_game``.
    progress : bool or function
    **columns
        How the table is read: see ``Reading``.

    Raises
    ------
    NoEstimate, InputError
    """
    arguments = {
        "by": by,
        "precision": precision,
        "space": None if space is None else space_json(space),
        "radius": radius,
        "refits": refits,
        "ridge": ridge,
        "errors": errors,
        "swaps": swaps,
        "swap": swap,
        "replicates": replicates,
        "seed": seed,
        "coalitions": coalitions,
        "groups": groups,
        "clusters": clusters,
        "game": game,
    }
    with watched(progress) as watch:
        native, played = _big.audit(as_table(table), reading(columns), arguments, watch)
    return Audit(native, None if played is None else Game.from_toml(played))


def label_mechanisms(
    table: TableLike,
    by: str = "annotator",
    only: Sequence[str] = (),
    *,
    precision: float | str = "fit",
    ridge: float = 0.0,
    replicates: int | None = None,
    seed: int = 0,
    progress: Progress = False,
    **columns: Unpack[Reading],
) -> Mechanisms:
    """Which rules in the place of the pooled estimate leave less to gain from a lie, and what do they cost?

    Parameters
    ----------
    table : path(s), data frame, or dict of columns
    by : str
        The column of annotators, or of groups of them.
    only : names, optional
        ``pooled_mle``, ``median_of_estimates``, ``pessimistic_median``, ``bounded_influence``.
    precision : number or "fit"
    ridge : float
        Of the pooled estimate.
    replicates, seed : int
        Tables that are drawn for the accuracy under honesty; 0: none.
    progress : bool or function
    **columns
        How the table is read: see ``Reading``.

    Raises
    ------
    NoEstimate, InputError
    """
    arguments = {
        "by": by,
        "only": list(only),
        "precision": precision,
        "ridge": ridge,
        "replicates": replicates,
        "seed": seed,
    }
    with watched(progress) as watch:
        return Mechanisms(_big.label_mechanisms(as_table(table), reading(columns), arguments, watch))


def receiver(
    table: TableLike,
    by: str = "annotator",
    *,
    precision: float | str = 1.0,
    ridge: float = 0.0,
    space: Space | str | dict[str, Any] | None = None,
    profiles: int = 20,
    seed: int = 0,
    progress: Progress = False,
    **columns: Unpack[Reading],
) -> Receiver:
    """The affine receiver that comparisons imply, read off before anyone plays: ``θ̂ ≈ bias + Σ W_i x_i``.

    Parameters
    ----------
    table : path(s), data frame, or dict of columns
    by : str
        The column of annotators.
    precision, ridge
        As in ``fit``.
    space : space, optional
        What annotators may report.
    profiles : int
        Compare it with the real receiver at so many random profiles.
    seed : int

    Returns
    -------
    Receiver
        ``.annotator_game`` is what it makes of the annotators, ``.r_squared`` how well it predicts.
    """
    arguments = {
        "by": by,
        "precision": precision,
        "ridge": ridge,
        "space": None if space is None else space_json(space),
        "profiles": profiles,
        "seed": seed,
    }
    with watched(progress) as watch:
        native, played = _big.receiver(as_table(table), reading(columns), arguments, watch)
    return Receiver(native, None if played is None else Game.from_toml(played))


def check(table: TableLike, by: str | None = None, *, progress: Progress = False, **columns: Unpack[Reading]) -> Check:
    """What there is to know of a table before anything is fitted to it: each finding with a count and row numbers."""
    with watched(progress) as watch:
        return Check(_big.check(as_table(table), reading(columns), by, watch))


def play(
    experiment: dict[str, Any] | str | os.PathLike[str],
    receiver: str | Callable[[list[list[float]]], Sequence[float]] = "mle",
    *,
    state: str | os.PathLike[str] | None = None,
    max_iterations: int = 1000,
    tolerance: float = 1e-6,
    evaluations: int = 60,
    starts: int | None = None,
    method: str = "responses",
    seed: int | None = None,
    progress: Progress = False,
) -> Play:
    """Best-response dynamics against a receiver (arXiv:2502.01127, Section 6).

    Parameters
    ----------
    experiment : dict or path
        Influencers with their targets ``theta`` and ``pairs``, the ``action_space``, the ``distribution`` of responses,
        a ``seed``.
    receiver : "mle", "affine", a command, or a function
        A function gets everybody's actions, a list of ``n`` lists of ``d`` numbers, and returns the ``d`` numbers where it
        lands. It may train any model. The same actions have to give the same answer.
    state : path, optional
        Keep the run in this file after every turn, and go on from it if it is there.
    max_iterations : int
        Turns.
    tolerance : float
        Moves that lower the loss by no more are not made.
    evaluations : int
        Of the receiver, that one best response may take.
    starts : int, optional
        In two and more dimensions: from how many points all over the space everybody looks again.
    method : {"responses", "bisection"}
    seed : int, optional
        In place of the experiment's.

    Returns
    -------
    Play
        ``.converged``, ``.theta_hat``, ``.actions``; ``.affinity`` says how affine the receiver was on the profiles that it met.

    Examples
    --------
    >>> import big_game as bg
    >>> spec = {"action_space": {"type": "box", "lower": -1, "upper": 1},
    ...         "influencers": [{"theta": [-0.2]}, {"theta": [0.3]}]}
    >>> run = bg.play(spec, receiver=lambda actions: [0.5 * actions[0][0] + 0.5 * actions[1][0]])
    >>> run.converged, run.actions.tolist()
    (True, [[-1.0], [1.0]])
    """
    arguments = {
        "state": state,
        "max_iterations": max_iterations,
        "tolerance": tolerance,
        "evaluations": evaluations,
        "starts": starts,
        "method": method,
        "seed": seed,
    }
    name = receiver if isinstance(receiver, str) else getattr(receiver, "__name__", type(receiver).__name__)
    answer: Any = receiver if isinstance(receiver, str) else _Called(receiver)
    with watched(progress) as watch:
        return Play(_big.play(_experiment(experiment), answer, name, arguments, watch))


class _Called:
    """A receiver whose answer is a list of numbers, whatever array it gives."""

    def __init__(self, function: Callable[[list[list[float]]], Any]) -> None:
        self.function = function

    def __call__(self, actions: list[list[float]]) -> list[float]:
        answer = self.function(actions)
        if hasattr(answer, "tolist"):
            answer = answer.tolist()
        return [float(v) for v in (answer if isinstance(answer, list | tuple) else [answer])]


def _experiment(experiment: dict[str, Any] | str | os.PathLike[str]) -> str:
    if isinstance(experiment, dict):
        return json.dumps(experiment, default=_plain)
    with open(experiment, encoding="utf-8") as file:
        return file.read()


def _plain(value: Any) -> Any:
    if isinstance(value, Space):
        return value.to_dict()
    return value.tolist() if hasattr(value, "tolist") else number(value)


def simulate(
    experiment: dict[str, Any] | str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    seed: int | None = None,
    progress: Progress = False,
) -> Simulation:
    """Pairs of responses, labelled by true or fake ideal points, written to a ``.parquet``, ``.jsonl`` or ``.csv`` file."""
    with watched(progress) as watch:
        return Simulation(_big.simulate(_experiment(experiment), output, seed, watch))


def plot_table(
    table: TableLike,
    *,
    precision: float | str = 1.0,
    figure: str = "auto",
    theme: str = "light",
    width: float = 560,
    progress: Progress = False,
    **columns: Unpack[Reading],
) -> Figure:
    """The likelihood of comparisons, with its maximum."""
    wanted = picture("svg", figure, theme, width, 2)
    with watched(progress) as watch:
        svg = _big.picture_table(as_table(table), reading(columns), precision, False, wanted, watch)
    return Figure(svg.decode())


def report_table(
    table: TableLike,
    path: str | os.PathLike[str] | None = None,
    *,
    precision: float | str = 1.0,
    progress: Progress = False,
    **columns: Unpack[Reading],
) -> str:
    """A self-contained HTML page about comparisons and what they speak for; written to ``path`` where there is one."""
    wanted = picture("html", "auto", "light", 560, 2)
    with watched(progress) as watch:
        page = _big.picture_table(as_table(table), reading(columns), precision, True, wanted, watch)
    if path is not None:
        with open(path, "wb") as file:
            file.write(page)
    return page.decode()
