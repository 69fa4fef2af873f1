"""Asking feeds and pages: what runs in worker threads, without the index."""

import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import structlog

from hotline.feeds.conditional import request_headers
from hotline.feeds.formats.common import distinct
from hotline.feeds.http import Fetcher, FetchError, Response
from hotline.feeds.outcome import PollOutcome
from hotline.feeds.parse import Hints, NotAFeed, ParsedFeed, SitemapIndex, parse_feed
from hotline.feeds.robots import Robots
from hotline.line.context import Line
from hotline.line.desks import leading
from hotline.line.ways import DIRECT, Way, airflow_connection, ways
from schemas.capture import Capture, CaptureKind
from schemas.feed import Feed, FeedFormat

log = structlog.get_logger(__name__)

WORKERS = 16
PARTS = 5  # sitemaps of an index that are read
PART_ENTRIES = 2000  # and no further one once they hold so many entries


@dataclass
class Polled:
    """What came of polling a feed: a response or an error, and what was read from it."""

    response: Response | None = None
    error: FetchError | None = None
    sha256: str | None = None
    unchanged: bool = False
    parsed: ParsedFeed | None = None
    not_a_feed: str | None = None
    parts: list[Response] = field(default_factory=list)  # the sitemaps, where the feed is an index of them

    @property
    def news(self) -> list[Response]:
        """The responses with a body that was not seen before, to be captured."""
        if self.response is None or self.response.status != 200 or self.unchanged:
            return []
        return [self.response, *self.parts]

    @property
    def was_asked(self) -> bool:
        """False where the host was left alone for now; the feed stays due then."""
        return self.error is None or self.error.kind != "busy"

    def outcome(self) -> PollOutcome:
        """What the feed's next state is decided by; entries are counted once their items are written."""
        response = self.response
        if response is None:
            return PollOutcome(error=str(self.error))
        error = self.not_a_feed
        if error is None and response.status not in (200, 304):
            error = f"status {response.status}: {host_of(response.final_url)} did not answer with the feed"
        # An index says nothing of what its parts hold: it is never asked for with conditions.
        validators = ("etag", "last-modified") if self.parts else ()
        return PollOutcome(
            status=response.status,
            error=error,
            headers={name: value for name, value in response.headers.items() if name not in validators},
            elapsed_s=response.elapsed_s,
            permanent_url=response.permanent_url,
            retry_after_s=response.retry_after_s,
            body_sha256=self.sha256,
            format=self.parsed.format if self.parsed else None,
            hints=self.parsed.hints if self.parsed else Hints(),
            unchanged=self.unchanged,
        )


class Network:
    """HTTP clients, one for each set of a desk's polling settings. Threads may share it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._clients: dict[str, tuple[Fetcher, Robots]] = {}
        for desk in line.desks.values():
            fetcher = Fetcher(desk.desk.polling, line.settings.contact)
            self._clients[desk.desk.polling.model_dump_json()] = (fetcher, Robots(fetcher))
        self._ways = ways((source for desk in line.desks.values() for source in desk.sources), airflow_connection)

    def close(self) -> None:
        """Closes the connections that were kept."""
        for fetcher, _ in self._clients.values():
            fetcher.close()

    def feed(self, feed: Feed, timeout_s: float) -> Polled:
        """Asks for a feed and reads it. Never raises for what a server can do."""
        fetcher, _ = self._of(feed.source.desks)
        url = feed.state.url
        try:
            way = self._way(feed.id)
            headers = {**way.headers_for(url), **request_headers(feed.state)}
            response = fetcher.get(url, headers=headers, timeout_s=timeout_s, proxy=way.proxy)
        except FetchError as error:
            return Polled(error=error)
        if response.status != 200:
            return Polled(response)
        try:
            return self._read(feed, response, timeout_s)
        except NotAFeed as error:
            return Polled(response, not_a_feed=str(error))
        except Exception as error:  # one feed that trips our own code must not stop the others
            log.exception("a feed could not be read", feed=feed.id, url=feed.state.url)
            return Polled(response, not_a_feed=f"internal error: {type(error).__name__}: {error}")

    def _read(self, feed: Feed, response: Response, timeout_s: float) -> Polled:
        """What a response brings; an unchanged body is not parsed. Raises: NotAFeed."""
        sha256 = hashlib.sha256(response.body).hexdigest()
        if sha256 == feed.state.body_sha256:
            return Polled(response, sha256=sha256, unchanged=True)
        try:
            return Polled(response, sha256=sha256, parsed=_parsed(response))
        except SitemapIndex as index:
            return self._index(feed, response, index, timeout_s - response.elapsed_s)

    def _index(self, feed: Feed, response: Response, index: SitemapIndex, timeout_s: float) -> Polled:
        """The first few sitemaps of an index, read as one feed; those that cannot be had now are left out.

        Raises: NotAFeed where that leaves none.
        """
        fetcher, _ = self._of(feed.source.desks)
        way = self._way(feed.id)
        until = time.monotonic() + timeout_s
        read: dict[str, tuple[Response, ParsedFeed]] = {}
        for url in index.parts[:PARTS]:
            left = until - time.monotonic()
            if left <= 0 or sum(len(parsed.entries) for _, parsed in read.values()) >= PART_ENTRIES:
                break
            with suppress(FetchError, NotAFeed):
                part = fetcher.get(url, headers=way.headers_for(url), timeout_s=left, proxy=way.proxy)
                if part.status == 200:
                    read[url] = (part, _parsed(part))
        if not read:
            raise NotAFeed(f"{index.reason}; none of them could be read")
        parts = [part for part, _ in read.values()]
        sha256 = hashlib.sha256(b"".join(hashlib.sha256(part.body).digest() for part in parts)).hexdigest()
        if sha256 == feed.state.body_sha256:
            return Polled(response, sha256=sha256, unchanged=True, parts=parts)
        entries = distinct(entry for _, parsed in read.values() for entry in parsed.entries)
        return Polled(response, sha256=sha256, parsed=ParsedFeed(FeedFormat.SITEMAP, entries=entries), parts=parts)

    def page(self, url: str, desks: list[str], timeout_s: float, feed_id: str | None = None) -> Response:
        """Asks for a page, the way its feed is asked for, if robots.txt lets us. Raises: FetchError."""
        fetcher, robots = self._of(desks)
        way = self._way(feed_id)
        if not robots.allowed(url, way.proxy):
            raise FetchError("robots", f"robots.txt of {host_of(url)} does not allow this page")
        return fetcher.get(url, headers=way.headers_for(url), timeout_s=timeout_s, proxy=way.proxy)

    def _way(self, feed_id: str | None) -> Way:
        way = self._ways.get(feed_id or "", DIRECT)
        if way.problem is not None:
            raise FetchError("settings", way.problem)
        return way

    def _of(self, desks: list[str]) -> tuple[Fetcher, Robots]:
        return self._clients[leading(self._line.desks, desks).polling.model_dump_json()]


def _parsed(response: Response) -> ParsedFeed:
    return parse_feed(response.body, url=response.final_url, headers=response.headers)


def capture_of(response: Response, kind: CaptureKind, feed_id: str | None, **more: Any) -> Capture:
    """A response as it is kept; `more` says what it belongs to."""
    return Capture(
        kind=kind,
        url=response.url,
        final_url=response.final_url,
        status=response.status,
        headers=dict(response.headers),
        fetched_at=response.fetched_at,
        feed_id=feed_id,
        **more,
    )


def host_of(url: str) -> str:
    """The host that has to bear a request, with its port."""
    return urlsplit(url).netloc
