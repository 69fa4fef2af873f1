"""An item and its page become an article record: extract, normalise, tag, fingerprint. Writes nothing."""

from datetime import datetime

from hotline.articles.extract import NotAnArticle, Page, extract
from hotline.articles.identity import article_id
from hotline.articles.revisions import next_recheck, text_sha256
from hotline.line.context import Line
from hotline.line.desks import leading
from hotline.stories.fingerprint import fingerprint
from schemas.article import Article, Extracted, FeedFacts, Fingerprint
from schemas.base import Precision
from schemas.capture import Capture, CaptureRef
from schemas.feed import Feed
from schemas.item import Item
from schemas.topic import DeskView

# What a revision changes; the addresses and the date of the first publication stay.
TEXTS = set(Extracted.model_fields) - {
    "url", "published_at", "published_from", "published_precision", "published_offset_minutes",
}  # fmt: skip


class Unreadable(Exception):
    """An item that makes no article; the message says why."""


def read_item(line: Line, item: Item, feed: Feed) -> Article:
    """The article an item makes. Raises: Unreadable."""
    page, fetched_at = None, item.discovered_at
    if item.page is not None:
        capture, body = line.captures.read(item.page)
        page, fetched_at = page_of(capture, body), capture.fetched_at
    try:
        extracted = extract(item.entry, page, now=line.clock(), feed_language=feed.source.language)
    except NotAnArticle as error:
        raise Unreadable(str(error)) from error
    return article_of(line, item, feed, extracted, fetched_at)


def page_of(capture: Capture, body: bytes) -> Page:
    """A captured page as `hotline.articles` takes it."""
    return Page(
        url=capture.url,
        final_url=capture.final_url,
        body=body,
        headers=capture.headers,
        fetched_at=capture.fetched_at,
    )


def article_of(line: Line, item: Item, feed: Feed, extracted: Extracted, fetched_at: datetime) -> Article:
    """The whole record for what was extracted."""
    now = line.clock()
    views = views_of(line, item.desks, extracted)
    relevant = any(view.relevance for view in views.values())
    return Article.model_validate(
        extracted.model_dump()
        | {
            "@timestamp": timestamp(extracted, item.discovered_at, now),
            "id": article_id(extracted.url.key),
            "item_id": item.id,
            "publisher": feed.source.publisher,
            "feed": FeedFacts(
                id=feed.id,
                title=feed.source.title,
                country=feed.source.country,
                tier=feed.source.tier,
                ownership=feed.source.ownership,
            ),
            "feed_ids": [feed.id],
            "discovered_at": item.discovered_at,
            "fetched_at": fetched_at,
            "ingested_at": now,
            "updated_at": now,
            "recheck_at": _first_recheck(line, item, feed, extracted, now) if relevant else None,
            "quiet": item.quiet,
            "capture": item.page,
            "fingerprint": fingerprint_of(extracted),
            "desks": views,
        }
    )


def _first_recheck(line: Line, item: Item, feed: Feed, extracted: Extracted, now: datetime) -> datetime | None:
    """When the page is looked at again; one that could not be had all the while has its first age before it."""
    if item.entry.url is None or feed.source.entry_only:
        return None
    rechecks = leading(line.desks, item.desks).rechecks
    if item.page is None:
        return next_recheck(None, now, now, rechecks)
    return next_recheck(extracted.published_at, item.discovered_at, now, rechecks)


def views_of(line: Line, desks: list[str], text: Extracted) -> dict[str, DeskView]:
    """What each of the desks thinks of a text. Desks whose folder is gone think nothing."""
    return {
        desk: line.desks[desk].tagger.tag(
            title=text.title,
            body=text.body,
            subtitle=text.subtitle,
            key_points=text.key_points,
            language=text.language,
            published_at=text.published_at,
            url=text.url.full,
        )
        for desk in desks
        if desk in line.desks
    }


def fingerprint_of(text: Extracted) -> Fingerprint:
    """What finds revisions and near-duplicates of a text."""
    bands, signature = fingerprint(text.title, text.body)
    return Fingerprint(text_sha256=text_sha256(text.title, text.body), bands=bands, signature=signature)


def timestamp(text: Extracted, discovered_at: datetime, now: datetime) -> datetime:
    """`@timestamp` (design, 9): published_at when precise to the minute and not in the future, else discovered_at."""
    published = text.published_at
    precise = text.published_precision in (Precision.SECOND, Precision.MINUTE)
    return published if published is not None and precise and published <= now else discovered_at


def revised(line: Line, old: Article, new: Extracted, fetched_at: datetime, capture: CaptureRef | None) -> Article:
    """The article with its latest text; id, item, story, first dates and sources stay."""
    now = line.clock()
    texts = new.model_dump(include=TEXTS)
    return Article.model_validate(
        old.model_dump(by_alias=True)
        | texts
        | {
            "fetched_at": fetched_at,
            "updated_at": now,
            "revision": old.revision + 1,
            "capture": capture,
            "fingerprint": fingerprint_of(new),
            "desks": views_of(line, list(old.desks), new),
        }
    )
