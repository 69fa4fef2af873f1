"""What is wrong with feeds, each trouble with a name of its own and grouped by cause. Pure: feeds in, troubles out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from schemas.desk import Health
from schemas.feed import Feed

FRESH = timedelta(days=1)  # a flood or a gap is told for so long
TRANSPORT = {"dns", "connect", "timeout", "tls"}  # failures that may have their cause on our side of the network


@dataclass(frozen=True)
class Trouble:
    """Something the operator should know, of one feed or of several with one cause."""

    kind: str  # failing, host (failing too, several of one host), silent, flood, gap
    feeds: tuple[str, ...]  # their ids
    text: str  # one line

    @property
    def keys(self) -> set[str]:
        """What it is by name: the same as long as it lasts, whether it is told alone or with others."""
        return {f"{'failing' if self.kind == 'host' else self.kind}/{id_}" for id_ in self.feeds}


def cause_of(feed: Feed) -> str:
    """The error of a feed that fails, without what is particular to it: `dns`, `timeout`, `status 503`."""
    return (feed.state.last_error or "unknown").partition(":")[0].strip()


def host_of(feed: Feed) -> str:
    """The host that has to answer, with its port."""
    return urlsplit(feed.state.url).netloc


def is_failing(feed: Feed, health: Health, since: datetime | None) -> bool:
    """Whether the feed has failed often enough to be told, and again after `since`, when the line itself was mended."""
    asked = feed.state.last_polled_at
    return feed.state.failures >= health.failing_after and asked is not None and (since is None or asked > since)


def failing(feeds: Iterable[Feed], health: Health, since: datetime | None) -> list[Trouble]:
    """Feeds that fail; those of one host are one trouble, since they have one cause."""
    by_host: dict[str, list[Feed]] = defaultdict(list)
    for feed in feeds:
        if is_failing(feed, health, since):
            by_host[host_of(feed)].append(feed)
    return [_of_host(host, down) if len(down) > 1 else _alone(down[0]) for host, down in sorted(by_host.items())]


def is_silent(feed: Feed, now: datetime) -> bool:
    """Whether the feed answers but has brought nothing new for longer than is usual for it."""
    at, looked = feed.state.silent_at, feed.state.last_success_at
    return feed.state.failures == 0 and at is not None and at <= now and looked is not None and looked >= at


def silent(feeds: Iterable[Feed], now: datetime) -> list[Trouble]:
    """Feeds that are silent."""
    return [Trouble("silent", (f.id,), f"{named(f)}: {_since(f)}") for f in feeds if is_silent(f, now)]


def flooding(feeds: Iterable[Feed], now: datetime) -> list[Trouble]:
    """Feeds that brought far more in a day than they ever do."""
    found = []
    for feed in feeds:
        at, habit = feed.state.flood_at, feed.state.habit
        if at is not None and habit is not None and now - at < FRESH:
            *others, most = sorted(habit.days)
            before = f"the fullest other day of four weeks had {max(others, default=0)}"
            found.append(Trouble("flood", (feed.id,), f"{named(feed)}: {most} entries on a day; {before}"))
    return found


def gaps(feeds: Iterable[Feed], now: datetime) -> list[Trouble]:
    """Feeds of which entries were missed between two polls."""
    found = []
    for feed in feeds:
        at = feed.state.last_gap_at
        if at is not None and now - at < FRESH:
            often = f"{feed.state.gaps} times so far" if feed.state.gaps > 1 else "for the first time"
            found.append(Trouble("gap", (feed.id,), f"{named(feed)}: at {at:%H:%M} UTC on {at:%d %B}, {often}"))
    return found


def is_lost(feed: Feed, health: Health, now: datetime) -> bool:
    """Whether the desk has lost sight of a source that must never be missed: it is silent, or fails for long."""
    if feed.source.tier != 1:
        return False
    seen = feed.state.last_success_at
    fails = feed.state.failures > 0 and seen is not None and now - seen >= health.lost_after
    return fails or is_silent(feed, now)


def named(feed: Feed) -> str:
    """A feed as people know it."""
    return feed.source.title


def listed(names: Sequence[str], most: int = 3) -> str:
    """Names in a title: the first few, and how many more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _alone(feed: Feed) -> Trouble:
    return Trouble("failing", (feed.id,), f"{named(feed)} ({feed.state.url}): {feed.state.last_error}{_good(feed)}")


def _of_host(host: str, feeds: Sequence[Feed]) -> Trouble:
    causes = "; ".join(f"{count} × {cause}" for cause, count in Counter(map(cause_of, feeds)).most_common(3))
    text = f"{host}: {causes} ({listed([named(feed) for feed in feeds], 5)})"
    return Trouble("host", tuple(feed.id for feed in feeds), text)


def _good(feed: Feed) -> str:
    seen = feed.state.last_success_at
    return f"; last answer {seen:%d %B %H:%M} UTC" if seen else "; never answered"


def _since(feed: Feed) -> str:
    last = feed.state.last_new_at
    return f"nothing new since {last:%d %B %H:%M} UTC" if last else "nothing new since it was added"
