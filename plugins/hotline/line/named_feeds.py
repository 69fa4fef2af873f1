"""The feeds as the desks' files name them, and finding one by what a person types. Needs no index."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hotline.feeds.opml import elements, feed_id, read_bytes, read_opml, source_of
from schemas.desk import DeskFileError
from schemas.feed import FeedSource

LEAST_ID = 6  # digits of an id that are enough to mean one


@dataclass(frozen=True)
class NamedFeed:
    """A feed and the place where a desk's file names it."""

    path: Path
    line: int
    folders: tuple[str, ...]
    source: FeedSource


def feeds_in(path: Path) -> list[NamedFeed]:
    """The feeds of one file, which must be sound. Raises: DeskFileError."""
    sources = {source.url: source for source in read_opml(path)}
    found = [element for element in elements(path, read_bytes(path)) if element.is_feed]
    return [NamedFeed(path, e.line, e.folders, sources[e.url]) for e in found]


def feeds_of_desks(folder: Path) -> list[NamedFeed]:
    """The feeds of every desk under `folder`. Raises: DeskFileError."""
    paths = sorted(folder.glob("*/feeds.opml"))
    if not paths:
        raise DeskFileError(folder, 0, "no desk here; set HOTLINE_DESKS to the folder that holds the desks")
    found = [feed for path in paths for feed in feeds_in(path)]
    for feed in found:
        feed.source.desks = [feed.path.parent.name]
    return found


def readable(path: Path) -> tuple[list[NamedFeed], list[DeskFileError]]:
    """The feeds of a file from elsewhere, and what is wrong with the others. Raises: DeskFileError: no OPML at all."""
    found: dict[str, NamedFeed] = {}
    wrong: list[DeskFileError] = []
    for element in elements(path, read_bytes(path)):
        if not element.is_feed:
            continue
        try:
            feed = NamedFeed(path, element.line, element.folders, source_of(path, element))
        except DeskFileError as error:
            wrong.append(error)
            continue
        if (first := found.setdefault(same(feed.source.url), feed)) is not feed:
            wrong.append(DeskFileError(path, feed.line, f"{feed.source.url} is named before, in line {first.line}"))
    return list(found.values()), wrong


def same(url: str) -> str:
    """An address without what rarely tells two feeds apart: scheme, www., a last slash."""
    parts = urlsplit(url.strip())
    query = f"?{parts.query}" if parts.query else ""
    return parts.netloc.lower().removeprefix("www.") + parts.path.rstrip("/") + query


def already(feeds: Iterable[NamedFeed], *urls: str) -> NamedFeed | None:
    """The feed that is named already under one of these addresses."""
    wanted = {same(url) for url in urls}
    return next((feed for feed in feeds if same(feed.source.url) in wanted), None)


def matching(feeds: Sequence[NamedFeed], words: str) -> list[NamedFeed]:
    """The feeds that `words` may mean: by address or id, else by title, else by a part of the title.

    One that several desks name comes once for each.
    """
    words = words.strip()
    low = words.casefold()
    ways: tuple[Callable[[NamedFeed], bool], ...] = (
        lambda feed: feed.source.id == feed_id(words) or same(feed.source.url) == same(words),
        lambda feed: len(low) >= LEAST_ID and feed.source.id.startswith(low),
        lambda feed: feed.source.title.casefold() == low,
        lambda feed: low in feed.source.title.casefold(),
    )
    for way in ways:
        if found := [feed for feed in feeds if way(feed)]:
            return found
    return []
