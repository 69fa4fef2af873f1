"""Commands for the operator: the stack that runs on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.desk import DeskFileError


def up() -> None:
    """Start everything and keep it running until Ctrl-C: Elasticsearch, Airflow, a mailbox to look into."""
    from hotline.local import commands

    raise typer.Exit(commands.up())


def down() -> None:
    """Stop what `up` or `demo` started. Data stay."""
    from hotline.local import commands

    raise typer.Exit(commands.down())


def status() -> None:
    """What runs, and how the items stand."""
    from hotline.local import commands

    raise typer.Exit(commands.status())


def doctor() -> None:
    """Check this machine and the desks' files; every problem comes with its remedy."""
    from hotline.local import commands

    raise typer.Exit(commands.doctor({"Desks": check_desks}))


def demo(
    once: Annotated[bool, typer.Option("--once", help="Leave when the newsroom's script is through.")] = False,
    replay: Annotated[Path | None, typer.Option(help="Serve a folder of saved feeds or pages instead.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
) -> None:
    """The whole line on the newsroom that comes with the project: no Internet needed."""
    from hotline.local.demo.run import run

    raise typer.Exit(run(once=once, replay=replay, json_file=json_file))


def check_desks() -> str:
    """What the desks' files say, in a line. Raises: LocalError where one of them is broken."""
    from hotline.line.context import open_line
    from hotline.local.errors import LocalError

    try:
        desks = open_line().desks
    except DeskFileError as error:
        raise LocalError(str(error), "Mend that line; the message says what was expected.") from None
    problems = [str(problem) for desk in desks.values() for problem in desk.problems]
    if problems:
        raise LocalError("; ".join(problems), "Mend these lines; until then the last good version is in force.")
    return ", ".join(f"{id_}: {len(d.sources)} feeds, {len(d.rules)} rules" for id_, d in desks.items())
