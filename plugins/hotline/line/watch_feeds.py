"""Telling the operator and the analysts how the feeds are: grouped by cause, seldom, and once more when it is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hotline.alerts.raising import Notice
from hotline.health.digest import Letter, coverage, daily
from hotline.health.habit import STALE, silent_at
from hotline.health.stop import OVERDUE, WINDOW, Stop, cut_off, is_restored, not_polling
from hotline.health.troubles import FRESH, failing, flooding, gaps, is_lost, is_silent, silent
from hotline.line.context import Line
from hotline.line.desks import all_sources
from hotline.line.notices import last_notice, tell
from hotline.search.indices import Kind
from hotline.search.store import chunks
from schemas.base import Severity
from schemas.desk import Health
from schemas.feed import Feed
from schemas.item import Item

type Filter = dict[str, Any]


def watch_feeds(line: Line, health: Health) -> None:
    """One look at all feeds, as of the last refresh of feeds, items and alerts."""
    is_cut = _network(line)
    _polling(line)
    quiet = _silent(line)
    if not is_cut:
        _daily(line, health, quiet)
    _coverage(line, health, quiet)


def incident(line: Line, kind: str, stop: Stop | None, *, over: bool) -> bool:
    """Tells at once that the line stands still, and that it goes on again; returns whether it stands still now."""
    last = last_notice(line, kind, f"{kind}-over")
    is_open = last is not None and last.rule_id == f"health/{kind}"
    now = line.clock()
    if stop is not None and not is_open:
        tell(line, Notice(f"{kind}/{now:%Y-%m-%dT%H:%M}", stop.title, stop.text, Severity.HIGH))
    elif over and is_open and last is not None:
        text = f"The trouble told at {last.timestamp:%H:%M} UTC on {last.timestamp:%d %B} is over: {last.title}."
        tell(line, Notice(f"{kind}-over/{last.occasion_id}", f"Recovered: {last.title}", text))
        return False
    return is_open or stop is not None


def _network(line: Line) -> bool:
    asked_lately = {"range": {"state.last_polled_at": {"gte": (line.clock() - WINDOW).isoformat()}}}
    asked = line.store.count(Kind.FEEDS, _query(asked_lately))
    down = _feeds(line, asked_lately, {"range": {"state.failures": {"gt": 0}}})
    return incident(line, "network", cut_off(asked, down), over=asked > 0 and is_restored(asked, down))


def _polling(line: Line) -> None:
    """Only where the line was up before: after a night without power everything is late, and about to be polled."""
    now = line.clock()
    heartbeat = line.settings.home / "watched-at"
    before = datetime.fromisoformat(heartbeat.read_text()) if heartbeat.is_file() else None
    heartbeat.parent.mkdir(parents=True, exist_ok=True)
    heartbeat.write_text(now.isoformat())
    if before is None or now - before > OVERDUE:
        return
    overdue = line.store.count(
        Kind.FEEDS, _query({"range": {"state.next_poll_at": {"lt": (now - OVERDUE).isoformat()}}})
    )
    latest = [{"state.last_polled_at": {"order": "desc", "missing": "_last"}}]
    found = line.store.search(Feed, Kind.FEEDS, _query(), size=1, sort=latest)
    stop = not_polling(overdue, found[0].record.state.last_polled_at if found else None, now)
    incident(line, "polling", stop, over=stop is None)


def _silent(line: Line) -> list[Feed]:
    """Feeds that are silent, after a look at what the index has of them: a state that was not kept knows less."""
    now = line.clock()
    candidates = _feeds(line, {"range": {"state.silent_at": {"lte": now.isoformat()}}}, {"term": {"state.failures": 0}})
    quiet = [feed for feed in candidates if is_silent(feed, now)]
    last = _last_items(line, [feed.id for feed in quiet])
    return [feed for feed in quiet if not _was_heard(feed, last.get(feed.id), now)]


def _last_items(line: Line, ids: Sequence[str]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for chunk in chunks(ids):
        answer = line.store.client.search(
            index=line.store.indices.name(Kind.ITEMS),
            query={"terms": {"feed_id": list(chunk)}},
            sort=[{"discovered_at": "desc"}],
            collapse={"field": "feed_id"},
            size=len(chunk),
        )
        items = [Item.model_validate(hit["_source"]) for hit in answer["hits"]["hits"]]
        found |= {item.feed_id: item for item in items}
    return found


def _was_heard(feed: Feed, item: Item | None, now: datetime) -> bool:
    habit, published = feed.state.habit, item.entry.published_at if item else None
    if item is None or habit is None or item.discovered_at <= habit.at:
        return False
    if published is not None and item.discovered_at - published > STALE:
        return False
    return silent_at(habit, item.discovered_at, now - now) > now


def _daily(line: Line, health: Health, quiet: Sequence[Feed]) -> None:
    now = line.clock()
    mended = last_notice(line, "network-over")
    down = _feeds(line, {"range": {"state.failures": {"gte": health.failing_after}}})
    since = (now - FRESH).isoformat()
    troubles = [
        *failing(down, health, mended.timestamp if mended else None),
        *silent(quiet, now),
        *flooding(_feeds(line, {"range": {"state.flood_at": {"gte": since}}}), now),
        *gaps(_feeds(line, {"range": {"state.last_gap_at": {"gte": since}}}), now),
    ]
    names, last = _names(line), last_notice(line, "feeds")
    told = [key for key in (last.about if last else []) if key.partition("/")[2] in names]
    letter = daily(troubles, told, last.timestamp if last else None, names, now)
    _send(line, f"feeds/{now:%Y-%m-%d}", letter, Severity.NORMAL)


def _coverage(line: Line, health: Health, quiet: Sequence[Feed]) -> None:
    """What analysts hear: a source of the first tier is out of sight, or seen again."""
    now, names = line.clock(), _names(line)
    first = [feed for feed in quiet if feed.source.tier == 1]
    first += _feeds(line, {"term": {"source.tier": 1}}, {"range": {"state.failures": {"gt": 0}}})
    lost = {feed.id: feed for feed in first if is_lost(feed, health, now)}
    for desk in line.desks:
        last = last_notice(line, "coverage", desk=desk)
        told = [id_ for id_ in (last.about if last else []) if id_ in names]
        of_desk = {id_: _unseen_since(feed) for id_, feed in lost.items() if desk in feed.source.desks}
        letter = coverage(of_desk, told, last.timestamp if last else None, names, now)
        _send(line, f"coverage/{desk}/{now:%Y-%m-%dT%H:%M}", letter, Severity.HIGH, analysts_of=desk)


def _send(line: Line, key: str, letter: Letter | None, severity: Severity, analysts_of: str | None = None) -> None:
    if letter is not None:
        about, text = letter.about, letter.text
        tell(line, Notice(key, letter.title, text, severity, about=about, analysts_of=analysts_of))


def _unseen_since(feed: Feed) -> str:
    state = feed.state
    if state.failures:
        return f"no answer since {state.last_success_at:%d %B %H:%M} UTC"
    return f"answers, but nothing new since {state.last_new_at:%d %B %H:%M} UTC" if state.last_new_at else "never new"


def _names(line: Line) -> dict[str, str]:
    return {id_: source.title for id_, source in all_sources(line.desks).items() if not source.paused}


def _feeds(line: Line, *filters: Filter) -> list[Feed]:
    """Feeds in use; of more than 10,000, as many."""
    return [kept.record for kept in line.store.search(Feed, Kind.FEEDS, _query(*filters), size=10_000)]


def _query(*filters: Filter) -> Filter:
    return {"bool": {"filter": [{"term": {"active": True}}, {"term": {"source.paused": False}}, *filters]}}
