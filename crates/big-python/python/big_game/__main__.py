"""``python -m big_game`` is the program ``big``."""

from ._program import main

main()
