"""Games."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from . import _big
from ._numbers import is_number, number, rows, vector
from ._spaces import Finite, Space

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Games of more numbers are given as arrays; the numbers of smaller ones are kept exactly as they are written.
_EXACT = 20_000


class Game:
    """A Battling Influencers Game: the receiver lands at ``bias + Σ weight · action``, everybody wants it at a target of their own.

    Parameters
    ----------
    targets : array of shape (n, d), or (n,) on a line
        Where each influencer wants the receiver. Fractions, decimals and texts like ``"1/3"`` are taken exactly.
    weights : number, (n,) numbers, or (n, d, m) matrices
        How each action moves the receiver; one number is everybody's.
    space : space, or a list of one an influencer
        What may be played: ``Box``, ``Ball``, ``L1Ball``, ``Simplex``, ``Ellipsoid``,
        ``Polytope``, ``Finite``.
    bias : number or (d,) numbers
        Where the receiver lands by itself.
    names : n texts, optional
        Unique; otherwise they are called 1, 2, ….
    lying_costs : number or (n,) numbers, optional
        ``λ_i ≥ 0``: adds ``λ_i ‖x_i − honest_i‖²`` to the loss.
    honest : array of shape (n, m), optional
        What each would say honestly; by default the truthful action.
    loss : {"squared_euclidean", "inner_product"}
        What everybody minimises.
    coalitions : list of lists of names or indices, or of dicts with ``members`` and ``shares``, optional
        These play as one.
    name, description : str, optional
        What the game is called, and about.

    Raises
    ------
    InputError
        Whatever is wrong with it.

    Examples
    --------
    >>> import big_game as bg
    >>> game = bg.Game(targets=[[-0.8], [-0.3]], weights=0.5, space=bg.Box(-1, 1))
    >>> bg.solve(game).receiver
    array([-0.3])
    """

    __slots__ = ("_native",)

    def __init__(
        self,
        targets: Any,
        weights: Any,
        space: Space | Sequence[Space],
        bias: Any = 0.0,
        names: Iterable[str] | None = None,
        lying_costs: Any = None,
        *,
        honest: Any = None,
        loss: str = "squared_euclidean",
        coalitions: Iterable[Any] | None = None,
        name: str | None = None,
        description: str | None = None,
    ) -> None:
        head: dict[str, Any] = {}
        if name is not None:
            head["name"] = name
        if description is not None:
            head["description"] = description
        if loss != "squared_euclidean":
            head["loss"] = loss
        extras = lying_costs is not None or honest is not None or coalitions is not None
        if not extras and isinstance(space, Space) and not isinstance(space, Finite) and _is_large(targets, weights):
            self._native = _of_columns(head, targets, weights, space, bias, names)
            return
        everybody = rows(targets)
        n = len(everybody)
        d = len(everybody[0]) if everybody else 1
        head["receiver"] = {"bias": _repeated(bias, d)}
        influencers: list[dict[str, Any]] = [{"target": target} for target in everybody]
        for influencer, weight in zip(influencers, _weights(weights, n), strict=True):
            influencer["weight"] = weight
        if isinstance(space, Space):
            head["action_space"] = space.to_dict()
        else:
            for influencer, own in zip(influencers, _each("space", list(space), n), strict=True):
                influencer["action_space"] = own.to_dict()
        if names is not None:
            for influencer, own in zip(influencers, _each("names", list(names), n), strict=True):
                influencer["name"] = str(own)
        if lying_costs is not None:
            for influencer, cost in zip(influencers, _repeated(lying_costs, n), strict=True):
                influencer["lying_cost"] = cost
        if honest is not None:
            for influencer, own in zip(influencers, _each("honest", rows(honest), n), strict=True):
                influencer["honest"] = own
        if coalitions is not None:
            head["coalitions"] = [c if isinstance(c, dict) else {"members": list(c)} for c in coalitions]
        head["influencers"] = influencers
        self._native = _big.Game.of_text("the game", json.dumps(head, default=number))

    @classmethod
    def _of(cls, native: _big.Game) -> Game:
        game = cls.__new__(cls)
        game._native = native
        return game

    @classmethod
    def from_dict(cls, game: dict[str, Any]) -> Game:
        """A game as a game file has it, in a dict."""
        return cls._of(_big.Game.of_text("the game", json.dumps(game, default=number)))

    @classmethod
    def from_toml(cls, text: str) -> Game:
        """A game file's text (TOML or JSON)."""
        return cls._of(_big.Game.of_text("the game", text))

    def to_dict(self) -> dict[str, Any]:
        """As a game file has it."""
        result: dict[str, Any] = json.loads(self._native.json())
        return result

    def to_toml(self) -> str:
        """The game file, for the program ``big``."""
        return self._native.toml()

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the game file: JSON where the name ends in ``.json``, else TOML."""
        text = self._native.json() if os.fspath(path).endswith(".json") else self._native.toml()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    @property
    def targets(self) -> NDArray[np.float64]:
        """``(n, d)`` targets."""
        import numpy as np

        found = self._native.targets()
        if found is None:
            everybody = self.to_dict()["influencers"]
            return np.array([[_float(v) for v in one["target"]] for one in everybody])
        return found

    @property
    def names(self) -> list[str]:
        """Everybody's name, or number from 1."""
        return self._native.names()

    @property
    def n(self) -> int:
        """How many influencers there are."""
        return self._native.influencers()

    @property
    def dim(self) -> int:
        """The receiver's dimension ``d``."""
        return self._native.dim()

    @property
    def is_finite(self) -> bool:
        """Do influencers choose items?"""
        return self._native.is_finite()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Game) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_from_json, (self._native.json(),))

    def __repr__(self) -> str:
        kind = "finite game" if self.is_finite else "game"
        return f"<{kind} of {self.n} influencers in {self.dim} dimension{'s' if self.dim != 1 else ''}>"

    def _repr_html_(self) -> str:
        from ._html import game_html

        return game_html(self)


