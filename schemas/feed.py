"""A feed: what the desks' files say of it, and what polling has learnt."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.base import Contract, Es, Instant


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
    proxy: str | None = Field(
        default=None, description="Proxy for its requests: http://host:port, or the Airflow connection that says so."
    )
    headers: Annotated[dict[str, str], Es.STORED] = Field(
        default_factory=dict, description="Request headers for the feed and its pages (`hotline:header-NAME`)."
    )
    cookie: str | None = Field(
        default=None, description="Name of the Airflow connection whose password is the Cookie header."
    )
    desks: list[str] = Field(default_factory=list, description="The desks whose files name this feed.")


class Habit(Contract):
    """What a feed normally brings, in entries; sums fade by half in eight weeks. Times are UTC."""

    since: Instant = Field(description="From when on the feed was watched.")
    at: Instant = Field(description="When the sums were brought up to date.")
    hours: list[float] = Field(min_length=24, max_length=24, description="Entries by hour of the day.")
    weekdays: list[float] = Field(min_length=7, max_length=7, description="Entries by weekday, Monday first.")
    active_days: int = Field(default=0, ge=0, description="Days that brought something, not fading.")
    longest: float = Field(default=0.0, ge=0, description="Most entries that a usual pause went without; fades too.")
    day: date = Field(description="The last day of `days`.")
    days: list[int] = Field(default_factory=list, max_length=29, description="Entries of the last days, oldest first.")


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
    moved_to: str | None = Field(
        default=None, description="Where redirects or its site say that it is now; not adopted yet."
    )
    moved_since: Instant | None = Field(default=None, description="When that was first seen.")
    gap_s: float | None = Field(default=None, description="Moving average of the time between new entries, in seconds.")
    conditional: bool = Field(default=True, description="False: the server's 304 cannot be believed.")
    conditional_reason: str | None = Field(default=None, description="Why conditional requests are off.")
    not_modified: int = Field(default=0, ge=0, description="Answers of 304 in a row.")
    hidden: int = Field(default=0, ge=0, description="Unconditional checks in a row that found what 304s had hidden.")
    hint_s: float | None = Field(default=None, description="The wait that the last document asks for, in seconds.")
    skip_hours: list[int] = Field(default_factory=list, description="Hours (UTC) in which it is not to be polled.")
    skip_days: list[int] = Field(default_factory=list, description="Weekdays likewise; Monday is 0.")
    lost_since: Instant | None = Field(
        default=None, description="Since when the server says that there is no feed at this address."
    )
    polls: int = Field(default=0, ge=0, description="Polls so far.")
    new_items: int = Field(default=0, ge=0, description="New entries so far.")
    entries: int | None = Field(default=None, description="Entries of the last document that was read.")
    known: Annotated[list[str], Es.STORED] = Field(
        default_factory=list, description="Beginnings of the ids of its items: those need not be looked up again."
    )
    newest_at: Instant | None = Field(default=None, description="Latest publication date among its entries so far.")
    gaps: int = Field(default=0, ge=0, description="Polls that shared no entry with the one before: some were missed.")
    last_gap_at: Instant | None = Field(default=None, description="The last such poll.")
    gap_wait_s: float | None = Field(default=None, description="Longest wait since then, in seconds.")
    habit: Annotated[Habit | None, Es.STORED] = Field(default=None, description="What it normally brings.")
    silent_at: Instant | None = Field(default=None, description="Without a new entry until then, it is silent.")
    flood_at: Instant | None = Field(default=None, description="When it last brought far more than it ever does.")


class Feed(Contract):
    """A feed in `hotline-feeds`: its source and its state."""

    id: str = Field(description="The source's id.")
    source: FeedSource = Field(description="What the desks' files say.")
    state: FeedState = Field(description="What polling has learnt.")
    active: bool = Field(default=True, description="False once no desk names the feed any more.")
