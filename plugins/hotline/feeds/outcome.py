"""What a poll brought: all that the next state of a feed is decided by."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from hotline.feeds.parsed import Hints
from schemas.feed import FeedFormat


@dataclass(frozen=True)
class PollOutcome:
    """What a poll brought. A success has no error and a status of 2xx or 304."""

    status: int | None = None
    error: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)  # of the response, names in lower case
    elapsed_s: float | None = None
    permanent_url: str | None = None  # where permanent redirects alone led to
    retry_after_s: float | None = None
    body_sha256: str | None = None
    format: FeedFormat | None = None  # of the document; none where none was read
    hints: Hints = field(default_factory=Hints)  # of the document
    new_entries: int = 0
    known_entries: int = 0
    unchanged: bool = False  # 200 with the very body that was parsed last
    entries: int | None = None  # in the document, where one was read
    newest_at: datetime | None = None  # latest date among them
    missed: bool = False  # entries came and went between this poll and the one before

    def counted(self, *, new_entries: int, known_entries: int) -> "PollOutcome":
        """The same with the numbers of entries, which are known only once items are written."""
        return replace(self, new_entries=new_entries, known_entries=known_entries)

    @property
    def ok(self) -> bool:
        """Answered with a feed, or with "as you know it"."""
        return self.error is None and self.status is not None and (200 <= self.status < 300 or self.status == 304)

    @property
    def is_lost(self) -> bool:
        """Whether the server is there, but has no feed at this address: not found, gone, or something else instead."""
        return self.status in (404, 410) or (self.status == 200 and self.error is not None)
