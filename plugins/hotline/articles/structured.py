"""What a page says about itself for machines: JSON-LD, meta elements (OpenGraph, Dublin Core…) and links."""

import html as html_entities
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from hotline.articles.page import text_of

ARTICLE_TYPES = frozenset(
    [
        "article",
        "newsarticle",
        "blogposting",
        "reportagenewsarticle",
        "analysisnewsarticle",
        "opinionnewsarticle",
        "backgroundnewsarticle",
        "reviewnewsarticle",
        "askpublicnewsarticle",
        "advertisercontentarticle",
        "satiricalarticle",
        "liveblogposting",
        "socialmediaposting",
        "report",
        "techarticle",
        "scholarlyarticle",
        "discussionforumposting",
        "pressrelease",
    ]
)
_MAX_BLOCKS = 40
_MAX_NODES = 2_000
_CONTROL = re.compile(r"[\x00-\x1f]+")
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")
_WRAPPER = re.compile(
    r"^\s*(?:<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:(?://)?\s*-->|/\*\s*\]\]>\s*\*/|//\s*\]\]>|\]\]>)\s*;?\s*$"
)


@dataclass
class Facts:
    """The page's own statements, as given and not yet believed."""

    meta: dict[str, list[str]] = field(default_factory=dict)
    article: dict[str, Any] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list)
    canonical: str | None = None
    amp_of: str | None = None
    language: str | None = None
    title_element: str = ""

    def first(self, *names: str) -> str | None:
        """The first value that is not empty among the named meta elements, in that order."""
        for name in names:
            for value in self.meta.get(name, ()):
                if value:
                    return value
        return None

    def all(self, *names: str) -> list[str]:
        """All values of the named meta elements."""
        return [value for name in names for value in self.meta.get(name, ()) if value]

    def said(self, name: str) -> str | None:
        """A plain text of the article's JSON-LD."""
        return plain(self.article.get(name))

    def referred(self, value: Any) -> Any:
        """What a value of the article's JSON-LD stands for: the node with its `@id`, where it says nothing more."""
        if isinstance(value, dict) and "name" not in value and (ident := value.get("@id")):
            return next((node for node in self.others if node.get("@id") == ident), value)
        return value

    @property
    def body(self) -> str | None:
        """The article's text as its JSON-LD states it, with its line breaks."""
        value = self.article.get("articleBody")
        return html_entities.unescape(value) if isinstance(value, str) else None

    @property
    def types(self) -> set[str]:
        """schema.org types of the article's node, in lower case."""
        return set(_types(self.article))


def read_facts(tree: etree._Element) -> Facts:
    """All of it in one pass over the elements that can carry it."""
    facts = Facts(language=(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or None))
    scripts: list[str] = []
    for element in tree.iter("meta", "link", "title", "script"):
        if element.tag == "meta":
            name = (
                element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
            )
            content = element.get("content")
            if name and content:
                facts.meta.setdefault(name.strip().lower(), []).append(clean(content))
        elif element.tag == "link":
            rel = (element.get("rel") or "").lower().split()
            if "canonical" in rel and facts.canonical is None and element.get("href"):
                facts.canonical = element.get("href")
        elif element.tag == "title":
            if not facts.title_element and _in_head(element):
                facts.title_element = clean(text_of(element))
        elif "ld+json" in (element.get("type") or "").lower() and element.text and len(scripts) < _MAX_BLOCKS:
            scripts.append(element.text)
    nodes = [node for text in scripts for node in _nodes(_loads(text))]
    _choose(facts, nodes)
    return facts


def plain(value: Any) -> str | None:
    """A JSON-LD value as one text: strings, `{"@value": …}`, `{"name": …}`, the first of a list."""
    if isinstance(value, list):
        return next((text for text in map(plain, value[:20]) if text), None)
    if isinstance(value, dict):
        return plain(value.get("@value") or value.get("name"))
    if isinstance(value, str | int) and not isinstance(value, bool):
        return clean(str(value)) or None
    return None


def clean(text: str) -> str:
    """Entities resolved (once more, as many outlets escape twice) and white space made single."""
    if "&" in text:
        text = html_entities.unescape(text)
    return " ".join(text.split())


def _in_head(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag in {"head", "html", "body"}  # an svg has titles too


def _loads(text: str) -> Any:
    text = _WRAPPER.sub("", text.strip())
    for attempt in (text, _CONTROL.sub(" ", text), _TRAILING_COMMA.sub("", _CONTROL.sub(" ", text))):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON-LD block that has a type: lists, @graph, mainEntity and the like, breadth first."""
    queue, seen = [data], 0
    while queue and seen < _MAX_NODES:
        current = queue.pop(0)
        seen += 1
        if isinstance(current, list):
            queue.extend(current[:200])
        elif isinstance(current, dict):
            if current.get("@type"):
                yield current
            queue.extend(
                current[name]
                for name in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item", "liveBlogUpdate")
                if isinstance(current.get(name), dict | list)
            )


def _types(node: dict[str, Any]) -> list[str]:
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return [str(name).rsplit("/", 1)[-1].lower() for name in names if name]


def _choose(facts: Facts, nodes: list[dict[str, Any]]) -> None:
    """The node of the article: the one with the most to say; a page can carry teasers of others as nodes too."""

    def weight(node: dict[str, Any]) -> int:
        told = sum(
            bool(node.get(name)) for name in ("headline", "datePublished", "author", "articleBody", "dateModified")
        )
        return told * 2 + bool(node.get("articleBody")) - 4 * bool(node.get("position"))

    articles = [node for node in nodes if ARTICLE_TYPES & set(_types(node))]
    if articles:
        facts.article = max(articles, key=weight)
    facts.others = [node for node in nodes if node is not facts.article]
