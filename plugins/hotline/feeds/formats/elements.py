"""The elements of a well-formed feed as feedparser names them, and their text as feedparser mends it."""

import re
from contextlib import suppress
from functools import cache

from feedparser.api import StrictFeedParser
from feedparser.html import _cp1252
from lxml import etree

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_HIGH_CONTROL = re.compile("[\x80-\x9f]")
_TEXT_TYPES = ("", "text", "html", "plain", "text/plain", "text/html")


class LeftToFeedparser(Exception):
    """Something that is not plain enough to be read without it."""


def name_of(one: etree._Element) -> str:
    """Prefix and local name, like `dc_date`. Prefixes are feedparser's own, whatever the document calls them."""
    return _qualified(str(one.tag), one.prefix)


@cache
def _qualified(tag: str, prefix: str | None) -> str:
    namespace, _, local = tag.rpartition("}")
    namespace = namespace[1:].lower()
    own = "" if not namespace or "backend.userland.com/rss" in namespace else _namespaces().get(namespace, prefix)
    return f"{own.lower()}_{local.lower()}" if own else local.lower()


@cache
def _namespaces() -> dict[str, str]:
    return {uri.lower(): prefix for uri, prefix in StrictFeedParser.namespaces.items()}


@cache
def handled() -> frozenset[str]:
    """The elements that feedparser does something with, as `name_of` calls them."""
    methods = (name for name in dir(StrictFeedParser) if name.startswith(("_start_", "_end_")))
    return frozenset(re.sub("^_(start|end)_", "", name) for name in methods)


def attributes_of(one: etree._Element) -> dict[str, str]:
    """Attributes with names in lower case, as feedparser gives them; values of rel and type too."""
    said = {}
    for name, value in one.attrib.items():
        key = str(name).lower()
        if name == _XML_LANG:
            continue
        if key == "base" or key[0] == "{":
            raise LeftToFeedparser
        said[key] = str(value).lower() if key in ("rel", "type") else str(value)
    return said


def lang_of(one: etree._Element, inherited: str | None) -> str | None:
    """The language that an element says or inherits."""
    lang = one.get(_XML_LANG, one.get("lang"))
    return inherited if lang is None else str(lang) or None


def typed_text(one: etree._Element) -> str:
    """The text of an element that may say what its text is: plain or escaped HTML."""
    if len(one.attrib):
        said = attributes_of(one)
        if "mode" in said or said.get("type", "") not in _TEXT_TYPES:
            raise LeftToFeedparser
    return text_of(one)


def text_of(one: etree._Element) -> str:
    """The text of an element without children, with what was encoded twice or as Windows-1252 put right."""
    text = plain_text(one)
    if not text.isascii():
        with suppress(UnicodeError):
            text = text.encode("iso-8859-1").decode("utf-8")
        if _HIGH_CONTROL.search(text):
            text = text.translate(_cp1252)
    return text


def plain_text(one: etree._Element) -> str:
    """The text of an element without children, as it is."""
    if len(one):
        raise LeftToFeedparser
    return (one.text or "").strip()
