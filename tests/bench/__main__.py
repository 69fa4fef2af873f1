"""`make bench`: every bench, or those named (`python -m tests.bench pure`). Ratios; this is no other machine.

A bench is a module here with a `main()` that prints what it measured and the libraries beside it, in one run.
"""

import sys
from importlib import import_module

BENCHES = ("pure", "articles", "feeds", "topics", "rules", "stories")


def main() -> None:
    """Runs the benches one after the other."""
    for name in sys.argv[1:] or BENCHES:
        print(f"\n{name}: {import_module(f'tests.bench.{name}').__doc__}")
        import_module(f"tests.bench.{name}").main()


if __name__ == "__main__":
    main()
