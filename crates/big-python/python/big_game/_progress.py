"""Progress of long calls, for those who ask for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, TypeAlias

#: ``True`` shows a bar; a function is called with what is being done, how much of it is done, and of how much.
Progress: TypeAlias = bool | Callable[[str, int, int], object]


class _Bar:
    """A line on standard error that is written over; in a notebook, and where it is installed, tqdm's bar."""

    def __init__(self) -> None:
        self.what: str | None = None
        self.bar: Any = None
        self.last = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        if what != self.what:
            self.close()
            self.what = what
            self.bar = _tqdm(what, total)
        if self.bar is not None:
            self.bar.total = total
            self.bar.update(done - self.bar.n)
        elif time.monotonic() - self.last > 0.1:
            self.last = time.monotonic()
            share = f"{100 * done / total:.0f} %" if total else str(done)
            print(f"\r{what} {share}   ", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
        elif self.what is not None and self.last:
            print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)
        self.bar, self.what = None, None


def _tqdm(what: str, total: int) -> Any:
    if "tqdm" not in sys.modules and "IPython" not in sys.modules:
        return None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm(desc=what, total=total, leave=False)


class watched:
    """Gives a call what it tells its progress to, and clears up behind it."""

    def __init__(self, progress: Progress) -> None:
        self.bar = _Bar() if progress is True else None
        self.watch = self.bar or (progress if callable(progress) else None)

    def __enter__(self) -> Callable[[str, int, int], object] | None:
        return self.watch

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()
