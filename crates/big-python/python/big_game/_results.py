"""Answers: the program's JSON, as objects and arrays."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, ClassVar, Self

from . import _big
from ._pictures import Figure, picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ._game import Game


class _Stored:
    """An answer that was made elsewhere: its JSON."""

    def __init__(self, text: str) -> None:
        self._text = text

    def json(self) -> str:
        return self._text


def _array(value: Any) -> Any:
    import numpy as np

    return None if value is None else np.asarray(value, dtype=np.float64)


def _column(rows: list[dict[str, Any]], name: str) -> Any:
    """A field of all rows: an array, or a list of arrays where they differ in length."""
    values = [row[name] for row in rows]
    lengths = {len(v) for v in values if isinstance(v, list)}
    return [_array(v) for v in values] if len(lengths) > 1 else _array(values)


class Result:
    """An answer. Every field of its JSON is an attribute of the same name; lists of numbers that have a property are arrays.

    Results compare equal when their JSON does, and can be pickled.
    """

    #: The field that holds a row for each influencer, annotator, item, …
    _rows: ClassVar[str] = "influencers"

    def __init__(self, native: Any, game: Game | None = None) -> None:
        self._native = native
        self._game = game
        self._fields: dict[str, Any] | None = None

    def to_json(self) -> str:
        """The answer as ``big … --json`` writes it, on one line."""
        text: str = self._native.json()
        return text

    def to_dict(self) -> dict[str, Any]:
        """The answer as ``big … --json`` has it. The same dict at every call: do not change it."""
        if self._fields is None:
            self._fields = json.loads(self.to_json())
        return self._fields

    @classmethod
    def from_json(cls, text: str) -> Self:
        """An answer that was written to a file. What it says is believed; ``report`` makes it again."""
        return cls(_Stored(text))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self.to_dict()[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.to_dict()]

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restored, (type(self), self.to_json(), self._game))

    @property
    def verdict(self) -> str:
        """The answer in a sentence."""
        return str(self.to_dict().get("verdict", ""))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.verdict}>" if self.verdict else f"<{type(self).__name__}>"

    def columns(self) -> dict[str, list[Any]]:
        """The rows of the answer (an influencer, annotator, item, … each) by columns."""
        found = self.to_dict().get(self._rows) or []
        names = dict.fromkeys(name for row in found for name in row)
        return {name: [row.get(name) for row in found] for name in names}

    def to_pandas(self) -> Any:
        """The rows of the answer as a pandas data frame."""
        import pandas

        return pandas.DataFrame(self.columns())

    def to_polars(self) -> Any:
        """The rows of the answer as a polars data frame."""
        import polars

        return polars.DataFrame(_flat(self.columns()), strict=False)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        from ._tables import as_table

        return as_table(_flat(self.columns())).__arrow_c_stream__(requested_schema)

    def plot(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        ax: Any = None,
        figure: str = "auto",
        theme: str = "light",
        width: float = 560,
        scale: float = 2,
    ) -> Any:
        """Draws the answer.

        Parameters
        ----------
        path : path, optional
            Write the figure to this ``.svg``, ``.pdf`` or ``.png`` file.
        ax : matplotlib axes, optional
            Draw the same data into these axes instead, and return them.
        figure : str
            Which figure, where there are several: ``game``, ``potential``, ``ranking``, ``trajectory``, ``equilibria``,
            ``likelihood``, ``pairs``, ``estimates``.
        theme : {"light", "dark", "auto"}
            ``auto`` is what the reader of an SVG prefers; a PDF or PNG is light then.
        width : float
            In pixels, 320 to 4000.
        scale : float
            Pixels of a PNG to each of these.

        Returns
        -------
        Figure or matplotlib axes
            A figure shows itself in a notebook.
        """
        if ax is not None:
            from ._axes import draw

            return draw(self, ax)
        drawn = Figure(self._picture("svg", figure, theme, width, scale).decode())
        if path is not None:
            ending = os.path.splitext(os.fspath(path))[1].lower()
            form = ending[1:] if ending in (".pdf", ".png") else "svg"
            _write(path, self._picture(form, figure, theme, width, scale))
        return drawn

    def report(self, path: str | os.PathLike[str] | None = None) -> str:
        """A self-contained HTML page about the answer, which is made again for it; written to ``path`` where there is one."""
        page = self._picture("html", "auto", "light", 560, 2)
        if path is not None:
            _write(path, page)
        return page.decode()

    def _picture(self, form: str, figure: str, theme: str, width: float, scale: float) -> bytes:
        wanted = picture(form, figure, theme, width, scale)
        return _big.draw(None, self.to_json(), wanted, None)

    def _repr_html_(self) -> str:
        from ._html import result_html

        return result_html(self)


def _restored(cls: type[Result], text: str, game: Game | None) -> Result:
    return cls(_Stored(text), game)


def _write(path: str | os.PathLike[str], content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def _flat(columns: dict[str, list[Any]]) -> dict[str, Any]:
    """Columns of numbers, vectors of one length and texts; whatever else there is, as JSON."""
    import numpy as np

    flat: dict[str, Any] = {}
    for name, values in columns.items():
        known = [v for v in values if v is not None]
        if known and all(isinstance(v, bool) for v in known) and len(known) == len(values):
            flat[name] = np.array(values)
        elif known and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known):
            whole = len(known) == len(values) and all(isinstance(v, int) for v in values)
            flat[name] = np.array([np.nan if v is None else v for v in values], dtype=np.int64 if whole else np.float64)
        elif known and len(known) == len(values) and _is_matrix(known):
            flat[name] = np.array(known, dtype=np.float64)
        else:
            flat[name] = [v if v is None or isinstance(v, str) else json.dumps(v) for v in values]
    return flat


def _is_matrix(values: list[Any]) -> bool:
    first = values[0]
    return isinstance(first, list) and all(
        isinstance(v, list) and len(v) == len(first) and all(isinstance(x, int | float) for x in v) for v in values
    )


class Equilibrium(Result):
    """The equilibrium of a game on convex sets: the whole set it belongs to, and the proof.

    Arrays are made when they are asked for; nothing of a large game is turned into Python objects before
    ``to_dict``.
    """

    def __init__(self, native: Any, game: Game | None = None) -> None:
        super().__init__(native, game)
        self._short: dict[str, Any] | None = None

    def _summary(self) -> dict[str, Any]:
        if self._fields is None and isinstance(self._native, _big.Solved):
            if self._short is None:
                self._short = json.loads(self._native.summary())
            return self._short
        return self.to_dict()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        summary = self._summary()
        return summary[name] if name in summary else super().__getattr__(name)

    @property
    def verdict(self) -> str:
        """The answer in a sentence."""
        return str(self._summary()["verdict"])

    @property
    def receiver(self) -> NDArray[np.float64]:
        """``(d,)``: where the receiver lands; the same at every equilibrium."""
        return _array(self._summary()["receiver"])  # type: ignore[no-any-return]

    def _column(self, name: str, native: str) -> Any:
        if isinstance(self._native, _big.Solved):
            return getattr(self._native, native)()
        return _column(self.to_dict()["influencers"], name)

    @property
    def actions(self) -> NDArray[np.float64]:
        """``(n, m)``: an equilibrium's actions (a list of arrays where actions differ in length)."""
        return self._column("action", "actions")  # type: ignore[no-any-return]

    @property
    def truthful_actions(self) -> NDArray[np.float64]:
        """``(n, m)``: what everybody would play if they told the truth."""
        return self._column("truthful_action", "truthful")  # type: ignore[no-any-return]

    @property
    def losses(self) -> NDArray[np.float64]:
        """``(n,)``: ``‖receiver − target‖²``."""
        return self._column("loss", "losses")  # type: ignore[no-any-return]

    @property
    def regrets(self) -> NDArray[np.float64]:
        """``(n,)``: what an exact best response would still gain."""
        return self._column("regret", "regrets")  # type: ignore[no-any-return]

    @property
    def exaggeration(self) -> NDArray[np.float64]:
        """``(n,)``: the distance of the action from the target."""
        return self._column("exaggeration", "exaggeration")  # type: ignore[no-any-return]

    @property
    def extreme(self) -> NDArray[np.bool_]:
        """``(n,)``: is the action on the boundary of its set?"""
        return self._column("extreme", "extreme")  # type: ignore[no-any-return]

    @property
    def action_range(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``(lower, upper)``, each ``(n, m)``: the range of every coordinate of every action over all equilibria."""
        if isinstance(self._native, _big.Solved):
            return self._native.action_range()
        ranges = [row["action_range"] for row in self.to_dict()["influencers"]]
        return _array([r["lower"] for r in ranges]), _array([r["upper"] for r in ranges])

    @property
    def cardinality(self) -> str:
        """``unique``, ``infinite`` or ``unknown``."""
        return str(self._summary()["cardinality"])

    @property
    def dimension(self) -> int | None:
        """The affine dimension of the set of equilibria."""
        found: int | None = self._summary()["dimension"]
        return found

    @property
    def winners(self) -> list[int]:
        """Influencers whose target is where the receiver lands."""
        found: list[int] = self._summary()["winners"]
        return found

    @property
    def potential(self) -> float:
        """The potential (Theorem 1 of arXiv:2502.01127)."""
        return float(self._summary()["potential"])

    @property
    def certificate(self) -> Fields:
        """The proof: ``duality_gap``, ``receiver_error_bound``, ``max_regret``."""
        return Fields(self._summary()["certificate"])

    @property
    def welfare(self) -> Fields:
        """What the battle costs.

        ``equilibrium_cost``, ``optimal_cost``, ``price_of_anarchy``, ``truthful_receiver``, ``optimal_receiver``.
        """
        return Fields(self._summary()["welfare"])

    def _picture(self, form: str, figure: str, theme: str, width: float, scale: float) -> bytes:
        wanted = picture(form, figure, theme, width, scale)
        # A large answer does not carry its game; the game is at hand.
        if self._game is not None and self._game.n > 1000:
            return _big.draw(self._game._native, None, wanted, None)
        return super()._picture(form, figure, theme, width, scale)


class Fields:
    """A dict whose keys are attributes."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self.__dict__["_fields"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._fields]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fields) and self._fields == other._fields

    __hash__ = None  # type: ignore[assignment]

    def to_dict(self) -> dict[str, Any]:
        """The dict."""
        return self._fields

    def __reduce__(self) -> tuple[Any, ...]:
        return (Fields, (self._fields,))

    def __repr__(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self._fields.items())


class _Profile(Result):
    @property
    def receiver(self) -> NDArray[np.float64]:
        """``(d,)``: where the receiver lands; several audiences one after the other."""
        return _array(self.to_dict()["receiver"])  # type: ignore[no-any-return]

    def _each(self, name: str) -> NDArray[np.float64]:
        return _column(self.to_dict()["influencers"], name)  # type: ignore[no-any-return]

    @property
    def actions(self) -> NDArray[np.float64]:
        """``(n, m)``: what everybody plays, of items their means (a list of arrays where actions differ in length)."""
        return self._each("action")


class _Paid(_Profile):
    @property
    def losses(self) -> NDArray[np.float64]:
        """``(n,)``: in the loss that was asked for."""
        return self._each("loss")

    @property
    def regrets(self) -> NDArray[np.float64]:
        """``(n,)``: what a best response would save of it."""
        return self._each("regret")


class FiniteEquilibrium(_Profile):
    """A pure equilibrium of a finite game (or everybody's dominant choices under the inner-product loss)."""

    @property
    def choices(self) -> list[list[int]]:
        """The items that each chooses, from 0."""
        return [row["choice"] for row in self.to_dict()["influencers"]]


class HybridEquilibrium(_Paid):
    """A pure equilibrium of a game in which only some choose items. Its rows are the influencers."""

    @property
    def choices(self) -> list[list[int] | None]:
        """The items that each chooses, from 0; ``None`` of who plays points."""
        return [row.get("choice") for row in self.to_dict()["influencers"]]


class ReducedEquilibrium(_Paid):
    """An equilibrium of a game with another loss or receiver, in the game's own terms. Its rows are the influencers."""


class BayesianEquilibrium(Result):
    """What everybody does who knows its own target, and of the others only how likely theirs are. Its rows are the influencers."""

    @property
    def receiver(self) -> NDArray[np.float64]:
        """``(d,)``: the mean of the receiver's position."""
        return _array(self.to_dict()["receiver"])  # type: ignore[no-any-return]

    @property
    def strategies(self) -> list[NDArray[np.float64]]:
        """For each influencer ``(types, m)``: the action of each of its types."""
        return [_array([t["action"] for t in row["types"]]) for row in self.to_dict()["influencers"]]


class Verification(Result):
    """Is a profile an equilibrium? It is truthy where it is."""

    def __bool__(self) -> bool:
        return bool(self.to_dict()["equilibrium"])


class Dynamics(Result):
    """A run of best responses."""

    _rows = "steps"

    @property
    def receiver(self) -> NDArray[np.float64]:
        """``(d,)``: where the receiver is at the end."""
        return _array(self.to_dict()["receiver"])  # type: ignore[no-any-return]

    @property
    def receivers(self) -> NDArray[np.float64]:
        """``(steps, d)``: where the receiver was after each move."""
        return _array([step["receiver"] for step in self.to_dict()["steps"]])  # type: ignore[no-any-return]

    @property
    def potentials(self) -> NDArray[np.float64]:
        """``(steps,)``: the potential after each move."""
        return _array([step["potential"] for step in self.to_dict()["steps"]])  # type: ignore[no-any-return]


class Enumeration(Result):
    """Every pure equilibrium of a finite game, or all choices that are part of one."""

    _rows = "equilibria"


class Coalitions(Result):
    """Who gains by acting together. Its rows are the joint deviations; ``mergers`` has those who play on as one."""

    _rows = "deviations"


class Mechanisms(Result):
    """Rules that take the incentive to lie away, and what they cost. Its rows are the rules."""

    _rows = "mechanisms"


class Learning(Result):
    """Everybody follows the slope of its own loss. Its rows are what was seen at the powers of two and at the end."""

    _rows = "seen"


class Commitment(Result):
    """What moving first is worth. Its rows are the leaders."""

    _rows = "leaders"


class Entry(Result):
    """Who takes part where that costs something."""


class Reproduction(Result):
    """The claims of the paper and of the theory beyond it, tried anew. Its rows are the paper's."""

    _rows = "claims"

    def __repr__(self) -> str:
        claims = [*self.claims, *self.beyond]
        return f"<Reproduction: {sum(claim['holds'] for claim in claims)} of {len(claims)} claims hold>"


class Strategic(Result):
    """Equilibria of a small game by its payoff table."""

    _rows = "equilibria"


class _Estimate(Result):
    def __repr__(self) -> str:
        theta = self.theta
        shown = ", ".join(f"{v:.4g}" for v in theta[:6]) + (", …" if len(theta) > 6 else "")
        return f"<{type(self).__name__}: the estimate is at ({shown})>"

    def _vector(self, name: str) -> Any:
        return _array(self.to_dict().get(name))

    @property
    def theta(self) -> NDArray[np.float64]:
        """``(d,)``: the ideal point."""
        return self._vector("theta")  # type: ignore[no-any-return]

    @property
    def standard_errors(self) -> NDArray[np.float64] | None:
        """``(d,)``: its standard errors; ``standard_error_kind`` says of which kind."""
        return self._vector("standard_errors")  # type: ignore[no-any-return]


class Fit(_Estimate):
    """An ideal point, pooled and by annotator. Its rows are the annotators."""

    _rows = "annotators"

    @property
    def covariance(self) -> NDArray[np.float64] | None:
        """``(d, d)``, where it was asked for."""
        return self._vector("covariance")  # type: ignore[no-any-return]


class Scores(Result):
    """The scores of items without embeddings. Its rows are the items."""

    _rows = "items"

    @property
    def scores(self) -> dict[str, float]:
        """Every item's score, from the best to the worst."""
        return {row["item"]: row["score"] for row in self.to_dict()["items"]}


class Audit(_Estimate):
    """Who can move the estimate, and how far. Its rows are the annotators; ``game`` is what they play."""

    _rows = "annotators"

    @property
    def annotator_game(self) -> Game | None:
        """The game that the annotators play, where it was asked for (``game=True``)."""
        return self._game


class Receiver(_Estimate):
    """The affine receiver that comparisons imply: ``bias + Σ weight · action``. Its rows are the annotators."""

    @property
    def bias(self) -> NDArray[np.float64]:
        """``(d,)``: where it lands by itself."""
        return self._vector("bias")  # type: ignore[no-any-return]

    @property
    def weights(self) -> NDArray[np.float64]:
        """``(n, d, d)``: the annotators' weight matrices."""
        return _array([row["weight"] for row in self.to_dict()["influencers"]])  # type: ignore[no-any-return]

    @property
    def annotator_game(self) -> Game | None:
        """The game that this makes of the annotators."""
        return self._game


class Play(Result):
    """Best responses against a receiver. Its rows are the moves."""

    _rows = "iterations"

    @property
    def theta_hat(self) -> NDArray[np.float64]:
        """``(d,)``: where the estimate ended."""
        return _array(self.to_dict()["equilibrium"]["theta_hat"])  # type: ignore[no-any-return]

    @property
    def actions(self) -> NDArray[np.float64]:
        """``(n, d)``: what everybody reports at the end."""
        return _array(self.to_dict()["equilibrium"]["actions"])  # type: ignore[no-any-return]


class Simulation(Result):
    """Simulated comparisons: the table is in the file ``file``."""


class Check(Result):
    """What to know of a table before anything is fitted to it. Its rows are the findings."""

    _rows = "findings"
