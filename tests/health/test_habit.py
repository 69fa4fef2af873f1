"""What a feed normally brings: pauses that are usual never ring, others do, and so do floods."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.health.habit import (
    DAYS,
    LEARNING,
    UNKNOWN_SILENCE,
    expected,
    is_flood,
    is_learning,
    observe,
    per_week,
    silent_at,
    tolerance,
)
from schemas.feed import FeedState, Habit

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
LEAST = timedelta(hours=6)
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)

type Outlet = Callable[[datetime], int]
"""How many entries an outlet publishes in the hour that begins then."""


def watched(outlet: Outlet, until: datetime, state: FeedState | None = None) -> tuple[FeedState, list[datetime]]:
    """The state after hourly polls, and when a silence would have been told."""
    state = state or FeedState(url="https://a.example/", next_poll_at=START, interval_s=3600)
    at = (state.habit.at if state.habit else START) + HOUR
    rang: list[datetime] = []
    was_quiet = False
    while at < until:
        dates: list[datetime | None] = [at - timedelta(minutes=7 * n + 1) for n in range(outlet(at - HOUR))]
        is_quiet = not dates and state.silent_at is not None and at >= state.silent_at
        if is_quiet and not was_quiet:
            rang.append(at)
        was_quiet = is_quiet
        state = observe(state, dates, at, LEAST)
        at += HOUR
    return state, rang


def weekly(entries: int, weekday: int, hour: int) -> Outlet:
    return lambda at: entries if (at.weekday(), at.hour) == (weekday, hour) else 0


def daytime(a_day: int, first: int = 7, last: int = 19, days: int = 5) -> Outlet:
    """Evenly over the hours of the days of the week, and nothing at night and at weekends."""

    def outlet(at: datetime) -> int:
        if at.weekday() >= days or not first <= at.hour < last:
            return 0
        hours, turn = last - first, at.hour - first + at.toordinal() % 3
        return (turn + 1) * a_day // hours - turn * a_day // hours

    return outlet


@settings(max_examples=25, deadline=None)
@given(entries=st.integers(1, 8), weekday=st.integers(0, 6), hour=st.integers(0, 23), missed=st.integers(0, 1))
def test_a_weekly_outlet_never_rings_even_when_it_leaves_out_an_issue(
    entries: int, weekday: int, hour: int, missed: int
) -> None:
    published = weekly(entries, weekday, hour)
    holiday = START + 14 * WEEK
    state, rang = watched(
        lambda at: 0 if missed and holiday <= at < holiday + WEEK else published(at), START + 20 * WEEK
    )
    assert rang == [] or (missed and entries > 3)  # many at once: an issue left out is a silence for it
    assert state.habit is not None
    assert not is_learning(state.habit, START + 20 * WEEK)


@settings(max_examples=25, deadline=None)
@given(a_day=st.integers(1, 40), first=st.integers(0, 12), hours=st.integers(2, 11), days=st.integers(3, 7))
def test_pauses_at_night_and_at_weekends_never_ring(a_day: int, first: int, hours: int, days: int) -> None:
    _, rang = watched(daytime(a_day, first, first + hours, days), START + 8 * WEEK)
    assert rang == []


@settings(max_examples=25, deadline=None)
@given(a_day=st.integers(6, 60), weeks=st.integers(3, 10), hour=st.integers(0, 23))
def test_an_outlet_that_stops_rings_within_two_days_of_work(a_day: int, weeks: int, hour: int) -> None:
    stop = START + weeks * WEEK + hour * HOUR  # on a Monday
    outlet = daytime(a_day)
    _, rang = watched(lambda at: outlet(at) if at < stop else 0, stop + WEEK)
    assert len(rang) == 1
    assert LEAST <= rang[0] - stop <= timedelta(days=2)


def test_the_quicker_the_outlet_the_sooner_its_silence_is_told() -> None:
    stop = START + 4 * WEEK + 8 * HOUR
    delays = []
    for a_day in (200, 20, 4):
        outlet = daytime(a_day)
        _, rang = watched(lambda at, outlet=outlet: outlet(at) if at < stop else 0, stop + 2 * WEEK)  # type: ignore[misc]
        delays.append(rang[0] - stop)
    assert delays == sorted(delays)
    assert delays[0] <= timedelta(hours=8)


def test_nothing_rings_while_the_feed_is_learnt_but_one_that_never_brings_anything_does_in_the_end() -> None:
    state, rang = watched(lambda _: 0, START + UNKNOWN_SILENCE - WEEK)
    assert rang == []
    assert state.habit is not None
    assert is_learning(state.habit, START + 52 * WEEK)
    assert state.silent_at == START + HOUR + UNKNOWN_SILENCE


def test_old_texts_under_new_ids_are_no_sign_of_life() -> None:
    outlet = daytime(10)
    state, _ = watched(outlet, START + 4 * WEEK)
    old = observe(state, [START - WEEK] * 5, START + 4 * WEEK, LEAST)
    assert old == state
    young = observe(FeedState(url="u", next_poll_at=START, interval_s=1), [], START, LEAST)
    later = observe(young, [START - 2 * WEEK], START + WEEK, LEAST)  # all it brings, perhaps: it stays unknown
    assert later.silent_at == START + WEEK + UNKNOWN_SILENCE
    assert later.habit == young.habit


def test_a_poll_without_news_changes_nothing() -> None:
    state, _ = watched(daytime(10), START + WEEK)
    assert observe(state, [], START + WEEK, LEAST) is state


def test_entries_count_where_their_dates_say_and_a_day_without_a_time_says_nothing() -> None:
    state = observe(FeedState(url="u", next_poll_at=START, interval_s=1), [], START, LEAST)
    now = START + timedelta(days=1, hours=15)
    dates = [now - 3 * HOUR, START + timedelta(days=1), None, now + HOUR, now - timedelta(days=3)]
    habit = observe(state, dates, now, LEAST).habit
    assert habit is not None
    assert (habit.hours[12], habit.hours[15], habit.hours[0]) == (1, 4, 0)
    assert habit.weekdays[1] == 5
    assert (habit.days, habit.active_days) == ([0, 5], 1)


def test_what_is_expected_adds_up() -> None:
    state, _ = watched(daytime(12), START + 6 * WEEK)
    habit = state.habit
    assert habit is not None
    assert per_week(habit) == pytest.approx(60, rel=0.07)  # watched until Friday evening
    monday = START + 6 * WEEK
    assert expected(habit, monday, monday + WEEK) == pytest.approx(per_week(habit))
    assert expected(habit, monday, monday + 3 * WEEK) == pytest.approx(3 * per_week(habit))
    assert expected(habit, monday + timedelta(days=5), monday + timedelta(days=7)) == 0
    odd = [monday, monday + timedelta(minutes=443), monday + timedelta(days=2, minutes=7), monday + timedelta(days=3)]
    parts = sum(expected(habit, a, b) for a, b in pairwise(odd))
    assert parts == pytest.approx(expected(habit, odd[0], odd[-1]))
    assert expected(habit, monday, monday) == 0


def test_a_silence_that_was_told_makes_the_next_one_ring_later_but_not_never() -> None:
    outlet, stop = daytime(20), START + 4 * WEEK
    state, _ = watched(outlet, stop)
    assert state.habit is not None
    before = tolerance(state.habit)
    state, rang = watched(lambda at: outlet(at) if at >= stop + WEEK else 0, stop + WEEK + 14 * HOUR, state)
    assert len(rang) == 1
    assert state.habit is not None
    assert before < tolerance(state.habit) <= 2 * before


def test_an_outlet_that_hardly_ever_publishes_has_a_horizon() -> None:
    habit = Habit(since=START, at=START + 52 * WEEK, hours=[0] * 24, weekdays=[0] * 7, active_days=9, day=START.date())
    assert silent_at(habit, habit.at, LEAST) > habit.at + timedelta(days=366)


def habit_with(days: list[int], since: datetime = START) -> Habit:
    return Habit(since=since, at=START, hours=[0] * 24, weekdays=[0] * 7, day=START.date(), days=days)


@pytest.mark.parametrize(
    ("days", "flood"),
    [
        ([10] * 20 + [31], False),  # few
        ([10] * 20 + [51], True),
        ([20] * 20 + [60], False),  # three times as many as ever
        ([20] * 20 + [61], True),
        ([0, 0, 200, 0, 0, 0, 0, 0, 0, 210], False),  # it does so each week
        ([50], True),
        ([], False),
    ],
)
def test_a_flood_is_far_more_than_on_any_day_before(days: list[int], flood: bool) -> None:
    assert is_flood(habit_with(days), START + LEARNING) is flood
    assert not is_flood(habit_with(days), START + LEARNING - HOUR)


def test_a_flood_is_kept_with_its_time_and_days_move_on() -> None:
    state, _ = watched(daytime(5), START + 4 * WEEK)
    assert state.flood_at is None
    now = START + 4 * WEEK + 9 * HOUR
    state = observe(state, [None] * 80, now, LEAST)
    assert state.flood_at == now
    later = observe(state, [None], now + timedelta(days=40), LEAST).habit
    assert later is not None
    assert later.days == [0] * (DAYS - 1) + [1]


def test_a_clock_that_is_set_back_does_no_harm() -> None:
    state, _ = watched(daytime(10), START + 3 * WEEK)
    back = observe(state, [None], START + WEEK, LEAST)
    assert back.habit is not None
    assert len(back.habit.days) <= DAYS
    assert observe(back, [None], START + 4 * WEEK, LEAST).silent_at is not None
