"""An entry of a well-formed feed, read as feedparser reads it; see `quick`."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from feedparser.api import StrictFeedParser
from lxml import etree

from hotline.feeds.formats.elements import (
    LeftToFeedparser,
    attributes_of,
    handled,
    lang_of,
    name_of,
    plain_text,
    text_of,
    typed_text,
)

type Record = dict[str, Any]

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)/*")
_HALF_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")
_HTML_TYPES = ("html", "text/html", "xhtml", "application/xhtml+xml")
_MEDIA_CATEGORY = "http://search.yahoo.com/mrss/category_schema"  # what feedparser gives as its scheme
_ITUNES = "http://www.itunes.com/"

CATEGORIES = ("category", "dc_subject", "keywords", "media_category")
DATES = {
    "published": "published", "issued": "published", "pubdate": "published", "dcterms_issued": "published",
    "updated": "updated", "modified": "updated", "lastbuilddate": "updated", "dc_date": "updated",
    "dcterms_modified": "updated", "created": "created", "dcterms_created": "created",
}  # fmt: skip
# feedparser reads these into keys that nobody asks for.
UNREAD = {
    "media_credit", "media_rating", "media_restriction", "media_license", "media_player", "dc_publisher", "dc_rights",
    "rights", "copyright", "itunes_subtitle", "subtitle", "itunes_image", "itunes_explicit", "itunes_block",
    "georss_point", "webmaster", "generator", "expirationdate",
}  # fmt: skip
_PERSON = {"name", "uri", "url", "homepage", "email"}
# What is about something else than the feed or the entry, and what may stand in it.
BOXES = {
    "image": {"title", "link", "description", "url", "width", "height"},
    "textinput": {"title", "link", "description", "name"},
    "author": _PERSON,
    "contributor": _PERSON,
    "itunes_owner": {"itunes_name", "itunes_email"},
    "itunes_category": {"itunes_category"},
    "source": {"title", "id", "link", "updated", "published", "icon", "logo", "subtitle", "rights", "generator"},
}
# Keys of an entry or a feed: a foreign element of such a name would be taken for one.
_KEYS = {
    "title", "title_detail", "summary", "content", "published", "updated", "created", "id", "link", "links", "tags",
    "authors", "author", "media_content", "media_thumbnail", "language", "guidislink", "date", "items", "entries",
    "feed", "channel", "rss",
}  # fmt: skip


@dataclass
class _Part:
    """An element of an entry."""

    one: etree._Element
    name: str
    lang: str | None
    depth: int  # the document's own element has 1


@dataclass
class Entry:
    """An entry while it is read, with what feedparser remembers meanwhile."""

    base: str
    record: Record = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    title_depth: int = -1
    has_content: bool = False

    def read_item(self, item: etree._Element, lang: str | None, depth: int) -> None:
        """Takes in a whole <item> or <entry>."""
        refuse_addressed(item)
        if about := item.get(f"{RDF}about"):
            self.record["id"] = str(about)
        self.read(item, lang, depth + 1)

    def read(self, parent: etree._Element, lang: str | None, depth: int) -> None:
        """Takes in the children of an element."""
        for child in parent:
            name = name_of(child)
            handler = _HANDLERS.get(name)
            if handler is not None:
                handler(self, _Part(child, name, lang_of(child, lang), depth))
            elif name in UNREAD:
                plain_text(child)
            elif name == "contributor":
                check_box(child, name)
            else:
                pass_over(child, name)

    def store(self, key: str, value: str, depth: int) -> None:
        """An outer element wins over an inner one, a later one over an earlier one."""
        known = self.depths.get(key)
        if known is None or depth <= known:
            self.depths[key] = depth
            self.record[key] = value

    def append(self, key: str, value: Record) -> None:
        """One more of what an entry may have several of."""
        self.record.setdefault(key, []).append(value)

    def _get_context(self) -> Record:
        """For feedparser's own function, which takes authors apart."""
        return self.record


def _title(entry: Entry, part: _Part) -> None:
    value = typed_text(part.one)
    if not -1 < entry.title_depth <= part.depth:
        entry.store("title", value, part.depth)
        entry.record["title_detail"] = {"language": part.lang and part.lang.replace("_", "-")}
    if value and part.name != "media_title":
        entry.title_depth = part.depth


def _summary(entry: Entry, part: _Part) -> None:
    value = typed_text(part.one)
    if "summary" in entry.record and not entry.has_content:
        entry.has_content = True
        entry.append("content", {"value": value})
    else:
        entry.store("summary", value, part.depth)


def _content(entry: Entry, part: _Part) -> None:
    entry.has_content = True
    value = typed_text(part.one)
    entry.append("content", {"value": value})
    entry.record.setdefault("summary", value)


def _date(entry: Entry, part: _Part) -> None:
    entry.store(DATES[part.name], text_of(part.one), part.depth)


def _id(entry: Entry, part: _Part) -> None:
    permanent = is_link(part.one)
    value = resolved(text_of(part.one), entry.base) if permanent else text_of(part.one)
    entry.store("id", value, part.depth)
    entry.record.setdefault("guidislink", permanent and "link" not in entry.record)
    if permanent:
        entry.record.setdefault("link", value)


def _author(entry: Entry, part: _Part) -> None:
    if not len(part.one):
        entry.store("author", text_of(part.one), part.depth)
        entry.append("authors", {})
        StrictFeedParser._sync_author_detail(entry)
        return
    said = {name_of(one): plain_text(one) for one in part.one}
    if len(said) != len(part.one) or not said.get("name") or said.keys() - _PERSON:
        raise LeftToFeedparser
    email = said.get("email")
    entry.store("author", "", part.depth)
    entry.append("authors", {"name": said["name"]})
    entry.record["author"] = f"{said['name']} ({email})" if email else said["name"]


