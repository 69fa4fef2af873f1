"""robots.txt for pages."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hotline.feeds.http import Fetcher
from hotline.feeds.robots import Robots
from schemas.desk import Polling
from tests.feeds.hostile import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def robots() -> Iterator[Robots]:
    with Fetcher(
        Polling(allow_private_addresses=True, host_spacing=timedelta(0), timeout=timedelta(seconds=2))
    ) as client:
        yield Robots(client)


def test_rules_are_obeyed_and_kept(server: Server, robots: Robots) -> None:
    server.add("/robots.txt", b"User-agent: *\nDisallow: /private\n\nUser-agent: hotline\nDisallow: /ours\n")
    assert robots.allowed(server.url("/news"))
    assert not robots.allowed(server.url("/ours/1"))
    assert robots.allowed(server.url("/private/1"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [404, 403, 500])
def test_without_rules_pages_are_allowed(server: Server, robots: Robots, status: int) -> None:
    server.add("/robots.txt", b"User-agent: *\nDisallow: /", status=status)
    assert robots.allowed(server.url("/news"))


def test_a_robots_file_that_cannot_be_had_forbids_nothing(robots: Robots) -> None:
    assert robots.allowed("http://no-such-host.invalid/x")


def test_junk_is_no_rule(server: Server, robots: Robots) -> None:
    server.add("/robots.txt", b"<html>\xff\0</html>" * 100)
    assert robots.allowed(server.url("/news"))
