"""How the requests of single feeds go out: proxy, headers and cookie, and to whom they are not shown."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hotline.feeds.http import FetchError
from hotline.feeds.opml import feed_id
from hotline.feeds.proxy import Proxy
from hotline.line.context import Line
from hotline.line.network import Network
from hotline.line.ways import MissingConnection, airflow_connection, ways
from hotline.settings import Settings
from schemas.feed import Feed, FeedSource, FeedState
from tests.feeds.forwarding import ForwardingProxy, forwarding
from tests.feeds.hostile import Server, serving
from tests.newsroom.desk import opml, write_files

ROOT = Path(__file__).parents[2]
RSS = b'<rss version="2.0"><channel><title>F</title><item><guid>1</guid><title>T</title></item></channel></rss>'


def source(url: str = "https://www.paper.example/feed", **more: Any) -> FeedSource:
    return FeedSource(id=feed_id(url), url=url, title="Paper", publisher="Paper", **more)


def known(**values: Any) -> Any:
    return lambda _: SimpleNamespace(**({"host": None, "port": None, "login": None, "password": None} | values))


def test_feeds_without_settings_go_straight() -> None:
    assert ways([source()], known()) == {}


def test_headers_and_cookie_go_to_the_hosts_of_the_feed_only() -> None:
    one = source(headers={"Accept-Language": "ru"}, cookie="paper", site_url="https://paper.news/")
    way = ways([one], known(password="session=1"))[one.id]
    wanted = {"Accept-Language": "ru", "Cookie": "session=1"}
    for url in ("https://www.paper.example/f", "https://paper.example/", "http://a.paper.news/x"):
        assert way.headers_for(url) == wanted
    for url in ("https://otherpaper.example/", "https://paper.example.evil/", "https://evil/paper.example", "x"):
        assert way.headers_for(url) == {}
    assert "session=1" not in repr(way)


def test_a_proxy_is_an_address_or_a_connection() -> None:
    plain, named = source(proxy="http://p:3128"), source("http://b/", proxy="squid")
    made = ways([plain, named], known(host="squid.lan", port=8888, login="me", password="secret"))
    assert made[plain.id].proxy == Proxy("http://p:3128")
    assert made[named.id].proxy == Proxy("http://squid.lan:8888", "me", "secret")
    made = ways([named], known(host="squid.lan"))
    assert made[named.id].proxy == Proxy("http://squid.lan:3128")


@pytest.mark.parametrize(("settings", "words"), [({"cookie": "c"}, "no password"), ({"proxy": "p"}, "no host")])
def test_a_connection_that_lacks_what_is_needed_stops_its_feed_alone(settings: dict[str, str], words: str) -> None:
    bad, good = source(**settings), source("http://b/", headers={"A": "b"})
    made = ways([bad, good], known())
    assert words in (made[bad.id].problem or "")
    assert made[good.id].problem is None


def test_airflow_is_asked_for_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PAPER", "http://me:session%3D1@squid.lan:99")
    found = airflow_connection("paper")
    assert (found.host, found.port, found.login, found.password) == ("squid.lan", 99, "me", "session=1")
    with pytest.raises(MissingConnection, match="no Airflow connection absent"):
        airflow_connection("absent")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def proxy() -> Iterator[ForwardingProxy]:
    with forwarding() as running:
        yield running


def feed(url: str) -> Feed:
    now = datetime.now(UTC)
    return Feed(id=feed_id(url), source=source(url), state=FeedState(url=url, next_poll_at=now, interval_s=60))


def test_a_feed_and_its_pages_are_asked_for_the_way_the_desk_says(
    server: Server, proxy: ForwardingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SQUID", proxy.url)
    monkeypatch.setenv("AIRFLOW_CONN_PAPER", "http://:session%3D1@x")
    url, page, lost = server.add("/feed", RSS), server.add("/page", b"<html/>"), server.url("/lost")
    server.add("/robots.txt", b"")
    outlines = [
        f'<outline text="Paper" xmlUrl="{url}" hotline:proxy="squid" hotline:cookie="paper" hotline:header-X="y"/>',
        f'<outline text="Lost" xmlUrl="{lost}" hotline:cookie="absent"/>',
    ]
    write_files(tmp_path / "desks/us_russia", opml("T", outlines), ROOT / "desks/us_russia")
    network = Network(Line(Settings(home=tmp_path / "home", desks=tmp_path / "desks")))
    polled = network.feed(feed(url), 10)
    assert polled.parsed is not None
    assert network.page(page, ["us_russia"], 10, feed_id(url)).status == 200
    assert network.page(page, ["us_russia"], 10).status == 200
    sent = [(path, headers.get("cookie"), headers.get("x")) for path, headers in server.requests]
    assert sent == [
        ("/feed", "session=1", "y"), ("/robots.txt", None, None), ("/page", "session=1", "y"), ("/page", None, None),
    ]  # fmt: skip
    assert len(proxy.asked) == 3
    assert "no Airflow connection absent" in str(network.feed(feed(lost), 10).error)
    with pytest.raises(FetchError, match="settings"):
        network.page(page, ["us_russia"], 10, feed_id(lost))
    network.close()
