"""Conditional requests (RFC 9110, 13.1), and the servers whose 304 cannot be believed. Pure."""

from typing import Any

from hotline.feeds.outcome import PollOutcome
from schemas.feed import FeedState

CHECK_EVERY = 20  # each so many polls one is unconditional, to find servers that answer 304 whatever happens
HIDING = CHECK_EVERY // 2  # answers of 304 in a row that hide something if the check after them brings news
CHECKS = 2  # one may be chance: something new that came just then


def is_check(state: FeedState) -> bool:
    """Whether the next poll is made without conditions, to see whether the server's 304 can be believed."""
    return state.polls % CHECK_EVERY == CHECK_EVERY - 1


def request_headers(state: FeedState) -> dict[str, str]:
    """Conditions of the next request, so that an unchanged feed costs nothing."""
    if not state.conditional or is_check(state):
        return {}
    headers = {}
    if state.etag:
        headers["If-None-Match"] = state.etag
    if state.last_modified:
        headers["If-Modified-Since"] = state.last_modified
    return headers


def after_answer(state: FeedState, outcome: PollOutcome) -> dict[str, Any]:
    """What a successful answer changes: validators, and whether they are still used."""
    if outcome.status == 304:
        return {"not_modified": state.not_modified + 1}
    update = {"etag": outcome.headers.get("etag"), "last_modified": outcome.headers.get("last-modified")}
    return update | {"not_modified": 0} | _believed(state, outcome)


def _believed(state: FeedState, outcome: PollOutcome) -> dict[str, Any]:
    """A liar keeps its validator while the feed changes, or answers 304 for as long as it is asked with conditions."""
    if not state.conditional or state.first_polled_at is None:
        return {}
    etag, modified = outcome.headers.get("etag"), outcome.headers.get("last-modified")
    same = etag == state.etag if etag or state.etag else bool(modified) and modified == state.last_modified
    if same and outcome.new_entries:
        kept = f"ETag {etag}" if etag else f"Last-Modified {modified}"
        return {"conditional": False, "conditional_reason": f"new entries came under the old {kept}"}
    if not is_check(state):
        return {"hidden": 0} if outcome.new_entries else {}
    hidden = state.hidden + 1 if outcome.new_entries and state.not_modified >= HIDING else 0
    if hidden < CHECKS:
        return {"hidden": hidden}
    reason = f"{CHECKS} unconditional checks in a row brought new entries, all requests between them only 304"
    return {"hidden": hidden, "conditional": False, "conditional_reason": reason}
