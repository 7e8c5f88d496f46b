"""Numbers as game files write them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

#: A number; a fraction, a decimal or a text such as ``"1/3"`` is taken exactly.
Number: TypeAlias = float | int | str | Fraction | Decimal


def number(value: Any) -> Any:
    """One number, as JSON has it."""
    if isinstance(value, float | int | str) and not isinstance(value, bool):
        return value
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "item"):
        return number(value.item())
    raise TypeError(f"{value!r} is no number")


def is_number(value: Any) -> bool:
    """Is it one number (and no list of them)?"""
    if isinstance(value, float | int | str | Fraction | Decimal):
        return True
    return hasattr(value, "item") and getattr(value, "ndim", 1) == 0


def vector(value: Any) -> list[Any]:
    """A list of numbers; one number is a list of one."""
    if is_number(value):
        return [number(value)]
    if hasattr(value, "tolist"):
        return [number(v) for v in value.tolist()]
    return [number(v) for v in value]


def rows(value: Any) -> list[list[Any]]:
    """A list of vectors; of a list of numbers each is a vector of one."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [vector(row) for row in value]
