"""The end of a demo's output as a picture: `hotline demo --once | python scripts/picture.py` writes docs/demo.svg."""

import io
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parents[1] / "docs/demo.svg"


def main() -> None:
    """Reads what the demo printed; the picture begins at its summary."""
    printed = sys.stdin.read()
    summary = printed[printed.index("Hotline demo") :].partition("\n")[2]
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(Text.from_ansi(summary.rstrip()))
    console.save_svg(str(PICTURE), title="hotline demo")


if __name__ == "__main__":
    main()
