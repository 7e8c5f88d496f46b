"""Action spaces: what an influencer may play."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._numbers import is_number, number, rows, vector


class Space:
    """An action space."""

    def to_dict(self) -> dict[str, Any]:
        """As a game file writes it."""
        raise NotImplementedError


def _either(value: Any) -> Any:
    return number(value) if is_number(value) else vector(value)


@dataclass(frozen=True)
class Box(Space):
    """``lower ≤ x ≤ upper``: a number for all coordinates, or one a coordinate.

    Examples
    --------
    >>> Box(-1, 1).to_dict()
    {'type': 'box', 'lower': -1, 'upper': 1}
    """

    lower: Any
    upper: Any

    def to_dict(self) -> dict[str, Any]:
        """As a game file writes it."""
        return {"type": "box", "lower": _either(self.lower), "upper": _either(self.upper)}


@dataclass(frozen=True)
class Ball(Space):
    """``‖x − center‖₂ ≤ radius``."""

    radius: Any
    center: Any = 0

    def to_dict(self) -> dict[str, Any]:
        """As a game file writes it."""
        return {"type": "ball", "radius": number(self.radius)} | _center(self.center)


@dataclass(frozen=True)
class L1Ball(Space):
    """``‖x − center‖₁ ≤ radius``: in the plane a diamond."""

    radius: Any
    center: Any = 0

    def to_dict(self) -> dict[str, Any]:
        """As a game file writes it."""
        return {"type": "l1_ball", "radius": number(self.radius)} | _center(self.center)


def _center(center: Any) -> dict[str, Any]:
    # Zero is the default, and needs no length.
    if is_number(center) and center == 0:
        return {}
    return {"center": _either(center)}


@dataclass(frozen=True)
class Simplex(Space):
    """``x ≥ 0``, ``Σ x = scale``: a budget."""

    scale: Any = 1

    def to_dict(self) -> dict[str, Any]:
        """As a game file writes it."""
        return {"type": "simplex", "scale": number(self.scale)}


@dataclass(frozen=True)
class Ellipsoid(Space):
    """``(x − center)ᵀ shape⁻¹ (x − center) ≤ 1``; ``shape`` is symmetric and positive definite, ``m × m``."""

    center: Any
    shape: Any

    def to_dict(self) -> dict[str, Any]:
        """As a game file writes it."""
        return {"type": "ellipsoid", "center": vector(self.center), "shape": rows(self.shape)}


@dataclass(frozen=True)
class Polytope(Space):
    """The convex hull of ``vertices``, or ``{x : a x ≤ b}``, which has to be bounded.

    Examples
    --------
    >>> Polytope(vertices=[[0, 0], [1, 0], [0, 1]]).to_dict()
    {'type': 'polytope', 'vertices': [[0, 0], [1, 0], [0, 1]]}
    """

    vertices: Any = None
    a: Any = field(default=None, kw_only=True)
    b: Any = field(default=None, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        """As a game file writes it."""
        if self.vertices is not None:
            if self.a is not None or self.b is not None:
                raise TypeError("a polytope has vertices, or half-spaces a and b, not both")
            return {"type": "polytope", "vertices": rows(self.vertices)}
        if self.a is None or self.b is None:
            raise TypeError("a polytope has vertices, or half-spaces a and b")
        return {"type": "polytope", "halfspaces": {"a": rows(self.a), "b": vector(self.b)}}


@dataclass(frozen=True)
class Finite(Space):
    """The means of ``choose`` of the ``items`` (Definition 5 of arXiv:2502.01127)."""

    items: Any
    choose: int
    repeats: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As a game file writes it."""
        return {
            "type": "finite",
            "items": rows(self.items),
            "choose": int(self.choose),
            "repeats": bool(self.repeats),
        }


def space_json(space: Space | str | dict[str, Any]) -> str:
    """A space as functions on preference data take it: JSON, or the name of a game file whose space is meant."""
    import json

    if isinstance(space, Space):
        return json.dumps(space.to_dict())
    if isinstance(space, dict):
        return json.dumps(space)
    return str(space)