def _from_json(text: str) -> Game:
    return Game._of(_big.Game.of_text("the game", text))


def read_game(path: str | os.PathLike[str]) -> Game:
    """Reads a game file (TOML or JSON).

    Raises
    ------
    InputError
        What is wrong, with the line and the column.
    """
    return Game._of(_big.Game.read(path))


def as_game(game: Game | str | os.PathLike[str] | dict[str, Any]) -> Game:
    """A game, or the file or the dict that it is in."""
    if isinstance(game, Game):
        return game
    if isinstance(game, dict):
        return Game.from_dict(game)
    return read_game(game)


def _float(value: Any) -> float:
    from fractions import Fraction

    return float(Fraction(value)) if isinstance(value, str) else float(value)


def _repeated(value: Any, n: int) -> list[Any]:
    return [number(value)] * n if is_number(value) else vector(value)


def _each(what: str, values: list[Any], n: int) -> list[Any]:
    if len(values) != n:
        from ._errors import InputError

        raise InputError(f"{what}: {len(values)} for {n} influencers")
    return values


def _weights(weights: Any, n: int) -> list[Any]:
    if is_number(weights):
        return [number(weights)] * n
    if hasattr(weights, "tolist"):
        weights = weights.tolist()
    return [number(w) if is_number(w) else rows(w) for w in _each("weights", list(weights), n)]


def _is_large(targets: Any, weights: Any) -> bool:
    size = getattr(targets, "size", None)
    if not isinstance(size, int):
        return False
    return size > _EXACT and (is_number(weights) or getattr(weights, "ndim", 0) == 1)


def _of_columns(
    head: dict[str, Any], targets: Any, weights: Any, space: Space, bias: Any, names: Iterable[str] | None
) -> _big.Game:
    import numpy as np

    everybody = np.asarray(targets, dtype=np.float64)
    if everybody.ndim == 1:
        everybody = everybody[:, None]
    n, d = everybody.shape
    own = np.full(n, float(weights)) if is_number(weights) else np.ascontiguousarray(weights, dtype=np.float64)
    head["receiver"] = {"bias": _repeated(bias, d)}
    head["action_space"] = space.to_dict()
    head["influencers"] = {"file": "the arrays"}
    called = None if names is None else [str(one) for one in names]
    text = json.dumps(head, default=number)
    return _big.Game.of_columns("the game", text, own, np.ascontiguousarray(everybody), called)
