"""A newsroom whose clock stands still until a test moves it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

from tests.newsroom import Newsroom


@dataclass
class Clock:
    """The time of a newsroom under test."""

    time: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Reader:
    """Somebody who reads the newsroom."""

    room: Newsroom
    pool: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)

    def get(self, url: str, **headers: str) -> urllib3.BaseHTTPResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.pool.request("GET", url, headers=named, redirect=False, retries=False)

    def page(self, piece_id: str) -> urllib3.BaseHTTPResponse:
        return self.get(self.room.url(piece_id))

    def feed(self, feed_id: str) -> urllib3.BaseHTTPResponse:
        return self.get(self.room.feed_url(feed_id))

    def all_feeds(self) -> None:
        for feed_id in self.room.shelves:
            self.feed(feed_id)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def room(clock: Clock) -> Iterator[Newsroom]:
    with Newsroom(clock=clock) as opened:
        yield opened


@pytest.fixture
def reader(room: Newsroom) -> Reader:
    return Reader(room)


@pytest.fixture
def scripted(clock: Clock) -> Iterator[Newsroom]:
    with Newsroom(script=True, clock=clock) as opened:
        yield opened
