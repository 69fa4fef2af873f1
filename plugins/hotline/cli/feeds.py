"""`hotline feeds …`: which feeds there are, how they are, and adding, pausing and trying them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from hotline.cli.common import DeskFolder, UsageError, console, default_desk, patch_shown, say

if TYPE_CHECKING:
    from hotline.line.context import Line
    from hotline.line.named_feeds import NamedFeed
    from hotline.line.trying import Checked, Trial
    from schemas.desk import Polling
    from schemas.feed import Feed

app = typer.Typer(no_args_is_help=True, help=__doc__)
FeedName = Annotated[str, typer.Argument(metavar="FEED", help="Its address, its id, or a part of its title.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


@app.command("list")
def list_feeds(failing: Annotated[bool, typer.Option("--failing", help="Only those that fail.")] = False) -> None:
    """The feeds of all desks, with their state where Elasticsearch can be asked."""
    from datetime import timedelta

    from hotline.line.context import open_line
    from hotline.line.feed_page import spoken
    from hotline.line.named_feeds import feeds_of_desks

    line = open_line()
    named = {feed.source.id: feed.source for feed in feeds_of_desks(line.settings.desks)}
    states = _states(line, list(named))
    if states is None and failing:
        raise UsageError(f"{_silence(line)}: nobody knows what fails")
    table = Table("feed", "publisher", "tier", "every", "last success", "new", "failures", "last error")
    for id_, source in sorted(named.items(), key=lambda one: (one[1].publisher.casefold(), one[1].title.casefold())):
        known = states.get(id_) if states else None
        if failing and (known is None or not known.state.failures):
            continue
        row = [source.title, source.publisher, str(source.tier)]
        if source.paused:
            table.add_row(*row, "paused", style="dim")
        elif known is None:
            table.add_row(*row, "" if states is None else "not polled yet")
        else:
            s = known.state
            since = f"{s.last_success_at:%d %b %H:%M}" if s.last_success_at else "never"
            every = spoken(timedelta(seconds=s.interval_s))
            table.add_row(*row, every, since, str(s.new_items), str(s.failures), s.last_error or "",
                          style="red" if s.failures else None)  # fmt: skip
    console().print(table)
    console().print(f"{table.row_count} of {len(named)} feeds" if failing else f"{len(named)} feeds")
    if states is None:
        say(f"{_silence(line)}: this is what the files say")


@app.command()
def show(feed: FeedName) -> None:
    """A feed's page of numbers."""
    from hotline.cli.feed_page import page
    from hotline.line.context import open_line
    from hotline.line.desks import leading
    from hotline.line.feed_page import numbers

    line = open_line()
    named = _the_feed(line, feed)
    states = _states(line, [named.source.id])
    known = states.get(named.source.id) if states else None
    polling = leading(line.desks, named.source.desks).polling
    counted = numbers(line, named.source.id) if known else None
    console(100).print(page(named, known, counted, polling, line.clock()))
    if states is None:
        say(f"{_silence(line)}: this is what the files say")
    elif known is None:
        print("It has not been polled yet.")


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="A feed, or a page that names its feeds.")],
    desk: DeskFolder = None,
    folder: Annotated[str | None, typer.Option(help="Folder of feeds.opml to put it into; made if missing.")] = None,
    title: Annotated[str | None, typer.Option(help="What to call it; else as it calls itself.")] = None,
    publisher: Annotated[str | None, typer.Option(help="The outlet; else the title.")] = None,
    tier: Annotated[int | None, typer.Option(min=1, max=3, help="1: must never be missed; 3: nice to have.")] = None,
    yes: Yes = False,
) -> None:
    """Find the feed at an address, show it, and add it to the desk's feeds.opml."""
    from hotline.feeds.http import Fetcher
    from hotline.feeds.opml import feed_id
    from hotline.feeds.opml_edit import with_feeds
    from hotline.line.context import open_line
    from hotline.line.named_feeds import already, feeds_in
    from hotline.line.trying import discover, source_for

    path = _opml(desk)
    named = feeds_in(path)
    _refuse_known(path, already(named, url))
    settings = open_line().settings
    with Fetcher(_polling(path), settings.contact) as fetcher:
        found = discover(fetcher, url if "://" in url else f"https://{url}")
    good = [trial for trial in found if trial.feed is not None]
    console().print(_found_table(found))
    if not good:
        raise UsageError(f"no feed was found at {url}")
    chosen = good[0] if yes or len(good) == 1 else good[_choice(len(good))]
    _refuse_known(path, already(named, chosen.url))
    source = source_for(chosen, feed_id(chosen.url), title=title, publisher=publisher, tier=tier)
    if not yes:
        typer.confirm(f"Add {source.title} ({source.url}) to {_short(path)}?", default=True, abort=True)
    with patch_shown():
        _change(path, lambda content: with_feeds(path, content, [([folder] if folder else [], source)]))
        print(f"added {source.title} to {_short(path)}; polling begins within a minute")


