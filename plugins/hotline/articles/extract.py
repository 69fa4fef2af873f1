"""An entry and its page to one article's text, dates, people and addresses."""

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from urllib.parse import urlsplit

from lxml import etree

from hotline.articles.authors import bylines_near, find_agency, find_authors
from hotline.articles.blocks import Walk, page_body
from hotline.articles.dates import Stamp, choose, date_in_script, date_in_url, read_stamp
from hotline.articles.fallback import day_by_htmldate
from hotline.articles.headline import find_title
from hotline.articles.identity import fitting_canonical, looks_like_index, url_key
from hotline.articles.language import detect_language
from hotline.articles.marks import UPDATED
from hotline.articles.page import NotAnArticle, Page, parse, text_of
from hotline.articles.structured import Facts, read_facts
from hotline.articles.text import Text, fragment_paragraphs, read_text
from hotline.articles.walls import is_free, is_wall
from schemas.article import ArticleKind, ArticleUrl, ContentFrom, DateFrom, Extracted
from schemas.base import Precision
from schemas.item import Entry

__all__ = ["NotAnArticle", "Page", "extract"]

_PUBLISHED_META = (
    "article:published_time", "article:published", "og:published_time", "og:article:published_time",
    "datepublished", "publishdate", "publish-date", "publish_date", "pubdate", "parsely-pub-date", "sailthru.date",
    "article.published", "published_at", "published-at", "published_time", "cxenseparse:recs:publishtime",
    "dcterms.created", "dc.date.issued", "dcterms.date", "dc.date.created", "dc.date", "datecreated", "ptime",
    "date", "dc.created", "article_date_original", "originalpublicationdate", "citation_publication_date",
    "article:created", "created", "last-publish", "release_date", "mediator_published_time",
)  # fmt: skip
_MODIFIED_META = (
    "article:modified_time", "og:updated_time", "article:modified", "datemodified", "lastmod", "last-modified",
    "dcterms.modified", "dc.date.modified", "utime", "updated_time", "modified", "revision_date",
)  # fmt: skip


def extract(entry: Entry | None, page: Page | None, *, now: datetime, feed_language: str | None = None) -> Extracted:
    """The article behind an entry, its page, or both. `now` (aware) bounds dates.

    Raises NotAnArticle where neither gives a text. The page's text is preferred; the entry's is taken where the page is
    missing, is no HTML, is a consent wall or an index page, or shows less than the feed carries; content_from says so.
    """
    if page is None:
        if entry is None:
            raise NotAnArticle("neither an entry nor a page")
        return _from_entry(entry, None, now, feed_language)
    try:
        tree = parse(page)
        return _from_page(entry, page, tree, now, feed_language)
    except NotAnArticle:
        if entry is None or not _has_text(entry):
            raise
        return _from_entry(entry, page, now, feed_language)


def _from_page(
    entry: Entry | None, page: Page, tree: etree._Element, now: datetime, feed_language: str | None
) -> Extracted:
    facts = read_facts(tree)
    title = find_title(tree, facts) or (entry.title if entry else "")
    walk = Walk(page_body(tree))
    text = read_text(walk, tree, title, facts.body)
    wall = is_wall(facts, title, text.paragraphs)
    if wall or not text.paragraphs:
        raise NotAnArticle(wall or "no text in the page")
    if _is_index(page, facts, text):
        raise NotAnArticle("index page, not an article")
    free = is_free(facts)
    content_from = ContentFrom.PAGE
    if (
        entry
        and (paragraphs := _feed_paragraphs(entry))
        and not free
        and _length(paragraphs) > _length(text.paragraphs)
    ):
        text.paragraphs, content_from = paragraphs, ContentFrom.FEED
    site = facts.first("og:site_name", "application-name")
    canonical = fitting_canonical(facts.canonical or facts.first("og:url"), page.final_url)
    addresses = _addresses(entry, page, canonical)
    in_page = bylines_near(walk, text.span)
    authors, bylines = find_authors(facts, in_page, entry.authors if entry else [], site, addresses.domain)
    kind = _kind(facts, page.final_url, text)
    body = _joined(text) if kind is ArticleKind.LIVE else "\n\n".join(text.paragraphs)
    published, modified = _dates(facts, (walk, text.span), tree, entry, page, now)
    return Extracted(
        url=addresses,
        kind=kind,
        title=title or text.paragraphs[0][:150],
        subtitle=text.subtitle,
        key_points=text.key_points,
        lead=text.paragraphs[0],
        body=body,
        captions=text.captions,
        authors=authors,
        agency=find_agency(facts, bylines, text.paragraphs, site or page.final_url),
        section=facts.said("articleSection")
        or facts.first("article:section", "articlesection", "section", "parsely-section"),
        language=detect_language(
            f"{title}\n{body}",
            entry.language if entry else None,
            facts.language,
            facts.first("og:locale"),
            feed_language,
        ),
        published_at=published.at if published else None,
        published_from=published.source if published else None,
        published_precision=published.precision if published else None,
        published_offset_minutes=published.offset if published else None,
        modified_at=modified.at if modified else None,
        modified_from=modified.source if modified else None,
        modified_precision=modified.precision if modified else None,
        content_from=content_from,
        is_free=free,
    )


