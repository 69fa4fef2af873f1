"""A span of captures goes through the line again: a fixed parser, a new taxonomy. The past does not ring."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog

from hotline.captures.store import new_batch_id
from hotline.line.absorb import entries_of, item_id
from hotline.line.context import Line
from hotline.line.place import place_batches
from hotline.line.process import process
from hotline.line.reading import Unreadable, read_item
from hotline.line.records import articles_by_id, items_by_id
from hotline.search.indices import Kind
from hotline.search.store import Kept, Write, chunks
from schemas.article import Article
from schemas.capture import Batch, BatchStatus, CaptureKind
from schemas.feed import Feed
from schemas.item import Item, ItemStatus

log = structlog.get_logger(__name__)

# What an article has beyond its text and views, and keeps: identity, first dates, sources, story, revisions.
KEPT = (
    "timestamp", "id", "item_id", "feed_ids", "discovered_at", "ingested_at", "revision", "recheck_at", "quiet",
    "capture", "fetched_at", "near_duplicate_of", "story",
)  # fmt: skip


def replay(line: Line, start: datetime, end: datetime, owner: str) -> dict[str, int]:
    """Reads every item captured in [start, end) again.

    Articles get their text, dates and views anew and keep their identity and story; items that were rejected or
    failed get another chance, quietly. Returns how many items were read, articles changed, and items retried.
    """
    if start >= end:
        raise ValueError(f"nothing to replay: `from` ({start}) must be before `to` ({end})")
    counts: Counter[str] = Counter(items=0, changed=0, retried=0)
    for ids in chunks(list(dict.fromkeys(_captured(line, start, end)))):
        items = items_by_id(line, ids)
        feeds = line.store.get_many(Feed, Kind.FEEDS, {item.record.feed_id for item in items.values()})
        counts["items"] += len(items)
        counts["changed"] += _rewrite(line, items, feeds)
        counts["retried"] += _retry(line, items, owner)
    log.info("replayed", **counts)
    return dict(counts)


def _captured(line: Line, start: datetime, end: datetime) -> Iterator[str]:
    """Ids of the items whose pages or entries were captured in the span."""
    first, last = f"{start - timedelta(hours=1):%Y/%m/%d}", f"{end + timedelta(days=1):%Y/%m/%d}"
    for warc in line.captures.list():
        if not first <= warc < last:
            continue
        for capture, body in line.captures.iterate(warc):
            if not start <= capture.fetched_at < end:
                continue
            if capture.kind is CaptureKind.PAGE and capture.item_id:
                yield capture.item_id
            elif capture.kind is CaptureKind.FEED and capture.feed_id:
                feed_id = capture.feed_id
                yield from (item_id(feed_id, e) for e in entries_of(capture.final_url, capture.headers, body))


def _rewrite(line: Line, items: dict[str, Kept[Item]], feeds: dict[str, Kept[Feed]]) -> int:
    """Articles made by these items are written anew where the outcome differs."""
    ids = {i.record.article_id: i.record for i in items.values() if i.record.status is ItemStatus.INDEXED}
    writes = []
    for id_, article in articles_by_id(line, [i for i in ids if i]).items():
        old = article.record
        item = ids[id_].model_copy(update={"page": old.capture})
        try:
            draft = read_item(line, item, feeds[item.feed_id].record)
        except Unreadable as error:
            log.warning("an article cannot be read any more; it stays", article=id_, reason=str(error))
            continue
        new = _merged(old, draft)
        if new != old.model_copy(update={"updated_at": new.updated_at}):
            writes.append(Write(Kind.ARTICLES, id_, new, kept=article))
    return len(writes) - len(line.store.write(writes))


def _merged(old: Article, draft: Article) -> Article:
    return draft.model_copy(update={name: getattr(old, name) for name in KEPT})


def _retry(line: Line, items: dict[str, Kept[Item]], owner: str) -> int:
    """Items that were rejected or failed are made pending again and processed in a batch of their own."""
    lost = [i for i in items.values() if i.record.status in (ItemStatus.REJECTED, ItemStatus.FAILED)]
    if not lost:
        return 0
    now = line.clock()
    batch = Batch(id=new_batch_id(now), warc=None, created_at=now, captures=0, status=BatchStatus.READY,
                  ready_ids=[i.record.id for i in lost])  # fmt: skip
    reset = {"status": ItemStatus.PENDING, "article_id": None, "finished_at": None, "quiet": True, "batch_id": batch.id}
    line.store.create(Kind.BATCHES, batch.id, batch)
    line.store.write([Write(Kind.ITEMS, i.record.id, i.record.model_copy(update=reset), kept=i) for i in lost])
    process(line, batch.id, owner)
    place_batches(line, batch.id, owner)
    return len(lost)
