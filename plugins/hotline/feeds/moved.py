"""Where a feed lives: permanent redirects, and feeds that are no longer where they were. Pure.

Both ways of moving are adopted alike: once they have held for the desk's wait and a second look still finds them.
"""

from datetime import datetime
from typing import Any

from hotline.feeds.outcome import PollOutcome
from schemas.desk import Polling
from schemas.feed import FeedState


def after_redirect(state: FeedState, outcome: PollOutcome, now: datetime, polling: Polling) -> dict[str, Any]:
    """After a successful poll: a permanent redirect is remembered, adopted, or, where it went away, forgotten."""
    return _seen_at(state, outcome.permanent_url, now, polling)


def is_sought(state: FeedState, now: datetime, polling: Polling) -> bool:
    """Whether the feed is looked for on its site: at once where it is gone (410), else after the wait for redirects."""
    if state.lost_since is None:
        return False
    return state.last_status == 410 or now - state.lost_since >= polling.adopt_redirect_after


def after_search(state: FeedState, found: str | None, now: datetime, polling: Polling) -> FeedState:
    """After a look at the site, which names the feed's new address or none. Once adopted, it is polled at once."""
    update = _seen_at(state, found, now, polling)
    if "url" in update:
        update |= {"lost_since": None, "next_poll_at": now, "etag": None, "last_modified": None, "body_sha256": None}
    return state.model_copy(update=update)


def _seen_at(state: FeedState, target: str | None, now: datetime, polling: Polling) -> dict[str, Any]:
    if target is None or target == state.url:
        return {"moved_to": None, "moved_since": None}
    if target != state.moved_to or state.moved_since is None:
        return {"moved_to": target, "moved_since": now}
    if now - state.moved_since >= polling.adopt_redirect_after:
        return {"url": target, "moved_to": None, "moved_since": None}
    return {}
