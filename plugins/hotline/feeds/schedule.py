"""When a feed or a page is asked for next. Pure: what is known, what came, what time it is.

How often: a feed is asked ten times in the time that usually passes between two new entries, within the desk's floor
and ceiling. That time is measured on the clock, not in polls, so a poll that comes late does not make the next later.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import sqrt
from random import Random
from typing import Any

from hotline.feeds.conditional import after_answer
from hotline.feeds.moved import after_redirect
from hotline.feeds.outcome import PollOutcome
from hotline.feeds.parsed import Hints
from schemas.desk import Polling
from schemas.feed import FeedSource, FeedState

POLLS_PER_GAP = 10
# A hint (ttl, sy:updatePeriod, max-age) may slow polling down, but not below so many polls in the measured gap:
# many systems write hints that their own feed contradicts.
POLLS_PER_GAP_HINTED = 3
SMOOTHING = 0.25  # weight of the latest value in moving averages
JITTER = 0.1
GAP_KEPT = timedelta(days=14)  # polling stays faster for so long after entries were missed


def first_state(source: FeedSource, now: datetime, polling: Polling, rng: Random) -> FeedState:
    """A feed nobody has polled yet: due within the floor, each at another moment, so that a new desk is no stampede."""
    delay = polling.floor * (rng.random() / 2)
    return FeedState(url=source.url, next_poll_at=now + delay, interval_s=polling.start.total_seconds())


def after_poll(state: FeedState, outcome: PollOutcome, now: datetime, polling: Polling, rng: Random) -> FeedState:
    """The feed's state after a poll."""
    update: dict[str, Any] = {
        "polls": state.polls + 1,
        "last_polled_at": now,
        "last_status": outcome.status,
        "response_time_s": _smoothed(state.response_time_s, outcome.elapsed_s),
    }
    if outcome.ok:
        update |= _succeeded(state, outcome, now, polling, rng)
    else:
        update |= _failed(state, outcome, now, polling, rng)
    return state.model_copy(update=update)


def _succeeded(state: FeedState, outcome: PollOutcome, now: datetime, polling: Polling, rng: Random) -> dict[str, Any]:
    gap = _gap(state, outcome, now)
    hints = _hints(state, outcome)
    wait = _interval(state, outcome, gap, _hinted(hints, outcome, now), now, polling)
    missed = _after_missed(state, outcome, now)
    if missed.get("gap_wait_s") is not None:
        wait = _within(min(wait, timedelta(seconds=missed["gap_wait_s"])), polling.floor, polling.ceiling)
    update: dict[str, Any] = missed | {
        "failures": 0,
        "last_error": None,
        "last_success_at": now,
        "first_polled_at": state.first_polled_at or now,
        "gap_s": gap,
        "interval_s": wait.total_seconds(),
        "lost_since": None,
        "next_poll_at": _outside_skips(now + _jittered(wait, polling.floor, polling.ceiling, rng), hints, now, polling),
        "hint_s": max(hints.ttl_s or 0.0, hints.update_period_s or 0.0) or None,
        "skip_hours": sorted(hints.skip_hours),
        "skip_days": sorted(hints.skip_days),
    }
    if outcome.entries is not None:
        newest = [date for date in (outcome.newest_at, state.newest_at) if date is not None]
        update |= {"entries": outcome.entries, "newest_at": max(newest, default=None)}
    if outcome.new_entries:
        update |= {"last_new_at": now, "new_items": state.new_items + outcome.new_entries}
    if outcome.status != 304:
        update |= {"body_sha256": outcome.body_sha256 or state.body_sha256, "format": outcome.format or state.format}
    return update | after_answer(state, outcome) | after_redirect(state, outcome, now, polling)


def _gap(state: FeedState, outcome: PollOutcome, now: datetime) -> float | None:
    """Moving average of the time between two new entries, in seconds; None before a second poll brought some.

    The average is geometric: gaps differ by factors, and an outlet that wakes up after weeks is believed at once.
    """
    if state.first_polled_at is None:  # what a first poll brings is the past
        return None
    if not outcome.new_entries:
        return state.gap_s
    since = (now - (state.last_new_at or state.first_polled_at)).total_seconds()
    gap = max(since, 1.0) / outcome.new_entries
    return gap if state.gap_s is None else sqrt(state.gap_s * gap)


def _interval(
    state: FeedState, outcome: PollOutcome, gap: float | None, hinted_s: float, now: datetime, polling: Polling
) -> timedelta:
    """The wait before the next poll: a tenth of the expected gap, slowed by hints that the gap bears out."""
    if state.first_polled_at is None:
        return polling.floor  # its rhythm is learnt fastest by looking
    quiet_s = (now - (state.last_new_at or state.first_polled_at)).total_seconds()
    expected = (gap or 0.0) if outcome.new_entries else max(gap or 0.0, quiet_s)
    hint = min(hinted_s, expected / POLLS_PER_GAP_HINTED)
    wait = max(expected / POLLS_PER_GAP, hint)
    if outcome.new_entries:  # one comes seldom alone
        wait = min(wait, state.interval_s / 2)
    return _within(timedelta(seconds=wait), polling.floor, polling.ceiling)


