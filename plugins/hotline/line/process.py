"""Captures become articles: every ready item of a batch gets an article, or a final status that says why not."""

from collections import Counter

import structlog

from hotline.line.absorb import absorbed
from hotline.line.batches import advance, claimed
from hotline.line.context import Line
from hotline.line.reading import Unreadable, read_item
from hotline.line.records import TRIES, Conflict, articles_by_id, claim_keys, final, items_by_id, write_all
from hotline.line.revise import another_entry, rechecks
from hotline.search.indices import Kind
from hotline.search.store import Kept, Write
from schemas.article import Article
from schemas.capture import Batch, BatchStatus
from schemas.feed import Feed
from schemas.item import Item, ItemStatus

log = structlog.get_logger(__name__)


def process(line: Line, key: str | None, owner: str) -> list[str]:
    """Processes the batch of the event, then others that nobody works on. Returns the ids of those done."""
    done = []
    for batch in claimed(line, key, owner, BatchStatus.CAPTURED, BatchStatus.READY):
        process_batch(line, absorbed(line, batch))
        done.append(batch.record.id)
    return done


def process_batch(line: Line, batch: Kept[Batch]) -> None:
    """Processes one batch under its lease. Doing it again changes nothing."""
    drafts, settled = _read(line, batch.record)
    settled += _settle(line, batch.record, drafts)
    write_all(line, [Write(Kind.ITEMS, old.record.id, new, kept=old) for old, new in settled])
    revised = rechecks(line, batch.record)
    advance(line, batch, status=BatchStatus.PROCESSED)
    counts = Counter(new.status.value for _, new in settled)
    log.info("processed", batch=batch.record.id, rechecks_revised=revised, **counts)


type Change = tuple[Kept[Item], Item]


def _read(line: Line, batch: Batch) -> tuple[list[tuple[Kept[Item], Article]], list[Change]]:
    """The batch's items that are still to be settled, with the article each makes, or why it makes none."""
    todo = [i for i in items_by_id(line, batch.ready_ids).values() if _open(i.record)]
    todo.sort(key=lambda i: (i.record.discovered_at, i.record.id))
    feeds = line.store.get_many(Feed, Kind.FEEDS, {i.record.feed_id for i in todo})
    drafts: list[tuple[Kept[Item], Article]] = []
    refused: list[Change] = []
    for item in todo:
        try:
            drafts.append((item, read_item(line, item.record, feeds[item.record.feed_id].record)))
        except Unreadable as error:
            refused.append((item, _refused(line, item.record, str(error))))
        except Exception as error:  # one page that trips our own code must not hold up its batch
            log.exception("an item could not be read", item=item.record.id)
            why = f"internal error: {type(error).__name__}: {error}; replay its batch once that is mended"
            refused.append((item, final(line, item.record, ItemStatus.FAILED, why, None)))
    return drafts, refused


def _open(item: Item) -> bool:
    return item.status is ItemStatus.PENDING and item.article_id is None


def _refused(line: Line, item: Item, why: str) -> Item:
    """Rejected where a page was read; failed where no page could be had and the entry alone is not enough."""
    if item.page is not None:
        return final(line, item, ItemStatus.REJECTED, why, None)
    return final(line, item, ItemStatus.FAILED, "; ".join(filter(None, [item.reason, why])), None)


def _settle(line: Line, batch: Batch, drafts: list[tuple[Kept[Item], Article]]) -> list[Change]:
    """New articles are created; whose item created one waits for its story, every other gets its final status."""
    drafts, known = _created(line, batch, drafts)
    changes: list[Change] = []
    for item, draft in drafts:
        if known[draft.id].record.item_id == item.record.id:
            changes.append((item, item.record.model_copy(update={"article_id": draft.id})))
            continue
        status, known[draft.id] = _another(line, item.record, draft, known[draft.id])
        changes.append((item, final(line, item.record, status, None, draft.id)))
    return changes


def _another(line: Line, item: Item, draft: Article, article: Kept[Article]) -> tuple[ItemStatus, Kept[Article]]:
    """What the item is to the article that has its URL, decided anew where another worker changes that meanwhile."""
    for _ in range(TRIES):
        try:
            return another_entry(line, item, draft, article)
        except Conflict:
            article = articles_by_id(line, [draft.id])[draft.id]
    raise Conflict(f"article {draft.id} changes all the time")


def _created(
    line: Line, batch: Batch, drafts: list[tuple[Kept[Item], Article]]
) -> tuple[list[tuple[Kept[Item], Article]], dict[str, Kept[Article]]]:
    """Writes the articles that are new. Who claims the URL names the month; who creates the record owns it.

    Returns the drafts, those of moved pages under the id that their article has, and the articles by id.
    """
    keys = claim_keys(line, Kind.ARTICLES, batch.id, [draft.id for _, draft in drafts])
    month = {keys[draft.id].alias_of or draft.id: keys[draft.id].month for _, draft in drafts}
    drafts = [(item, draft.model_copy(update={"id": keys[draft.id].alias_of or draft.id})) for item, draft in drafts]
    first = {draft.id: draft for _, draft in reversed(drafts)}
    line.store.write([Write(Kind.ARTICLES, id_, draft, month=month[id_]) for id_, draft in first.items()])
    return drafts, articles_by_id(line, first)
