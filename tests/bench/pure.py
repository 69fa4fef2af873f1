"""CPU seconds of the line's pure parts beside the libraries they could be left to."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from hotline.articles.extract import Page, extract
from hotline.feeds.parse import parse_feed
from hotline.stories.fingerprint import fingerprint
from hotline.topics.tagger import Tagger
from hotline.topics.taxonomy import load_taxonomy
from tests.line.rig import ROOT
from tests.newsroom import Newsroom

ROUNDS = 5


def rate(work: Callable[[], int]) -> float:
    """Units of work a CPU second, after one round that is not counted."""
    work()
    began, done = time.process_time(), 0
    for _ in range(ROUNDS):
        done += work()
    return done / (time.process_time() - began)


def each[T](things: list[T], work: Callable[[T], object]) -> Callable[[], int]:
    """Work on every thing, as `rate` takes it."""

    def all_of_them() -> int:
        for thing in things:
            work(thing)
        return len(things)

    return all_of_them


def gathered() -> tuple[list[tuple[str, bytes]], list[Page]]:
    """The newsroom's feeds (sitemaps apart, which feedparser does not read) and all its pages."""
    now = datetime.now(UTC)
    with Newsroom() as room:
        for piece in set(room.world.pieces) - set(room.pages):
            room.publish(piece)
        feeds = [(room.feed_url(id_), room.site.answer(shelf.path, {}).body) for id_, shelf in room.shelves.items()]
        pages = [(room.url(piece), room.site.answer(page.path, {}).body) for piece, page in room.pages.items()]
    html = {"content-type": "text/html"}
    return (
        [(url, body) for url, body in feeds if b"urlset" not in body],
        [Page(url=url, final_url=url, body=body, headers=html, fetched_at=now) for url, body in pages],
    )


def main() -> None:
    """Prints the table."""
    import feedparser
    import trafilatura

    feeds, pages = gathered()
    now = datetime.now(UTC)
    texts = [extract(None, page, now=now) for page in pages]
    tagger = Tagger(load_taxonomy(ROOT / "desks/us_russia/topics.yaml"))
    rows = (
        (
            "pages extracted (trafilatura)",
            each(pages, lambda page: extract(None, page, now=now)),
            each(pages, lambda page: trafilatura.extract(page.body)),
        ),
        (
            "feeds parsed (feedparser)",
            each(feeds, lambda feed: parse_feed(feed[1], url=feed[0])),
            each(feeds, lambda feed: feedparser.parse(feed[1])),
        ),
        ("articles tagged", each(texts, lambda t: tagger.tag(title=t.title, body=t.body, language=t.language)), None),
        ("articles fingerprinted", each(texts, lambda t: fingerprint(t.title, t.body)), None),
    )
    table = Table("what", "Hotline / CPU s", "library / CPU s", "ratio")
    for what, ours, theirs in rows:
        one, other = rate(ours), rate(theirs) if theirs else None
        table.add_row(what, f"{one:.0f}", f"{other:.0f}" if other else "", f"{one / other:.2f}" if other else "")
    Console().print(table)
