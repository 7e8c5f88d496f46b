"""Answers in the axes of matplotlib."""

from __future__ import annotations

from typing import Any

from ._results import Audit, Dynamics, Equilibrium, Fit, Play, Result, Scores

#: Rows that a ranking shows.
_SHOWN = 20


def draw(result: Result, ax: Any) -> Any:
    """Draws the data of an answer's figure into axes, and returns them."""
    if isinstance(result, Equilibrium):
        return _equilibrium(result, ax)
    if isinstance(result, Dynamics):
        ax.plot(range(1, len(result.steps) + 1), result.potentials, marker="o", label="potential")
        ax.set_xlabel("move")
        ax.set_ylabel("potential")
        return ax
    if isinstance(result, Play):
        return _play(result, ax)
    if isinstance(result, Audit):
        return _audit(result, ax)
    if isinstance(result, Scores):
        rows = result.to_dict()["items"][:_SHOWN]
        _intervals(ax, [r["item"] for r in rows], [r["score"] for r in rows], [r["standard_error"] for r in rows])
        ax.set_xlabel("score")
        return ax
    if isinstance(result, Fit):
        theta = result.theta
        errors = result.standard_errors
        _intervals(
            ax,
            [f"θ{k + 1}" for k in range(len(theta))],
            theta,
            [None] * len(theta) if errors is None else errors,
        )
        ax.set_xlabel("ideal point")
        return ax
    raise TypeError(f"there is no drawing of {type(result).__name__} in matplotlib's axes; plot() without ax draws others")


def _equilibrium(result: Equilibrium, ax: Any) -> Any:
    import numpy as np

    game = result._game
    targets = game.targets if game is not None else np.array([row["target"] for row in result.to_dict()["influencers"]])
    actions, receiver = result.actions, result.receiver
    if targets.shape[1] == 1:
        height = np.arange(len(targets))
        lower, upper = result.action_range
        ax.hlines(height, lower[:, 0], upper[:, 0], lw=4, alpha=0.3)
        ax.plot(targets[:, 0], height, "o", mfc="none", label="target")
        ax.plot(actions[:, 0], height, "s", label="action")
        ax.axvline(receiver[0], color="k", lw=1, label="receiver")
        names = game.names if game is not None else [row["name"] for row in result.to_dict()["influencers"]]
        if len(targets) <= _SHOWN:
            ax.set_yticks(height, names)
        ax.invert_yaxis()
    else:
        ax.plot(targets[:, 0], targets[:, 1], "o", mfc="none", label="target")
        if actions.ndim == 2 and actions.shape[1] == targets.shape[1]:
            ax.plot(actions[:, 0], actions[:, 1], "s", label="action")
        ax.plot(receiver[0], receiver[1], "k*", ms=12, label="receiver")
        ax.set_aspect("equal", adjustable="datalim")
        if targets.shape[1] > 2:
            ax.set_xlabel("coordinate 1")
            ax.set_ylabel(f"coordinate 2 (of {targets.shape[1]})")
    ax.legend()
    return ax


def _play(result: Play, ax: Any) -> Any:
    import numpy as np

    found = result.to_dict()
    course = np.array([found["start"]["theta_hat"], *[move["theta_hat"] for move in found["iterations"]]])
    for k in range(course.shape[1]):
        ax.plot(
            course[:, k],
            marker="o",
            label="estimate" if course.shape[1] == 1 else f"estimate, coordinate {k + 1}",
        )
    ax.set_xlabel("move")
    ax.legend()
    return ax


def _audit(result: Audit, ax: Any) -> Any:
    found = result.to_dict()
    if "items" in found:
        raise TypeError("an audit of items has no drawing in matplotlib's axes")
    rows = sorted(found["annotators"], key=lambda row: -row["reach"])[:_SHOWN]
    names = [row["annotator"] for row in rows]
    ax.barh(names, [row["reach"] for row in rows])
    ax.invert_yaxis()
    ax.set_xlabel("reach: how far each can move the estimate")
    return ax


def _intervals(ax: Any, names: list[str], centres: Any, errors: Any) -> None:
    half = [0.0 if e is None else 1.96 * e for e in errors]
    ax.errorbar(centres, range(len(names)), xerr=half, fmt="o", capsize=3)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
