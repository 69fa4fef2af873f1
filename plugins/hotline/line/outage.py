"""While Elasticsearch is out of reach, polling goes on from a snapshot of the feeds, and its journal is kept there.

Feeds alone are asked: which entries are new, only the index knows. Their WARC files and the states in the journal are
all that is needed to catch up once it is back.
"""

import json
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from hotline.captures.store import new_batch_id
from hotline.feeds.schedule import after_poll
from hotline.line.context import Line
from hotline.line.desks import leading
from hotline.line.network import WORKERS, Network, Polled, capture_of
from hotline.search.indices import Kind
from hotline.search.store import Write
from schemas.capture import CaptureKind
from schemas.feed import Feed

log = structlog.get_logger(__name__)

FRESH = timedelta(minutes=5)  # a snapshot is written again when it is older
TIMEOUT_S = 15.0


def keep_snapshot(line: Line, now: datetime) -> None:
    """Writes the active feeds beside the captures, every few minutes."""
    path = _snapshot(line)
    if path.is_file() and now.timestamp() - path.stat().st_mtime < FRESH.total_seconds():
        return
    query = {"bool": {"filter": [{"term": {"active": True}}, {"term": {"source.paused": False}}]}}
    write_lines(path, (json.dumps(feed, ensure_ascii=False) for feed in line.store.documents(Kind.FEEDS, query)))


def poll(line: Line) -> int:
    """Asks the feeds that are due by journal or snapshot; returns how many. WARC first, then the journal."""
    path = _journal(line) if _journal(line).is_file() else _snapshot(line)
    if not path.is_file():
        log.error("Elasticsearch is out of reach, and there is no snapshot of the feeds yet: nothing can be polled")
        return 0
    feeds = {feed.id: feed for feed in _read(path)}
    due = [feed for feed in feeds.values() if feed.state.next_poll_at <= line.clock()]
    network = Network(line)
    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            polled = list(pool.map(lambda feed: network.feed(feed, TIMEOUT_S), due))
    finally:
        network.close()
    with line.captures.writer(new_batch_id(line.clock())) as writer:
        for feed, result in zip(due, polled, strict=True):
            for response in result.news:
                quiet = feed.state.first_polled_at is None
                writer.add(capture_of(response, CaptureKind.FEED, feed.id, quiet=quiet), response.body)
    feeds |= {feed.id: _after(line, feed, result) for feed, result in zip(due, polled, strict=True) if result.was_asked}
    write_lines(_journal(line), (feed.model_dump_json() for feed in feeds.values()))
    log.warning("polled without Elasticsearch", feeds=len(due))
    return len(due)


def caught_up(line: Line) -> bool:
    """Brings what the journal says of the feeds into the index; returns whether there was a journal.

    The WARC files of the outage have no batch record: `adopt` finds them as it finds those of a fetch that died.
    """
    path = _journal(line)
    if not path.is_file():
        return False
    journal = {feed.id: feed.state for feed in _read(path)}
    writes = []
    for id_, kept in line.store.get_many(Feed, Kind.FEEDS, journal).items():
        state = kept.record.state
        if (journal[id_].last_polled_at or state.next_poll_at) > (state.last_polled_at or state.next_poll_at):
            # The snapshot may be older than the first poll: what came after that is news, whatever the journal knew.
            first = min(filter(None, [state.first_polled_at, journal[id_].first_polled_at]), default=None)
            record = kept.record.model_copy(
                update={"state": journal[id_].model_copy(update={"first_polled_at": first})}
            )
            writes.append(Write(Kind.FEEDS, id_, record, kept=kept))
    line.store.write(writes)
    path.unlink()
    log.info("caught up with the journal", feeds=len(writes))
    return True


def _after(line: Line, feed: Feed, polled: Polled) -> Feed:
    """The feed after the poll. How many entries were new is not known; what came counts as known."""
    entries = len(polled.parsed.entries) if polled.parsed else 0
    outcome = polled.outcome().counted(new_entries=0, known_entries=entries)
    polling = leading(line.desks, feed.source.desks).polling
    return feed.model_copy(update={"state": after_poll(feed.state, outcome, line.clock(), polling, random.Random())})


def _snapshot(line: Line) -> Path:
    return line.settings.home / "feeds-snapshot.jsonl"


def _journal(line: Line) -> Path:
    return line.settings.home / "feeds-journal.jsonl"


def _read(path: Path) -> Iterator[Feed]:
    with path.open(encoding="utf-8") as file:
        yield from map(Feed.model_validate_json, file)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """A file beside the captures, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    fresh.replace(path)