@app.command("import")
def import_feeds(file: Annotated[Path, typer.Argument(help="An OPML file.")], desk: DeskFolder = None) -> None:
    """Add the feeds of an OPML file to the desk's feeds.opml, in their folders."""
    from hotline.feeds.opml_edit import with_feeds
    from hotline.line.named_feeds import already, feeds_in, readable

    path = _opml(desk)
    feeds, wrong = readable(file)
    named = feeds_in(path)
    known = [(feed, first) for feed in feeds if (first := already(named, feed.source.url))]
    ids = {feed.source.id for feed, _ in known}
    new = [feed for feed in feeds if feed.source.id not in ids]
    with patch_shown():
        _change(path, lambda content: with_feeds(path, content, [(feed.folders, feed.source) for feed in new]))
    for feed in new:
        print(f"added           line {feed.line}: {feed.source.title} ({feed.source.url})")
    for feed, first in known:
        print(f"already there   line {feed.line}: {feed.source.url}, in {_short(path)} line {first.line}")
    for error in wrong:
        print(f"broken          line {error.line}: {error.message}")
    print(f"{len(new)} added, {len(known)} already there, {len(wrong)} broken")
    if wrong:
        raise typer.Exit(1)


@app.command("export")
def export_feeds(
    file: Annotated[Path, typer.Argument(help="Where to write the OPML file; - for the screen.")],
    desk: DeskFolder = None,
) -> None:
    """Write the desk's feeds as an OPML file that any reader takes."""
    from hotline.feeds.opml_edit import document
    from hotline.line.named_feeds import feeds_in

    path = _opml(desk)
    named = feeds_in(path)
    text = document(path.parent.name, [(feed.folders, feed.source) for feed in named])
    if str(file) == "-":
        print(text, end="")
        return
    if file.resolve() == path.resolve():
        raise UsageError(f"{file} is the desk's own file; name another one")
    file.write_text(text, encoding="utf-8")
    say(f"{len(named)} feeds written to {file}")


@app.command()
def pause(feed: FeedName, resume: Annotated[bool, typer.Option("--resume", help="Poll it again.")] = False) -> None:
    """Stop polling a feed, in every desk that names it; nothing is forgotten."""
    from hotline.feeds.opml_edit import with_paused
    from hotline.line.context import open_line
    from hotline.line.named_feeds import feeds_of_desks

    line = open_line()
    chosen = _the_feed(line, feed)
    everywhere = [f for f in feeds_of_desks(line.settings.desks) if f.source.id == chosen.source.id]
    if all(named.source.paused != resume for named in everywhere):
        print(f"{chosen.source.title} is {'not paused' if resume else 'paused already'}")
        return
    for named in everywhere:
        with patch_shown():
            _change(named.path, partial(with_paused, named.path, url=named.source.url, paused=not resume))
            print(f"{named.source.title} is {'polled again' if resume else 'paused'} in {_short(named.path)}")


