"""Makes well-formed what can be, so that feedparser's strict reader takes it and its lenient one need not guess."""

import re
from html.entities import html5

# CDATA is left alone: an ampersand stands for itself there.
_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?\]\]>|&(?:#(?P<number>\d{1,7}|[xX][0-9a-fA-F]{1,6});|(?P<name>[A-Za-z][A-Za-z0-9]{1,30});)?",
    re.DOTALL,
)
_XML_NAMES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_LAST_ENTRY = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_FIRST_ENTRY = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_IDENTIFIED = re.compile(r"</(?:link|guid|id)\s*>|<link\s[^<>]*href[^<>]*>", re.IGNORECASE)


def repaired(text: str, root: str) -> str:
    """The text of a feed with its ampersands escaped, HTML's entities resolved and a cut-off last entry taken out."""
    return _AMPERSAND.sub(_escaped, _without_stump(text, root))


def _escaped(match: re.Match[str]) -> str:
    name, number = match["name"], match["number"]
    if number is not None:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        return match[0] if _is_xml_character(code) else ""
    if name is None:
        return match[0] if match[0] != "&" else "&amp;"
    if name in _XML_NAMES:
        return match[0]
    return html5.get(f"{name};") or f"&amp;{name};"


def _is_xml_character(code: int) -> bool:
    """XML 1.0, production 2."""
    return code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000


def _without_stump(text: str, root: str) -> str:
    """A transfer that broke off leaves an entry without its id or link. It comes whole the next time, under its id."""
    if not root or re.search(rf"</(?:[\w-]+:)?{re.escape(root)}\s*>", text[-65536:]):
        return text
    end = max((match.end() for match in _LAST_ENTRY.finditer(text)), default=0)
    stump = _FIRST_ENTRY.search(text, end) if end else None  # the only entry is better than none
    return text if stump is None or _IDENTIFIED.search(text, stump.end()) else text[: stump.start()]
