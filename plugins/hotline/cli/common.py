"""What the commands share: their options and their errors."""

from pathlib import Path
from typing import Annotated

import typer

InputFile = Annotated[Path, typer.Option("--input", exists=True, dir_okay=False, help="JSON Lines in.")]
OutputFile = Annotated[Path, typer.Option("--output", dir_okay=False, help="JSON Lines out.")]
DeskFolder = Annotated[Path | None, typer.Option(help="The desk's folder; else desks/us_russia.")]


class UsageError(Exception):
    """Bad input to a command; the message says what to do."""


def default_desk() -> Path:
    """The desk that comes with the project."""
    from hotline.settings import settings

    return settings().desks / "us_russia"
