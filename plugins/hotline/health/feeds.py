"""What the operator should know of the feeds: which fail, which are silent. Pure: states in, findings out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.desk import Health
from schemas.feed import Feed

# From so many feeds on, more than half of them failing at once has one cause, and that is on our side.
COMMON_CAUSE = 3


@dataclass(frozen=True)
class Finding:
    """Something to tell the operator. Findings with the same kind are told in one notice."""

    kind: str
    title: str
    text: str


def failing(feeds: Sequence[Feed], health: Health) -> Finding | None:
    """Feeds that fail: each after `failing_after` polls, or at once where most fail together (no network, no DNS)."""
    polled = [feed for feed in feeds if feed.state.last_polled_at is not None]
    down = [feed for feed in polled if feed.state.failures > 0]
    together = len(down) >= COMMON_CAUSE and len(down) * 2 > len(polled)
    if not together:
        down = [feed for feed in down if feed.state.failures >= health.failing_after]
    if not down:
        return None
    causes = Counter(_cause(feed) for feed in down).most_common(5)
    most, count = causes[0]
    title = (
        f"{len(down)} of {len(polled)} feeds fail: {most}"
        if together
        else f"{len(down)} feed{'s' if len(down) > 1 else ''} failing for {health.failing_after} polls or more"
    )
    lines = [f"- {feed.source.title} ({feed.state.url}): {feed.state.last_error}" for feed in down[:50]]
    if len(down) > 50:
        lines.append(f"- and {len(down) - 50} more: `hotline feeds list --failing` lists all")
    summary = "Causes: " + "; ".join(f"{n} × {cause}" for cause, n in causes)
    remedy = (
        "So many at once have one cause on this side: look at the network, DNS and proxy. Nothing is lost: every feed "
        "is tried again, with growing pauses."
        if together and count * 2 > len(down)
        else "Every feed is tried again, with growing pauses."
    )
    return Finding("failing", title, "\n\n".join([remedy, summary, "\n".join(lines)]))


def silent(feeds: Sequence[Feed], health: Health, now: datetime) -> Finding | None:
    """Feeds that answer but have brought nothing new for `silent_after`."""
    since = now - health.silent_after
    quiet = [feed for feed in feeds if feed.state.failures == 0 and _last_news(feed) < since and _watched(feed, since)]
    if not quiet:
        return None
    lines = [
        f"- {feed.source.title} ({feed.state.url}): nothing new since {_last_news(feed):%d %B %H:%M} UTC"
        for feed in quiet
    ]
    title = f"{len(quiet)} feed{'s' if len(quiet) > 1 else ''} silent although answering"
    return Finding("silent", title, "\n".join(lines))


def _last_news(feed: Feed) -> datetime:
    return feed.state.last_new_at or feed.state.first_polled_at or feed.state.next_poll_at


def _watched(feed: Feed, since: datetime) -> bool:
    return feed.state.first_polled_at is not None and feed.state.first_polled_at < since


def _cause(feed: Feed) -> str:
    """The error without what is particular to the feed."""
    return (feed.state.last_error or "unknown").split(":")[0].strip()
