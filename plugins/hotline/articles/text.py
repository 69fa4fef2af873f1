"""The text of a page: body, captions, key points."""

from dataclasses import dataclass, field

from lxml.html import HtmlElement

from hotline.articles.fallback import text_by_trafilatura
from hotline.articles.structured import Facts


@dataclass
class Text:
    """What a page tells, in order, nothing twice."""

    paragraphs: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    key_points: list[str] = field(default_factory=list)
    subtitle: str = ""


def read_text(tree: HtmlElement, facts: Facts, title: str) -> Text:
    """The main text of the page under its headline."""
    seen: dict[str, None] = {}
    for paragraph in text_by_trafilatura(tree):
        if paragraph.casefold() != title.casefold():
            seen.setdefault(paragraph, None)
    return Text(paragraphs=list(seen))


def fragment_paragraphs(markup: str) -> list[str]:
    """The paragraphs of a feed's HTML content."""
    from lxml import etree, html

    try:
        tree = html.fragment_fromstring(markup[:2_000_000], create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    for element in tree.xpath(".//script | .//style | .//figcaption"):
        element.drop_tree()
    for element in tree.iter("p", "div", "br", "li", "h2", "h3", "h4", "blockquote", "tr"):
        element.tail = "\n" + (element.tail or "")
        element.text = "\n" + (element.text or "")
    lines = (" ".join(line.split()) for line in tree.text_content().split("\n"))
    return list(dict.fromkeys(line for line in lines if line))
