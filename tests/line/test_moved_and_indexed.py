"""Feeds that are indexes of sitemaps, and feeds that are no longer where they were."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.feeds.opml import feed_id
from hotline.line.absorb import KNOWN_DIGITS, item_id
from hotline.line.context import Line
from hotline.line.desks import load_desks
from hotline.line.network import PARTS, Network
from hotline.line.rediscover import rediscover
from hotline.search.indices import Kind
from hotline.search.store import Store, Write
from hotline.settings import Settings
from schemas.feed import Feed, FeedFormat, FeedSource, FeedState
from schemas.item import Entry
from tests.feeds.hostile import Server, serving

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        running.add("/robots.txt", status=404)
        yield running


@pytest.fixture
def line(tmp_path: Path) -> Line:
    """The shipped desk, allowed to ask this machine, and with nothing to watch."""
    settings = Settings(home=tmp_path, desks=ROOT / "desks", elasticsearch_url="http://127.0.0.1:9")
    made = Line(settings, clock=lambda: NOW)
    desk = load_desks(settings.desks, tmp_path / "last-good")["us_russia"]
    free = {"allow_private_addresses": True, "host_spacing": timedelta(0), "timeout": timedelta(seconds=5)}
    desk.desk = desk.desk.model_copy(update={"polling": desk.desk.polling.model_copy(update=free)})
    made.__dict__["desks"] = {"us_russia": desk}
    return made


def feed(url: str, site: str | None = None, **state: Any) -> Feed:
    source = FeedSource(
        id=feed_id(url), url=url, title="Outlet", publisher="Outlet", desks=["us_russia"], site_url=site
    )
    known = {"url": url, "next_poll_at": NOW, "interval_s": 300, "first_polled_at": NOW - 4 * WEEK}
    return Feed(id=source.id, source=source, state=FeedState.model_validate(known | state))


# Indexes of sitemaps


def sitemap(*paths: str) -> bytes:
    return f"<urlset>{''.join(f'<url><loc>https://o.example/{path}</loc></url>' for path in paths)}</urlset>".encode()


def index(server: Server, **parts: str) -> bytes:
    """An index of sitemaps by name, each with its date."""
    inner = "".join(
        f"<sitemap><loc>{server.url(f'/{n}.xml')}</loc><lastmod>{d}</lastmod></sitemap>" for n, d in parts.items()
    )
    return f"<sitemapindex>{inner}</sitemapindex>".encode()


def test_the_newest_sitemaps_of_an_index_are_read_as_one_feed(server: Server, line: Line) -> None:
    dates = {f"old{n}": f"2020-01-{n + 1:02}" for n in range(9)} | {"november": "2026-11-24", "news": "2019-01-01"}
    for name in dates:
        server.add(f"/{name}.xml", sitemap(name, "shared"))
    url = server.add("/index.xml", index(server, **dates), ETag='"index"')
    network = Network(line)
    polled = network.feed(feed(url), 5)
    asked = [path for path, _ in server.requests[1:]]
    assert asked[:2] == ["/news.xml", "/november.xml"]
    assert len(asked) == PARTS
    assert polled.parsed is not None
    assert [e.url for e in polled.parsed.entries][:3] == [
        "https://o.example/news", "https://o.example/shared", "https://o.example/november",
    ]  # fmt: skip
    assert [one.url for one in polled.news] == [url, *map(server.url, asked)], "all of it is captured"
    outcome = polled.outcome()
    assert (outcome.ok, outcome.format) == (True, FeedFormat.SITEMAP)
    assert "etag" not in outcome.headers, "an index that is unchanged says nothing of its parts"
    again = network.feed(feed(url, body_sha256=polled.sha256), 5)
    assert again.unchanged
    assert again.news == []
    network.close()


def test_a_sitemap_that_cannot_be_had_is_left_out(server: Server, line: Line) -> None:
    server.add("/a.xml", status=500)
    server.add("/b.xml", b"<html>no</html>")
    server.add("/c.xml", index(server, a="2026-11-24"))
    server.add("/d.xml", sitemap("one"))
    dated = dict.fromkeys("abcd", "2026-11-24")
    network = Network(line)
    polled = network.feed(feed(server.add("/index.xml", index(server, **dated))), 5)
    assert polled.parsed is not None
    assert len(polled.parsed.entries) == 1
    none = network.feed(feed(server.add("/none.xml", index(server, a="2026-11-24"))), 5)
    assert "none of them could be read" in (none.not_a_feed or "")
    assert not none.outcome().ok
    network.close()


def test_an_index_has_no_more_time_than_any_feed(server: Server, line: Line) -> None:
    def silent(*_: object) -> None:
        server.stop.wait(3)

    for name in "abcde":
        server.on(f"/{name}.xml", silent)
    url = server.add("/index.xml", index(server, **dict.fromkeys("abcde", "2026-11-24")))
    network = Network(line)
    began = datetime.now(UTC)
    assert not network.feed(feed(url), 1).outcome().ok
    assert datetime.now(UTC) - began < timedelta(seconds=3)
    network.close()


# Lost feeds


def rss(*ids: str) -> bytes:
    items = "".join(f"<item><guid isPermaLink='false'>{one}</guid><title>{one}</title></item>" for one in ids)
    return f"<rss version='2.0'><channel>{items}</channel></rss>".encode()


def page(*feeds: str) -> bytes:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{one}">' for one in feeds)
    return f"<html><head>{links}</head><body></body></html>".encode()


@pytest.mark.elasticsearch
def test_a_lost_feed_is_found_on_its_site_and_adopted_after_a_week(server: Server, line: Line, store: Store) -> None:
    line.__dict__["store"] = store
    server.add("/", page("/comments/feed", "/other", "/new"))
    server.add("/other", rss("x"))
    server.add("/new", rss("1", "2"))
    gone = feed(server.url("/old"), last_status=410, lost_since=NOW, failures=1)
    known = [item_id(gone.id, Entry(id=one))[:KNOWN_DIGITS] for one in ("0", "1")]
    gone = gone.model_copy(update={"state": gone.state.model_copy(update={"known": known})})
    fresh = feed(server.url("/older"), last_status=404, lost_since=NOW)
    line.store.write([Write(Kind.FEEDS, one.id, one) for one in (gone, fresh)])

    def look(at: datetime) -> FeedState:
        line.clock = lambda: at
        rediscover(line)
        kept = store.get(Feed, Kind.FEEDS, gone.id)
        assert kept is not None
        return kept.record.state

    first = look(NOW)
    assert (first.url, first.moved_to) == (gone.state.url, server.url("/new")), (
        "of its feeds the one with known entries"
    )
    assert "/comments/feed" not in [path for path, _ in server.requests]
    assert look(NOW + WEEK - timedelta(hours=1)).url == gone.state.url
    adopted = look(NOW + WEEK)
    assert (adopted.url, adopted.lost_since, adopted.next_poll_at) == (server.url("/new"), None, NOW + WEEK)
    other = store.get(Feed, Kind.FEEDS, fresh.id)
    assert other is not None
    assert other.record.state.moved_to is None, "nothing says which of several feeds it is"


@pytest.mark.elasticsearch
@pytest.mark.parametrize(("status", "body"), [(500, b""), (200, page("/nothing")), (200, page())])
def test_a_site_that_names_no_feed_leaves_it_lost(
    server: Server, line: Line, store: Store, status: int, body: bytes
) -> None:
    line.__dict__["store"] = store
    server.add("/site", body, status=status)
    server.add("/", status=404)
    server.add("/nothing", rss())
    gone = feed(server.url("/old"), site=server.url("/site"), last_status=410, lost_since=NOW, moved_to="https://a/")
    line.store.write([Write(Kind.FEEDS, gone.id, gone)])
    assert rediscover(line) == {}
    kept = store.get(Feed, Kind.FEEDS, gone.id)
    assert kept is not None
    assert kept.record.state.moved_to is None


@pytest.mark.elasticsearch
def test_the_only_feed_that_a_site_names_is_the_one(server: Server, line: Line, store: Store) -> None:
    line.__dict__["store"] = store
    server.add("/", page("/rss2"))
    server.add("/rss2", rss("9"))
    gone = feed(server.url("/old"), last_status=404, lost_since=NOW - 2 * WEEK)
    line.store.write([Write(Kind.FEEDS, gone.id, gone)])
    assert rediscover(line) == {gone.id: server.url("/rss2")}
