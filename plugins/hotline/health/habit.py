"""What a feed normally brings, by hour and weekday, and when its silence or its noise is not normal. Pure.

A silence is measured in the entries that it went without: the night of an outlet that sleeps at night weighs nothing,
a Monday morning much. What a feed's longest usual pause went without is remembered, so that one that brings thirty
entries once a week is not compared with one that brings them one by one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import exp, log

from schemas.feed import FeedState, Habit

HALF_LIFE = timedelta(weeks=8)
LEARNING = timedelta(days=14)  # both weekdays and weekends were seen twice
LEARNING_DAYS = 8  # days that brought something: a weekly outlet is known after two months
UNKNOWN_SILENCE = timedelta(days=60)  # told all the same while a feed is learnt: no monthly outlet is that late
LEAST_MISSED = 4.0  # entries: fewer missed ones are chance
LATENESS = 0.25  # what comes every Monday at nine is not missed at ten: so much of the pause more is waited
TIMES_LONGEST = 2.0  # a silence that missed so many times what the longest usual pause did is none
STALE = timedelta(days=7)  # an entry whose date is older is no sign of life, even when its id is new
RECENT = timedelta(days=2)  # a younger date says when the entry appeared, better than the poll that found it
FLOOD_LEAST = 50  # entries in a day: fewer are never a flood
TIMES_FULLEST = 3  # more than so many times the fullest of the last four weeks' days are one
DAYS = 29  # four weeks and today
HORIZON = timedelta(days=366)
_WEEK = timedelta(weeks=1)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


def observe(state: FeedState, published: Sequence[datetime | None], now: datetime, least: timedelta) -> FeedState:
    """The state after a successful poll that brought new entries with these dates (none: nothing new).

    `least` is the shortest silence that is told. The entries of a first poll are the past: do not give them.
    """
    habit = state.habit
    if habit is None:
        habit = _blank(now)
        return state.model_copy(update={"habit": habit, "silent_at": silent_at(habit, now, least)})
    if not published:
        return state
    fresh = [_appeared(date, now) for date in published if date is None or now - date <= STALE]
    if not fresh:
        # Old texts under new ids. While nothing is known of the feed, they may be all that it ever brings.
        return state.model_copy(update={"silent_at": now + UNKNOWN_SILENCE}) if is_learning(habit, now) else state
    learnt = _learnt(habit, fresh, now)
    update = {"habit": learnt, "silent_at": silent_at(learnt, now, least)}
    if is_flood(learnt, now):
        update["flood_at"] = now
    return state.model_copy(update=update)


def is_learning(habit: Habit, now: datetime) -> bool:
    """Whether too little is known yet to say what is normal."""
    return now - habit.since < LEARNING or habit.active_days < LEARNING_DAYS


def expected(habit: Habit, start: datetime, end: datetime) -> float:
    """How many entries the feed normally brings from `start` to `end`."""
    rates = _Rates(habit)
    weeks, rest = divmod(end - start, _WEEK)
    amount = weeks * sum(rates.days)
    at = start
    while at < start + rest:
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        step = _DAY if at == day and day + _DAY <= start + rest else _HOUR
        until = min(day + _DAY if step is _DAY else at.replace(minute=0, second=0, microsecond=0) + _HOUR, start + rest)
        amount += rates.at(at, whole_day=step is _DAY) * ((until - at) / step)
        at = until
    return amount


def per_week(habit: Habit) -> float:
    """How many entries a week normally brings."""
    return sum(habit.weekdays) / _exposure(habit)


def silent_at(habit: Habit, last: datetime, least: timedelta) -> datetime:
    """When the feed is silent if nothing comes after `last`."""
    if is_learning(habit, last):
        return last + UNKNOWN_SILENCE
    rates, missed, allowed = _Rates(habit), 0.0, tolerance(habit)
    at = last
    while at < last + HORIZON:
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        whole = at == day and missed + rates.at(at, whole_day=True) < allowed
        until = day + _DAY if whole else at.replace(minute=0, second=0, microsecond=0) + _HOUR
        missed += rates.at(at, whole_day=whole) * ((until - at) / (_DAY if whole else _HOUR))
        at = until
        if missed >= allowed:
            break
    return max(at + (at - last) * LATENESS, last + least)


def tolerance(habit: Habit) -> float:
    """How many entries a silence may go without before it is told."""
    return max(LEAST_MISSED, TIMES_LONGEST * habit.longest)


def is_flood(habit: Habit, now: datetime) -> bool:
    """Whether the last day of `days` brought far more than any day before."""
    if now - habit.since < LEARNING or not habit.days:
        return False
    *before, today = habit.days
    return today >= FLOOD_LEAST and today > TIMES_FULLEST * max(before, default=0)


def _blank(now: datetime) -> Habit:
    return Habit(since=now, at=now, hours=[0.0] * 24, weekdays=[0.0] * 7, day=now.date(), days=[0])


def _learnt(habit: Habit, fresh: Sequence[datetime], now: datetime) -> Habit:
    fade = _fade(now - habit.at)
    hours = [count * fade for count in habit.hours]
    weekdays = [count * fade for count in habit.weekdays]
    for at in fresh:
        hours[at.hour] += 1
        weekdays[at.weekday()] += 1
    idle = (now.date() - habit.day).days
    days = [*habit.days, *[0] * min(max(idle, 0), DAYS)][-DAYS:] or [0]
    is_first = days[-1] == 0
    days[-1] += len(fresh)
    return habit.model_copy(
        update={
            "at": now,
            "hours": [round(count, 3) for count in hours],
            "weekdays": [round(count, 3) for count in weekdays],
            "active_days": habit.active_days + is_first,
            "longest": round(max(habit.longest * fade, _pause(habit, min(fresh), now)), 3),
            "day": now.date(),
            "days": days,
        }
    )


def _pause(habit: Habit, end: datetime, now: datetime) -> float:
    """What the pause that ends now went without. One that was told as a silence must not become the rule at once."""
    if end <= habit.at or now - habit.since < _WEEK:  # a week is the least that says anything of weekdays
        return 0.0
    missed = expected(habit, habit.at, end)
    return missed if is_learning(habit, now) else min(missed, tolerance(habit))


def _appeared(date: datetime | None, now: datetime) -> datetime:
    """When an entry appeared. Midnight is how feeds write a day without a time."""
    is_exact = date is not None and (date.hour, date.minute, date.second) != (0, 0, 0)
    return date if date is not None and is_exact and timedelta(0) <= now - date <= RECENT else now


class _Rates:
    """Entries that each weekday normally brings, and which part of them comes in each hour."""

    def __init__(self, habit: Habit) -> None:
        weeks, total = _exposure(habit), sum(habit.hours) or 1.0
        self.days = [count / weeks for count in habit.weekdays]
        self.shares = [count / total for count in habit.hours]

    def at(self, at: datetime, *, whole_day: bool) -> float:
        """Entries that the hour, or the day, of `at` normally brings."""
        day = self.days[at.weekday()]
        return day if whole_day else day * self.shares[at.hour]


def _fade(time: timedelta) -> float:
    return exp(-log(2) * (time / HALF_LIFE))


def _exposure(habit: Habit) -> float:
    """The weeks that the sums stand for: those watched, fading like the sums."""
    watched = max(habit.at - habit.since, _WEEK)
    return (HALF_LIFE / _WEEK) / log(2) * (1.0 - _fade(watched))
