"""From a closed WARC file to items, feed states and a batch that can be processed (design, "Raw first").

The same steps are taken live, with what the fetch still has in hand, and in recovery, with what the WARC file says.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import structlog

from hotline.articles.revisions import next_recheck
from hotline.captures.store import batch_stamp
from hotline.feeds.gaps import with_gap
from hotline.feeds.outcome import PollOutcome
from hotline.feeds.parse import NotAFeed, parse_feed
from hotline.feeds.schedule import after_poll, page_retry
from hotline.health.habit import observe
from hotline.line.batches import advance
from hotline.line.context import Line, digest
from hotline.line.desks import leading
from hotline.line.records import articles_by_id, claim_keys, items_by_id, write_all
from hotline.search.indices import Kind
from hotline.search.store import Kept, Write
from schemas.article import Article
from schemas.capture import Batch, BatchStatus, Capture, CaptureKind, CaptureRef
from schemas.feed import Feed
from schemas.item import Entry, Item

log = structlog.get_logger(__name__)


KNOWN = 500  # entries of a feed's last document that are remembered; all others are looked up
KNOWN_DIGITS = 16  # of an item's id: 64 bits tell a feed's entries apart


@dataclass
class FeedResult:
    """A feed that was polled. `outcome` is None in recovery: its state is left as it is, so it is polled again."""

    feed: Kept[Feed]
    entries: list[Entry]
    quiet: bool
    outcome: PollOutcome | None = None


@dataclass
class PageResult:
    """A page that was fetched (`ref`), or why not."""

    ref: CaptureRef | None = None
    status: int | None = None
    error: str | None = None
    retry_after_s: float | None = None


@dataclass
class Harvest:
    """What a batch brought: feeds, pages by item, pages looked at again by article."""

    feeds: list[FeedResult] = field(default_factory=list)
    pages: dict[str, PageResult] = field(default_factory=dict)
    rechecks: dict[str, PageResult] = field(default_factory=dict)


def item_id(feed_id: str, entry: Entry) -> str:
    """The id of an entry's item."""
    return digest(feed_id, entry.id)


def unseen(feed: Feed, entries: Sequence[Entry]) -> dict[str, Entry]:
    """Entries by item id, without those whose items a poll before this one is known to have made."""
    known = set(feed.state.known)
    by_id = {item_id(feed.id, entry): entry for entry in entries}
    return {id_: entry for id_, entry in by_id.items() if id_[:KNOWN_DIGITS] not in known}


def _candidates(result: FeedResult) -> dict[str, Entry]:
    """In recovery all of them: their keys may have been claimed for the very items that were never written."""
    feed = result.feed.record
    return unseen(feed, result.entries) if result.outcome else {item_id(feed.id, e): e for e in result.entries}


def absorb(line: Line, batch: Kept[Batch], harvest: Harvest) -> Kept[Batch]:
    """Writes items, then feed states, then marks the batch ready. Each step can be done again."""
    new = _new_items(line, batch.record, harvest)
    waiting = _waiting_items(line, batch.record, harvest, new)
    rechecked = _rechecked(line, harvest)
    keep_feed_states(line, harvest, _by_feed(new.values()))
    ready = [item for item in [*new.values(), *waiting] if _is_ready(item)]
    work = ready or rechecked
    return advance(
        line,
        batch,
        status=BatchStatus.READY if work else BatchStatus.DONE,
        done_at=None if work else line.clock(),
        items=len(new),
        ready_ids=[item.id for item in ready],
        recheck_ids=rechecked,
    )


def absorbed(line: Line, batch: Kept[Batch]) -> Kept[Batch]:
    """The batch, made ready from its WARC file where the fetch died before it could do so. The lease is kept."""
    if batch.record.status is not BatchStatus.CAPTURED:
        return batch
    log.warning("recovering a batch from its WARC file", batch=batch.record.id)
    owner = batch.record.lease
    made = absorb(line, batch, _from_warc(line, batch.record))
    return advance(line, made, keep_lease=True, lease=owner)


def _new_items(line: Line, batch: Batch, harvest: Harvest) -> dict[str, Item]:
    """Creates an item for every entry that nobody has seen; returns them by id."""
    candidates = {id_: (result, entry) for result in harvest.feeds for id_, entry in _candidates(result).items()}
    keys = claim_keys(line, Kind.ITEMS, batch.id, candidates)
    mine = {id_: candidates[id_] for id_, key in keys.items() if key.batch_id == batch.id}
    items = {id_: _new_item(line, batch, id_, *mine[id_], harvest.pages.get(id_)) for id_ in mine}
    line.store.write([Write(Kind.ITEMS, id_, item, month=keys[id_].month) for id_, item in items.items()])
    return items


def _by_feed(items: Iterable[Item]) -> dict[str, list[Entry]]:
    entries: dict[str, list[Entry]] = {}
    for item in items:
        entries.setdefault(item.feed_id, []).append(item.entry)
    return entries


def _new_item(line: Line, batch: Batch, id_: str, result: FeedResult, entry: Entry, page: PageResult | None) -> Item:
    source = result.feed.record.source
    now = line.clock()
    item = Item(
        id=id_,
        feed_id=source.id,
        desks=source.desks,
        entry=entry,
        quiet=result.quiet,
        discovered_at=now,
        batch_id=batch.id,
        next_try_at=None if source.entry_only or entry.url is None else now,
    )
    return item if page is None else _with_page(line, batch, item, page)


