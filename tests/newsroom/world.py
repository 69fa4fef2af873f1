"""What the newsroom consists of: outlets, their feeds, articles and the script, as the files under data/ say."""

from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.feed import FeedFormat, Ownership
from tests.newsroom.weekdays import moved

DATA = Path(__file__).parent / "data"


class Data(BaseModel):
    """Part of a data file; a misspelt field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FeedSpec(Data):
    """A feed of an outlet."""

    id: str = Field(description="Unique within the outlet.")
    title: str = Field(description="The feed's own name.")
    path: str = Field(description="Where it is served, below the outlet.")
    format: FeedFormat = Field(description="How it is written.")
    sections: list[str] = Field(default_factory=list, description="Only these sections; empty: all.")
    tracking: str = Field(default="", description="Query string that is put behind every link.")
    full_text: bool = Field(default=False, description="True: entries carry the whole text as HTML.")
    encoding: str = Field(default="utf-8", description="Encoding of its bytes.")
    limit: int = Field(default=40, description="Entries shown, newest first.")


class Outlet(Data):
    """A fictional outlet."""

    id: str = Field(pattern=r"^[a-z0-9-]+$", description="First part of its path.")
    name: str
    tagline: str
    language: str
    country: str
    ownership: Ownership = Ownership.INDEPENDENT
    tier: int = 2
    desks: list[str] = Field(description="Desks that watch it.")
    layout: str = Field(description="Template of its pages, in templates/pages.")
    url: str = Field(description="Path of an article: a format string over id, section and date.")
    utc_offset: float = Field(default=0, description="Hours ahead of UTC in what it prints.")
    encoding: str = Field(default="utf-8", description="Encoding of its pages.")
    conditional: bool = Field(default=True, description="True: honours ETag and If-Modified-Since.")
    gzip: bool = Field(default=False, description="True: compresses for those who accept it.")
    sections: dict[str, str] = Field(description="Sections and what the menu calls them.")
    notice: str = Field(description="What its footer says: that it is fictional.")
    feeds: list[FeedSpec]

    @property
    def zone(self) -> timezone:
        """The outlet's offset from UTC."""
        return timezone(timedelta(hours=self.utc_offset))


class Expected(Data):
    """What a reader with the guideline at hand says of an article. None: not asserted (a language nobody promised)."""

    us_russia: int | None = Field(default=0, ge=0, le=2)
    us_china: int | None = Field(default=0, ge=0, le=2)
    topics: list[str] = Field(default_factory=list, description="Topics of us_russia that must not be missing.")


class Change(Data):
    """A later version of an article."""

    note: str = Field(default="", description="Paragraph that announces the change; empty: a silent edit.")
    replace: dict[str, str] = Field(description="What is put in the place of what, in headline, summary and body.")
    new_entry: bool = Field(default=False, description="True: a further feed entry for the same page; else `updated`.")


class Piece(Data):
    """An article, as its author wrote it."""

    id: str = Field(pattern=r"^[a-z0-9-]+$", description="Unique; part of its address.")
    outlet: str
    section: str
    headline: str
    subtitle: str = ""
    summary: str = Field(default="", description="What feeds show; empty: the beginning of the body.")
    authors: list[str] = Field(default_factory=list)
    agency: str = ""
    key_points: list[str] = Field(default_factory=list)
    captions: list[str] = Field(default_factory=list)
    body: str = Field(description="Paragraphs, separated by blank lines.")
    age: float | None = Field(default=None, description="Backlog only: hours before the newsroom opened.")
    story: str = Field(description="The event it reports; equal for all reports of it.")
    copy_of: str | None = Field(default=None, description="The article it is a lightly edited copy of.")
    expect: Expected = Field(default_factory=Expected)
    changes: list[Change] = Field(default_factory=list, description="Later versions, in order.")

    @property
    def paragraphs(self) -> list[str]:
        """The body's paragraphs, each on one line."""
        return [" ".join(part.split()) for part in self.body.split("\n\n") if part.strip()]

    @property
    def teaser(self) -> str:
        """What feeds show."""
        return self.summary or self.paragraphs[0]

    def told_on(self, opened_at: datetime) -> Self:
        """The article with its weekdays moved to when the newsroom opened."""

        def move(text: str) -> str:
            return moved(text, opened_at.date())

        changes = [change.model_copy(update={"note": move(change.note)}) for change in self.changes]
        texts = {name: move(getattr(self, name)) for name in ("headline", "subtitle", "summary", "body")}
        lists = {name: [move(text) for text in getattr(self, name)] for name in ("key_points", "captions")}
        return self.model_copy(update={**texts, **lists, "changes": changes})

    def changed(self, change: Change) -> Self:
        """The article after a change. Raises ValueError where a text to be replaced does not occur."""

        def edit(text: str) -> str:
            for old, new in change.replace.items():
                text = text.replace(old, new)
            return text

        plain = "\n\n".join(self.paragraphs)
        for old in change.replace:
            if not any(old in text for text in (self.headline, self.subtitle, self.summary, plain)):
                raise ValueError(f"{self.id}: the change replaces “{old}”, which does not occur")
        body = edit(plain)
        return self.model_copy(
            update={
                "headline": edit(self.headline),
                "subtitle": edit(self.subtitle),
                "summary": edit(self.summary),
                "body": f"{body}\n\n{change.note}" if change.note else body,
            }
        )


