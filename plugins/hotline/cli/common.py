"""What the commands share: their options and their errors."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

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


@contextmanager
def patch_shown() -> Iterator[None]:
    """A file that may not be written: the patch goes to the output, where it can be kept, the reason to the errors."""
    from hotline.line.desk_files import ReadOnlyFile

    try:
        yield
    except ReadOnlyFile as error:
        say(str(error))
        sys.stdout.write(error.patch)
        raise typer.Exit(1) from None


def say(text: str) -> None:
    """A word to the person, apart from the output."""
    print(f"hotline: {text}", file=sys.stderr)


def console(width: int = 200) -> Console:
    """As wide as the screen; `width` where nobody looks, so that a table's cells are whole in a file or a pipe."""
    return Console() if sys.stdout.isatty() else Console(width=width)
