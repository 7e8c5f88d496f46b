"""What can be asked about a game."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from . import _big
from ._errors import Unfinished
from ._game import Game, as_game
from ._progress import Progress, watched
from ._results import (
    BayesianEquilibrium,
    Coalitions,
    Commitment,
    Dynamics,
    Entry,
    Enumeration,
    Equilibrium,
    FiniteEquilibrium,
    HybridEquilibrium,
    Learning,
    Mechanisms,
    ReducedEquilibrium,
    Reproduction,
    Result,
    Strategic,
    Verification,
)

#: A game, the path of a game file, or what such a file holds as a dict.
GameLike = Game | str | os.PathLike[str] | dict[str, Any]


def solve(
    game: GameLike,
    *,
    method: str = "auto",
    select: str = "least-exaggerated",
    vertices: bool = False,
    sensitivity: bool = False,
    honesty: float | None = None,
    potential_minimum: bool = False,
    time_limit: float = 60.0,
    progress: Progress = False,
) -> Any:
    """The equilibrium of a game, the whole set it belongs to, and the proof.

    Parameters
    ----------
    game : Game, path or dict
    method : {"auto", "separable", "ball", "decomposition", "reference"}
        The solver; ``auto`` takes the one that fits the game.
    select : {"least-exaggerated", "least-norm", "vertex"}
        Which equilibrium to tell where there are many.
    vertices : bool
        List the vertices of the set of equilibria, where it is a polytope with at most 1000.
    sensitivity : bool
        The derivatives of the receiver's position in every target, weight and in the background.
    honesty : float, optional
        The smallest common cost of lying at which nobody exaggerates by more than this: in ``.honesty``.
    potential_minimum : bool
        Finite games: the global minimiser of the potential, proven.
    time_limit : float
        Finite games: seconds.
    progress : bool or function
        Show a bar, or call this with what is done, how much, of how much.

    Returns
    -------
    Equilibrium or FiniteEquilibrium
        BayesianEquilibrium of a game with private targets, ReducedEquilibrium of one with another loss or receiver,
        HybridEquilibrium of one in which only some choose items.

    Raises
    ------
    InputError
        When the game is wrong, or the question does not fit it.
    Unfinished
        When no equilibrium could be proved; its ``result`` is as far as the solver got.

    Examples
    --------
    >>> import big_game as bg
    >>> eq = bg.solve(bg.Game(targets=[[-0.8], [-0.3]], weights=0.5, space=bg.Box(-1, 1)))
    >>> eq.actions
    array([[-1. ],
           [ 0.4]])
    >>> eq.winners
    [1]
    """
    it = as_game(game)
    arguments = {
        "method": method,
        "select": select,
        "vertices": vertices,
        "sensitivity": sensitivity,
        "honesty": honesty,
        "potential_minimum": potential_minimum,
        "time_limit": time_limit,
    }
    with watched(progress) as watch:
        native = _big.solve(it._native, arguments, watch)
    if isinstance(native, _big.Solved):
        found: Result = Equilibrium(native, it)
        done = native.holds()
    else:
        found = Result(native, it)
        told = found.to_dict()
        kinds = {
            "with_these_choices": HybridEquilibrium,
            "receiver_variance": BayesianEquilibrium,
            "terms": ReducedEquilibrium,
        }
        found = next((kind for key, kind in kinds.items() if key in told), FiniteEquilibrium)(native, it)
        done = found.to_dict().get("status", "solved") == "solved"
    if not done:
        raise Unfinished(found.verdict, result=found)
    return found


def sensitivity(game: GameLike, *, method: str = "auto", progress: Progress = False) -> Any:
    """The derivatives of the receiver's position in every target, weight and in the background, as a dict of nested lists.

    ``None`` values are derivatives that do not exist, or that nobody proved.

    Raises
    ------
    InputError
        When the game is wrong, or a finite one.
    """
    return solve(game, method=method, sensitivity=True, progress=progress).to_dict()["sensitivity"]


def verify(
    game: GameLike,
    actions: Any,
    *,
    tolerance: float | None = None,
    time_limit: float | None = None,
    progress: Progress = False,
) -> Verification:
    """Is this profile an equilibrium? Every influencer's regret, by an exact best response.

    Parameters
    ----------
    game : Game, path or dict
    actions : array of shape (n, m), list of actions, list of choices of items, an answer, or the path of a profile
        With private targets an action for each type, or for each influencer an array of shape (types, m).
    tolerance : float, optional
        What counts as no gain; by default what is rounding at the game's scale.
    time_limit : float, optional
        Finite games: seconds.

    Returns
    -------
    Verification
        Truthy where it is an equilibrium.

    Examples
    --------
    >>> import big_game as bg
    >>> game = bg.Game(targets=[-0.8, -0.3], weights=0.5, space=bg.Box(-1, 1))
    >>> bool(bg.verify(game, [[-1], [0.4]])), bool(bg.verify(game, [[-0.8], [-0.3]]))
    (True, False)
    """
    it = as_game(game)
    with watched(progress) as watch:
        native = _big.verify(it._native, _profile(it, actions), tolerance, time_limit, watch)
    return Verification(native, it)


def _profile(game: Game, actions: Any) -> str:
    """A profile as a profile file has it."""
    if isinstance(actions, str | os.PathLike):
        with open(actions, encoding="utf-8") as file:
            return file.read()
    if isinstance(actions, FiniteEquilibrium):
        return json.dumps({"choices": actions.choices})
    if isinstance(actions, HybridEquilibrium):
        return json.dumps({"choices": actions.choices, "actions": _lists(actions.actions)})
    if isinstance(actions, BayesianEquilibrium):
        actions = actions.strategies
    if isinstance(actions, Result):
        return json.dumps({"actions": _lists(actions.actions)})
    # Strategies have an action for each type of each influencer: one after the other.
    nested = ((row if row and isinstance(row[0], list) else [row]) for row in _lists(actions))
    lists = [action for row in nested for action in row]
    # Items are counted; a mean of items may be whole too, but has as many numbers as the game has dimensions.
    whole = game.is_finite and all(isinstance(v, int) and not isinstance(v, bool) for row in lists for v in row)
    return json.dumps({"choices" if whole else "actions": lists})


def _lists(actions: Any) -> list[Any]:
    if hasattr(actions, "tolist"):
        actions = actions.tolist()
    return [row.tolist() if hasattr(row, "tolist") else list(row) if isinstance(row, list | tuple) else [row] for row in actions]


def dynamics(
    game: GameLike,
    *,
    start: Any = "truthful",
    order: str = "round-robin",
    max_rounds: int = 1000,
    damping: float = 1.0,
    tolerance: float | None = None,
    seed: int = 0,
    time_limit: float | None = None,
    progress: Progress = False,
) -> Dynamics:
    """Best-response dynamics (Definition 3 of arXiv:2502.01127): block-coordinate descent on the potential.

    Parameters
    ----------
    game : Game, path or dict
    start : {"truthful", "zero", "random"} or a profile
    order : {"round-robin", "random", "greedy", "simultaneous"}
    max_rounds : int
    damping : float
        The share of the way to its best response that a mover goes, in (0, 1].
    tolerance : float, optional
        Who gains no more than this stays.
    seed : int
        Of a random start and a random order.
    time_limit : float, optional
        Finite games: seconds.

    Returns
    -------
    Dynamics
        Whether it converged is ``.converged``; ``.receivers`` and ``.potentials`` are its course.
    """
    it = as_game(game)
    arguments = {
        "start": start if isinstance(start, str) and start in ("truthful", "zero", "random") else _profile(it, start),
        "order": order,
        "max_rounds": max_rounds,
        "damping": damping,
        "tolerance": tolerance,
        "seed": seed,
        "time_limit": time_limit,
    }
    with watched(progress) as watch:
        return Dynamics(_big.dynamics(it._native, arguments, watch), it)


def enumerate(
    game: GameLike,
    *,
    limit: int = 10_000,
    count: bool = False,
    by_receiver: bool = False,
    epsilon: Any = 0,
    time_limit: float | None = None,
    progress: Progress = False,
) -> Enumeration:
    """Every pure equilibrium of a finite game; of a game in which only some choose items, all choices that are part of one.

    Parameters
    ----------
    game : Game, path or dict
    limit : int
        List at most so many.
    count : bool
        Only count them.
    by_receiver : bool
        List the receivers that they lead to instead.
    epsilon : number
        Everything from which nobody gains more than this; fractions and texts are taken exactly.
    time_limit : float, optional
        Seconds.

    Returns
    -------
    Enumeration
        ``.complete`` says whether the list is.
    """
    from ._numbers import number

    listed = "nothing" if count else "receivers" if by_receiver else "equilibria"
    it = as_game(game)
    with watched(progress) as watch:
        native = _big.enumerate(it._native, listed, limit, str(number(epsilon)), time_limit, watch)
    return Enumeration(native, it)


def coalitions(
    game: GameLike,
    size: int = 2,
    *,
    limit: int = 100,
    time_limit: float | None = None,
    progress: Progress = False,
) -> Coalitions:
    """Who gains by acting together: joint deviations, and mergers that play on as one, each with exact losses.

    Parameters
    ----------
    game : Game, path or dict
        On convex sets, with the loss ``squared_euclidean``.
    size : int
        Groups of 2 to so many.
    limit : int
        List so many of each kind.
    time_limit : float, optional
        Seconds.

    Returns
    -------
    Coalitions
        ``.strong`` is ``None`` where it is not decided.
    """
    with watched(progress) as watch:
        return Coalitions(_big.coalitions(as_game(game)._native, size, limit, time_limit, watch))


def mechanisms(game: GameLike, only: Sequence[str] = (), *, progress: Progress = False) -> Mechanisms:
    """Which rules would take the incentive to lie away, and what do they cost?

    Parameters
    ----------
    game : Game, path or dict
        Its targets are the points that a rule is asked to choose from.
    only : names, optional
        Rules by name: ``weighted_mean``, ``coordinate_median``, ``moving_phantoms`` (where all sets are one simplex),
        ``geometric_median``, ``centered_clipping``, ``clarke``, …. Left out: all that are for this game;
        ``to_dict()["left_out"]`` says which are not, and why.
    """
    with watched(progress) as watch:
        return Mechanisms(_big.mechanisms(as_game(game)._native, list(only), watch))


def learn(game: GameLike, rounds: int = 1000, *, progress: Progress = False) -> Learning:
    """Everybody follows the slope of its own loss, round by round: how near does the receiver come to the equilibria's?

    Parameters
    ----------
    game : Game, path or dict
        On convex sets, with the squared distance as the loss.
    rounds : int
    """
    with watched(progress) as watch:
        return Learning(_big.learn(as_game(game)._native, rounds, watch))


def reproduce(seed: int = 2025, *, progress: Progress = False) -> Reproduction:
    """Try every claim of the paper (arXiv:2502.01127) anew, and what is proved beyond it.

    Parameters
    ----------
    seed : int
        Of the random games and of the experiment.

    Returns
    -------
    Reproduction
        Its rows are the paper's claims; ``.beyond`` has the others, ``.holds`` says whether all hold. ``.report(path)``
        tries them once more and writes the page with all figures.
    """
    with watched(progress) as watch:
        return Reproduction(_big.reproduce(seed, watch))


def commit(game: GameLike, leaders: Sequence[str | int] = (), *, progress: Progress = False) -> Commitment:
    """What does moving first save, when the others then play their equilibrium?

    Parameters
    ----------
    game : Game, path or dict
    leaders : names or indices from 0, optional
        Who moves first; everybody in turn where none are named.
    """
    with watched(progress) as watch:
        return Commitment(_big.commit(as_game(game)._native, [str(leader) for leader in leaders], watch))


def enter(game: GameLike, cost: float, *, progress: Progress = False) -> Entry:
    """Who takes part in the battle where that costs everybody ``cost``, in units of the loss?"""
    with watched(progress) as watch:
        return Entry(_big.enter(as_game(game)._native, cost, watch))


def strategic(
    game: GameLike,
    *,
    concept: str = "mixed",
    objective: str = "best",
    most: int = 1_000_000,
    time_limit: float | None = None,
    graph: bool = False,
    progress: Progress = False,
) -> Strategic:
    """Equilibria of a small game by its payoff table.

    Parameters
    ----------
    game : Game, path (of a game file or of Gambit's ``.nfg``) or dict
    concept : {"pure", "mixed", "correlated", "coarse"}
    objective : str
        Correlated and coarse correlated: ``best`` or ``worst`` by the sum of payoffs, or the name of the player to favour.
    most : int
        Refuse a table of more payoffs.
    time_limit : float, optional
        Seconds.
    graph : bool
        The graph of better responses too.
    """
    arguments = {
        "concept": concept,
        "objective": objective,
        "most": most,
        "time_limit": time_limit,
        "graph": graph,
    }
    native: _big.Game | None = None
    text = None
    if isinstance(game, str | os.PathLike) and os.fspath(game).endswith(".nfg"):
        with open(game, encoding="utf-8") as file:
            text = file.read()
    else:
        native = as_game(game)._native
    with watched(progress) as watch:
        return Strategic(_big.strategic(native, text, arguments, watch))


def export(game: GameLike, *, most: int = 1_000_000, time_limit: float | None = None, progress: Progress = False) -> str:
    """A finite game in Gambit's strategic form (``.nfg``), with exact payoffs."""
    with watched(progress) as watch:
        return _big.export_nfg(as_game(game)._native, most, time_limit, watch)


def report(what: GameLike | Result, path: str | os.PathLike[str] | None = None) -> str:
    """A self-contained HTML page about a game or an answer; written to ``path`` where there is one."""
    return (what if isinstance(what, Result) else solve(what)).report(path)


def plot(what: GameLike | Result, path: str | os.PathLike[str] | None = None, **how: Any) -> Any:
    """Draws a game or an answer: see ``Result.plot``."""
    return (what if isinstance(what, Result) else solve(what)).plot(path, **how)
