"""`hotline …`: the stack, the desks, and the four commands that work on files alone.

Heavy libraries are imported inside the commands, so that `hotline --help` answers at once.
"""

import sys
from collections.abc import Callable

import typer

from hotline.cli import alerts, feeds, files, measuring, records, rules, snapshots, stack, stories
from hotline.cli.common import UsageError
from schemas.desk import DeskFileError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
_COMMANDS: tuple[Callable[..., None], ...] = (
    *(files.parse_feed, files.extract, files.tag, files.cluster),
    *(stack.up, stack.down, stack.status, stack.doctor, stack.demo),
    *(records.search, records.replay),
)
for command in _COMMANDS:
    app.command()(command)
app.command("schemas")(records.export_schemas)
app.add_typer(feeds.app, name="feeds")
app.add_typer(alerts.app, name="alerts")
app.add_typer(rules.app, name="rules")
app.add_typer(measuring.app, name="eval")
app.add_typer(stories.app, name="stories")
app.add_typer(snapshots.app, name="snapshots")


def main() -> None:
    """The entry point: errors that a person can mend are one line, not a traceback."""
    try:
        app()
    except (DeskFileError, UsageError) as error:
        print(f"hotline: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)
