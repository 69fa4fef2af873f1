"""From the bytes of a feed to its entries, whatever the format. Nothing is fetched, and nothing is invented."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.feed import FeedFormat
from schemas.item import Entry

# As large as the HTTP client lets a body become; saved files are held to it too.
MAX_BYTES = 15 * 1024 * 1024


class NotAFeed(ValueError):
    """The document cannot be read as a feed; `reason` says why, in a form that can be shown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


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


def parse_feed(body: bytes, *, url: str, headers: Mapping[str, str] = {}) -> ParsedFeed:
    """Reads RSS 0.9x to 2.0, RSS 1.0, Atom, JSON Feed and sitemaps.

    `url` is where the body came from: relative links are resolved against it. `headers` are the response's (names in
    any case); only Content-Type is used, for its charset. Entries come in the feed's order. An entry that repeats
    both id and link of an earlier one is dropped; one that repeats only the id gets a hash of its link appended to it,
    so that both count. Raises: NotAFeed.
    """
    # Imported here: feedparser and lxml cost a tenth of a second that commands without feeds need not pay.
    from hotline.feeds.decode import decode
    from hotline.feeds.formats import jsonfeed, sitemap, xmlfeed
    from hotline.feeds.guard import checked, root_of

    if len(body) > MAX_BYTES:
        raise NotAFeed(f"larger than {MAX_BYTES // 2**20} MiB")
    text = decode(body, _content_type(headers))
    if not text.strip():
        raise NotAFeed("the document is empty")
    if text.lstrip()[:1] in "{[":
        return jsonfeed.read(text, url)
    text = checked(text)
    root = root_of(text)
    if root in ("urlset", "sitemapindex"):
        return sitemap.read(text, url)
    return xmlfeed.read(text, url, root)


def _content_type(headers: Mapping[str, str]) -> str:
    return next((value for name, value in headers.items() if name.lower() == "content-type"), "")
