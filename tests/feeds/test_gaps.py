"""Entries that were missed between two polls, and what polling does about it."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from hotline.feeds.gaps import with_gap
from hotline.feeds.outcome import PollOutcome
from hotline.feeds.schedule import GAP_KEPT, after_poll
from schemas.desk import Polling
from schemas.feed import FeedState
from schemas.item import Entry

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLLING = Polling()


def seen(**more: Any) -> FeedState:
    known: dict[str, Any] = {
        "first_polled_at": NOW - timedelta(days=30),
        "last_success_at": NOW - 6 * HOUR,
        "last_new_at": NOW - 6 * HOUR,
        "gap_s": 12 * 3600.0,
        "interval_s": 6 * 3600.0,
        "entries": 10,
    }
    return FeedState(url="https://a.example/", **{"next_poll_at": NOW, **known, **more})


def outcome(state: FeedState, *dates: datetime | None, known: int = 0, **more: Any) -> PollOutcome:
    entries = [Entry(id=str(n), published_at=date) for n, date in enumerate(dates)]
    made = PollOutcome(**{"status": 200, **more}).counted(new_entries=len(entries) - known, known_entries=known)
    return with_gap(made, state, entries, NOW)


def test_a_document_without_any_known_entry_has_missed_some() -> None:
    assert outcome(seen(), None, None).missed
    assert outcome(seen(newest_at=NOW - 5 * HOUR), NOW - 4 * HOUR, NOW - HOUR).missed


@pytest.mark.parametrize(
    ("state", "dates", "known"),
    [
        (seen(), (None, None), 1),  # one is known
        (seen(first_polled_at=None), (None,), 0),  # the first poll
        (seen(entries=0), (None,), 0),  # there was nothing before
        (seen(entries=None), (None,), 0),
        (seen(newest_at=NOW - 5 * HOUR), (NOW - 6 * HOUR, NOW), 0),  # new ids for old entries
        (seen(), (), 0),
    ],
)
def test_what_is_no_gap(state: FeedState, dates: tuple[datetime | None, ...], known: int) -> None:
    assert not outcome(state, *dates, known=known).missed


def test_a_failure_misses_nothing_and_a_date_in_the_future_does_not_count() -> None:
    assert not outcome(seen(), None, error="status 500", status=500).missed
    ahead = outcome(seen(), NOW + timedelta(days=400), NOW - HOUR)
    assert ahead.newest_at == NOW - HOUR
    assert outcome(seen(newest_at=NOW), NOW + timedelta(days=400)).missed


def poll(state: FeedState, result: PollOutcome, now: datetime = NOW) -> FeedState:
    return after_poll(state, result, now, POLLING, Random(0))


def test_a_feed_that_missed_entries_is_polled_faster_for_two_weeks() -> None:
    state = seen()
    after = poll(state, outcome(state, NOW - HOUR, NOW))
    assert (after.gaps, after.last_gap_at, after.gap_wait_s) == (1, NOW, 3 * 3600)
    assert (after.entries, after.newest_at) == (2, NOW)
    quiet = NOW
    for _ in range(45):
        quiet += 8 * HOUR
        after = poll(after, PollOutcome(status=304), quiet)
        assert (after.interval_s <= 3 * 3600) == (quiet - NOW < GAP_KEPT), quiet
    assert after.gap_wait_s is None
    assert after.gaps == 1


def test_the_floor_holds_after_a_gap_too() -> None:
    state = seen(last_success_at=NOW - timedelta(seconds=60), interval_s=60)
    assert poll(state, outcome(state, None)).interval_s >= POLLING.floor.total_seconds()
    assert poll(seen(last_success_at=None), outcome(seen(), None)).gaps == 1
