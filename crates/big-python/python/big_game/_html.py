"""Answers as a notebook shows them: a sentence, a small table, a figure."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._game import Game
    from ._results import Result

#: Rows and columns that are shown.
_ROWS, _COLUMNS = 10, 8
#: Answers of more bytes are not drawn.
_DRAWN = 1_000_000

# Colours are the notebook's own, so that both light and dark ones show it well.
_TABLE = "border-collapse:collapse;margin:.5em 0;font-variant-numeric:tabular-nums"
_CELL = "padding:.15em .6em;border-bottom:1px solid rgba(128,128,128,.35);text-align:left"


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        inside = ", ".join(_shown(v) for v in value[:6])
        return f"({inside}{', …' if len(value) > 6 else ''})"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(v)}" for key, v in list(value.items())[:4])
    return str(value)


def _table(columns: dict[str, list[Any]]) -> str:
    names = list(columns)[:_COLUMNS]
    if not names:
        return ""
    count = len(columns[names[0]])
    head = "".join(f"<th style='{_CELL}'>{html.escape(name.replace('_', ' '))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td style='{_CELL}'>{html.escape(_shown(columns[name][row]))}</td>" for name in names) + "</tr>"
        for row in range(min(count, _ROWS))
    )
    more = f"<p style='opacity:.7'>… and {count - _ROWS} more; to_pandas() has them all</p>" if count > _ROWS else ""
    return f"<table style='{_TABLE}'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _figure(result: Result) -> str:
    from ._errors import InputError

    try:
        light = str(result.plot(theme="light", width=460))
        dark = str(result.plot(theme="dark", width=460))
    except InputError:
        # Nothing is drawn of such an answer.
        return ""

    def uri(svg: str) -> str:
        return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()

    return (
        f"<picture><source srcset='{uri(dark)}' media='(prefers-color-scheme: dark)'>"
        f"<img alt='{html.escape(result.verdict, quote=True)}' src='{uri(light)}' style='max-width:100%'></picture>"
    )


def result_html(result: Result) -> str:
    """An answer."""
    from ._results import Equilibrium

    verdict = f"<p><strong>{html.escape(result.verdict or repr(result).strip('<>'))}</strong></p>"
    if isinstance(result, Equilibrium) and result._game is not None and result._game.n > 1000:
        # Nobody reads a million rows: their making is left out.
        return f"<div>{verdict}</div>"
    rows = _table({k: v for k, v in result.columns().items() if k not in ("action_range", "matrix")})
    figure = _figure(result) if len(result.to_json()) < _DRAWN else ""
    return f"<div>{verdict}{rows}{figure}</div>"


def game_html(game: Game) -> str:
    """A game."""
    file = game.to_dict() if game.n <= 1000 else {}
    title = html.escape(str(file.get("name", repr(game).strip("<>"))))
    everybody = file.get("influencers", [])
    names = dict.fromkeys(name for row in everybody for name in row)
    columns = {name: [row.get(name) for row in everybody] for name in names}
    return f"<div><p><strong>{title}</strong></p>{_table(columns)}</div>"
