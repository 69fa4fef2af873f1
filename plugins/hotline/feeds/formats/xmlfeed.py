"""RSS 0.9x to 2.0, RSS 1.0 and Atom: what is plain and well-formed by `quick`, all else by feedparser.

feedparser gets bytes, no address, no network and no file. Neither reader resolves links or sanitises HTML. The base is
left empty, so that ids do not depend on where a feed lives: a guid that looks relative would change when the feed
moves. Links are made absolute afterwards; an xml:base is honoured by the readers. HTML is kept as it came and is
nobody's to display before it has been sanitised.
"""

import re
from typing import Any

import feedparser

from hotline.feeds.dates import parse_date
from hotline.feeds.discover import feeds_in_page
from hotline.feeds.formats import quick
from hotline.feeds.formats.common import absolute, distinct, entry_id, language
from hotline.feeds.guard import bounded, check_depth
from hotline.feeds.hints import hints_of
from hotline.feeds.parsed import NotAFeed, ParsedFeed
from hotline.feeds.plain import plain
from hotline.feeds.repair import repaired
from schemas.feed import FeedFormat
from schemas.item import Entry, Media

_FORMATS = {"rss090": FeedFormat.RDF, "rss10": FeedFormat.RDF}
_ADDRESSED = re.compile(r"\s*[^\s@()]+@[^\s@()]+\s*\(([^()]+)\)\s*")
_HTML = re.compile(r"<(?:html|head|body)\b", re.IGNORECASE)


def read(text: str, url: str, root: str) -> ParsedFeed:
    """The feed in a checked text. Raises: NotAFeed."""
    if root.lower() in ("html", "head", "body", "script"):
        raise NotAFeed(_page(text, url))
    found = quick.read(bounded(text)) or _parsed(text, url, root)
    dc_dates = "<dc:date" in text
    format_ = _format(found.version, root)
    feed = found.feed
    return ParsedFeed(
        format=format_,
        title=plain(_text(feed, "title")),
        site_url=absolute(_text(feed, "link"), url),
        language=language(_text(feed, "language")),
        entries=distinct(_entry(one, url, format_, dc_dates=dc_dates) for one in found.entries),
        hints=hints_of(text),
    )


def _parsed(text: str, url: str, root: str) -> quick.Found:
    """What feedparser finds. Raises: NotAFeed."""
    check_depth(text)
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        parsed = feedparser.parse(
            repaired(text, root).encode(), response_headers=headers, resolve_relative_uris=False, sanitize_html=False
        )
    except Exception as error:  # whatever hostile input makes feedparser raise, it is no feed
        raise NotAFeed(f"feedparser cannot read it: {type(error).__name__}: {error}") from error
    version = parsed.get("version", "")  # not there for a document without any content
    if not version and not parsed.entries:
        raise NotAFeed(_why_not(text, url, root, parsed))
    return quick.Found(version, parsed.feed, parsed.entries)


def _page(text: str, url: str) -> str:
    named = ", ".join(found.url for found in feeds_in_page(text, url)[:5])
    return "it is an HTML page, not a feed" + (f"; the page names {named}" if named else "")


def _why_not(text: str, url: str, root: str, parsed: Any) -> str:
    if _HTML.search(text, 0, 65536):
        return _page(text, url)
    if not root:
        return "it holds no XML element and is no JSON"
    problem = parsed.get("bozo_exception")
    return f"its first element is <{root}>, which is no feed" + (f" ({problem})" if problem else "")


def _format(version: str, root: str) -> FeedFormat:
    if version.startswith("atom") or (not version and root == "feed"):
        return FeedFormat.ATOM
    return FeedFormat.RDF if root == "RDF" else _FORMATS.get(version, FeedFormat.RSS)


def _text(record: Any, key: str) -> str:
    value = dict.get(record, key)
    return value if isinstance(value, str) else ""


def _entry(one: Any, base: str, format_: FeedFormat, *, dc_dates: bool) -> Entry:
    url = _link(one, base)
    title, summary = plain(_text(one, "title")), plain(_text(one, "summary"))
    content = max((_text(part, "value") for part in one.get("content", [])), key=len, default="")
    published, updated = (parse_date(_text(one, key)) for key in ("published", "updated"))
    if published is None and dc_dates and format_ is not FeedFormat.ATOM:
        published, updated = updated, None  # feedparser calls dc:date an update; in RSS it is all the date there is
    return Entry(
        id=entry_id(_text(one, "id"), url, title, summary, content),
        url=url,
        title=title,
        summary=summary,
        content=content,
        authors=_authors(one),
        categories=_unique(plain(_text(tag, "label") or _text(tag, "term")) for tag in one.get("tags", [])),
        media=_media(one, base),
        published_at=published or parse_date(_text(one, "created")),
        updated_at=updated,
        language=language(_text(one, "language") or _text(one.get("title_detail") or {}, "language")),
    )


def _link(one: Any, base: str) -> str | None:
    """The page: the address behind a tracker, else the link, else a guid that is an address."""
    for key in ("feedburner_origlink", "pheedo_origlink"):
        if (link := absolute(_text(one, key), base)) is not None:
            return link
    link = _text(one, "link")
    if link and (not one.get("guidislink") or re.match(r"https?://|/", link)):
        return absolute(link, base)
    candidates = [_text(one, "id")] + [
        _text(ref, "href") for ref in one.get("links", []) if ref.get("rel") == "alternate"
    ]
    return next((absolute(c, base) for c in candidates if re.match(r"https?://", c)), None)


def _authors(one: Any) -> list[str]:
    """Names. RSS wants "address (name)" (RSS 2.0, author), which feedparser sometimes takes apart wrongly."""
    addressed = _ADDRESSED.fullmatch(_text(one, "author"))
    if addressed is not None and len(one.get("authors", [])) < 2:
        return _unique([plain(addressed[1])])
    names = [plain(_text(author, "name")) for author in one.get("authors", [])]
    return _unique(names) or _unique([plain(_text(one, "author"))])


def _media(one: Any, base: str) -> list[Media]:
    found: dict[str, Media] = {}
    links = [link for link in one.get("links", []) if link.get("rel") == "enclosure"]
    for part in [*links, *one.get("media_content", []), *one.get("media_thumbnail", [])]:
        address = absolute(_text(part, "href") or _text(part, "url"), base)
        if address is not None:
            found.setdefault(address, Media(url=address, type=_text(part, "type") or None))
    return list(found.values())


def _unique(names: Any) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))
