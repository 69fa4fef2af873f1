"""`hotline feeds …`: the feeds and how they are."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(no_args_is_help=True, help="The feeds and how they are.")


@app.command("list")
def list_feeds(failing: Annotated[bool, typer.Option("--failing", help="Only those that fail.")] = False) -> None:
    """The feeds with their state."""
    from hotline.line.context import open_line
    from hotline.search.indices import Kind
    from schemas.feed import Feed

    query: dict[str, Any] = {"range": {"state.failures": {"gt": 0}}} if failing else {"match_all": {}}
    sort = [{"source.publisher": {"order": "asc"}}]
    table = Table("feed", "publisher", "every", "last success", "new", "failures", "last error")
    for kept in open_line().store.search(Feed, Kind.FEEDS, query, size=10_000, sort=sort):
        f, s = kept.record, kept.record.state
        since = f"{s.last_success_at:%d %b %H:%M}" if s.last_success_at else "never"
        error = s.last_error or ""
        table.add_row(f.source.title, f.source.publisher, f"{s.interval_s:.0f} s", since, str(s.new_items),
                      str(s.failures), error)  # fmt: skip
    Console().print(table)
