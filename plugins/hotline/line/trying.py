"""Feeds are tried as polling would ask for them, and nothing is kept: what `hotline feeds add` and `check` do."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import urljoin, urlsplit

from hotline.feeds.decode import decode
from hotline.feeds.discover import FoundFeed, feeds_in_page
from hotline.feeds.http import Fetcher, FetchError, Response
from hotline.feeds.parse import NotAFeed, ParsedFeed, parse_feed
from hotline.feeds.parsed import SitemapIndex
from hotline.feeds.schedule import first_state
from hotline.line.context import Line
from hotline.line.desks import leading
from hotline.line.network import WORKERS, Network, host_of
from schemas.feed import Feed, FeedSource

STALE = timedelta(days=60)  # a feed whose newest entry is older is probably dead
# Where feeds stand that no page names: the addresses of WordPress, of most generators, and of plain habit.
USUAL = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")
MOST_FOUND = 12
MOST_PARTS = 3


@dataclass(frozen=True)
class Trial:
    """What came of trying an address."""

    url: str  # to be kept: where permanent redirects lead
    feed: ParsedFeed | None = None
    problem: str | None = None
    response: Response | None = None

    @property
    def newest(self) -> datetime | None:
        """The latest date of its entries."""
        dates = [entry.published_at or entry.updated_at for entry in self.feed.entries] if self.feed else []
        return max((date for date in dates if date), default=None)


@dataclass(frozen=True)
class Checked:
    """A feed of a desk that was tried."""

    source: FeedSource
    problem: str | None
    moved_to: str | None = None


def trial(fetcher: Fetcher, url: str) -> Trial:
    """Asks for an address and reads it. Raises nothing for what a server can do."""
    try:
        response = fetcher.get(url)
    except FetchError as error:
        return Trial(url, problem=str(error))
    kept = response.permanent_url or url
    if response.status != 200:
        return Trial(kept, problem=f"{response.final_url} answered with status {response.status}", response=response)
    try:
        parsed = parse_feed(response.body, url=response.final_url, headers=response.headers)
    except SitemapIndex as index:
        return _of_index(fetcher, Trial(kept, problem=f"not a feed: {index}", response=response), index)
    except NotAFeed as error:
        return Trial(kept, problem=f"not a feed: {error}", response=response)
    return Trial(kept, parsed, response=response)


def _of_index(fetcher: Fetcher, trial: Trial, index: SitemapIndex) -> Trial:
    """An index of sitemaps, shown by the first of them that can be read; polling reads some more."""
    for url in index.parts[:MOST_PARTS]:
        with suppress(FetchError, NotAFeed):
            part = fetcher.get(url)
            return replace(trial, feed=parse_feed(part.body, url=part.final_url, headers=part.headers), problem=None)
    return trial


def discover(fetcher: Fetcher, url: str) -> list[Trial]:
    """The feed at `url`, or those that the page there names; else those at the usual addresses of its site.

    The first is the trial of `url` itself where nothing can be found.
    """
    first = trial(fetcher, url)
    if first.feed is not None or first.response is None:
        return [first]
    page = first.response
    text = decode(page.body, page.headers.get("content-type", ""))
    found = feeds_in_page(text, page.final_url)[:MOST_FOUND]
    if trials := [_titled(trial(fetcher, one.url), one) for one in found]:
        return trials
    guesses = (trial(fetcher, urljoin(page.final_url, path)) for path in USUAL)
    return next(([guess] for guess in guesses if guess.feed is not None), [first])


def source_for(trial: Trial, id_: str, **given: object) -> FeedSource:
    """The feed that was tried, as a desk's file names it; `given` is what the person said of it."""
    assert trial.feed is not None
    title = trial.feed.title or host_of(trial.url)
    said = {name: value for name, value in given.items() if value is not None}
    record = {
        "id": id_,
        "url": trial.url,
        "title": title,
        "publisher": said.get("title", title),
        "site_url": trial.feed.site_url if _is_address(trial.feed.site_url) else None,
        "language": trial.feed.language,
    }
    return FeedSource.model_validate(record | said)


def check(line: Line, sources: Iterable[FeedSource], tell: Callable[[Checked], None]) -> None:
    """Tries feeds side by side, those of one host one after the other; `tell` hears of each as it is done."""
    by_host: dict[str, list[FeedSource]] = {}
    for source in sources:
        by_host.setdefault(host_of(source.url), []).append(source)
    network = Network(line)

    def one_host(of_host: list[FeedSource]) -> None:
        for source in of_host:
            tell(_checked(line, network, source))

    try:
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="check") as pool:
            for done in [pool.submit(one_host, of_host) for of_host in by_host.values()]:
                done.result()
    finally:
        network.close()


def _checked(line: Line, network: Network, source: FeedSource) -> Checked:
    now = datetime.now(UTC)
    polling = leading(line.desks, source.desks).polling
    state = first_state(source, now, polling, Random(0))
    polled = network.feed(Feed(id=source.id, source=source, state=state), polling.timeout.total_seconds())
    outcome = polled.outcome()
    moved_to = polled.response.permanent_url if polled.response else None
    if outcome.error is not None:
        return Checked(source, outcome.error, moved_to)
    newest = Trial(source.url, polled.parsed).newest
    if not polled.parsed or not polled.parsed.entries:
        return Checked(source, "answers, but holds no entry", moved_to)
    if newest is not None and now - newest > STALE:
        return Checked(source, f"answers, but its newest entry is of {newest:%d %B %Y}", moved_to)
    return Checked(source, None, moved_to)


def _titled(trial: Trial, found: FoundFeed) -> Trial:
    """A feed without a title of its own gets the one that the page gives it."""
    if trial.feed is None or trial.feed.title:
        return trial
    return replace(trial, feed=replace(trial.feed, title=found.title))


def _is_address(url: str | None) -> bool:
    return bool(url) and urlsplit(url).scheme in ("http", "https")
