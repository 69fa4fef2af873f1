"""Plays the demo once and keeps what its end looks like as docs/demo.svg: `python scripts/picture.py`."""

import sys
from pathlib import Path

from rich.console import Console

from hotline.local.demo.run import run

PICTURE = Path(__file__).parents[1] / "docs/demo.svg"


def main() -> int:
    """The demo's exit status; the picture is written only if every expectation held."""
    console = Console(record=True, width=118)
    status = run(once=True, replay=None, json_file=None, console=console)
    if status == 0:
        console.save_svg(str(PICTURE), title="make demo")
    return status


if __name__ == "__main__":
    sys.exit(main())
