"""A feed's page of numbers, for a terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from hotline.health.habit import LEARNING, LEARNING_DAYS, is_learning, per_week
from hotline.health.troubles import is_silent
from hotline.line.feed_page import Numbers, spoken, why
from schemas.desk import Polling
from schemas.feed import Feed, FeedState
from schemas.item import ItemStatus

if TYPE_CHECKING:
    from hotline.line.named_feeds import NamedFeed

BARS = " ▁▂▃▄▅▆▇█"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def page(
    named: "NamedFeed", feed: Feed | None, counted: Numbers | None, polling: Polling, now: datetime
) -> RenderableType:
    """Everything that is known of the feed."""
    parts: list[RenderableType] = [_source(named)]
    if feed is not None:
        parts += [_state(feed, polling, now), _habit(feed.state, now)]
    if counted is not None:
        parts.append(_items(counted))
    return Group(*parts)


def _source(named: "NamedFeed") -> RenderableType:
    source = named.source
    rows = {
        "address": source.url,
        "site": source.site_url,
        "publisher": ", ".join(filter(None, [source.publisher, source.country, source.ownership])),
        "tier": f"{source.tier}" + (", must never be missed" if source.tier == 1 else ""),
        "language": source.language,
        "text": "the entry alone, no page is fetched" if source.entry_only else None,
        "proxy": source.proxy,
        "cookie": f"from the Airflow connection {source.cookie}" if source.cookie else None,
        "headers": ", ".join(f"{name}: {value}" for name, value in source.headers.items()),
        "named in": f"{'/'.join(named.path.parts[-3:])} line {named.line}, id {source.id}",
    }
    return _panel(source.title + (" (paused)" if source.paused else ""), rows)


def _state(feed: Feed, polling: Polling, now: datetime) -> RenderableType:
    s = feed.state
    nothing = s.conditional_reason if not s.conditional else None
    rows = {
        "state": _word(feed, now),
        "next poll": f"{_at(s.next_poll_at)} ({_away(s.next_poll_at, now)})",
        "why then": why(feed, polling, now),
        "last poll": f"{_at(s.last_polled_at)}, status {s.last_status or 'none'}, {_seconds(s.response_time_s)}",
        "last answer": _at(s.last_success_at),
        "last new entry": _at(s.last_new_at),
        "errors": f"{s.failures} in a row, the last: {s.last_error}" if s.failures else "none",
        "moved": f"asked at {s.url}" if s.url != feed.source.url else None,
        "gone": f"since {_at(s.lost_since)} the server has no feed there; it is looked for on its site"
        if s.lost_since
        else None,
        "redirect": f"to {s.moved_to} since {_at(s.moved_since)}, not adopted yet" if s.moved_to else None,
        "liar": f"asked without conditions, since {nothing}" if nothing else None,
        "gaps": f"{s.gaps}, the last {_at(s.last_gap_at)}" if s.gaps else "none",
        "document": f"{s.format or 'unknown'}, {s.entries if s.entries is not None else '?'} entries",
        "so far": f"{s.polls} polls, {s.new_items} new entries",
    }
    return _panel("Polling", rows)


def _habit(state: FeedState, now: datetime) -> RenderableType:
    habit = state.habit
    if habit is None:
        return _panel("What it normally brings", {"": "nothing is known yet"})
    rows = {
        "a week": f"{per_week(habit):.1f} entries",
        "by hour (UTC)": bars(habit.hours),
        "": "0     6     12    18   ",
        "by weekday": "  ".join(f"{day} {bars(habit.weekdays)[n]}" for n, day in enumerate(WEEKDAYS)),
        "known since": _at(habit.since),
    }
    if is_learning(habit, now):
        days = f"{habit.active_days} of {LEARNING_DAYS} days with news"
        rows["learning"] = f"{days}, {max(now - habit.since, timedelta(0)).days} of {LEARNING.days} days watched"
    if state.silent_at:
        rows["silence"] = f"is told from {_at(state.silent_at)} on, if nothing new comes"
    if state.flood_at:
        rows["flood"] = _at(state.flood_at)
    return _panel("What it normally brings", rows)


def _items(counted: Numbers) -> RenderableType:
    total = sum(counted.statuses.values())
    statuses = [f"{status} {counted.statuses[status]}" for status in ItemStatus if status in counted.statuses]
    sums = "" if total == counted.items else f" — but these are {total}: please report this"
    most = max((count for _, count in counted.days), default=0)
    first, last = counted.days[0][0], counted.days[-1][0]
    rows = {
        "items": f"{counted.items} = {' + '.join(statuses) or '0'}{sums}",
        "a day": f"{bars([count for _, count in counted.days])}  {first:%d %b} to {last:%d %b}, at most {most}",
        "": "  ".join(f"{day:%d}: {count}" for day, count in counted.days),
    }
    for number, (reason, count) in enumerate(counted.reasons):
        rows["reasons" if number == 0 else " " * number] = f"{count} × {reason}"
    return _panel("Items", rows)


def bars(values: Sequence[float]) -> str:
    """A character for each value, as high as its share of the highest; none that is there looks like nothing."""
    most = max(values, default=0) or 1.0
    return "".join(BARS[max(round(value / most * 8), 1 if value else 0)] for value in values)


def _panel(title: str, rows: Mapping[str, str | None]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        if value:
            table.add_row(escape(name), escape(value))
    return Panel(table, title=escape(title), title_align="left")


def _word(feed: Feed, now: datetime) -> str:
    state, habit = feed.state, feed.state.habit
    if feed.source.paused:
        return "paused"
    if state.failures:
        return "failing"
    if is_silent(feed, now):
        return "silent, although it answers"
    return "learning" if habit is None or is_learning(habit, now) else "well"


def _at(instant: datetime | None) -> str:
    return f"{instant:%a %d %b %Y %H:%M} UTC" if instant else "never"


def _away(instant: datetime, now: datetime) -> str:
    return f"in {spoken(instant - now)}" if instant > now else f"{spoken(now - instant)} ago"


def _seconds(value: float | None) -> str:
    return f"{value:.1f} s to answer" if value is not None else "no answer yet"
