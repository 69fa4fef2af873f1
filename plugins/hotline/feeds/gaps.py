"""Entries that were missed: a poll that finds nothing it knows cannot say what stood in between. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hotline.feeds.outcome import PollOutcome
from schemas.feed import FeedState
from schemas.item import Entry

AHEAD = timedelta(hours=1)  # a date further in the future is a mistake of the outlet


def with_gap(outcome: PollOutcome, state: FeedState, entries: Sequence[Entry], now: datetime) -> PollOutcome:
    """The outcome of a poll that brought these entries, with what they say of those before; needs its counts.

    A gap is a feed, seen before and not empty then, that holds no entry known before, and none dated before the newest
    known one: a list that is made anew with new ids for old entries is none.
    """
    if not outcome.ok or not entries:
        return outcome
    dates = [entry.published_at for entry in entries if entry.published_at and entry.published_at <= now + AHEAD]
    is_new_altogether = outcome.known_entries == 0 and outcome.new_entries > 0
    overlaps = state.newest_at is not None and bool(dates) and min(dates) <= state.newest_at
    return replace(
        outcome,
        missed=state.first_polled_at is not None and bool(state.entries) and is_new_altogether and not overlaps,
        entries=len(entries),
        newest_at=max(dates, default=None),
    )
