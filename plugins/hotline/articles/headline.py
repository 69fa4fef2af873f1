"""The headline: what the page shows, not what its window is called."""

import re
from itertools import islice

from lxml import etree

from hotline.articles.page import text_of
from hotline.articles.structured import Facts, clean

_SEPARATOR = re.compile(r"\s+[|–—»«·•:]+\s+|\s+-\s+")


def find_title(tree: etree._Element, facts: Facts) -> str:
    """The headline, or "" where there is none.

    The statements (JSON-LD, OpenGraph, title element) are read without the outlet's name. An h1 that is like one of
    them wins, as it is what readers see; then a heading that is a part of one; the first statement; a lone h1.
    """
    said = [
        text
        for text in (facts.said("headline"), facts.first("og:title", "twitter:title", "dc.title"), facts.title_element)
        if text
    ]
    headings = [text for text in (_text(h1) for h1 in tree.iter("h1")) if 3 < len(text) < 300][:10]
    own = facts.first("og:site_name")
    stated = [short for text in said if (short := without_outlet(text, own))]
    for text in stated:
        best = max(headings, key=lambda heading: _likeness(heading, text), default="")
        if best and _likeness(best, text) >= 0.5:
            return best
    lower = (_text(heading) for heading in tree.iter("h1", "h2", "h3"))
    for heading in islice(lower, 40):  # "Headline - Section - The Outlet of Somewhere", with the headline in an h2
        if len(heading.split()) > 1 and heading != own and any(_is_part(heading, title) for title in said):
            return heading
    if stated:
        return stated[0]
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


def _is_part(heading: str, title: str) -> bool:
    """Whether a heading begins a title, or stands in it between separators."""
    same, whole = heading.casefold(), title.casefold()
    return whole.startswith(same) or same in _SEPARATOR.split(whole)


def _text(element: etree._Element) -> str:
    return clean(text_of(element))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _likeness(one: str, other: str) -> float:
    """Share of common words (Jaccard index)."""
    first, second = _words(one), _words(other)
    return len(first & second) / (len(first | second) or 1)
