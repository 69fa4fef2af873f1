"""`hotline snapshots …`: copies of the index, and going back to one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.cli.common import UsageError, console, say

if TYPE_CHECKING:
    from hotline.line.context import Line

app = typer.Typer(no_args_is_help=True, help="Snapshots of the index: `maintain` takes one a day.")


@app.command("list")
def list_() -> None:
    """The snapshots there are, oldest first."""
    from rich.table import Table

    from hotline.search import snapshots

    table = Table("name", "taken (UTC)", "state", "indices")
    with _line() as line:
        for one in snapshots.listed(line.store.client, line.store.indices):
            table.add_row(one.name, f"{one.at:%Y-%m-%d %H:%M:%S}", one.state, str(len(one.indices)))
    console().print(table)


@app.command("take")
def take() -> None:
    """Take one now, before an upgrade for instance."""
    from hotline.search import snapshots

    with _line() as line:
        made = snapshots.take(line.store.client, line.store.indices, line.clock())
    print(f"{made.name}: {len(made.indices)} indices")


@app.command("restore")
def restore(
    name: Annotated[str | None, typer.Argument(help="A snapshot's name; else the newest.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put the index back to a snapshot and read again what was captured since. Hotline must be down."""
    from hotline.line.restore import restore as run
    from hotline.local.stack import Stack
    from hotline.settings import settings

    if pid := Stack(settings()).supervisor.pid():
        raise UsageError(f"Hotline is up (supervisord is process {pid}): `hotline down` first, then restore")
    if not yes:
        target = name or "the newest snapshot"
        typer.confirm(f"Put the indices {settings().index_prefix}-* back to {target}?", abort=True)
    with _line() as line:
        done = run(line, name, "hotline snapshots restore")
    print(
        f"{done.snapshot.name} restored; {done.batches} batches captured since were read again, "
        f"{done.hushed} articles of them are kept from the rules: they were told when they were new"
    )


@contextmanager
def _line() -> Iterator["Line"]:
    """The line; where the local stack is down, with its Elasticsearch started for as long as the command runs."""
    from elastic_transport import ConnectionError as Unreachable

    from hotline.line.context import Line
    from hotline.local.elasticsearch import running_node
    from hotline.local.stack import Stack
    from hotline.search.client import address
    from hotline.search.snapshots import SnapshotError
    from hotline.settings import settings

    stack = Stack(settings())
    try:
        if stack.own_elasticsearch and not stack.supervisor.pid():
            say("starting Elasticsearch for this command")
            with running_node(stack.settings.home / "elasticsearch/node", stack.settings.elasticsearch_port):
                yield Line(stack.settings)
        else:
            yield Line(stack.settings)
    except SnapshotError as error:
        raise UsageError(str(error)) from error
    except Unreachable as error:
        raise UsageError(f"Elasticsearch at {address(stack.settings)} does not answer") from error