@app.command()
def check(desk: DeskFolder = None) -> None:
    """Try all feeds of the desk, or of all desks, and show what is wrong with them."""
    from rich.progress import Progress, TimeElapsedColumn

    from hotline.line.context import open_line
    from hotline.line.desks import all_sources
    from hotline.line.trying import check as run

    line = open_line()
    if desk is not None:
        _opml(desk)
    wanted = [s for s in all_sources(line.desks).values() if not s.paused and (desk is None or desk.name in s.desks)]
    results: list[Checked] = []
    with Progress(*Progress.get_default_columns(), TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("trying", total=len(wanted))

        def tell(checked: "Checked") -> None:
            results.append(checked)
            progress.advance(task)

        run(line, wanted, tell)
    wrong = sorted((c for c in results if c.problem), key=lambda c: (c.source.tier, c.source.title))
    if wrong:
        table = Table("feed", "tier", "address", "what is wrong")
        for checked in wrong:
            table.add_row(checked.source.title, str(checked.source.tier), checked.source.url, checked.problem)
        console().print(table)
    for checked in (c for c in results if c.moved_to and not c.problem):
        print(f"{checked.source.title} has moved for good: {checked.source.url} leads to {checked.moved_to}")
    print(f"{len(results)} tried, {len(wrong)} with something wrong")
    if wrong:
        raise typer.Exit(1)


def _the_feed(line: "Line", words: str) -> "NamedFeed":
    """The one feed that is meant. Raises: UsageError, with those that may be."""
    from hotline.line.named_feeds import feeds_of_desks, matching

    found = {feed.source.id: feed for feed in matching(feeds_of_desks(line.settings.desks), words)}
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise UsageError(f"no feed is called {words!r}; `hotline feeds list` shows all")
    lines = [f"  {feed.source.id[:8]}  {feed.source.title}  {feed.source.url}" for feed in found.values()]
    more = [f"  and {len(lines) - 20} more"] if len(lines) > 20 else []
    raise UsageError("\n".join([f"{words!r} may be any of these; say its id or address:", *lines[:20], *more]))


def _silence(line: "Line") -> str:
    from hotline.search.client import address

    return f"Elasticsearch at {address(line.settings)} does not answer"


def _states(line: "Line", ids: list[str]) -> "dict[str, Feed] | None":
    """What polling knows of the feeds; None where Elasticsearch does not answer."""
    from elasticsearch import ApiError, TransportError

    from hotline.search.indices import Kind
    from schemas.feed import Feed

    try:
        return {id_: kept.record for id_, kept in line.store.get_many(Feed, Kind.FEEDS, ids).items()}
    except (ApiError, TransportError):
        return None


def _found_table(found: "list[Trial]") -> Table:
    table = Table("", "title", "kind", "entries", "newest", "address")
    number = 0
    for trial in found:
        if trial.feed is None:
            table.add_row("", f"[red]{trial.problem}[/red]", "", "", "", trial.url)
            continue
        number += 1
        newest = f"{trial.newest:%d %b %Y %H:%M}" if trial.newest else "no dates"
        count = str(len(trial.feed.entries))
        table.add_row(str(number), trial.feed.title or "(no title)", trial.feed.format, count, newest, trial.url)
    return table


def _choice(count: int) -> int:
    while True:
        number = typer.prompt("Which one", default=1, type=int)
        if 1 <= number <= count:
            return int(number) - 1


def _refuse_known(path: Path, known: "NamedFeed | None") -> None:
    if known is not None:
        place = f"{_short(path)} line {known.line}"
        raise UsageError(f"{known.source.url} is there already: {known.source.title}, {place}")


def _opml(desk: Path | None) -> Path:
    folder = desk or default_desk()
    if not (folder / "feeds.opml").is_file():
        raise UsageError(f"{folder} is no desk: it has no feeds.opml")
    return folder / "feeds.opml"


def _polling(path: Path) -> "Polling":
    from hotline.alerts.rules import load_desk

    return load_desk(path.with_name("desk.yaml")).polling


def _change(path: Path, edit: Callable[[bytes], bytes]) -> None:
    from hotline.line.desk_files import change

    change(path, edit)


def _short(path: Path) -> str:
    return "/".join(path.resolve().parts[-3:])
