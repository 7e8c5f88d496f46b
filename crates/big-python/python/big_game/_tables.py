"""Tables of comparisons: files, data frames, arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from . import _big

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A path, folder or pattern, or several; any table that speaks the Arrow PyCapsule interface (pandas, polars, pyarrow, DuckDB);
#: or a dict of columns: arrays of shape (rows,) and (rows, d), lists.
TableLike: TypeAlias = Any


#: Rows of a query that are asked for at a time.
_BATCH = 1024


class Reading(TypedDict, total=False):
    """How a table is read; whatever is left out is recognised.

    ``a, b, label, chosen, rejected, weight`` name columns (``a`` and ``b`` also the list of columns that are an embedding's
    coordinates). ``items=True`` takes numbers in ``a`` and ``b`` as names. ``words=([..], [..], [..])`` are label words for the
    first, the second and neither. ``graded=(first, second)`` reads labels as grades between these. ``responses`` are the files of
    the embeddings that comparisons name, or a table of them in memory, with columns ``id`` and ``embedding``. ``standardize``
    measures every coordinate in its standard deviation; ``components`` tells responses by so many directions, those in which they
    scatter most. ``ties`` is ``"refuse"``, ``"half"``, ``"davidson"`` or ``"rao-kupper"``.
    ``format`` is that of files, ``memory`` the bytes up to which comparisons are held in memory.
    """

    a: str | Sequence[str]
    b: str | Sequence[str]
    label: str
    chosen: str
    rejected: str
    weight: str
    items: bool
    words: tuple[Sequence[str], Sequence[str], Sequence[str]]
    graded: tuple[float, float]
    responses: Any
    standardize: bool
    components: int
    ties: str
    format: str
    memory: int


def reading(given: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the native half asks for."""
    made: dict[str, Any] = {
        "a": [],
        "b": [],
        "label": None,
        "chosen": None,
        "rejected": None,
        "weight": None,
        "items": False,
        "words": ([], [], []),
        "graded": None,
        "responses": None,
        "standardize": False,
        "components": None,
        "ties": None,
        "format": None,
        "memory": None,
    }
    unknown = given.keys() - made.keys()
    if unknown:
        raise TypeError(f"unexpected keyword argument{'s' if len(unknown) > 1 else ''} {', '.join(sorted(unknown))}")
    made.update(given)
    for side in ("a", "b"):
        if isinstance(made[side], str):
            made[side] = [made[side]]
    if made["responses"] is not None:
        made["responses"] = as_table(made["responses"])
    made["words"] = tuple([w] if isinstance(w, str) else list(w) for w in made["words"])
    return made


def as_table(table: TableLike) -> _big.Table:
    """A table as the native half takes it; what is in memory stays where it is."""
    if isinstance(table, _big.Table):
        return table
    if isinstance(table, str | os.PathLike):
        return _big.Table.paths([table])
    if isinstance(table, list | tuple) and table and all(isinstance(one, str | os.PathLike) for one in table):
        return _big.Table.paths(list(table))
    if isinstance(table, Mapping):
        return _big.Table.columns([(str(name), _column(values)) for name, values in table.items()])
    query = _query(table)
    if query is not None:
        rows = _big.Rows(query.schema)
        for batch in query:
            rows.add(batch)
        return rows.table()
    if hasattr(table, "__arrow_c_stream__"):
        try:
            return _big.Table.stream(table)
        except ImportError:
            # pandas needs pyarrow for it.
            pass
    if hasattr(table, "columns") and hasattr(table, "__getitem__"):
        return as_table({name: table[name] for name in table.columns})
    raise TypeError(
        f"{type(table).__name__} is no table: give a path, a dict of columns, or a table that speaks the Arrow PyCapsule interface"
    )


def _query(table: Any) -> Any:
    """A reader of what does not exist before it is asked for: the result of a query, which cannot stay where it is."""
    for reader in ("to_arrow_reader", "fetch_record_batch"):
        if hasattr(table, reader):
            return getattr(table, reader)(_BATCH)
    return table if hasattr(table, "read_next_batch") else None


def lent(values: Any) -> Any:
    """A tensor where it is, without what its library differentiates: an array of NumPy's."""
    import numpy as np

    return np.from_dlpack(values.detach() if hasattr(values, "detach") else values)


def _column(values: Any) -> Any:
    """A column as the native half takes it: an Arrow array, a contiguous array of numbers, a list of texts."""
    import numpy as np

    if hasattr(values, "__arrow_c_array__"):
        return values
    if not isinstance(values, np.ndarray):
        if hasattr(values, "__dlpack__"):
            values = lent(values)
        elif hasattr(values, "to_numpy"):
            values = values.to_numpy()
        elif not hasattr(values, "__array__"):
            values = list(values)
            if any(value is None or isinstance(value, str) for value in values):
                return [None if value is None else str(value) for value in values]
    array = np.asarray(values)
    if array.dtype == object:
        first = next((value for value in array if value is not None), None)
        if first is None or isinstance(first, str):
            return [None if value is None else str(value) for value in array]
        array = np.stack([np.asarray(value) for value in array])
    if array.dtype.kind in "US":
        return [str(value) for value in array]
    if array.dtype.kind == "b":
        array = array.astype(np.int8)
    if array.ndim > 1 and array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
