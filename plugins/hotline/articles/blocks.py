"""One walk over the tree: the page as a flat list of blocks of text, each with the light nodes that enclose it."""

import re
from dataclasses import dataclass

from lxml import etree

from hotline.articles.marks import UNMARKED, Marks, marks_of

_SKIPPED = frozenset(
    ("script", "style", "noscript", "template", "svg", "math", "nav", "canvas", "iframe", "object", "embed",
    "applet", "button", "select", "input", "textarea", "option", "audio", "video", "head", "picture", "source",
    "map", "meta", "link", "dialog", "progress", "datalist", "wbr", "hr", "col", "colgroup")
)  # fmt: skip
_INLINE = frozenset(
    ("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "ins", "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "time", "tt", "u", "var", "ruby", "rt", "rp", "rb")
)  # fmt: skip
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_MARKED_INLINE = frozenset(
    ("span", "small", "em", "i", "a")
)  # those that may stand apart from the sentence around them
ASIDE_TAGS = frozenset(("nav", "aside", "footer", "form", "menu", "fieldset"))
_ROLES = frozenset(
    (
        "navigation",
        "complementary",
        "banner",
        "contentinfo",
        "search",
        "dialog",
        "alert",
        "menu",
        "toolbar",
        "alertdialog",
    )
)
_WHOLE = frozenset(("html", "body", "main"))
_TELLING = ASIDE_TAGS | {"article", "main", "figure", "figcaption", "caption"}
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DATES = frozenset(("datePublished", "dateCreated"))
_EMPTY = frozenset(("br", "img"))
_BREAK = "\x1f"  # a br; the parser has let no control character through
_BREAKS = re.compile(r"\x1f(?:\s*\x1f)+")
MAX_BLOCKS = 20_000


class Node:
    """An element that makes or marks blocks.

    Most are plain, so what says otherwise is a default of the class: a page has thousands.
    """

    mass = 0
    """Characters of running text in it."""
    flag = ""
    """What it is like by its names: "foreign", "aside" or "hidden"."""
    names = ""
    body = 0
    """2: surely named as the text's element, 1: perhaps."""
    caption = lead = author = picture = menu = apart = False
    in_foreign = False
    """It or something around it is flagged as foreign."""
    outside = in_caption = False
    """Something around it is flagged, or a caption (see region.weigh)."""
    advertises = False
    """Small, and begins with the word (see region.weigh)."""

    def __init__(self, tag: str, parent: "Node | None", first: int) -> None:
        self.tag = tag
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent else 0
        self.first = self.last = first  # blocks[first:last] lie in it


@dataclass(slots=True)
class Block:
    """A run of text between two block-level borders."""

    text: str
    links: int  # characters of it that stand in links
    node: Node
    is_running: bool
    """Whether it reads like a paragraph: long enough, and little of it linked."""

    @property
    def tag(self) -> str:
        """Tag of the innermost block-level element."""
        return self.node.tag

    @property
    def link_share(self) -> float:
        """Share of its characters that stand in links."""
        return self.links / len(self.text)


def page_body(tree: etree._Element) -> etree._Element:
    """The body element; the tree itself where the parser found none."""
    body = tree.find("body")
    return tree if body is None else body


