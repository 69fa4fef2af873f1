"""Which feeds and pages are due, in a few coarse groups."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import elasticsearch
import structlog

from hotline.feeds.schedule import first_state
from hotline.line import outage
from hotline.line.adopt import adopt
from hotline.line.context import Line, digest
from hotline.line.desks import all_sources, leading
from hotline.line.network import host_of
from hotline.search.indices import Kind
from hotline.search.store import Write, chunks
from schemas.feed import Feed, FeedSource
from schemas.item import ItemStatus

log = structlog.get_logger(__name__)

FEEDS = 2000  # due feeds taken in one run; the others stay due and go first next time
PAGES = 500  # pages likewise
SLOW_S = 3.0  # a feed that takes longer is fetched apart, so that the others' news do not wait for it
QUICK_TIMEOUT_S = 8.0  # a feed of the quick group that takes longer is slow from then on


@dataclass(frozen=True)
class Due:
    """A feed whose time has come."""

    url: str
    slow: bool  # it is fetched apart: it answers slowly, or failed last time


@dataclass
class Group:
    """What one fetch task does. Small: ids only."""

    name: str
    feeds: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    timeout_s: float | None = None  # for one response; None: as the desk says


def plan(line: Line) -> list[dict[str, Any]]:
    """The groups to fetch now, as JSON; empty where nothing is due.

    While Elasticsearch is out of reach the feeds are asked here and now, from the snapshot, and nothing else is due.
    """
    try:
        prepare(line)
    except elasticsearch.ConnectionError:
        outage.poll(line)
        return []
    if outage.caught_up(line):
        adopt(line)
    now = line.clock()
    line.store.refresh(Kind.FEEDS, Kind.ITEMS)
    # What falls due before the middle of this interval is asked now, else it would be late by most of one.
    feeds = due_feeds(line, now + timedelta(seconds=line.settings.poll_seconds / 2))
    groups = grouped(feeds, _due_items(line, now), _due_articles(line, now))
    outage.keep_snapshot(line, now)
    log.info("due", **{g.name: len(g.feeds) + len(g.items) + len(g.articles) for g in groups})
    return [asdict(g) for g in groups]


def grouped(feeds: Mapping[str, Due], items: Mapping[str, str], articles: Mapping[str, str]) -> list[Group]:
    """What is due in groups that run side by side; `items` and `articles` map ids to addresses of pages.

    A host stands in one group only, because politeness holds within a process: with one slow feed it is slow, and its
    pages are fetched with its feeds.
    """
    quick, slow, pages = Group("feeds", timeout_s=QUICK_TIMEOUT_S), Group("slow feeds"), Group("pages")
    of_host = {host_of(due.url): slow for due in feeds.values() if due.slow}
    for id_, due in feeds.items():
        of_host.setdefault(host_of(due.url), quick).feeds.append(id_)
    for id_, url in items.items():
        of_host.get(host_of(url), pages).items.append(id_)
    for id_, url in articles.items():
        of_host.get(host_of(url), pages).articles.append(id_)
    return [group for group in (quick, slow, pages) if group.feeds or group.items or group.articles]


def due_feeds(line: Line, now: datetime) -> dict[str, Due]:
    """Feeds whose time has come, by id, longest due first.

    Read from columns, not from whole records, so that choosing among many thousands costs little.
    """
    query = {
        "bool": {
            "filter": [
                {"term": {"active": True}},
                {"term": {"source.paused": False}},
                {"range": {"state.next_poll_at": {"lte": now.isoformat()}}},
            ]
        }
    }
    columns = ("state.url", "state.failures", "state.response_time_s")
    found = line.store.columns(Kind.FEEDS, query, columns, size=FEEDS, sort=[{"state.next_poll_at": {"order": "asc"}}])
    return {
        id_: Due(url or "", (failures or 0) > 0 or (seconds or 0) > SLOW_S)
        for id_, (url, failures, seconds) in found.items()
    }


def _due_items(line: Line, now: datetime) -> dict[str, str]:
    """Pending items whose page is due and its address: news before the past, longest due first."""
    query = {
        "bool": {
            "filter": [
                {"term": {"status": ItemStatus.PENDING.value}},
                {"range": {"next_try_at": {"lte": now.isoformat()}}},
            ]
        }
    }
    sort = [{"quiet": {"order": "asc"}}, {"next_try_at": {"order": "asc"}}]
    found = line.store.columns(Kind.ITEMS, query, ("entry.url",), size=PAGES, sort=sort)
    return {id_: url or "" for id_, (url,) in found.items()}


def _due_articles(line: Line, now: datetime) -> dict[str, str]:
    """Articles whose page is to be looked at again, and its address."""
    query = {"range": {"recheck_at": {"lte": now.isoformat()}}}
    sort = [{"recheck_at": {"order": "asc"}}]
    found = line.store.columns(Kind.ARTICLES, query, ("url.full",), size=PAGES // 2, sort=sort)
    return {id_: url or "" for id_, (url,) in found.items()}


def prepare(line: Line) -> None:
    """`hotline-feeds` is brought up to date where the desks' files changed since the last time.

    What it was made from is kept in its own `_meta`, so a new or restored index is prepared again.
    """
    client, feeds = line.store.client, line.store.indices.name(Kind.FEEDS)
    meta = client.indices.get_mapping(index=feeds)[feeds]["mappings"].get("_meta", {})
    sources = all_sources(line.desks)
    version = digest(*(source.model_dump_json() for source in sources.values()))
    if meta.get("sources") != version:
        sync_feeds(line, sources)
        client.indices.put_mapping(index=feeds, meta=meta | {"sources": version})


def sync_feeds(line: Line, sources: dict[str, FeedSource]) -> None:
    """`hotline-feeds` follows the desks' files: new feeds are added, changed ones changed, others left inactive."""
    line.store.refresh(Kind.FEEDS)
    active = line.store.ids(Kind.FEEDS, {"term": {"active": True}})
    now = line.clock()
    rng = Random()
    changed = 0
    for ids in chunks(list(sources)):  # however many there are, a few at a time
        old = line.store.get_many(Feed, Kind.FEEDS, ids)
        writes = []
        for id_ in ids:
            source, kept = sources[id_], old.get(id_)
            if kept is None:
                state = first_state(source, now, leading(line.desks, source.desks).polling, rng)
                writes.append(Write(Kind.FEEDS, id_, Feed(id=id_, source=source, state=state)))
            elif kept.record.source != source or not kept.record.active:
                update = {"source": source, "active": True}
                writes.append(Write(Kind.FEEDS, id_, kept.record.model_copy(update=update), kept=kept))
        line.store.write(writes)
        changed += len(writes)
    gone = line.store.get_many(Feed, Kind.FEEDS, active - sources.keys()).values()
    line.store.write(
        [Write(Kind.FEEDS, k.record.id, k.record.model_copy(update={"active": False}), kept=k) for k in gone]
    )
    log.info("feeds follow the desks' files", feeds=len(sources), changed=changed, gone=len(gone))
