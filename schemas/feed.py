"""A feed: what the desks' files say of it, and what polling has learnt."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Contract, Instant


class Ownership(StrEnum):
    """Who stands behind a publisher."""

    OFFICIAL = "official"
    STATE_CONTROLLED = "state-controlled"
    INDEPENDENT = "independent"


class FeedFormat(StrEnum):
    """The formats that are read."""

    RSS = "rss"
    RDF = "rdf"
    ATOM = "atom"
    JSON = "json"
    SITEMAP = "sitemap"


class FeedSource(Contract):
    """A feed as a desk's feeds.opml names it."""

    id: str = Field(description="Hash of the address in feeds.opml; stays when the feed moves.")
    url: str = Field(description="The address in feeds.opml (`xmlUrl`).")
    title: str = Field(description="The feed's name in feeds.opml (`title` or `text`).")
    site_url: str | None = Field(default=None, description="The outlet's site (`htmlUrl`).")
    publisher: str = Field(description="The outlet that publishes the feed (`hotline:publisher`, else the title).")
    country: str | None = Field(default=None, description="ISO 3166-1 alpha-2 of the publisher's seat.")
    language: str | None = Field(default=None, description="ISO 639-1 language of the feed, as feeds.opml says.")
    tier: int = Field(default=2, ge=1, le=3, description="1: must never be missed; 2: normal; 3: nice to have.")
    ownership: Ownership = Field(default=Ownership.INDEPENDENT, description="Who stands behind the publisher.")
    seen_at: str | None = Field(default=None, description="Where the feed's address was seen, for its maintainers.")
    entry_only: bool = Field(default=False, description="True: the entry is the article, no page is fetched.")
    paused: bool = Field(default=False, description="True: known but not polled.")
    desks: list[str] = Field(default_factory=list, description="The desks whose files name this feed.")


class FeedState(Contract):
    """What polling knows of a feed. Changed only by compare-and-set, after the batch it belongs to."""

    url: str = Field(description="The address in use; differs from the source's after an adopted redirect.")
    next_poll_at: Instant = Field(description="When the feed is due next.")
    interval_s: float = Field(description="The current interval between polls, in seconds.")
    format: FeedFormat | None = Field(default=None, description="The format last read.")
    etag: str | None = Field(default=None, description="ETag of the last full response.")
    last_modified: str | None = Field(default=None, description="Last-Modified of the last full response, verbatim.")
    body_sha256: str | None = Field(default=None, description="Hash of the last body that was parsed.")
    first_polled_at: Instant | None = Field(default=None, description="First successful poll; before it all is past.")
    last_polled_at: Instant | None = Field(default=None, description="Last poll, successful or not.")
    last_success_at: Instant | None = Field(default=None, description="Last poll that was answered with a feed or 304.")
    last_new_at: Instant | None = Field(default=None, description="Last poll that brought a new entry.")
    last_status: int | None = Field(default=None, description="HTTP status of the last poll.")
    last_error: str | None = Field(default=None, description="Why the last poll failed; none after a success.")
    failures: int = Field(default=0, ge=0, description="Polls failed in a row.")
    response_time_s: float | None = Field(default=None, description="Moving average of response time, in seconds.")
    moved_to: str | None = Field(default=None, description="Address of a permanent redirect not adopted yet.")
    moved_since: Instant | None = Field(default=None, description="When that redirect was first seen.")
    gap_s: float | None = Field(default=None, description="Moving average of the time between new entries, in seconds.")
    conditional: bool = Field(default=True, description="False: the server's 304 cannot be believed.")
    conditional_reason: str | None = Field(default=None, description="Why conditional requests are off.")
    polls: int = Field(default=0, ge=0, description="Polls so far.")
    new_items: int = Field(default=0, ge=0, description="New entries so far.")


class Feed(Contract):
    """A feed in `hotline-feeds`: its source and its state."""

    id: str = Field(description="The source's id.")
    source: FeedSource = Field(description="What the desks' files say.")
    state: FeedState = Field(description="What polling has learnt.")
    active: bool = Field(default=True, description="False once no desk names the feed any more.")
