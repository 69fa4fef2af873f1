"""What is asked when the first pass is unsure: trafilatura for the text, htmldate for the date. Imported only then."""

import logging

from lxml import etree
from lxml.html import HtmlElement


def text_by_trafilatura(tree: etree._Element) -> list[str]:
    """Paragraphs of the main text as trafilatura sees it; empty where it sees none."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        text = trafilatura.extract(_copy(tree), include_comments=False, fast=True) or ""
    except Exception:  # noqa: BLE001 - a library's fault on one page must not stop the line
        return []
    return [line.strip().removeprefix("- ").strip() for line in text.split("\n") if line.strip()]


def day_by_htmldate(tree: etree._Element, url: str, *, extensive: bool = False) -> str | None:
    """The day of publication (YYYY-MM-DD) as htmldate finds it in the page.

    Its extensive search guesses: of the days it finds where our rules find none, two in three are wrong, at six times
    the cost.
    """
    from htmldate import find_date

    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    try:
        day = find_date(_copy(tree), original_date=True, url=url or None, extensive_search=extensive)
    except Exception:  # noqa: BLE001 - as above
        return None
    return day if isinstance(day, str) else None


def _copy(tree: etree._Element) -> HtmlElement:
    """The tree as one of lxml.html, which both of them want."""
    from lxml import html

    return html.document_fromstring(etree.tostring(tree, encoding="unicode", method="html"))
