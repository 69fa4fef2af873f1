"""The state of the newsroom: what is published, what fails, who has asked for what. Knows nothing of HTTP servers."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.newsroom.world import FeedSpec, Outlet, Piece, World, local


@dataclass
class Outage:
    """Something that doesn't work. A timed one begins with the first request that meets it, so that it is met."""

    status: int
    seconds: float | None = None
    first_met: datetime | None = None

    def met(self, now: datetime) -> bool:
        """Whether a request now meets it."""
        self.first_met = self.first_met or now
        return self.seconds is None or now < self.first_met + timedelta(seconds=self.seconds)

    def over(self, now: datetime) -> bool:
        """Whether a timed one has been met and is over."""
        return self.seconds is not None and self.first_met is not None and not self.met(now)


@dataclass
class FeedItem:
    """An entry of a feed: the article as it was when the entry appeared or was updated."""

    id: str
    page: "Page"
    piece: Piece
    published_at: datetime
    updated_at: datetime


@dataclass
class Page:
    """A published article."""

    piece: Piece
    path: str
    published_at: datetime
    modified_at: datetime
    live: bool
    ads: int = 0  # which advertisements it is served with
    gone: bool = False
    outage: Outage | None = None
    fetches: int = 0  # answers with the page
    requests: int = 0
    revisions: list[tuple[datetime, bool, bool]] = field(default_factory=list)  # when, announced, in a new entry


@dataclass
class Shelf:
    """A feed of an outlet."""

    outlet: Outlet
    spec: FeedSpec
    path: str
    changed_at: datetime
    items: list[FeedItem] = field(default_factory=list)
    moved_to: str | None = None
    outage: Outage | None = None
    fetches: int = 0  # answers with the feed, 304 included
    requests: int = 0
    first_fetch_at: datetime | None = None
    last_fetch_at: datetime | None = None

    @property
    def id(self) -> str:
        """`outlet/feed`."""
        return f"{self.outlet.id}/{self.spec.id}"

    def carries(self, piece: Piece) -> bool:
        """Whether an article appears in it."""
        return piece.outlet == self.outlet.id and (not self.spec.sections or piece.section in self.spec.sections)


class Room:
    """All outlets and what they have published. Thread-safe: every public method takes the lock."""

    def __init__(self, world: World, now: Callable[[], datetime], *, backlog: bool = True) -> None:
        self.world = world
        self.now = now
        self.opened_at = now()
        self.lock = threading.RLock()
        self.pages: dict[str, Page] = {}
        self.paths: dict[str, Page] = {}
        self.shelves = {
            shelf.id: shelf
            for outlet in world.outlets.values()
            for spec in outlet.feeds
            for shelf in [Shelf(outlet, spec, f"/{outlet.id}/{spec.path}", self.opened_at)]
        }
        for piece in world.backlog if backlog else ():
            self._publish(piece, self.opened_at - timedelta(hours=piece.age or 0), live=False)

    # What a script or a test does

    def publish(self, piece_id: str) -> Page:
        """Publishes an article of the world now. Raises KeyError for an unknown one, ValueError for a second time."""
        with self.lock:
            return self._publish(self.world.pieces[piece_id], self.now(), live=True)

    def publish_piece(self, piece: Piece) -> Page:
        """Publishes an article of the caller's own now."""
        with self.lock:
            return self._publish(piece, self.now(), live=True)

    def revise(self, piece_id: str) -> Page:
        """Puts an article's next change into force. Raises ValueError when it has none left."""
        with self.lock:
            page = self.pages[piece_id]
            done = len(page.revisions)
            if done >= len(page.piece.changes):
                raise ValueError(f"{piece_id} has no further change")
            change, now = page.piece.changes[done], self.now()
            page.piece, page.modified_at = page.piece.changed(change), now
            page.revisions.append((now, bool(change.note), change.new_entry))
            for shelf in self._shelves_of(page.piece):
                shelf.changed_at = now
                mine = [item for item in shelf.items if item.page is page]
                if change.new_entry:
                    shelf.items.insert(0, FeedItem(f"{mine[0].id}-{done + 2}", page, page.piece, now, now))
                else:
                    for item in mine:
                        item.piece, item.updated_at = page.piece, now
            return page

    def new_ads(self, piece_id: str) -> None:
        """Serves the article's page with other advertisements and related stories from now on."""
        with self.lock:
            self.pages[piece_id].ads += 1

    def fail(self, piece_id: str, status: int = 503, seconds: float | None = None) -> None:
        """Answers an article's page with an error; for `seconds` from the first such answer, or until `heal`."""
        with self.lock:
            self.pages[piece_id].outage = Outage(status, seconds)

    def heal(self, piece_id: str) -> None:
        """Ends what `fail` began."""
        with self.lock:
            self.pages[piece_id].outage = None

    def gone(self, piece_id: str) -> None:
        """Answers an article's page with 404 from now on; its entry stays in the feed."""
        with self.lock:
            self.pages[piece_id].gone = True

    def move_feed(self, feed_id: str, to: str) -> None:
        """Moves a feed for good: its address answers 301 from now on. `to` is the new path below the outlet."""
        with self.lock:
            shelf = self.shelves[feed_id]
            shelf.moved_to = f"/{shelf.outlet.id}/{to}"

    def break_feed(self, feed_id: str, seconds: float | None = None) -> None:
        """Serves a feed as broken XML; for `seconds` from the first such answer, or until `mend_feed`."""
        with self.lock:
            self.shelves[feed_id].outage = Outage(200, seconds)

    def mend_feed(self, feed_id: str) -> None:
        """Ends what `break_feed` began."""
        with self.lock:
            self.shelves[feed_id].outage = None

    # What others need to know

    def unfetched(self) -> list[str]:
        """Ids of the feeds that nobody has fetched yet."""
        with self.lock:
            return [shelf.id for shelf in self.shelves.values() if not shelf.fetches]

    def open_outages(self) -> Iterator[str]:
        """Ids of articles and feeds with a timed outage that is not over yet."""
        now = self.now()
        with self.lock:
            outages = {key: page.outage for key, page in self.pages.items()}
            outages |= {key: shelf.outage for key, shelf in self.shelves.items()}
        for key, outage in outages.items():
            if outage and outage.seconds is not None and not outage.over(now):
                yield key

    def _shelves_of(self, piece: Piece) -> list[Shelf]:
        return [shelf for shelf in self.shelves.values() if shelf.carries(piece)]

    def _publish(self, piece: Piece, at: datetime, *, live: bool) -> Page:
        if piece.id in self.pages:
            raise ValueError(f"{piece.id} is published already")
        piece = piece.told_on(self.opened_at)
        outlet = self.world.outlets[piece.outlet]
        path = outlet.url.format(id=piece.id, section=piece.section, date=local(at, outlet))
        page = Page(piece, f"/{outlet.id}/{path}", at.replace(microsecond=0), at.replace(microsecond=0), live)
        self.pages[piece.id] = self.paths[page.path] = page
        for shelf in self._shelves_of(piece):
            shelf.items.insert(0, FeedItem(piece.id, page, piece, page.published_at, page.published_at))
            shelf.changed_at = max(shelf.changed_at, at)
        return page