class Walk:
    """The walk's result: `blocks` and `nodes` in document order, `alts` (what images say of themselves), and the
    elements that may carry a date (`dated`) or a byline (`signed`).

    No recursion: lxml walks, and the height of our stack is bounded by the parser's depth.
    """

    def __init__(self, root: etree._Element) -> None:
        self.blocks: list[Block] = []
        self.nodes: list[Node] = []
        self.alts: list[str] = []
        self.dated: list[tuple[int, etree._Element]] = []  # with the index of the block that follows
        self.signed: list[tuple[int, etree._Element]] = []  # the same
        self._pieces: list[str] = []
        self._links = self._in_link = 0
        self._go(root)

    def _go(self, root: etree._Element) -> None:
        walker = etree.iterwalk(root, events=("start", "end"))
        made: list[Node | None] = []  # for each open element the node that it made, if any
        node: Node | None = None
        for event, element in walker:
            tag = element.tag
            if event == "end":
                own = made.pop()
                self._end(element, tag, own)
                if own is not None:
                    node = own.parent
                    if len(self.blocks) >= MAX_BLOCKS:
                        break
            elif tag in _SKIPPED:
                walker.skip_subtree()
                made.append(None)
            else:
                own = self._enter(element, tag, node)
                made.append(own)
                if own is not None:
                    node = own
                    if own.flag and _is_void(own, element):
                        walker.skip_subtree()
        if self.nodes:
            self._flush(self.nodes[0])
            self.nodes[0].last = len(self.blocks)

    def _end(self, element: etree._Element, tag: str, own: Node | None) -> None:
        if tag == "a":
            self._in_link -= 1
        if own is not None:
            if self._pieces:
                self._flush(own)
            own.last = len(self.blocks)
        if tail := element.tail:
            self._add(tail)

    def _enter(self, element: etree._Element, tag: str, parent: Node | None) -> Node | None:
        """The node that the element makes; None for one that only stands in a line."""
        if tag in _EMPTY:
            self._void(element, tag)
            return None
        marks = UNMARKED
        attributes: dict[str, str] = dict(element.items())  # type: ignore[arg-type]  # lxml gives str
        if attributes:
            # The id of a heading is its own words.
            marks = marks_of(attributes.get("class", ""), "" if tag in HEADINGS else attributes.get("id", ""))
            if marks.flag != "foreign" and (parent is None or not parent.in_foreign):
                self._collect(element, tag, attributes, marks)
        own = None
        apart = attributes and tag in _MARKED_INLINE and (marks.caption or _hidden(attributes))
        if tag not in _INLINE or parent is None or apart:
            if parent is not None and self._pieces:
                self._flush(parent)
            own = Node(tag, parent, len(self.blocks))
            if attributes or tag in _TELLING:
                _describe(own, attributes, marks)
            if own.flag == "foreign" or (parent is not None and parent.in_foreign):
                own.in_foreign = True
            self.nodes.append(own)
        if tag == "a":
            self._in_link += 1
        if text := element.text:
            self._add(text)
        return own

    def _void(self, element: etree._Element, tag: str) -> None:
        if tag == "br":
            self._pieces.append(_BREAK)
        elif (alt := element.get("alt")) and len(alt) > 25:
            self.alts.append(alt)

    def _collect(self, element: etree._Element, tag: str, attributes: dict[str, str], marks: Marks) -> None:
        """Keeps what may carry a date or a byline, comments' apart."""
        itemprop = attributes.get("itemprop")
        if marks.author or itemprop == "author" or attributes.get("rel") == "author":
            self.signed.append((len(self.blocks), element))
        says = itemprop or attributes.get("property")
        if marks.dated or tag == "time" or (says and says.rpartition(":")[2] in _DATES):
            self.dated.append((len(self.blocks), element))

    def _add(self, text: str) -> None:
        if self._pieces or not text.isspace():
            self._pieces.append(text)
            if self._in_link:
                self._links += len(text.strip())

    def _flush(self, node: Node) -> None:
        """Ends the block, if there is one."""
        if self._pieces:
            whole = "".join(self._pieces)
            self._pieces.clear()
            # Old pages part paragraphs by two line breaks in one element.
            parts = _BREAKS.split(whole) if _BREAK in whole else [whole]
            texts = [text for part in parts if (text := " ".join(part.replace(_BREAK, " ").split()))]
            total = sum(map(len, texts))
            for text in texts:
                links = min(len(text), round(self._links * len(text) / total)) if self._links else 0
                self.blocks.append(Block(text, links, node, len(text) >= 70 and links < len(text) * 0.4))
        self._links = 0


def _describe(node: Node, attributes: dict[str, str], marks: Marks) -> None:
    tag = node.tag
    if marks is not UNMARKED:
        node.lead, node.caption, node.author, node.picture = marks.lead, marks.caption, marks.author, marks.picture
        node.menu, node.apart = marks.menu, marks.apart
        node.body = marks.body if tag != "body" else 0
    if "class" in attributes:
        node.names = attributes["class"][:80]
    if itemprop := attributes.get("itemprop"):
        if itemprop in {"articleBody", "reviewBody"}:
            node.body = 2
        node.lead = node.lead or itemprop in {"description", "alternativeHeadline"}
        node.caption = node.caption or itemprop in {"caption", "copyrightHolder"}
    if tag in {"article", "main"}:
        node.body = node.body or 1
    if tag in {"figure", "figcaption", "caption"}:
        node.caption = True
    if tag not in _WHOLE:
        node.flag = _flag(attributes, tag, marks)


def _flag(attributes: dict[str, str], tag: str, marks: Marks) -> str:
    if marks.flag == "foreign":
        return "foreign"
    if _hidden(attributes):
        return "hidden"
    if marks.flag or tag in ASIDE_TAGS or attributes.get("role") in _ROLES:
        return "aside"
    return ""


def _is_void(node: Node, element: etree._Element) -> bool:
    """Whether nothing in it can be the article's: others' words without the headline, a menu without a paragraph."""
    if node.flag == "foreign":
        return next(element.iter("h1"), None) is None
    return (node.menu or node.tag == "footer") and next(element.iter("h1", "p", "br", "time"), None) is None


def _hidden(attributes: dict[str, str]) -> bool:
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    return bool(style and _HIDDEN_STYLE.search(style))
