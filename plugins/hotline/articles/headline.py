"""The headline: what the page shows, not what its window is called."""

import re

from lxml.html import HtmlElement

from hotline.articles.structured import Facts, clean

_SEPARATOR = re.compile(r"\s+[|–—»«·•:]+\s+|\s+-\s+")


def find_title(tree: HtmlElement, facts: Facts) -> str:
    """The headline, or "" where there is none.

    An h1 wins that another statement (JSON-LD, OpenGraph, title element) confirms; then the statements themselves, with the
    outlet's name cut off; then a lone h1.
    """
    said = [
        text
        for text in (facts.said("headline"), facts.first("og:title", "twitter:title", "dc.title"), facts.title_element)
        if text
    ]
    headings = [text for text in (_text(h1) for h1 in tree.iter("h1")) if 3 < len(text) < 300][:10]
    words = [_words(text) for text in said]
    best = max(headings, key=lambda text: max((_overlap(_words(text), w) for w in words), default=0.0), default="")
    if best and (max((_overlap(_words(best), w) for w in words), default=0.0) >= 0.5):
        return best
    for text in said:
        if short := without_outlet(text, facts.first("og:site_name")):
            return short
    return headings[0] if headings else ""


def without_outlet(title: str, outlet: str | None) -> str:
    """A title without the outlet's name at its end ("… | The Outlet")."""
    parts = _SEPARATOR.split(title)
    if len(parts) < 2:
        return title
    tail = parts[-1].strip()
    if (outlet and tail.casefold() in {outlet.casefold(), f"the {outlet}".casefold()}) or (
        len(tail.split()) <= 3 and len(title) - len(tail) > 20
    ):
        return title[: title.rfind(parts[-1])].rstrip(" |–—-»«·•:")
    return title


def _text(element: HtmlElement) -> str:
    return clean(element.text_content())


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _overlap(one: set[str], other: set[str]) -> float:
    """Share of the shorter title's words that the other has; titles of one word prove nothing."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller >= 2 else float(one == other and bool(one))
