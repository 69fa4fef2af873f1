"""The numbers of a feed: what the index holds of it, and why its next poll is when it is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hotline.feeds.schedule import POLLS_PER_GAP
from hotline.line.context import Line
from hotline.search.indices import Kind
from schemas.desk import Polling
from schemas.feed import Feed, FeedState
from schemas.item import ItemStatus

DAYS = 14
MOST_REASONS = 5


@dataclass(frozen=True)
class Numbers:
    """What became of a feed's items. The statuses add up to `items`."""

    items: int
    statuses: dict[ItemStatus, int]
    days: list[tuple[datetime, int]]  # the last two weeks, oldest first
    reasons: list[tuple[str, int]] = field(default_factory=list)  # why some were rejected, failed or wait


def numbers(line: Line, feed_id: str) -> Numbers:
    """Counts the feed's items in the index, as of now."""
    line.store.refresh(Kind.ITEMS)
    today = line.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=DAYS - 1)
    answer = line.store.client.search(
        index=line.store.indices.name(Kind.ITEMS),
        size=0,
        track_total_hits=True,
        query={"term": {"feed_id": feed_id}},
        aggs={
            "statuses": {"terms": {"field": "status", "size": len(ItemStatus)}},
            "reasons": {"terms": {"field": "reason", "size": MOST_REASONS}},
            "lately": {
                "filter": {"range": {"discovered_at": {"gte": first.isoformat()}}},
                "aggs": {"days": {"date_histogram": {"field": "discovered_at", "calendar_interval": "day"}}},
            },
        },
    )
    found: Any = answer["aggregations"]
    by_day = {int(b["key"]): int(b["doc_count"]) for b in found["lately"]["days"]["buckets"]}
    days = [first + timedelta(days=n) for n in range(DAYS)]
    return Numbers(
        items=answer["hits"]["total"]["value"],
        statuses={ItemStatus(b["key"]): int(b["doc_count"]) for b in found["statuses"]["buckets"]},
        days=[(day, by_day.get(int(day.timestamp() * 1000), 0)) for day in days],
        reasons=[(str(b["key"]), int(b["doc_count"])) for b in found["reasons"]["buckets"]],
    )


def why(feed: Feed, polling: Polling, now: datetime) -> str:
    """Why the next poll is when it is, from what the state says."""
    state = feed.state
    wait = timedelta(seconds=state.interval_s)
    if not feed.active:
        return "never: no desk names it any more"
    if feed.source.paused:
        return "never: it is paused"
    if state.last_polled_at is None:
        return "its first poll, at a random moment so that a new desk is no stampede"
    if state.failures:
        return _backoff(state, wait, polling)
    late = state.next_poll_at - state.last_polled_at > 1.2 * wait
    skips = (
        "; later, because its skipHours or skipDays say so" if late and (state.skip_hours or state.skip_days) else ""
    )
    return _rhythm(state, wait, polling, now) + skips


def _backoff(state: FeedState, wait: timedelta, polling: Polling) -> str:
    failed = f"{state.failures} polls failed in a row" if state.failures > 1 else "the last poll failed"
    if state.last_status == 410:
        return f"{failed}, and the server says that the feed is gone for good (410), so {spoken(wait)} are waited"
    return (
        f"{failed}, so {spoken(wait)} are waited: longer with each failure, but at most a third of the time since it"
        f" last answered (unless the server asks for more), and {spoken(polling.revival)} at most"
    )


def _rhythm(state: FeedState, wait: timedelta, polling: Polling, now: datetime) -> str:
    if state.gap_wait_s is not None and wait.total_seconds() >= state.gap_wait_s * 0.99:
        return f"{spoken(wait)} at most, since entries were missed on {state.last_gap_at:%d %B}"
    if wait <= polling.floor:
        return f"every {spoken(wait)}: the desk's floor, as often as allowed"
    if wait >= polling.ceiling:
        return f"every {spoken(wait)}: the desk's ceiling, as seldom as allowed"
    quiet = (now - state.last_new_at).total_seconds() if state.last_new_at else 0.0
    expected = max(state.gap_s or 0.0, quiet)
    usual = timedelta(seconds=expected)
    share = wait.total_seconds() / (expected / POLLS_PER_GAP or 1.0)
    if share > 1.5:
        return f"every {spoken(wait)}: the feed or its server asks for that (ttl, update period or cache time)"
    if share < 0.7:
        return f"every {spoken(wait)}: half of the wait before, since something new came, and one seldom comes alone"
    what = "without a new entry so far" if quiet > (state.gap_s or 0.0) else "that usually pass between two new entries"
    return f"every {spoken(wait)}: a tenth of the {spoken(usual)} {what}"


def spoken(span: timedelta) -> str:
    """A span as people say it, in its largest unit: `90 s`, `12 min`, `5.5 h`, `3 days`."""
    seconds = span.total_seconds()
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.0f} s"