def _with_page(line: Line, batch: Batch, item: Item, page: PageResult) -> Item:
    """The item after a fetch of its page: captured, to be tried again, or left to its entry's own text."""
    polling = leading(line.desks, item.desks).polling
    attempts = item.attempts + 1
    update: dict[str, object] = {"attempts": attempts, "batch_id": batch.id, "next_try_at": None}
    if page.ref is not None:
        update |= {"page": page.ref, "reason": None}
    else:
        now = line.clock()
        retry = page_retry(attempts, page.status, page.error, page.retry_after_s, now, polling)
        update |= {"next_try_at": retry, "reason": page.error or f"the page answered with status {page.status}"}
    return item.model_copy(update=update)


def _is_ready(item: Item) -> bool:
    """Nothing more is to be fetched: the page is here, or the entry's own text must do."""
    return item.next_try_at is None


def _waiting_items(line: Line, batch: Batch, harvest: Harvest, new: dict[str, Item]) -> list[Item]:
    """Items of earlier batches whose pages were tried in this one."""
    known = items_by_id(line, [id_ for id_ in harvest.pages if id_ not in new])
    changed: list[tuple[Kept[Item] | None, Item]] = []
    for id_, old in known.items():
        if old.record.batch_id == batch.id:  # done before: this batch is being absorbed again
            changed.append((None, old.record))
        elif old.record.next_try_at is not None:
            changed.append((old, _with_page(line, batch, old.record, harvest.pages[id_])))
    write_all(line, [Write(Kind.ITEMS, item.id, item, kept=old) for old, item in changed if old is not None])
    return [item for _, item in changed]


def _rechecked(line: Line, harvest: Harvest) -> list[str]:
    """Sets the next look at each article; returns those whose page came."""
    articles = articles_by_id(line, harvest.rechecks)
    now = line.clock()
    writes = []
    for id_, article in articles.items():
        old: Article = article.record
        rechecks = leading(line.desks, list(old.desks)).rechecks
        at = next_recheck(old.published_at, old.discovered_at, now, rechecks)
        writes.append(Write(Kind.ARTICLES, id_, old.model_copy(update={"recheck_at": at}), kept=article))
    line.store.write(writes)  # a conflict only means that the page is looked at once more
    return [id_ for id_, result in harvest.rechecks.items() if result.ref is not None and id_ in articles]


def keep_feed_states(line: Line, harvest: Harvest, new: Mapping[str, Sequence[Entry]] = MappingProxyType({})) -> None:
    """Writes what polling learnt of each feed; `new` are the new entries by feed."""
    now = line.clock()
    rng = random.Random()
    writes = []
    for result in harvest.feeds:
        if result.outcome is None:
            continue
        feed = result.feed.record
        brought = new.get(feed.id, ())
        counted = result.outcome.counted(new_entries=len(brought), known_entries=len(result.entries) - len(brought))
        outcome = with_gap(counted, feed.state, result.entries, now)
        desk = leading(line.desks, feed.source.desks)
        state = after_poll(feed.state, outcome, now, desk.polling, rng)
        if outcome.ok:
            dates = [] if result.quiet else [entry.published_at for entry in brought]
            state = observe(state, dates, now, desk.health.silent_after)
        if result.entries:
            known = [item_id(feed.id, entry)[:KNOWN_DIGITS] for entry in result.entries[:KNOWN]]
            state = state.model_copy(update={"known": known})
        writes.append(Write(Kind.FEEDS, feed.id, feed.model_copy(update={"state": state}), kept=result.feed))
    conflicts = line.store.write(writes)
    if conflicts:  # its source was edited meanwhile: it stays due and is polled again
        log.info("feed states not kept", feeds=sorted(conflicts))


def _from_warc(line: Line, batch: Batch) -> Harvest:
    """What a WARC file says of the batch. Failed fetches are not in it: their items stay due."""
    harvest = Harvest()
    if batch.warc is None:
        return harvest
    for capture, body in line.captures.iterate(batch.warc):
        page = PageResult(ref=capture.ref, status=capture.status)
        if capture.kind is CaptureKind.PAGE and capture.item_id:
            harvest.pages[capture.item_id] = page
        elif capture.kind is CaptureKind.RECHECK and capture.article_id:
            harvest.rechecks[capture.article_id] = page
        elif capture.kind is CaptureKind.FEED and capture.feed_id:
            feed = line.store.get(Feed, Kind.FEEDS, capture.feed_id)
            if feed is not None:
                entries = entries_of(capture.final_url, capture.headers, body)
                harvest.feeds.append(FeedResult(feed, entries, _is_first(feed.record, capture, batch)))
    return harvest


def _is_first(feed: Feed, capture: Capture, batch: Batch) -> bool:
    """Whether a capture is the feed's first. One made without the index may have been taken for it by mistake."""
    first = feed.state.first_polled_at
    return capture.quiet and (first is None or batch_stamp(first) >= batch.id)


def entries_of(url: str, headers: dict[str, str], body: bytes) -> list[Entry]:
    """The entries of a captured feed; none where it is not a feed."""
    try:
        return parse_feed(body, url=url, headers=headers).entries
    except NotAFeed:
        return []
