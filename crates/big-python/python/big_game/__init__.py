"""Equilibria of the battle for influence.

Several influencers each choose an action in a compact convex set; a receiver lands on an affine combination of the actions; every
influencer wants it at its own target. This is the Battling Influencers Game (arXiv:2502.01127). ``big_game`` computes its
equilibria with a proof, and asks of preference data who can move the model that is trained on it.

Examples
--------
>>> import big_game as bg
>>> game = bg.Game(targets=[[-0.8], [-0.3]], weights=0.5, space=bg.Box(-1, 1))
>>> bg.solve(game)
<Equilibrium: One equilibrium; the receiver lands at -0.3; '2' wins by pretending to be on the right.>
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import datasets
from ._ask import (
    coalitions,
    commit,
    dynamics,
    enter,
    enumerate,
    export,
    learn,
    mechanisms,
    plot,
    report,
    reproduce,
    sensitivity,
    solve,
    strategic,
    verify,
)
from ._big import version as _version
from ._errors import InputError, NoEstimate, Unfinished
from ._game import Game, read_game
from ._pictures import Figure
from ._preferences import audit, check, fit, label_mechanisms, play, plot_table, receiver, report_table, simulate
from ._results import (
    Audit,
    BayesianEquilibrium,
    Check,
    Coalitions,
    Commitment,
    Dynamics,
    Entry,
    Enumeration,
    Equilibrium,
    FiniteEquilibrium,
    Fit,
    HybridEquilibrium,
    Learning,
    Mechanisms,
    Play,
    Receiver,
    ReducedEquilibrium,
    Reproduction,
    Result,
    Scores,
    Simulation,
    Strategic,
    Verification,
)
from ._spaces import Ball, Box, Ellipsoid, Finite, L1Ball, Polytope, Simplex, Space
from ._tables import Reading

if TYPE_CHECKING:
    from ._estimator import IdealPoint

__version__ = _version()

__all__ = [
    "Audit",
    "Ball",
    "BayesianEquilibrium",
    "Box",
    "Check",
    "Coalitions",
    "Commitment",
    "Dynamics",
    "Ellipsoid",
    "Entry",
    "Enumeration",
    "Equilibrium",
    "Figure",
    "Finite",
    "FiniteEquilibrium",
    "Fit",
    "Game",
    "HybridEquilibrium",
    "IdealPoint",
    "InputError",
    "L1Ball",
    "Learning",
    "Mechanisms",
    "NoEstimate",
    "Play",
    "Polytope",
    "Reading",
    "Receiver",
    "ReducedEquilibrium",
    "Reproduction",
    "Result",
    "Scores",
    "Simplex",
    "Simulation",
    "Space",
    "Strategic",
    "Unfinished",
    "Verification",
    "audit",
    "check",
    "coalitions",
    "commit",
    "datasets",
    "dynamics",
    "enter",
    "enumerate",
    "export",
    "fit",
    "label_mechanisms",
    "learn",
    "mechanisms",
    "play",
    "plot",
    "plot_table",
    "read_game",
    "receiver",
    "report",
    "report_table",
    "reproduce",
    "sensitivity",
    "simulate",
    "solve",
    "strategic",
    "verify",
]


def __getattr__(name: str) -> Any:
    # scikit-learn takes a second to import, and is not needed for anything else; fits of shards are few people's.
    if name == "IdealPoint":
        from ._estimator import IdealPoint

        return IdealPoint
    if name == "ray":
        from importlib import import_module

        return import_module(".ray", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
