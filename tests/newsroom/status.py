"""What the newsroom says of itself: how far the script is, what it has published, and what is expected of that."""

from collections import Counter
from typing import Any

from tests.newsroom.player import Player
from tests.newsroom.room import Page, Room, Shelf

DESKS = ("us_russia", "us_china")


def relevance(room: Room, page: Page, desk: str) -> int | None:
    """What a reader would say; none where it is not asserted, or where the desk does not watch the outlet."""
    if desk not in room.world.outlets[page.piece.outlet].desks:
        return None
    value = getattr(page.piece.expect, desk)
    return value if isinstance(value, int) else None


def rings(room: Room, page: Page, desk: str) -> bool:
    """Whether somebody at the desk must hear of it: new, relevant, and there to be read."""
    return page.live and not page.gone and bool(relevance(room, page, desk))


def report(room: Room, player: Player | None, base_url: str) -> dict[str, Any]:
    """The answer to GET /_newsroom/status. Times are UTC; `seconds` are the script's."""
    with room.lock:
        pages = list(room.pages.values())
        return {
            "mode": "script" if player else "manual",
            "phase": player.phase if player else "running",
            "started_at": _time(player.started_at) if player else _time(room.opened_at),
            "finished_at": _time(player.finished_at) if player else None,
            "seconds": player.seconds if player else None,
            "speed": player.speed if player else 1.0,
            "waiting_for": room.unfetched(),
            "feeds": [_feed(shelf, base_url) for shelf in room.shelves.values()],
            "published": [_page(room, page, base_url) for page in pages],
            "events": _events(player),
            "expected": expected(room),
        }


def expected(room: Room) -> dict[str, Any]:
    """The totals that hold once everything published so far has been read and processed."""
    pages = list(room.pages.values())
    items = sum(len(shelf.items) for shelf in room.shelves.values())
    gone = [page for page in pages if page.gone]
    readable = len(pages) - len(gone)
    gone_items = sum(item.page.gone for shelf in room.shelves.values() for item in shelf.items)
    return {
        "feeds": len(room.shelves),
        "items": items,
        # A page that is gone for good makes an article of its entry, or a failed item: both are honest.
        "by_status": {
            "indexed": readable,
            # A new entry for a page that was looked at again in the meantime brings nothing new.
            "revision_or_duplicate": items - readable - gone_items,
            "indexed_or_failed": gone_items,
            "pending": 0,
        },
        "articles": readable,
        "articles_at_most": len(pages),
        "revisions": sum(len(page.revisions) for page in pages),
        "near_duplicates": sum(page.piece.copy_of in room.pages for page in pages if page.piece.copy_of),
        "desks": {desk: _desk(room, desk) for desk in DESKS},
    }


def _desk(room: Room, desk: str) -> dict[str, Any]:
    pages = list(room.pages.values())
    ringing = [page for page in pages if rings(room, page, desk)]
    outlets = room.world.outlets
    return {
        "relevant": sum(bool(relevance(room, page, desk)) and not page.gone for page in pages),
        "ringing": len(ringing),
        "by_story": dict(Counter(page.piece.story for page in ringing)),
        "stories": len({page.piece.story for page in ringing}),
        # Where reports of one event in two languages are not recognised as one story, each language rings.
        "stories_at_most": len({(page.piece.story, outlets[page.piece.outlet].language) for page in ringing}),
    }


def _feed(shelf: Shelf, base_url: str) -> dict[str, Any]:
    return {
        "id": shelf.id,
        "url": f"{base_url}{shelf.path}",
        "publisher": shelf.outlet.name,
        "format": shelf.spec.format,
        "entries": len(shelf.items),
        "requests": shelf.requests,
        "fetches": shelf.fetches,
        "first_fetch_at": _time(shelf.first_fetch_at),
        "last_fetch_at": _time(shelf.last_fetch_at),
        "moved_to": f"{base_url}{shelf.moved_to}" if shelf.moved_to else None,
        "broken": shelf.outage is not None,
    }


def _page(room: Room, page: Page, base_url: str) -> dict[str, Any]:
    piece, outlet = page.piece, room.world.outlets[page.piece.outlet]
    return {
        "id": piece.id,
        "url": f"{base_url}{page.path}",
        "feeds": [shelf.id for shelf in room.shelves.values() if any(item.page is page for item in shelf.items)],
        "publisher": outlet.name,
        "language": outlet.language,
        "headline": piece.headline,
        "published_at": _time(page.published_at),
        "live": page.live,
        "gone": page.gone,
        "story": piece.story,
        "copy_of": piece.copy_of,
        "expected": {desk: relevance(room, page, desk) for desk in DESKS},
        "topics": piece.expect.topics,
        "alert": {desk: rings(room, page, desk) for desk in DESKS},
        "item": ["indexed", "failed"] if page.gone else ["indexed"],
        "revisions": [
            {"at": _time(at), "announced": announced, "in_new_entry": in_entry}
            for at, announced, in_entry in page.revisions
        ],
        "ad_editions": page.ads + 1,
        "requests": page.requests,
        "fetches": page.fetches,
    }


def _events(player: Player | None) -> list[dict[str, Any]]:
    return [
        {
            "at": step.event.at,
            "act": step.event.act,
            "target": step.event.target,
            "why": step.event.why,
            "done_at": _time(step.done_at),
        }
        for step in (player.steps if player else [])
    ]


def _time(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
