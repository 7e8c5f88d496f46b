"""Figures."""

from __future__ import annotations

from typing import Any


class Figure:
    """An SVG figure. A notebook shows it; ``str`` is its text."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def _repr_svg_(self) -> str:
        return self.svg

    def __str__(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Figure: {len(self.svg)} bytes of SVG>"


def picture(form: str, figure: str, theme: str, width: float, scale: float) -> dict[str, Any]:
    """What the native half draws, and how."""
    return {"format": form, "figure": figure, "theme": theme, "width": float(width), "scale": float(scale)}
