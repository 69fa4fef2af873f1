"""Refuses XML that is made to hurt, before any parser sees it: entity bombs, external entities, bottomless nesting.

Everything here is one pass over the text, so that its time is bounded by the text's length.
"""

import re
from collections.abc import Iterator

from hotline.feeds.parsed import NotAFeed

MAX_DEPTH = 200  # real feeds stay below 20; HTML inside them adds some
# feedparser needs up to 90 µs for a "<" and 5 µs for a "&"; a feed of 1.5 MB with full texts has 5,500 and 2,000.
MAX_TAGS = 150_000
MAX_REFERENCES = 1_000_000
_TOKEN = re.compile(r"<!--|<!\[CDATA\[|<\?|<(/?)([A-Za-z_][\w:.-]{0,100})([^<>]*)>")
_SPANS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_VOID = {"br", "img", "hr", "input", "meta", "wbr", "source", "area", "col", "embed", "param", "base"}
_ROOT = re.compile(
    r"<(?:rss|rdf:RDF|RDF|feed|urlset|sitemapindex|channel|(?!html)[\w-]{1,20}:(?:RDF|feed|urlset|sitemapindex))\b"
)
_FIRST = re.compile(r"<([A-Za-z_][\w.-]{0,60}(?::[\w.-]{1,60})?)")
_CHARACTER = re.compile(r"&#x?[0-9a-fA-F]{1,7};")
_ENTITY = re.compile(r"<!ENTITY\s+(%\s+)?([\w:.-]{1,60})\s+(\"[^\"]*\"|'[^']*'|[^>]*)", re.IGNORECASE)


def checked(text: str) -> str:
    """The text from its root element on, without its document type and spans that never end. Raises: NotAFeed."""
    text = _closed(_without_doctype(text))
    root = _ROOT.search(text, 0, 65536)
    if root is not None and not text[: root.start()].lstrip().startswith(("<html", "<HTML")):
        text = text[root.start() :]  # warnings of the server's software stand before many a feed
    return text


def bounded(text: str) -> str:
    """The text, if feedparser reads it in bounded time. Raises: NotAFeed."""
    if text.count("<") > MAX_TAGS or text.count("&") > MAX_REFERENCES:
        raise NotAFeed(f"it has more than {MAX_TAGS} tags or {MAX_REFERENCES} references")
    return text


def root_of(text: str) -> str:
    """Local name of the first element; empty where there is none."""
    first = _FIRST.search(text)
    return first[1].rpartition(":")[2] if first else ""


def _without_doctype(text: str) -> str:
    """The text with its document type taken out, and the harmless entities it declared put in."""
    start = text.find("<!DOCTYPE", 0, 65536)
    if start < 0:
        start = text.find("<!doctype", 0, 65536)
    if start < 0:
        return text
    end, subset = _doctype_end(text, start)
    entities = {}
    for parameter, name, value in _ENTITY.findall(subset):
        if parameter or not value.startswith(("'", '"')):
            continue  # external or for the document type alone: never loaded
        if len(value) > 102 or any(sign in _CHARACTER.sub("", value) for sign in "&%<"):
            raise NotAFeed(f"it declares the entity {name}, which is more than a short text")
        entities[name] = value[1:-1]
    rest = text[end:]
    if entities:
        rest = re.sub(r"&([\w:.-]{1,60});", lambda m: entities.get(m[1], m[0]), rest)
    return text[:start] + rest


def _doctype_end(text: str, start: int) -> tuple[int, str]:
    """Where the document type ends, and its internal subset."""
    close = text.find(">", start)
    bracket = text.find("[", start, close if close >= 0 else len(text))
    if bracket < 0:
        return (close + 1 if close >= 0 else len(text)), ""
    subset_end = re.compile(r"\]\s*>").search(text, bracket)
    if subset_end is None:
        raise NotAFeed("its document type does not end")
    return subset_end.end(), text[bracket + 1 : subset_end.start()]


def _closed(text: str) -> str:
    """The text without openings of comments, CDATA and instructions that never end: what follows may be read yet."""
    for start, end in _SPANS.items():
        last = text.rfind(end) + 1
        if text.find(start, last) >= 0:
            text = text[:last] + text[last:].replace(start, "")
    return text


def _tags(text: str) -> Iterator[tuple[str, str, str]]:
    """Slash, name and rest of each tag outside comments, CDATA and instructions."""
    position = 0
    while (token := _TOKEN.search(text, position)) is not None:
        position = token.end()
        if token[2]:
            yield token[1], token[2], token[3]
        elif (end := text.find(_SPANS[token[0]], position)) >= 0:
            position = end


def check_depth(text: str) -> None:
    """Counts open elements as a lenient reader would: an end tag closes everything up to its start tag.

    libxml2, which reads what is well-formed, has a limit of its own (256). Raises: NotAFeed.
    """
    open_tags: list[str] = []
    for slash, name, rest in _tags(text):
        if slash:
            if name in open_tags:
                while open_tags.pop() != name:
                    pass
        elif not rest.endswith("/") and name.lower() not in _VOID:
            open_tags.append(name)
            if len(open_tags) > MAX_DEPTH:
                raise NotAFeed(f"its elements are nested more than {MAX_DEPTH} deep")
