"""A known article is seen again: another source, another text, or the same."""

from datetime import datetime

import structlog

from hotline.articles.extract import NotAnArticle, extract
from hotline.articles.identity import article_id
from hotline.articles.revisions import compare, completes, text_sha256
from hotline.captures.store import CaptureError
from hotline.line.context import Line, digest
from hotline.line.reading import page_of, revised, views_of
from hotline.line.records import also_known_as, articles_by_id, months, offer, replaced
from hotline.search.indices import Kind
from hotline.search.store import Kept
from schemas.article import Article, Extracted, Revision
from schemas.capture import Batch, Capture, CaptureRef
from schemas.item import Item, ItemStatus

log = structlog.get_logger(__name__)


def another_entry(line: Line, item: Item, draft: Article, article: Kept[Article]) -> tuple[ItemStatus, Kept[Article]]:
    """Another entry for the URL of a known article: a revision where it brings a changed text, else a duplicate."""
    article = _with_source(line, article, draft, item)
    if completes(article.record, draft):
        return ItemStatus.DUPLICATE, _completed(line, article, draft, draft.fetched_at, item.page)
    revision = compare(article.record, draft, now=line.clock(), item_id=item.id, capture=item.page)
    if revision is None:
        return _brought_before(line, item, article.record), article
    new = revised(line, article.record, draft, draft.fetched_at, item.page)
    return ItemStatus.REVISION, write_revision(line, article, new, revision)


def write_revision(line: Line, article: Kept[Article], new: Article, revision: Revision) -> Kept[Article]:
    """The record of the change first, then the article's new text: redone, the same record is found."""
    id_ = _revision_id(article.record.id, new.fingerprint.text_sha256)
    month = months(line, [article.record.id])[article.record.id]
    record = revision.model_copy(update={"id": id_, "number": new.revision})
    line.store.create(Kind.REVISIONS, id_, record, month)
    offer(line, [new])
    return replaced(line, article, new.id, new)


def rechecks(line: Line, batch: Batch) -> int:
    """Pages that a batch looked at again; returns how many brought a revision."""
    wanted = set(batch.recheck_ids)
    if not wanted or batch.warc is None:
        return 0
    articles = articles_by_id(line, wanted)
    pages = (
        (capture, body)
        for capture, body in line.captures.iterate(batch.warc)
        if capture.article_id in articles and capture.article_id in wanted
    )
    return sum(_recheck(line, batch, articles[capture.article_id or ""], capture, body) for capture, body in pages)


def _recheck(line: Line, batch: Batch, article: Kept[Article], capture: Capture, body: bytes) -> bool:
    old = article.record
    if old.capture is not None and old.fetched_at >= capture.fetched_at:
        return False
    try:
        new: Extracted = extract(None, page_of(capture, body), now=line.clock(), feed_language=old.language)
    except NotAnArticle as error:
        log.info("page looked at again makes no article", article=old.id, reason=str(error))
        return False
    # The outlet has moved the page: an entry with its new address is about this article.
    also_known_as(line, batch.id, old, article_id(new.url.key))
    if completes(old, new):
        _completed(line, article, new, capture.fetched_at, capture.ref)
        return False
    revision = compare(old, new, now=line.clock(), item_id=None, capture=capture.ref)
    if revision is None:
        return False
    if _reads_so_already(line, old, new):
        _completed(line, article, new, capture.fetched_at, capture.ref)
        return False
    write_revision(line, article, revised(line, old, new, capture.fetched_at, capture.ref), revision)
    return True


def _reads_so_already(line: Line, old: Article, new: Extracted) -> bool:
    """Whether the old page makes the new text, too: after an upgrade our reader has changed, and not the outlet."""
    if old.capture is None:
        return False
    try:
        again = extract(None, page_of(*line.captures.read(old.capture)), now=line.clock(), feed_language=old.language)
    except (CaptureError, FileNotFoundError, NotAnArticle):
        return False
    return text_sha256(again.title, again.body) == text_sha256(new.title, new.body)


def _completed(
    line: Line, article: Kept[Article], new: Extracted, fetched_at: datetime, capture: CaptureRef | None
) -> Kept[Article]:
    """The article with the text of a better source: no revision, as the outlet has changed nothing."""
    old = article.record
    full = revised(line, old, new, fetched_at, capture).model_copy(update={"revision": old.revision})
    offer(line, [full])
    return replaced(line, article, full.id, full)


def _with_source(line: Line, article: Kept[Article], draft: Article, item: Item) -> Kept[Article]:
    """The feed is kept as one more source, and desks that watch only this feed get their view."""
    old = article.record
    missing = [desk for desk in draft.desks if desk not in old.desks]
    if item.feed_id in old.feed_ids and not missing:
        return article
    update = {
        "feed_ids": list(dict.fromkeys([*old.feed_ids, item.feed_id])),
        "desks": old.desks | views_of(line, missing, old),
        "updated_at": line.clock(),
    }
    record = old.model_copy(update=update)
    if missing and old.story is not None and not item.quiet:
        offer(line, [record])
    return replaced(line, article, old.id, record)


def _brought_before(line: Line, item: Item, article: Article) -> ItemStatus:
    """A batch done again finds its own revision in place: the item is what it was the first time."""
    month = months(line, [article.id])[article.id]
    id_ = _revision_id(article.id, article.fingerprint.text_sha256)
    found = line.store.get(Revision, Kind.REVISIONS, id_, month)
    mine = found is not None and found.record.item_id == item.id
    return ItemStatus.REVISION if mine else ItemStatus.DUPLICATE


def _revision_id(article_id: str, text_sha256: str) -> str:
    return digest(article_id, text_sha256)
