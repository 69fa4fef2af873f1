"""Daily: feeds that are no longer at their address are looked for on their sites, by what the pages there name."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin

import structlog

from hotline.feeds.decode import decode
from hotline.feeds.discover import feeds_in_page
from hotline.feeds.http import FetchError
from hotline.feeds.moved import after_search, is_sought
from hotline.line.absorb import unseen
from hotline.line.context import Line
from hotline.line.desks import leading
from hotline.line.network import WORKERS, Network
from hotline.search.indices import Kind
from hotline.search.store import Kept, Write
from schemas.desk import Polling
from schemas.feed import Feed

log = structlog.get_logger(__name__)

SOUGHT = 500  # feeds a day
CANDIDATES = 8  # feeds of a page that are tried


def rediscover(line: Line) -> dict[str, str]:
    """Looks for lost feeds; returns where each was found by its id. See `hotline.feeds.moved` for what follows."""
    line.store.refresh(Kind.FEEDS)
    lost = {"bool": {"filter": [{"term": {"active": True}}, {"exists": {"field": "state.lost_since"}}]}}
    sort = [{"state.lost_since": {"order": "asc"}}]
    feeds = line.store.search(Feed, Kind.FEEDS, lost, size=SOUGHT, sort=sort)
    sought = [kept for kept in feeds if is_sought(kept.record.state, line.clock(), _polling(line, kept.record))]
    network = Network(line)
    try:
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="rediscover") as pool:
            found = list(pool.map(lambda kept: _address(network, kept.record, _polling(line, kept.record)), sought))
    finally:
        network.close()
    line.store.write([_write(line, kept, url) for kept, url in zip(sought, found, strict=True)])
    named = {kept.record.id: url for kept, url in zip(sought, found, strict=True) if url is not None}
    log.info("looked for lost feeds", sought=len(sought), found=len(named))
    return named


def _polling(line: Line, feed: Feed) -> Polling:
    return leading(line.desks, feed.source.desks).polling


def _write(line: Line, kept: Kept[Feed], url: str | None) -> Write:
    feed = kept.record
    state = after_search(feed.state, url, line.clock(), _polling(line, feed))
    return Write(Kind.FEEDS, feed.id, feed.model_copy(update={"state": state}), kept=kept)


def _address(network: Network, feed: Feed, polling: Polling) -> str | None:
    """Where the feed is now: the feed on its site that has entries of it, else the only one that the site names."""
    timeout_s = polling.timeout.total_seconds()
    for page in dict.fromkeys(filter(None, (feed.source.site_url, urljoin(feed.state.url, "/")))):
        readable = []
        for url in _named(network, feed, page, timeout_s):
            state = feed.state.model_copy(update={"url": url, "etag": None, "last_modified": None, "body_sha256": None})
            parsed = network.feed(feed.model_copy(update={"state": state}), timeout_s).parsed
            if parsed is None or not parsed.entries:
                continue
            if len(unseen(feed, parsed.entries)) < len(parsed.entries):
                return url
            readable.append(url)
        if len(readable) == 1:
            return readable[0]
    return None


def _named(network: Network, feed: Feed, page: str, timeout_s: float) -> list[str]:
    """The feeds that a page of the site names, but for feeds of comments."""
    try:
        response = network.page(page, feed.source.desks, timeout_s, feed.id)
    except FetchError:
        return []
    if response.status != 200:
        return []
    text = decode(response.body, response.headers.get("content-type", ""))
    named = [one.url for one in feeds_in_page(text, response.final_url) if "comment" not in one.url.lower()]
    return [url for url in named if url != feed.state.url][:CANDIDATES]
