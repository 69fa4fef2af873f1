"""What the newsroom answers to a request: feeds, front pages, articles. Pure apart from the room's counters."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Protocol

from tests.newsroom import render
from tests.newsroom.room import Page, Room, Shelf
from tests.newsroom.world import Outlet


@dataclass
class Response:
    """An HTTP response."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Site(Protocol):
    """Something that answers requests."""

    def answer(self, path: str, headers: Mapping[str, str]) -> Response:
        """The response to a GET of a path, which has no query string; `headers` has names in lower case."""
        ...


def plain(status: int, text: str) -> Response:
    """A short text."""
    return Response(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})


class OutletSite:
    """The outlets of a room, each below its own path."""

    def __init__(self, room: Room, base_url: str) -> None:
        self.room = room
        self.base_url = base_url

    def answer(self, path: str, headers: Mapping[str, str]) -> Response:
        """The response to a GET of a path."""
        with self.room.lock:
            if page := self.room.paths.get(path):
                return self._page(page, headers)
            for shelf in self.room.shelves.values():
                if path == (shelf.moved_to or shelf.path):
                    return self._feed(shelf, headers)
                if path == shelf.path:
                    shelf.requests += 1
                    return Response(301, headers={"Location": f"{self.base_url}{shelf.moved_to}"})
            return self._front(path)

    def _page(self, page: Page, headers: Mapping[str, str]) -> Response:
        page.requests += 1
        outlet = self.room.world.outlets[page.piece.outlet]
        if page.gone:
            return self._html(404, render.missing(outlet, self.base_url), outlet)
        if page.outage and page.outage.met(self.room.now()):
            return plain(page.outage.status, "Service temporarily unavailable. Please try again later.")
        page.fetches += 1
        text = render.article(page, outlet, self._neighbours(page), self.base_url)
        response = self._html(200, text, outlet)
        return conditional(response, page.modified_at, headers, outlet)

    def _feed(self, shelf: Shelf, headers: Mapping[str, str]) -> Response:
        now = self.room.now()
        shelf.requests += 1
        # An outlet without validators also stamps every answer, so that its bytes are never the same twice.
        built = shelf.changed_at if shelf.outlet.conditional else now
        text, media_type = render.feed(shelf, self.base_url, built)
        body = text.encode(shelf.spec.encoding, errors="xmlcharrefreplace")
        response = Response(200, body, {"Content-Type": media_type})
        if shelf.outage and shelf.outage.met(now):
            response.body = body[: len(body) // 3] + b"<br />\n<b>Fatal error</b>: Allowed memory size exhausted <item"
            return response
        shelf.fetches += 1
        shelf.first_fetch_at = shelf.first_fetch_at or now
        shelf.last_fetch_at = now
        return conditional(response, shelf.changed_at, headers, shelf.outlet)

    def _front(self, path: str) -> Response:
        outlet_id, _, section = path.strip("/").partition("/")
        outlet = self.room.world.outlets.get(outlet_id)
        if outlet is None or (section and section not in outlet.sections):
            return plain(404, "Not found")
        pages = [
            page
            for page in self.room.pages.values()
            if page.piece.outlet == outlet.id and (not section or page.piece.section == section)
        ]
        pages.sort(key=lambda page: page.published_at, reverse=True)
        return self._html(200, render.front(outlet, pages, self._shelves(outlet), self.base_url), outlet)

    def _shelves(self, outlet: Outlet) -> list[Shelf]:
        return [shelf for shelf in self.room.shelves.values() if shelf.outlet is outlet]

    def _neighbours(self, page: Page) -> list[Page]:
        """Three others of the outlet's backlog, other ones with other advertisements."""
        others = [one for one in self.room.pages.values() if one.piece.outlet == page.piece.outlet and one is not page]
        others = [one for one in others if not one.live] or others
        turn = page.ads % len(others) if others else 0
        return (others[turn:] + others[:turn])[:3]

    @staticmethod
    def _html(status: int, text: str, outlet: Outlet) -> Response:
        body = text.encode(outlet.encoding, errors="xmlcharrefreplace")
        return Response(status, body, {"Content-Type": f"text/html; charset={outlet.encoding}"})


def conditional(response: Response, modified: datetime, headers: Mapping[str, str], outlet: Outlet) -> Response:
    """The response with validators, or 304 where the caller has it already (RFC 9110, 13.1), or compressed."""
    if outlet.conditional:
        etag = f'"{hashlib.sha256(response.body).hexdigest()[:20]}"'
        modified = modified.astimezone(UTC).replace(microsecond=0)
        response.headers |= {"ETag": etag, "Last-Modified": format_datetime(modified, usegmt=True)}
        known, since = headers.get("if-none-match"), headers.get("if-modified-since")
        if known is not None:
            unchanged = etag in known
        else:
            unchanged = since is not None and parsedate_to_datetime(since) >= modified
        if unchanged:
            return Response(304, headers=response.headers)
    if outlet.gzip and "gzip" in headers.get("accept-encoding", ""):
        response.body = gzip.compress(response.body, mtime=0)
        response.headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return response
