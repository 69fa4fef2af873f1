"""A feed's page of numbers, drawn from records."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from hotline.cli.feed_page import bars, page
from hotline.line.feed_page import Numbers
from hotline.line.named_feeds import NamedFeed
from schemas.desk import Polling
from schemas.feed import Feed, FeedSource, FeedState, Habit
from schemas.item import ItemStatus

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def drawn(source: dict[str, Any] | None = None, counted: Numbers | None = None, **state: Any) -> str:
    made = FeedSource(id="f1", url="https://f.example/", title="F [x]", publisher="P", **(source or {}))
    known = {"next_poll_at": NOW + timedelta(minutes=5), "interval_s": 300, "last_polled_at": NOW, **state}
    feed = Feed(id="f1", source=made, state=FeedState(url=made.url, **known))
    console = Console(width=110, record=True, quiet=True)
    with console.capture() as capture:
        console.quiet = False
        console.print(page(NamedFeed(Path("/x/desks/d/feeds.opml"), 7, (), made), feed, counted, Polling(), NOW))
    return capture.get()


def habit(**more: Any) -> Habit:
    known: dict[str, Any] = {"hours": [1.0] * 24, "weekdays": [1.0] * 7, "active_days": 30, "day": NOW.date()}
    return Habit(**{"since": NOW - timedelta(days=60), "at": NOW, **known, **more})


@pytest.mark.parametrize(
    ("word", "source", "state"),
    [
        ("paused", {"paused": True}, {"habit": habit()}),
        ("failing", {}, {"failures": 2, "last_error": "dns: x"}),
        ("silent, although it answers", {}, {"silent_at": NOW, "last_success_at": NOW}),
        ("learning", {}, {}),
        ("learning", {}, {"habit": habit(active_days=3)}),
        ("well", {}, {"habit": habit()}),
    ],
)
def test_the_state_in_a_word(word: str, source: dict[str, Any], state: dict[str, Any]) -> None:
    assert f"state           {word} " in drawn(source, **state)


def test_a_feed_that_is_learnt_says_how_far() -> None:
    assert "3 of 8 days with news, 60 of 14 days watched" in drawn(habit=habit(active_days=3))
    assert "nothing is known yet" in drawn()


def test_what_the_desk_says_of_its_requests_is_shown_without_secrets() -> None:
    text = drawn({"proxy": "squid", "cookie": "paper", "headers": {"A": "b"}, "entry_only": True, "tier": 1})
    for words in ("squid", "from the Airflow connection paper", "A: b", "the entry alone", "1, must never be missed"):
        assert words in text
    assert "F [x]" in text  # no markup of ours


def test_numbers_that_do_not_add_up_say_so() -> None:
    days = [(NOW, 2), (NOW, 0)]
    wrong = Numbers(items=5, statuses={ItemStatus.INDEXED: 2}, days=days)
    assert "5 = indexed 2 — but these are 2: please report this" in drawn(counted=wrong)
    assert "0 = 0 " in drawn(counted=Numbers(items=0, statuses={}, days=days))


def test_bars_show_shares_of_the_highest_and_nothing_only_for_nothing() -> None:
    assert bars([0, 0.01, 4, 8]) == " ▁▄█"
    assert bars([0, 0]) == "  "
    assert bars([]) == ""
