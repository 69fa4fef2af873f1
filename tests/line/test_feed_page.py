"""Why the next poll of a feed is when it is, in words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.line.feed_page import spoken, why
from schemas.desk import Polling
from schemas.feed import Feed, FeedSource, FeedState

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLLING = Polling()
HOUR = timedelta(hours=1)


def reason(interval_s: float, *, paused: bool = False, active: bool = True, **state: Any) -> str:
    source = FeedSource(id="f", url="https://f.example/", title="F", publisher="F", paused=paused)
    known: dict[str, Any] = {"last_polled_at": NOW, "last_new_at": NOW} | state
    made = FeedState(url=source.url, interval_s=interval_s, **{"next_poll_at": NOW, **known})
    return why(Feed(id="f", source=source, state=made, active=active), POLLING, NOW)


@pytest.mark.parametrize(
    ("words", "interval_s", "more"),
    [
        ("paused", 60, {"paused": True}),
        ("no desk names it", 60, {"active": False}),
        ("its first poll", 60, {"last_polled_at": None}),
        ("3 polls failed in a row, so 8 min are waited", 480, {"failures": 3}),
        ("the last poll failed", 480, {"failures": 1}),
        ("every 60 s: the desk's floor", 60, {}),
        ("every 24 h: the desk's ceiling", 86400, {}),
        ("every 10 min: a tenth of the 100 min that usually pass", 600, {"gap_s": 6000}),
        ("every 60 min: a tenth of the 10 h without a new entry so far", 3600, {"last_new_at": NOW - 10 * HOUR}),
        ("asks for that", 3600, {"gap_s": 6000}),
        ("half of the wait before", 300, {"gap_s": 6000}),
        ("gone for good (410)", 86400, {"failures": 2, "last_status": 410}),
        ("entries; later, because its skipHours", 600,
         {"gap_s": 6000, "skip_hours": [13], "next_poll_at": NOW + 2 * HOUR}),
        ("60 min at most, since entries were missed on 23 November", 3600,
         {"gap_wait_s": 3600, "last_gap_at": NOW - timedelta(days=1), "gap_s": 90000}),
    ],
)  # fmt: skip
def test_why(words: str, interval_s: float, more: dict[str, Any]) -> None:
    assert words in reason(interval_s, **more)


def test_spans_are_spoken_in_their_largest_unit() -> None:
    spans = [timedelta(seconds=59), timedelta(minutes=12), timedelta(hours=5.5), timedelta(days=3)]
    assert [spoken(span) for span in spans] == ["59 s", "12 min", "5.5 h", "3 days"]
