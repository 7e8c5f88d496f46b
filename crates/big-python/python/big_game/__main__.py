"""``python -m big_game`` is the program ``big``."""

from ._program import main

if __name__ == "__main__":
    main()