def _from_entry(entry: Entry, page: Page | None, now: datetime, feed_language: str | None) -> Extracted:
    """The article as the feed alone tells it."""
    paragraphs = _feed_paragraphs(entry)
    if not paragraphs and not entry.title.strip():
        raise NotAnArticle("no text: neither the page nor the entry carries any")
    body = "\n\n".join(paragraphs)
    title = " ".join(entry.title.split()) or paragraphs[0][:150]
    published = choose([_of_feed(entry.published_at)], now)
    modified = choose([_of_feed(entry.updated_at)], now)
    return Extracted(
        url=_addresses(entry, page, None),
        title=title,
        lead=paragraphs[0] if paragraphs else "",
        body=body,
        authors=find_authors(Facts(), [], entry.authors)[0],
        agency=find_agency(Facts(), entry.authors, paragraphs, entry.url),
        section=entry.categories[0] if entry.categories else None,
        language=detect_language(f"{title}\n{body}", entry.language, feed_language),
        published_at=published.at if published else None,
        published_from=DateFrom.FEED if published else None,
        published_precision=published.precision if published else None,
        modified_at=modified.at if modified else None,
        modified_from=DateFrom.FEED if modified else None,
        modified_precision=modified.precision if modified else None,
        content_from=ContentFrom.FEED if paragraphs else ContentFrom.HEADLINE,
    )


def _addresses(entry: Entry | None, page: Page | None, canonical: str | None) -> ArticleUrl:
    original = (entry and entry.url) or (page and page.url) or (entry.id if entry else "")
    full = page.final_url if page and not looks_like_index(page.final_url) else original
    try:
        domain = (urlsplit(full).hostname or "").removeprefix("www.")
    except ValueError:
        domain = ""
    return ArticleUrl(original=original, full=full, canonical=canonical, key=url_key(canonical or full), domain=domain)


def _dates(
    facts: Facts,
    shown: tuple[Walk, tuple[int, int]],
    tree: etree._Element,
    entry: Entry | None,
    page: Page,
    now: datetime,
) -> tuple[Stamp | None, Stamp | None]:
    """Published and modified; the rules stand in `dates`. `shown`: the walk and the article's span of blocks in it."""
    near, far = _time_elements(*shown)
    datelines, updated = _in_text(*shown)
    stamps = [
        read_stamp(
            facts.said("datePublished") or facts.said("dateCreated") or facts.said("uploadDate"), DateFrom.JSON_LD
        ),
        *(read_stamp(value, DateFrom.META) for name in _PUBLISHED_META for value in facts.all(name)[:2]),
        *near,
        _of_feed(entry.published_at) if entry else None,
        date_in_url(page.final_url),
        *datelines,
        *far,
        *updated,
    ]
    published = choose(stamps, now)
    if published is None:
        guesses = [date_in_script(script.text) for script in tree.iter("script") if script.text]
        published = choose([*guesses, read_stamp(day_by_htmldate(tree, page.final_url), DateFrom.TEXT)], now)
    changes = [
        read_stamp(facts.said("dateModified"), DateFrom.JSON_LD),
        *(read_stamp(value, DateFrom.META) for value in facts.all(*_MODIFIED_META)),
        _of_feed(entry.updated_at) if entry else None,
        *updated,
    ]
    modified = choose(changes, now)
    if modified and published and (modified.day - published.day).days < 0:
        modified = None
    return published, modified