class Copy(Data):
    """A lightly edited copy of an article by another outlet: what differs from it."""

    id: str
    outlet: str
    section: str
    copy_of: str
    headline: str
    summary: str = ""
    subtitle: str = ""
    authors: list[str] = Field(default_factory=list)
    captions: list[str] = Field(default_factory=list)
    replace: dict[str, str] = Field(default_factory=dict)
    drop_last: int = Field(default=0, description="Paragraphs left out at the end.")
    append: str = Field(default="", description="Last paragraph of its own.")

    def piece(self, original: Piece) -> Piece:
        """The copy as an article of its own."""
        edited = original.changed(Change(replace=self.replace))
        kept = edited.paragraphs[: len(edited.paragraphs) - self.drop_last]
        return original.model_copy(
            update={
                **self.model_dump(exclude={"replace", "drop_last", "append"}),
                "body": "\n\n".join([*kept, self.append] if self.append else kept),
                "key_points": [],
                "changes": [],
            }
        )


type Act = Literal["publish", "revise", "new_ads", "fail", "gone", "move", "break"]


class Event(Data):
    """A step of the script."""

    at: float = Field(ge=0, description="Seconds after the start, at speed 1.")
    act: Act = Field(description="What happens.")
    target: list[str] = Field(min_length=1, description="Articles, or feeds as `outlet/feed`.")
    seconds: float | None = Field(default=None, description="fail, break: how long, from the first refused request.")
    status: int = Field(default=503, description="fail: the HTTP status of the answer.")
    to: str | None = Field(default=None, description="move: the new path, below the outlet.")
    once_fetched: bool = Field(default=False, description="True: waits until the article's page has been fetched.")
    why: str = Field(description="What it is there to show.")


class World(Data):
    """Everything there is."""

    outlets: dict[str, Outlet]
    pieces: dict[str, Piece]
    script: list[Event]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        feeds = {f"{outlet.id}/{feed.id}" for outlet in self.outlets.values() for feed in outlet.feeds}
        for piece in self.pieces.values():
            outlet = self.outlets.get(piece.outlet)
            if outlet is None or piece.section not in outlet.sections:
                raise ValueError(f"{piece.id}: no section {piece.section} at {piece.outlet}")
            version = piece
            for change in piece.changes:
                version = version.changed(change)
        for event in self.script:
            known = feeds if event.act in ("move", "break") else self.pieces.keys()
            if unknown := set(event.target) - known:
                raise ValueError(f"script at {event.at}: no such target: {', '.join(sorted(unknown))}")
        return self

    @property
    def backlog(self) -> list[Piece]:
        """What is published when the newsroom opens, oldest first."""
        old = [piece for piece in self.pieces.values() if piece.age is not None]
        return sorted(old, key=lambda piece: -(piece.age or 0))


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def load() -> World:
    """The world in data/. Raises ValueError (pydantic's) naming what is wrong in which record."""
    outlets = [Outlet.model_validate(one) for one in _read(DATA / "outlets.yaml")]
    records = [one for path in sorted((DATA / "articles").glob("*.yaml")) for one in _read(path)]
    pieces: dict[str, Piece] = {}
    copies = [Copy.model_validate(one) for one in records if "body" not in one]
    for piece in (Piece.model_validate(one) for one in records if "body" in one):
        if piece.id in pieces:
            raise ValueError(f"two articles are called {piece.id}")
        pieces[piece.id] = piece
    for copy in copies:
        pieces[copy.id] = copy.piece(pieces[copy.copy_of])
    script = sorted((Event.model_validate(one) for one in _read(DATA / "script.yaml")), key=lambda event: event.at)
    return World(outlets={one.id: one for one in outlets}, pieces=pieces, script=script)


def local(moment: datetime, outlet: Outlet) -> datetime:
    """The moment on the outlet's clock."""
    return moment.astimezone(outlet.zone)
