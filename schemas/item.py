"""An item: one entry of a feed, counted once, with what became of it."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Contract, Instant, Stored, Text
from schemas.capture import CaptureRef


class Media(Contract):
    """A picture, film or sound that an entry names."""

    url: str = Field(description="Address of the file.")
    type: str | None = Field(default=None, description="Media type as the feed says.")


class Entry(Contract):
    """An entry as the feed gives it, normalised. What the feed does not say stays empty: nothing is invented."""

    id: str = Field(description="The feed's own id (guid, atom:id), else its link, else a hash of its text.")
    url: str | None = Field(default=None, description="Absolute link to the page (origLink before a tracker's).")
    title: Text = Field(default="", description="Headline without markup.")
    summary: Text = Field(default="", description="Summary as plain text.")
    content: Stored = Field(default="", description="Full content as HTML, where the feed carries it; not sanitised.")
    authors: list[str] = Field(default_factory=list, description="Names as given.")
    categories: list[str] = Field(default_factory=list, description="Categories as given.")
    media: list[Media] = Field(default_factory=list, description="Pictures, films and sounds.")
    published_at: Instant | None = Field(default=None, description="Publication, where the feed says it.")
    updated_at: Instant | None = Field(default=None, description="Last change, where the feed says it.")
    language: str | None = Field(default=None, description="ISO 639-1 language, where the feed says it.")


class ItemStatus(StrEnum):
    """What became of an item. Exactly one at any time; all but `pending` are final."""

    PENDING = "pending"  # its page is still to be fetched or processed
    INDEXED = "indexed"  # became an article
    REVISION = "revision"  # another entry for a known URL, with changed text
    DUPLICATE = "duplicate"  # another entry for a known URL, same text
    REJECTED = "rejected"  # read, and found not to be an article (reason)
    FAILED = "failed"  # given up (reason, attempts)


class Item(Contract):
    """An entry of a feed in `hotline-items-*`. Created once; `discovered = Σ statuses`, always."""

    id: str = Field(description="Hash of the feed's id and the entry's id.")
    feed_id: str = Field(description="The feed that brought it.")
    desks: list[str] = Field(description="The desks that watch the feed, when the item was discovered.")
    entry: Entry = Field(description="The entry as parsed.")
    status: ItemStatus = Field(default=ItemStatus.PENDING, description="What became of it.")
    reason: str | None = Field(default=None, description="Why it was rejected, failed, or is still pending.")
    attempts: int = Field(default=0, ge=0, description="Fetches of its page so far.")
    next_try_at: Instant | None = Field(default=None, description="Pending only: when its page is due next.")
    quiet: bool = Field(default=False, description="True: from a first poll, an import or a replay; raises no alert.")
    discovered_at: Instant = Field(description="When our poll first saw the entry.")
    finished_at: Instant | None = Field(default=None, description="When it got its final status.")
    batch_id: str = Field(description="The batch that captured it last.")
    page: CaptureRef | None = Field(default=None, description="The page captured last, to be processed.")
    article_id: str | None = Field(default=None, description="The article that it became or belongs to.")
