"""Preference data as the alignment stack has it, made into tables for ``big_game.fit`` and its like.

Nothing is downloaded here: a data set is whatever has rows, and an encoder whatever turns texts into vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def embed(texts: Iterable[str], encoder: Any, *, batch_size: int = 64) -> NDArray[np.float32]:
    """The embeddings of texts, ``(len(texts), d)``; a text that comes twice is encoded once.

    Parameters
    ----------
    texts : texts
    encoder : function or object with ``encode``
        From a list of texts to an array of shape (texts, d): a sentence-transformers model, or any function.
    batch_size : int
        Texts at a time.

    Examples
    --------
    >>> embed(["ab", "c", "ab"], lambda batch: [[len(text), 1.0] for text in batch]).tolist()
    [[2.0, 1.0], [1.0, 1.0], [2.0, 1.0]]
    """
    import numpy as np

    everything = list(texts)
    distinct = list(dict.fromkeys(everything))
    encode: Callable[[list[str]], Any] = encoder.encode if hasattr(encoder, "encode") else encoder
    parts = []
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        part = np.asarray(encode(batch), dtype=np.float32)
        if part.ndim != 2 or len(part) != len(batch):
            raise ValueError(f"the encoder gave an array of shape {part.shape} for {len(batch)} texts")
        parts.append(part)
    if not parts:
        return np.empty((0, 0), dtype=np.float32)
    vectors = np.concatenate(parts)
    place = {text: at for at, text in enumerate(distinct)}
    found: NDArray[np.float32] = vectors[[place[text] for text in everything]]
    return found


def text_of(response: Any) -> str:
    """A response as text: itself, or the last message of a chat (TRL's list of ``{"role", "content"}``)."""
    if isinstance(response, str):
        return response
    if isinstance(response, Mapping):
        return text_of(response.get("content", ""))
    if isinstance(response, Sequence) and response:
        return text_of(response[-1])
    return str(response)


def _column(rows: Any, name: str) -> list[Any]:
    # A Hugging Face data set, a data frame and a dict give columns; anything else is a list of rows.
    if isinstance(rows, Mapping) or hasattr(rows, "column_names") or hasattr(rows, "columns"):
        return list(rows[name])
    return [row[name] for row in rows]


def _names(rows: Any) -> list[str]:
    if hasattr(rows, "column_names"):
        return list(rows.column_names)
    if hasattr(rows, "columns"):
        return list(rows.columns)
    if isinstance(rows, Mapping):
        return list(rows)
    first: Mapping[str, Any] = next(iter(rows), {})
    return list(first)


def from_trl(
    rows: Any,
    encoder: Any,
    *,
    chosen: str = "chosen",
    rejected: str = "rejected",
    annotator: str | None = None,
    weight: str | None = None,
    batch_size: int = 64,
) -> dict[str, Any]:
    """TRL's and Hugging Face's ``chosen`` and ``rejected`` (texts or chats), embedded: a table for ``big_game.fit``.

    Parameters
    ----------
    rows : datasets.Dataset, data frame, dict of columns, or list of dicts
    encoder : see ``embed``
    chosen, rejected : str
        The columns of the two responses.
    annotator, weight : str, optional
        The columns that say whose comparison it is, and how much it counts.
    batch_size : int

    Examples
    --------
    >>> rows = [{"chosen": "longer", "rejected": "short", "user": "u1"}]
    >>> table = from_trl(rows, lambda batch: [[len(text)] for text in batch], annotator="user")
    >>> table["chosen"].tolist(), table["annotator"]
    ([[6.0]], ['u1'])
    """
    good = [text_of(one) for one in _column(rows, chosen)]
    bad = [text_of(one) for one in _column(rows, rejected)]
    vectors = embed([*good, *bad], encoder, batch_size=batch_size)
    table: dict[str, Any] = {"chosen": vectors[: len(good)], "rejected": vectors[len(good) :]}
    if annotator is not None:
        table["annotator"] = [str(one) for one in _column(rows, annotator)]
    if weight is not None:
        table["weight"] = [float(one) for one in _column(rows, weight)]
    return table


def from_arena(
    rows: Any,
    *,
    model_a: str = "model_a",
    model_b: str = "model_b",
    winner: str = "winner",
    judge: str | None = None,
) -> dict[str, list[str]]:
    """Rows of an arena: items for ``big_game.fit``.

    They have ``model_a``, ``model_b`` and ``winner`` (``model_a``, ``model_b``, ``tie``, …).

    ``judge`` is the column of those who compared; by default ``judge``, where there is one.

    Examples
    --------
    >>> from_arena([{"model_a": "x", "model_b": "y", "winner": "tie"}])
    {'model_a': ['x'], 'model_b': ['y'], 'winner': ['tie']}
    """
    table = {
        "model_a": [str(one) for one in _column(rows, model_a)],
        "model_b": [str(one) for one in _column(rows, model_b)],
        "winner": [str(one) for one in _column(rows, winner)],
    }
    if judge is None and "judge" in _names(rows):
        judge = "judge"
    if judge is not None:
        table["annotator"] = [str(one) for one in _column(rows, judge)]
    return table