def _after_missed(state: FeedState, outcome: PollOutcome, now: datetime) -> dict[str, Any]:
    """After a poll that missed entries no wait is longer than half of the one that missed them, for two weeks."""
    if outcome.missed:
        waited = now - (state.last_success_at or now)
        return {"gaps": state.gaps + 1, "last_gap_at": now, "gap_wait_s": waited.total_seconds() / 2}
    if state.last_gap_at is not None and now - state.last_gap_at >= GAP_KEPT:
        return {"gap_wait_s": None}
    return {"gap_wait_s": state.gap_wait_s}


def _hints(state: FeedState, outcome: PollOutcome) -> Hints:
    """The hints of the document, or of the last one: a 304 or an unchanged body says them again."""
    if outcome.format is not None:
        return outcome.hints
    return Hints(ttl_s=state.hint_s, skip_hours=frozenset(state.skip_hours), skip_days=frozenset(state.skip_days))


def _hinted(hints: Hints, outcome: PollOutcome, now: datetime) -> float:
    """The longest wait that the feed or its server asks for, in seconds; 0 without any."""
    return max(hints.ttl_s or 0.0, hints.update_period_s or 0.0, fresh_for(outcome.headers, now))


def fresh_for(headers: Mapping[str, str], now: datetime) -> float:
    """How long a response stays fresh, in seconds (RFC 9111, 4.2.1): max-age, else Expires less the time now."""
    control = [part.strip().partition("=") for part in headers.get("cache-control", "").lower().split(",")]
    directives = {name: value.strip('" ') for name, _, value in control}
    if "no-cache" in directives or "no-store" in directives:
        return 0.0
    if directives.get("max-age", "").isdecimal():
        age = headers.get("age", "")
        return max(0.0, float(directives["max-age"][:9]) - (float(age[:9]) if age.isdecimal() else 0.0))
    expires = http_date(headers.get("expires", ""))
    return max(0.0, (expires - now).total_seconds()) if expires else 0.0


def http_date(value: str) -> datetime | None:
    """A date as HTTP writes it (RFC 9110, 5.6.7), in UTC; None where it is none."""
    try:
        parsed = parsedate_to_datetime(value)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _outside_skips(at: datetime, hints: Hints, now: datetime, polling: Polling) -> datetime:
    """The first moment from `at` on that the feed's skipHours and skipDays allow, within the ceiling."""
    moment = at
    while moment - now <= polling.ceiling:
        if moment.hour not in hints.skip_hours and moment.weekday() not in hints.skip_days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at if len(hints.skip_hours) >= 24 or len(hints.skip_days) >= 7 else max(at, now + polling.ceiling)


def _failed(state: FeedState, outcome: PollOutcome, now: datetime, polling: Polling, rng: Random) -> dict[str, Any]:
    failures = state.failures + 1
    wait = _backoff(failures, polling.retry, polling.revival)
    if state.last_success_at is not None:
        # A fault that began lately ends soon as a rule: no wait is longer than a third of the time it has lasted.
        wait = min(wait, max(polling.retry, (now - state.last_success_at) / 3))
    if outcome.status == 410:  # RFC 9110, 15.5.11: gone for good, as far as its server knows
        wait = max(wait, polling.ceiling * failures)
    if outcome.retry_after_s is not None:
        wait = max(wait, min(timedelta(seconds=outcome.retry_after_s), polling.retry_after_cap))
    wait = _within(wait, polling.floor, polling.revival)
    return {
        "lost_since": (state.lost_since or now) if outcome.is_lost else state.lost_since,
        "failures": failures,
        "last_error": outcome.error or f"the server answered with status {outcome.status}",
        "interval_s": wait.total_seconds(),
        "next_poll_at": now + _jittered(wait, polling.floor, polling.revival, rng),
    }


def page_retry(
    attempts: int, status: int | None, error: str | None, retry_after_s: float | None, now: datetime, polling: Polling
) -> datetime | None:
    """When a page that could not be had is tried again; None: given up.

    `attempts` counts the tries so far, this one included. A page that is missing (404, 410) gets one second chance:
    outlets announce articles shortly before they publish them. So does an address that may not be fetched.
    """
    missing = status in (404, 410) and error is None
    if attempts >= polling.page_attempts or (missing and attempts >= 2):
        return None
    wait = _backoff(attempts, polling.retry, polling.ceiling)
    if retry_after_s is not None:
        wait = max(wait, min(timedelta(seconds=retry_after_s), polling.retry_after_cap))
    return now + wait


def _backoff(failures: int, first: timedelta, longest: timedelta) -> timedelta:
    """first, doubled with every further failure, up to longest."""
    return min(first * 2 ** min(failures - 1, 20), longest) if first < longest else longest


def _within(wait: timedelta, least: timedelta, most: timedelta) -> timedelta:
    return max(least, min(wait, most))


def _jittered(wait: timedelta, least: timedelta, most: timedelta, rng: Random) -> timedelta:
    """Up to a tenth more or less, so that feeds that failed or started together come apart."""
    return _within(wait * (1 + JITTER * (2 * rng.random() - 1)), least, most)


def _smoothed(old: float | None, new: float | None) -> float | None:
    if old is None or new is None:
        return old if new is None else new
    return old + SMOOTHING * (new - old)
