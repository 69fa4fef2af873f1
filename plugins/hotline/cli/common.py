"""What the commands share: their options and their errors."""

from datetime import timedelta
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


def duration(text: str) -> timedelta:
    """A span of time as desks write it (`30d`). Raises: UsageError for anything else."""
    from pydantic import TypeAdapter, ValidationError

    from schemas.base import Duration

    try:
        return TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        raise UsageError(f"{text!r}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None
