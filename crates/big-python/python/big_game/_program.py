"""The program ``big``."""

from __future__ import annotations

import sys

from . import _big


def main() -> None:
    """Runs the program on the arguments of this process, and ends it."""
    code = _big.main(sys.argv[1:])
    sys.stdout.flush()
    sys.exit(code)
