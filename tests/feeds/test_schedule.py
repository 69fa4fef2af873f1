"""When feeds and pages are asked for: bounds, rhythm, failures, redirects, hints, liars."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.feeds.conditional import CHECK_EVERY, request_headers
from hotline.feeds.moved import after_search, is_sought
from hotline.feeds.opml import feed_id
from hotline.feeds.outcome import PollOutcome
from hotline.feeds.parsed import Hints
from hotline.feeds.schedule import POLLS_PER_GAP, after_poll, first_state, fresh_for, page_retry
from schemas.desk import Polling
from schemas.feed import FeedFormat, FeedSource, FeedState

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
POLLING = Polling()
URL = "https://outlet.example/feed"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def source(url: str = URL) -> FeedSource:
    return FeedSource(id=feed_id(url), url=url, title="Outlet", publisher="Outlet")


def state(**update: Any) -> FeedState:
    known = {"first_polled_at": NOW - 10 * DAY, "last_success_at": NOW - HOUR, "last_new_at": NOW - HOUR, "polls": 5}
    return FeedState.model_validate({"url": URL, "next_poll_at": NOW, "interval_s": 300} | known | update)


def polled(old: FeedState, now: datetime = NOW, polling: Polling = POLLING, **outcome: Any) -> FeedState:
    """The state after a poll that brought a feed, or whatever `outcome` says."""
    told: dict[str, Any] = {"status": 200} | outcome
    if told["status"] == 200 and "error" not in told:
        told.setdefault("format", FeedFormat.RSS)
    return after_poll(old, PollOutcome(**told), now, polling, Random(1))


def wait(new: FeedState, now: datetime = NOW) -> timedelta:
    return new.next_poll_at - now


def live(old: FeedState, every: timedelta, span: timedelta, **outcome: Any) -> list[timedelta]:
    """The waits of a feed that brings an entry `every` so often and is always polled when due."""
    now, waits, published = NOW, [], 0
    while now < NOW + span:
        due = int((now - NOW) / every)
        old = polled(old, now, new_entries=due - published, known_entries=20, **outcome)
        published = due
        waits.append(wait(old, now))
        now = old.next_poll_at
    return waits


# The first polls


def test_a_new_feed_is_due_within_the_floor() -> None:
    first = first_state(source(), NOW, POLLING, Random(1))
    assert NOW <= first.next_poll_at <= NOW + POLLING.floor
    assert (first.url, request_headers(first)) == (URL, {})


def test_new_feeds_do_not_start_at_the_same_moment() -> None:
    rng = Random(1)
    seconds = Counter(first_state(source(), NOW, POLLING, rng).next_poll_at.second for _ in range(3000))
    assert max(seconds.values()) < 200


def test_a_feed_is_asked_again_soon_after_its_first_success() -> None:
    first = polled(first_state(source(), NOW, POLLING, Random(1)), new_entries=50)
    assert wait(first) <= POLLING.floor * 1.1
    assert first.first_polled_at == NOW
    assert first.gap_s is None, "what a first poll brings is the past, and says nothing of the rhythm"


# Rhythm


def test_a_breaking_outlet_is_polled_each_minute() -> None:
    assert max(live(state(gap_s=60.0, last_new_at=NOW), every=5 * MINUTE, span=6 * HOUR)[5:]) <= 1.1 * MINUTE


def test_a_sleepy_outlet_is_polled_daily() -> None:
    waits = live(state(gap_s=60.0, last_new_at=NOW), every=30 * DAY, span=90 * DAY)
    assert waits[-1] >= 0.9 * DAY
    assert max(waits) <= POLLING.ceiling


def test_an_outlet_that_wakes_up_is_followed_at_once() -> None:
    sleepy = state(gap_s=20 * 86400.0, last_new_at=NOW - 20 * DAY, interval_s=86400)
    waits = live(sleepy, every=5 * MINUTE, span=2 * DAY)
    assert sum(waits[1:6], timedelta()) < DAY / 4
    assert max(waits[5:]) <= 3 * MINUTE


def test_an_entry_waits_a_small_part_of_the_usual_gap() -> None:
    for every in (10 * MINUTE, HOUR, 6 * HOUR):
        waits = live(state(gap_s=every.total_seconds(), last_new_at=NOW), every=every, span=20 * every)
        assert sum(waits[10:], timedelta()) / len(waits[10:]) <= max(1.1 * MINUTE, every / 8)


def test_a_late_poll_does_not_make_the_next_one_later() -> None:
    """The same entries over the same time, polled on time or with an outage of ours in between."""
    on_time = live(state(gap_s=600.0, last_new_at=NOW), every=10 * MINUTE, span=5 * HOUR)
    late = polled(state(gap_s=600.0, last_new_at=NOW), NOW + 5 * HOUR, new_entries=30)
    assert wait(late, NOW + 5 * HOUR) <= max(on_time) * 1.1


@pytest.mark.parametrize(
    "hinted",
    [
        {"hints": Hints(ttl_s=3600)},
        {"headers": {"cache-control": "max-age=3600"}},
        {"hints": Hints(update_period_s=3600)},
    ],
)
def test_a_hint_slows_a_feed_that_bears_it_out(hinted: dict[str, Any]) -> None:
    slow = state(gap_s=4 * 3600.0, last_new_at=NOW - HOUR)
    assert wait(polled(slow, known_entries=9, **hinted)) >= 0.9 * HOUR > 1.5 * wait(polled(slow, known_entries=9))


def test_a_hint_that_the_feed_contradicts_is_not_obeyed() -> None:
    waits = live(state(gap_s=300.0, last_new_at=NOW), every=3 * MINUTE, span=6 * HOUR, hints=Hints(ttl_s=86400))
    assert max(waits) <= 3 * MINUTE


def test_skipped_hours_and_days_are_not_polled() -> None:
    night = Hints(skip_hours=frozenset(range(12, 18)))
    slow = state(gap_s=20 * 3600.0, last_new_at=NOW)
    assert polled(slow, hints=night).next_poll_at.hour >= 18
    tuesday = Hints(skip_days=frozenset({1}))
    assert polled(slow, hints=tuesday).next_poll_at.weekday() == 2
    assert NOW.weekday() == 1


@pytest.mark.parametrize("silent", [{"status": 304}, {"format": None, "unchanged": True}])
def test_the_hints_of_the_last_document_hold_while_nothing_new_comes(silent: dict[str, Any]) -> None:
    slow = state(gap_s=20 * 3600.0, last_new_at=NOW)
    hints = Hints(ttl_s=6 * 3600, skip_hours=frozenset({0, 1}), skip_days=frozenset({3}))
    told = polled(slow, hints=hints)
    later = polled(told, NOW + HOUR, **silent)
    assert wait(later, NOW + HOUR) >= 0.9 * 6 * HOUR
    thursday = datetime(2026, 11, 25, 22, 0, tzinfo=UTC)  # two hours before the day that is skipped, with its two hours
    assert polled(told, thursday, **silent).next_poll_at >= datetime(2026, 11, 26, 22, tzinfo=UTC)
    assert polled(later, NOW + 2 * HOUR).hint_s is None, "a document without hints takes them back"


def test_a_feed_that_skips_everything_is_polled_all_the_same() -> None:
    for hints in (Hints(skip_hours=frozenset(range(24))), Hints(skip_days=frozenset(range(7)))):
        assert wait(polled(state(gap_s=3600.0), hints=hints)) <= HOUR


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "public, max-age=300"}, 300),
        ({"cache-control": "max-age=300", "age": "100"}, 200),
        ({"cache-control": "max-age=300, no-cache"}, 0),
        ({"expires": "Tue, 24 Nov 2026 12:10:00 GMT"}, 600),
        ({"expires": "Tue, 24 Nov 2020 12:10:00 GMT"}, 0),
        ({"expires": "0"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=99999999999999999999"}, 999999999),
        ({}, 0),
    ],
)
def test_freshness(headers: dict[str, str], seconds: float) -> None:
    assert fresh_for(headers, NOW) == seconds


# Conditional requests


def test_validators_are_kept_and_sent_back() -> None:
    new = polled(
        state(), headers={"etag": 'W/"a"', "last-modified": "yesterday"}, body_sha256="00", format=FeedFormat.RSS
    )
    assert request_headers(new) == {"If-None-Match": 'W/"a"', "If-Modified-Since": "yesterday"}
    assert (new.body_sha256, new.format) == ("00", FeedFormat.RSS)
    unchanged = polled(new, status=304)
    assert (unchanged.etag, unchanged.body_sha256) == ('W/"a"', "00")
    assert unchanged.last_success_at == NOW


def test_each_so_many_polls_one_is_unconditional() -> None:
    sent = [bool(request_headers(state(polls=n, etag='"a"'))) for n in range(2 * CHECK_EVERY)]
    assert sent.count(False) == 2


def test_a_server_that_keeps_its_etag_while_the_feed_changes_is_found_out() -> None:
    liar = polled(state(etag='"a"', polls=CHECK_EVERY - 1), headers={"etag": '"a"'}, new_entries=2)
    assert not liar.conditional
    assert '"a"' in (liar.conditional_reason or "")
    assert request_headers(liar) == {}
    dated = polled(state(last_modified="x"), headers={"last-modified": "x"}, new_entries=2)
    assert not dated.conditional


def test_a_server_that_answers_304_whatever_happens_is_found_out() -> None:
    """Its ETag changes with the feed, so only the checks see that anything is new."""
    liar = state(etag='"0"', polls=0)
    for n in range(1, 2 * CHECK_EVERY + 1):
        checked = not request_headers(liar)
        answer = {"headers": {"etag": f'"{n}"'}, "new_entries": 3} if checked else {"status": 304}
        liar = polled(liar, NOW + n * HOUR, **answer)
    assert not liar.conditional
    assert "304" in (liar.conditional_reason or "")


def test_one_check_with_news_may_be_chance() -> None:
    honest = state(etag='"0"', polls=0)
    for n in range(1, 6 * CHECK_EVERY):
        new = n % (CHECK_EVERY // 2) == 0  # also at the checks, but between them too
        answer = {"headers": {"etag": f'"{n}"'}, "new_entries": 1} if new else {"status": 304}
        honest = polled(honest, NOW + n * HOUR, **answer)
    assert honest.conditional


def test_an_honest_server_is_believed() -> None:
    assert polled(state(etag='"a"'), headers={"etag": '"b"'}, new_entries=2).conditional
    assert polled(state(etag='"a"'), headers={"etag": '"a"'}, new_entries=0).conditional
    assert polled(state(), headers={}, new_entries=2).conditional


# Failures


def fail(old: FeedState, times: int, now: datetime = NOW, **outcome: Any) -> tuple[FeedState, datetime]:
    for _ in range(times):
        old = polled(old, now, **({"status": 500} | outcome))
        now = old.next_poll_at
    return old, now


def test_a_failure_is_recorded_with_its_reason() -> None:
    new = polled(state(etag='"a"'), status=None, error="dns: no such host")
    assert (new.failures, new.last_error, new.last_status) == (1, "dns: no such host", None)
    assert new.etag == '"a"'
    assert polled(state(), status=503).last_error == "the server answered with status 503"
    assert polled(state(), status=200, error="it is an HTML page").failures == 1


def test_a_success_forgets_failures() -> None:
    new = polled(state(failures=9, last_error="x"))
    assert (new.failures, new.last_error) == (0, None)


def test_a_feed_that_fails_is_never_given_up() -> None:
    new, now = fail(state(), 60)
    assert new.failures == 60
    assert now < NOW + 60 * POLLING.revival
    assert wait(new, now - (now - NOW)) > DAY or new.interval_s > 86400
    assert new.interval_s <= POLLING.revival.total_seconds()


def test_after_a_short_outage_a_feed_is_back_soon() -> None:
    """Down for some hours: the wait at the end is no more than about a third of that."""
    old, now = state(last_success_at=NOW), NOW
    while now < NOW + 6 * HOUR:
        old = polled(old, now, status=None, error="connect: refused")
        now = old.next_poll_at
    assert old.interval_s <= 3 * 3600


def test_gone_is_not_the_same_as_not_found() -> None:
    assert wait(polled(state(), status=410)) > 10 * wait(polled(state(), status=404))


def test_a_server_without_the_feed_is_not_the_same_as_a_server_in_trouble() -> None:
    """Only the first says that the feed is elsewhere, if anywhere."""
    for answer in ({"status": 404}, {"status": 410}, {"status": 200, "error": "it is an HTML page"}):
        lost = polled(state(), NOW, **answer)
        assert lost.lost_since == NOW
        assert polled(polled(lost, NOW + DAY, status=503), NOW + 2 * DAY, **answer).lost_since == NOW
        assert polled(lost, NOW + DAY).lost_since is None
    for answer in ({"status": 503}, {"status": None, "error": "dns: no such host"}, {"status": 403}):
        assert polled(state(), NOW, **answer).lost_since is None


def test_what_is_gone_is_looked_for_at_once_and_what_is_not_found_after_a_week() -> None:
    for status, after in ((410, timedelta(0)), (404, POLLING.adopt_redirect_after)):
        lost = polled(state(), NOW, status=status)
        assert is_sought(lost, NOW + after, POLLING)
        assert not is_sought(lost, NOW + after - MINUTE, POLLING) or status == 410
    assert not is_sought(state(), NOW, POLLING)


def test_a_feed_that_was_found_elsewhere_is_adopted_after_it_held_and_a_second_look() -> None:
    lost = polled(state(etag='"a"', body_sha256="00"), NOW, status=410)
    seen = after_search(lost, MOVED, NOW, POLLING)
    assert (seen.url, seen.moved_to, seen.moved_since) == (URL, MOVED, NOW)
    assert after_search(seen, MOVED, NOW + 6 * DAY, POLLING).url == URL
    assert after_search(seen, None, NOW + 6 * DAY, POLLING).moved_to is None
    new = after_search(seen, MOVED, NOW + 7 * DAY, POLLING)
    assert (new.url, new.moved_to, new.lost_since, new.etag) == (MOVED, None, None, None)
    assert new.next_poll_at == NOW + 7 * DAY, "it is polled at once"


def test_retry_after_is_obeyed_up_to_a_cap() -> None:
    assert wait(polled(state(), status=429, retry_after_s=3600)) >= 0.9 * HOUR
    assert wait(polled(state(), status=429, retry_after_s=1e9)) <= 1.1 * POLLING.retry_after_cap


# Redirects


MOVED = "https://new.example/feed"


def test_a_permanent_redirect_is_adopted_after_it_held_and_a_second_look() -> None:
    seen = polled(state(), permanent_url=MOVED)
    assert (seen.url, seen.moved_to, seen.moved_since) == (URL, MOVED, NOW)
    early = polled(seen, NOW + 6 * DAY, permanent_url=MOVED)
    assert (early.url, early.moved_since) == (URL, NOW)
    late = polled(early, NOW + 7 * DAY, permanent_url=MOVED)
    assert (late.url, late.moved_to, late.moved_since) == (MOVED, None, None)


def test_a_redirect_that_goes_away_or_changes_starts_anew() -> None:
    seen = polled(state(), permanent_url=MOVED)
    assert polled(seen, NOW + 8 * DAY).moved_to is None
    other = polled(seen, NOW + 8 * DAY, permanent_url="https://other.example/")
    assert (other.url, other.moved_since) == (URL, NOW + 8 * DAY)


def test_a_redirect_to_something_that_is_no_feed_is_not_adopted() -> None:
    seen = polled(state(), permanent_url=MOVED)
    assert polled(seen, NOW + 8 * DAY, permanent_url=MOVED, error="it is an HTML page").url == URL


# Pages


def test_a_page_is_tried_again_with_longer_waits_until_its_attempts_are_used_up() -> None:
    tries = [page_retry(n, 503, None, None, NOW, POLLING) for n in range(1, POLLING.page_attempts + 1)]
    assert tries[-1] is None
    waits = [at - NOW for at in tries if at]
    assert waits == sorted(waits)
    assert len(waits) == POLLING.page_attempts - 1


def test_a_missing_page_gets_one_second_chance() -> None:
    for status in (404, 410):
        assert page_retry(1, status, None, None, NOW, POLLING) is not None
        assert page_retry(2, status, None, None, NOW, POLLING) is None


def test_a_page_waits_as_long_as_its_server_asks() -> None:
    assert page_retry(1, 429, None, 5000, NOW, POLLING) == NOW + timedelta(seconds=5000)
    assert page_retry(1, 429, None, 1e12, NOW, POLLING) == NOW + POLLING.retry_after_cap


# Properties

durations = st.integers(1, 10**7).map(lambda s: timedelta(seconds=s))


@st.composite
def pollings(draw: st.DrawFn) -> Polling:
    floor, ceiling, revival = sorted(draw(st.tuples(durations, durations, durations)))
    return Polling(
        floor=floor,
        ceiling=ceiling,
        revival=revival,
        retry=draw(durations),
        start=draw(durations),
        retry_after_cap=draw(durations),
        adopt_redirect_after=draw(durations),
    )


hints = st.builds(
    Hints,
    ttl_s=st.none() | st.floats(0, 1e9),
    update_period_s=st.none() | st.floats(0, 1e9),
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
)
outcomes = st.builds(
    PollOutcome,
    status=st.none() | st.sampled_from([200, 204, 304, 301, 404, 410, 429, 500, 503]),
    error=st.none() | st.just("timeout: slow"),
    headers=st.dictionaries(st.sampled_from(["etag", "cache-control", "expires", "age"]), st.text(max_size=20)),
    elapsed_s=st.none() | st.floats(0, 60),
    permanent_url=st.none() | st.just(MOVED),
    retry_after_s=st.none() | st.floats(0, 1e9),
    hints=hints,
    new_entries=st.integers(0, 1000),
)


@settings(deadline=None, max_examples=60)
@given(pollings(), st.lists(st.tuples(outcomes, st.floats(0, 1e6)), max_size=20), st.integers())
def test_a_feed_is_always_due_again_within_its_bounds(
    polling: Polling, history: list[tuple[PollOutcome, float]], seed: int
) -> None:
    rng, now = Random(seed), NOW
    current = first_state(source(), now, polling, rng)
    for outcome, late_s in history:
        now = max(now, current.next_poll_at) + timedelta(seconds=late_s)
        current = after_poll(current, outcome, now, polling, rng)
        longest = polling.ceiling if outcome.ok else polling.revival
        assert polling.floor <= wait(current, now) <= longest


@settings(deadline=None, max_examples=50)
@given(
    pollings(),
    st.integers(0, 60),
    st.integers(1, 60),
    st.sampled_from([{"status": 500}, {"status": 404}, {"status": 410}, {"error": "timeout: slow"}]),
    st.none() | st.floats(0, 1e8),
)
def test_more_failures_never_mean_a_shorter_wait(
    polling: Polling, few: int, more: int, answer: dict[str, Any], down_s: float | None
) -> None:
    last = None if down_s is None else NOW - timedelta(seconds=down_s)
    waits = [
        polled(state(failures=n, last_success_at=last), polling=polling, **answer).interval_s for n in (few, few + more)
    ]
    assert waits[0] <= waits[1]


@settings(deadline=None, max_examples=30)
@given(pollings(), st.integers(1, 80), st.integers(), st.sampled_from([404, 410, 429, 503, None]))
def test_a_dead_feed_is_asked_again_within_the_revival_and_followed_at_once_when_it_is_back(
    polling: Polling, times: int, seed: int, status: int | None
) -> None:
    rng, now = Random(seed), NOW
    current = first_state(source(), now, polling, rng)
    for _ in range(times):
        now = current.next_poll_at
        current = after_poll(current, PollOutcome(status=status, error="x", retry_after_s=1e9), now, polling, rng)
        assert current.next_poll_at - now <= polling.revival
    back = after_poll(current, PollOutcome(status=200, format=FeedFormat.RSS), current.next_poll_at, polling, rng)
    assert wait(back, current.next_poll_at) <= polling.floor * 1.1, "its rhythm is not known: it is looked at again"
    assert back.failures == 0


def test_the_defaults_revive_within_thirty_days() -> None:
    assert POLLING.revival <= 30 * DAY


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(60, 86400), min_size=50, max_size=50), st.integers(0, 2**32))
def test_no_feed_starves_where_a_run_takes_only_the_longest_due(intervals: list[float], seed: int) -> None:
    """Each minute ten feeds are asked, in the order of next_poll_at: every feed is asked again within its own wait and
    the time that all the others take."""
    rng = Random(seed)
    states = {
        n: state(interval_s=s, gap_s=10 * s, last_new_at=NOW - timedelta(seconds=s), next_poll_at=NOW)
        for n, s in enumerate(intervals)
    }
    due_since = dict.fromkeys(states, NOW)
    for minute in range(240):
        now = NOW + minute * MINUTE
        due = sorted((one.next_poll_at, n) for n, one in states.items() if one.next_poll_at <= now)
        for _, n in due[:10]:
            assert now - due_since[n] <= (len(states) // 10 + 1) * MINUTE
            states[n] = after_poll(states[n], PollOutcome(status=304), now, POLLING, rng)
            due_since[n] = states[n].next_poll_at


def test_feeds_that_failed_together_come_apart() -> None:
    """All feeds of a desk fail at once (the network was cut) and are polled at once after a restart."""
    rng = Random(3)
    states = [state(last_success_at=NOW - DAY) for _ in range(1000)]
    now = NOW
    for _ in range(6):
        states = [after_poll(one, PollOutcome(error="connect: no network"), now, POLLING, rng) for one in states]
        now = max(one.next_poll_at for one in states)
    minutes = Counter(one.next_poll_at.replace(second=0) for one in states)
    assert max(minutes.values()) < 300


@pytest.mark.parametrize("gap", [HOUR, 6 * HOUR, DAY])
def test_after_a_restart_feeds_of_one_rhythm_do_not_stay_a_herd(gap: timedelta) -> None:
    """After a night without us all are overdue and asked in one run. A few polls later they are spread again."""
    rng = Random(3)
    states = [state(gap_s=gap.total_seconds(), last_new_at=NOW - gap / 2) for _ in range(1000)]
    now, answered = NOW, PollOutcome(status=304)
    states = [after_poll(one, answered, now, POLLING, rng) for one in states]
    end = NOW + gap
    while min(one.next_poll_at for one in states) < end:
        states = [
            after_poll(one, answered, one.next_poll_at, POLLING, rng) if one.next_poll_at < end else one
            for one in states
        ]
    span = max(one.next_poll_at for one in states) - min(one.next_poll_at for one in states)
    slots = Counter(int((one.next_poll_at - end) / (span / 20)) for one in states)
    assert span >= 0.1 * gap / POLLS_PER_GAP
    assert max(slots.values()) < 200, "a twentieth of the span holds no more than a fifth of them"