def _time_elements(walk: Walk, span: tuple[int, int]) -> tuple[list[Stamp | None], list[Stamp | None]]:
    """Dates of elements that show one: those around the article, and those of teasers and comments."""
    first, last = span
    around = [(index, element) for index, element in walk.dated if first - 8 <= index <= last + 2]
    # Those at the headline before those farther up and in the text.
    near = [element for _, element in sorted(around, key=lambda pair: not first - 3 <= pair[0] <= first + 6)]
    named = [element for element in near if element.get("itemprop") == "datePublished"]
    others = [element for index, element in walk.dated if not first - 8 <= index <= last + 2]
    return [_shown(element) for element in [*named, *near[:8]]], [_shown(element) for element in others[:6]]


def _shown(element: etree._Element) -> Stamp | None:
    value = element.get("datetime") or element.get("content") or text_of(element)[:200]
    return read_stamp(value, DateFrom.TIME_ELEMENT)


def _in_text(walk: Walk, span: tuple[int, int]) -> tuple[list[Stamp | None], list[Stamp | None]]:
    """Dates in short lines around the headline and at both ends of the text, without any mark.

    First datelines, then those of lines that say "Updated".
    """
    first, last = span
    lines = [
        *walk.blocks[first : first + 12],
        *walk.blocks[max(0, first - 6) : first][::-1],
        *walk.blocks[max(first, last - 3) : last + 2],
    ]
    short = [block.text for block in lines if len(block.text) < 120 and not block.node.in_foreign]
    datelines = [text for text in short if not UPDATED.match(text)]
    datelines += [block.text[:60] for block in lines[:12] if len(block.text) >= 120]
    updated = [text for text in short if UPDATED.match(text)]
    return [read_stamp(t, DateFrom.TEXT) for t in datelines], [read_stamp(t, DateFrom.TEXT) for t in updated]


def _of_feed(at: datetime | None) -> Stamp | None:
    if at is None:
        return None
    exact = Precision.SECOND if at.second else Precision.MINUTE
    return Stamp(at, Precision.DAY if (at.hour, at.minute, at.second) == (0, 0, 0) else exact, None, DateFrom.FEED)


def _feed_paragraphs(entry: Entry) -> list[str]:
    """The entry's text: its content, or its summary where that tells more."""
    content = fragment_paragraphs(entry.content) if entry.content else []
    summary = [" ".join(line.split()) for line in entry.summary.split("\n") if line.strip()]
    best = content if _length(content) >= _length(summary) else summary
    return [] if [p.casefold() for p in best] == [entry.title.strip().casefold()] else best


def _has_text(entry: Entry) -> bool:
    return bool(entry.title.strip() or entry.summary.strip() or entry.content.strip())


def _joined(text: Text) -> str:
    """The body of a live blog: a line of three stars stands between its posts."""
    starts = [index for index in text.posts if 0 < index < len(text.paragraphs)]
    parts = [text.paragraphs[a:b] for a, b in pairwise([0, *starts, len(text.paragraphs)])]
    return "\n\n* * *\n\n".join("\n\n".join(part) for part in parts)


def _length(paragraphs: Sequence[str]) -> int:
    return sum(map(len, paragraphs))


def _is_index(page: Page, facts: Facts, text: Text) -> bool:
    """A home page or a list of teasers: says so itself, and has no paragraph of a text."""
    if facts.article or (facts.first("og:type") or "").lower() == "article":
        return False
    long = sum(len(paragraph) > 200 for paragraph in text.paragraphs)
    return looks_like_index(page.final_url) and long < 3


def _kind(facts: Facts, url: str, text: Text) -> ArticleKind:
    """Live blog, video or gallery: what types and address say, where a long text does not speak against it."""
    path = urlsplit(url).path.lower()
    types = facts.types | {
        str(kind).lower() for node in facts.others for kind in [node.get("@type")] if isinstance(kind, str)
    }
    og_type = (facts.first("og:type") or "").lower()
    if "liveblogposting" in types or re.search(
        r"/live(?:[-_/]|blog|$)|[-_/]live[-_]?(?:blog|updates)|/onlayn|/online/\d", path
    ):
        return ArticleKind.LIVE
    short = _length(text.paragraphs) < 1200
    if short and (
        og_type.startswith("video")
        or re.search(r"/videos?/|/watch/", path)
        or (not facts.article and "videoobject" in types)
    ):
        return ArticleKind.VIDEO
    if short and (
        "imagegallery" in types
        or re.search(r"/(?:photo-?)?galler(?:y|ies)/|/photos?/|/slideshow|/fotogal|/pictures/", path)
    ):
        return ArticleKind.GALLERY
    return ArticleKind.ARTICLE
