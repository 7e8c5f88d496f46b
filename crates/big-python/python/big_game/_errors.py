"""What may go wrong."""

from __future__ import annotations

import json as _json
from typing import Any


class InputError(ValueError):
    """An input that is wrong: what, where, and what to do.

    Attributes
    ----------
    file, line, column, row : str or int or None
        The place, where it is known; ``row`` counts the rows of a table from 1.
    help : str or None
        What to do about it.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        row: int | None = None,
        help: str | None = None,
    ) -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.column = column
        self.row = row
        self.help = help

    def __reduce__(self) -> tuple[Any, ...]:
        return (_input_error, (str(self), self.file, self.line, self.column, self.row, self.help))


def _input_error(message: str, file: Any, line: Any, column: Any, row: Any, help: Any) -> InputError:
    return InputError(message, file=file, line=line, column=column, row=row, help=help)


class NoEstimate(Exception):
    """The estimate does not exist: the likelihood has no maximum, which is an answer about the data.

    Attributes
    ----------
    answer : dict
        What ``big prefs … --json`` says: the ``reason``, the ``direction`` along which the likelihood never peaks.
    """

    def __init__(self, message: str, *, json: str = "{}") -> None:
        super().__init__(message)
        self._json = json
        self.answer: dict[str, Any] = _json.loads(json)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_no_estimate, (str(self), self._json))


def _no_estimate(message: str, json: str) -> NoEstimate:
    return NoEstimate(message, json=json)


class Unfinished(Exception):
    """A search or a solver ended before there was a proven answer.

    Attributes
    ----------
    result : object or None
        What was found so far: not an equilibrium.
    """

    def __init__(self, message: str, *, result: Any = None) -> None:
        super().__init__(message)
        self.result = result

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unfinished, (str(self), self.result))


def _unfinished(message: str, result: Any) -> Unfinished:
    return Unfinished(message, result=result)
