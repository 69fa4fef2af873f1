"""What reading a feed gives: the feed, or the reason why it is none."""

from dataclasses import dataclass, field

from schemas.feed import FeedFormat
from schemas.item import Entry


class NotAFeed(ValueError):
    """The document cannot be read as a feed; `reason` says why, in a form that can be shown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SitemapIndex(NotAFeed):
    """The document names sitemaps and has no entries itself; `parts` are their addresses, the most promising first."""

    def __init__(self, parts: list[str]) -> None:
        super().__init__("it is an index of sitemaps: " + (", ".join(parts[:10]) or "it names none"))
        self.parts = parts


@dataclass(frozen=True)
class Hints:
    """What a feed says about when to ask again."""

    ttl_s: float | None = None  # RSS 2.0 <ttl>
    update_period_s: float | None = None  # RSS 1.0 module Syndication: period / frequency
    skip_hours: frozenset[int] = frozenset()  # hours of the day, UTC, 0 to 23
    skip_days: frozenset[int] = frozenset()  # days of the week, Monday is 0


@dataclass(frozen=True)
class ParsedFeed:
    """A feed that was read."""

    format: FeedFormat
    title: str = ""
    site_url: str | None = None
    language: str | None = None  # ISO 639-1
    entries: list[Entry] = field(default_factory=list)
    hints: Hints = field(default_factory=Hints)
