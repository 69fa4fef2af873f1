"""An article: one clean text with honest dates, and what each desk thinks of it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.base import Contract, Es, Instant, Precision, Stored, Text
from schemas.capture import CaptureRef
from schemas.topic import DeskView


class ArticleKind(StrEnum):
    """What the page is."""

    ARTICLE = "article"
    LIVE = "live"
    VIDEO = "video"
    GALLERY = "gallery"


class ContentFrom(StrEnum):
    """Where the text came from."""

    PAGE = "page"
    FEED = "feed"  # the page failed, or is a consent wall or a paywall
    HEADLINE = "headline"  # not even the feed carries a text


class DateFrom(StrEnum):
    """Where a date came from."""

    JSON_LD = "json-ld"
    META = "meta"
    TIME_ELEMENT = "time"
    URL = "url"
    FEED = "feed"
    TEXT = "text"


class ArticleUrl(Contract):
    """The addresses of an article, each kept apart (ECS `url.*`)."""

    original: str = Field(description="As the feed gave it (ECS url.original).")
    full: str = Field(description="Where it was found after redirects (ECS url.full).")
    canonical: str | None = Field(default=None, description="As the page itself says, where that fits.")
    key: str = Field(description="Normalised; its hash is the article's id.")
    domain: str = Field(description="Host of `full` without www (ECS url.domain).")


class Extracted(Contract):
    """What is read from an entry and its page, before any desk looks at it. Every text is plain text."""

    url: ArticleUrl = Field(description="Its addresses.")
    kind: ArticleKind = Field(default=ArticleKind.ARTICLE, description="What the page is.")
    title: Text = Field(description="Headline.")
    subtitle: Text = Field(default="", description="Second headline.")
    key_points: Annotated[list[str], Es.TEXT] = Field(default_factory=list, description="Bullets under the headline.")
    lead: Text = Field(default="", description="First paragraph; also the beginning of the body.")
    body: Text = Field(default="", description="Paragraphs, separated by a blank line; nothing twice, no captions.")
    captions: Annotated[list[str], Es.TEXT] = Field(default_factory=list, description="Captions, each once.")
    authors: list[str] = Field(default_factory=list, description="People.")
    agency: str | None = Field(default=None, description="News agency behind the text (Reuters, TASS).")
    section: str | None = Field(default=None, description="The outlet's section.")
    language: str | None = Field(default=None, description="ISO 639-1, detected in the text.")
    published_at: Instant | None = Field(default=None, description="The outlet's publication date.")
    published_from: DateFrom | None = Field(default=None, description="Where published_at came from.")
    published_precision: Precision | None = Field(default=None, description="How exact published_at is.")
    published_offset_minutes: int | None = Field(
        default=None, description="The outlet's offset from UTC, in minutes, where it was given."
    )
    modified_at: Instant | None = Field(default=None, description="The outlet's date of the last change.")
    modified_from: DateFrom | None = Field(default=None, description="Where modified_at came from.")
    modified_precision: Precision | None = Field(default=None, description="How exact modified_at is.")
    content_from: ContentFrom = Field(default=ContentFrom.PAGE, description="Where the text came from.")
    is_free: bool = Field(default=True, description="False: behind a paywall or a registration.")


class FeedFacts(Contract):
    """What an article keeps of the feed that brought it first."""

    id: str = Field(description="The feed's id.")
    title: str = Field(description="The feed's name.")
    country: str | None = Field(default=None, description="ISO 3166-1 alpha-2 of the publisher's seat.")
    tier: int = Field(default=2, description="The feed's tier, 1 to 3.")
    ownership: str | None = Field(default=None, description="Official, state-controlled or independent.")


class StoryRef(Contract):
    """The story an article belongs to."""

    id: str = Field(description="Id of the story; begins with its month.")
    is_first: bool = Field(default=False, description="True for the article that opened the story.")


class Fingerprint(Contract):
    """What finds near-duplicates."""

    text_sha256: str = Field(description="Hash of the normalised headline and body; equal means no revision.")
    bands: list[str] = Field(default_factory=list, description="Bands of the MinHash over shingles, as terms.")
    signature: Stored = Field(default="", description="The MinHash itself, base64.")


class Article(Extracted):
    """An article in `hotline-articles-*`."""

    timestamp: Instant = Field(
        alias="@timestamp",
        description="published_at when precise to the minute and not in the future, else discovered_at.",
    )
    id: str = Field(description="Hash of url.key.")
    item_id: str = Field(description="The item that became this article.")
    publisher: str = Field(description="The outlet.")
    feed: FeedFacts = Field(description="The feed that brought it first.")
    feed_ids: list[str] = Field(description="All feeds that carry it.")
    discovered_at: Instant = Field(description="When our poll first saw it.")
    fetched_at: Instant = Field(description="When its text was captured.")
    ingested_at: Instant = Field(description="When it was first indexed.")
    updated_at: Instant = Field(description="When this record last changed.")
    revision: int = Field(default=0, ge=0, description="Revisions so far.")
    recheck_at: Instant | None = Field(default=None, description="When its page is looked at again.")
    quiet: bool = Field(default=False, description="True: raises no alert (first poll, import, replay).")
    capture: CaptureRef | None = Field(default=None, description="The capture its text was read from.")
    fingerprint: Fingerprint = Field(description="What finds near-duplicates and revisions.")
    near_duplicate_of: str | None = Field(default=None, description="Id of the article it copies.")
    story: StoryRef | None = Field(default=None, description="The story; none until it is placed.")
    desks: dict[str, DeskView] = Field(default_factory=dict, description="What each desk thinks of it.")


class Revision(Contract):
    """A change of an article's text, in `hotline-revisions-*`."""

    timestamp: Instant = Field(alias="@timestamp", description="When we saw the change.")
    id: str = Field(description="Hash of the article's id and the new text.")
    article_id: str = Field(description="The article.")
    number: int = Field(ge=1, description="First revision is 1.")
    announced: bool = Field(description="True: the outlet says so (“Correction:”, “Updated”); else a silent edit.")
    changed: list[str] = Field(description="Fields that changed: title, body.")
    old_title: Text = Field(description="Headline before.")
    new_title: Text = Field(description="Headline after.")
    diff: Stored = Field(description="Unified diff of headline and paragraphs, for people.")
    item_id: str | None = Field(default=None, description="The item that brought it; none after a recheck.")
    capture: CaptureRef | None = Field(default=None, description="The capture of the new text.")
