"""Markup to plain text: what a reader would see of a title or a summary."""

import re
from html import unescape

_SPACE = re.compile(r"\s+")
# A tag that HTML knows. "<" in prose ("a < b", "<unknown>") is no tag.
_HTML_TAG = re.compile(
    r"</?(?:a|abbr|address|article|aside|audio|b|big|blockquote|body|br|button|caption|center|cite|code|col|dd|del|"
    r"details|dfn|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|"
    r"img|input|ins|kbd|label|legend|li|link|main|map|mark|meta|nav|nobr|noscript|object|ol|option|p|param|picture|"
    r"pre|q|s|samp|script|section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|"
    r"textarea|tfoot|th|thead|time|title|tr|tt|u|ul|var|video|wbr|[a-z]+:[a-z]+)(?=[\s/>])[^<>]*>|<!--",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"&(?:#x?[0-9a-fA-F]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote br caption dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 "
        "h5 h6 header hr li main nav ol option p pre section table tbody td tfoot th thead tr ul",
    )
)
_UNSEEN = frozenset(("script", "style", "noscript", "template", "head", "iframe", "object"))
MAX_CHARS = 1_000_000


def plain(text: str) -> str:
    """The text without markup, references resolved, white space collapsed."""
    text = text[:MAX_CHARS]
    if _HTML_TAG.search(text):
        text = _stripped(text)
    elif _REFERENCE.search(text):
        text = unescape(text)
        if _HTML_TAG.search(text):  # escaped twice
            text = _stripped(text)
    return _SPACE.sub(" ", text).strip()


def _stripped(text: str) -> str:
    """Text of an HTML fragment; blocks are set apart by a space."""
    from lxml import etree, html

    try:
        root = html.fragment_fromstring(text.replace("\0", ""), create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return unescape(_HTML_TAG.sub(" ", text))
    parts: list[str] = []
    unseen = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            parts.append(element.tail or "" if not unseen else "")
            continue
        hidden = element.tag in _UNSEEN
        if event == "start":
            unseen += hidden
            parts.append(" " if element.tag in _BLOCKS else "")
            parts.append("" if unseen else element.text or "")
        else:
            unseen -= hidden
            parts.append(" " if element.tag in _BLOCKS else "")
            parts.append("" if unseen else element.tail or "")
    return "".join(parts)