def _category(entry: Entry, part: _Part) -> None:
    said = attributes_of(part.one)
    if part.name == "media_category":
        said.setdefault("scheme", _MEDIA_CATEGORY)
    tags = entry.record.setdefault("tags", [])
    _tag(tags, said.get("term"), said.get("scheme", said.get("domain")), said.get("label"))
    value = text_of(part.one)
    if value and tags and not tags[-1]["term"]:
        tags[-1]["term"] = value
    elif value:
        _tag(tags, value, None, None)


def _keywords(entry: Entry, part: _Part) -> None:
    _refuse_attributes(part.one)
    for term in filter(None, map(str.strip, text_of(part.one).split(","))):
        tags = entry.record.setdefault("tags", [])
        _tag(tags, term, _ITUNES if part.name == "itunes_keywords" else None, None)


def _tag(tags: list[Record], term: str | None, scheme: str | None, label: str | None) -> None:
    tag = {"term": term, "scheme": scheme, "label": label}
    if (term or scheme or label) and tag not in tags:
        tags.append(tag)


def _enclosure(entry: Entry, part: _Part) -> None:
    plain_text(part.one)
    entry.append("links", _with_href(attributes_of(part.one)) | {"rel": "enclosure"})


def _media_content(entry: Entry, part: _Part) -> None:
    entry.append("media_content", attributes_of(part.one))
    entry.read(part.one, part.lang, part.depth + 1)


def _media_group(entry: Entry, part: _Part) -> None:
    entry.read(part.one, part.lang, part.depth + 1)


def _thumbnail(entry: Entry, part: _Part) -> None:
    said, url = attributes_of(part.one), resolved(text_of(part.one), entry.base)
    entry.append("media_thumbnail", {"url": url} | said if url else said)


def _source(entry: Entry, part: _Part) -> None:
    """The feed that an entry was taken from: feedparser forgets the entry's title over the title in it."""
    check_box(part.one, part.name)
    titled = any(name_of(one) == "title" and text_of(one) for one in part.one)
    entry.title_depth = part.depth + 1 if titled else -1


def _text(entry: Entry, part: _Part) -> None:
    _refuse_attributes(part.one)
    entry.store(part.name, text_of(part.one), part.depth)


def _language(entry: Entry, part: _Part) -> None:
    entry.store("language", text_of(part.one), part.depth)


_HANDLERS: dict[str, Callable[[Entry, _Part], None]] = {
    **dict.fromkeys(("title", "media_title", "dc_title"), _title),
    **dict.fromkeys(("description", "media_description", "dc_description", "summary", "itunes_summary"), _summary),
    **dict.fromkeys(("content", "content_encoded", "fullitem"), _content),
    **dict.fromkeys(DATES, _date),
    **dict.fromkeys(("id", "guid"), _id),
    **dict.fromkeys(("author", "dc_creator", "dc_author", "itunes_author"), _author),
    **dict.fromkeys(CATEGORIES, _category),
    **dict.fromkeys(("media_keywords", "itunes_keywords"), _keywords),
    **dict.fromkeys(("feedburner_origlink", "pheedo_origlink"), _text),
    **dict.fromkeys(("language", "dc_language"), _language),
    "link": lambda entry, part: link(entry.record, part.one, entry.base),
    "enclosure": _enclosure,
    "media_content": _media_content,
    "media_group": _media_group,
    "media_thumbnail": _thumbnail,
    "source": _source,
}


def link(record: Record, one: etree._Element, base: str) -> None:
    """<link>address</link> of RSS, or <link href="address" rel="…"/> of Atom."""
    said = _with_href({"rel": "alternate"} | attributes_of(one))
    said.setdefault("type", "application/atom+xml" if said["rel"] == "self" else "text/html")
    record.setdefault("links", []).append(said)
    text = _HALF_REFERENCE.sub(r"&\1", resolved(text_of(one), base).replace("&amp;", "&"))
    if "href" in said:
        said["href"] = resolved(said["href"], base)
        if said["rel"] == "alternate" and said["type"] in _HTML_TYPES:
            record["link"] = said["href"]
    else:
        record["link"] = text
        if text:
            said["href"] = text


def is_link(one: etree._Element) -> bool:
    """Whether an id is an address (RSS 2.0: unless it says that it is none)."""
    return attributes_of(one).get("ispermalink", "true") == "true"


def resolved(link: str, base: str) -> str:
    """A link against the base that the document gives."""
    whole = _SLASHES.sub(r"\1", link)
    return urljoin(base, whole) if link and base else whole


def _with_href(said: dict[str, str]) -> dict[str, str]:
    """Attributes in which an address is called href, whatever it is called there."""
    href = said.get("url", said.get("uri", said.get("href")))
    return {k: v for k, v in said.items() if k not in ("url", "uri")} | {"href": href} if href else said


def check_box(box: etree._Element, name: str) -> None:
    """feedparser takes a box for ended at an element that it does not expect in one."""
    if any(len(one) or name_of(one) not in BOXES[name] for one in box):
        raise LeftToFeedparser


def refuse_addressed(one: etree._Element) -> None:
    """Channels and items of CDF carry their link and date as attributes."""
    if any(str(name).lower() in ("href", "lastmod", "base") for name in one.attrib):
        raise LeftToFeedparser


def _refuse_attributes(one: etree._Element) -> None:
    """With attributes, feedparser makes something else of elements that it has no rule for."""
    if len(one.attrib):
        raise LeftToFeedparser


def pass_over(one: etree._Element, name: str) -> None:
    """Leaves out an element that feedparser does nothing with, if it does nothing with anything in it either."""
    if name in _KEYS or name in handled():
        raise LeftToFeedparser
    for child in one:
        pass_over(child, name_of(child))
