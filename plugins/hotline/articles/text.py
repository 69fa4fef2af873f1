"""The text of a page: body, captions, key points; our own pass first, trafilatura where it is unsure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from hotline.articles.blocks import Block, Node, Walk
from hotline.articles.fallback import text_by_trafilatura
from hotline.articles.marks import BYLINE, END, JUNK_LINE

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_QUOTES = str.maketrans(dict.fromkeys("‘’‚‛`´“”„‟«»'\"", "'") | {"–": "-", "—": "-", "\u00ad": None, "\u200b": None})
_SENTENCE_END = re.compile(r"[.!?…:;»”\"'’)\]]\W*$")


@dataclass
class Text:
    """What a page tells, in order, nothing twice. `sure`: whether our own pass trusts itself."""

    paragraphs: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    key_points: list[str] = field(default_factory=list)
    subtitle: str = ""
    sure: bool = True


def read_text(walk: Walk, tree: HtmlElement, title: str) -> Text:
    """The main text of the page under its headline."""
    text = first_pass(walk, title)
    if text.sure:
        return text
    other = text_by_trafilatura(tree)
    if sum(map(len, other)) > 1.2 * sum(map(len, text.paragraphs)):
        text.paragraphs = _once(other, title)
    return text


def first_pass(walk: Walk, title: str) -> Text:
    """The text by what news pages are like."""
    headline = _headline(walk, title)
    weigh(walk, headline)
    box = choose_box(walk)
    if box is None:
        return Text(sure=False)
    kept = _between(walk, box, headline) + _select(walk, box, title)
    text = _assemble(walk, box, kept, title)
    length = sum(map(len, text.paragraphs))
    text.sure = length >= 250
    return text


def weigh(walk: Walk, headline: int | None = None) -> None:
    """Gives every node the running text it holds; flags that can't be true are taken back.

    A flag is taken back where the container holds more than half of what isn't foreign: outlets do call the
    element of a whole article `content-promo`. Foreign is believed unless the headline stands in it.
    """
    for node in walk.nodes:
        if node.flag == "foreign" and headline is not None and node.first <= headline < node.last:
            node.flag = ""
    total = _count(walk, lambda block: not _within(block.node, "foreign"))
    for node in walk.nodes:
        if node.flag in {"aside", "hidden"} and node.mass * 2 > total:
            node.flag = ""
        if node.caption and node.mass > 600 and node.mass * 3 > total:
            node.caption = False
    _count(walk, lambda block: not _outside(block.node))


def _count(walk: Walk, counts: Callable[[Block], bool]) -> int:
    for node in walk.nodes:
        node.mass = 0
    for block in walk.blocks:
        if block.is_running and counts(block):
            up: Node | None = block.node
            while up is not None:
                up.mass += len(block.text)
                up = up.parent
    return walk.nodes[0].mass


def choose_box(walk: Walk) -> Node | None:
    """The element of the text: one that is named so, if it holds enough; else the smallest that holds most of it."""
    root = walk.nodes[0]
    if not root.mass:
        return None
    for strength, least in ((2, 0.3), (1, 0.5)):
        named = [node for node in walk.nodes if node.body >= strength and node.mass >= 200 and not _outside(node)]
        if named:
            best = max(named, key=lambda node: (node.mass, node.depth))
            together = _common([node for node in named if node.mass >= root.mass * 0.1])
            if (
                best.mass < 0.75 * root.mass
                and together is not None
                and together.mass >= max(best.mass * 1.2, least * root.mass)
            ):
                return together
            if best.mass >= least * root.mass:
                return best if strength == 2 else _narrow(walk, best, 0.9)
    return _narrow(walk, root, 0.8)


def _common(nodes: list[Node]) -> Node | None:
    """The innermost node that holds them all."""
    if not nodes:
        return None
    common: Node | None = nodes[0]
    while common is not None and not all(
        common.first <= node.first and node.last <= common.last and common.depth <= node.depth for node in nodes
    ):
        common = common.parent
    return common


def _narrow(walk: Walk, box: Node, share: float) -> Node:
    """Goes down as long as one child holds that share of the running text."""
    moved = True
    while moved:
        moved = False
        for node in walk.nodes:
            if (
                node.parent is box
                and node.mass >= box.mass * share
                and node.tag not in {"p", "td", "li", "span", "blockquote"}
            ):
                box, moved = node, True
                break
    return box


def _within(node: Node | None, flag: str) -> bool:
    while node is not None:
        if node.flag == flag:
            return True
        node = node.parent
    return False


def _outside(node: Node | None, box: Node | None = None) -> bool:
    """Whether something between a node and the box (or the root) is flagged."""
    while node is not None and node is not box:
        if node.flag:
            return True
        node = node.parent
    return False


def _captioned(node: Node | None, box: Node | None) -> bool:
    while node is not None and node is not box:
        if node.caption:
            return True
        node = node.parent
    return False


def key(text: str) -> str:
    """What makes two texts the same: letters and digits, whatever the quotes, dashes, case and end."""
    return re.sub(r"\W+", " ", text.translate(_QUOTES)).strip().casefold()


def _headline(walk: Walk, title: str) -> int | None:
    """Index of the block that is the headline: the first h1 that says it, else the first heading or block that does."""
    same = key(title)
    found = None
    for index, block in enumerate(walk.blocks):
        if len(block.text) < 2 * len(title) + 10 and same and key(block.text) == same:
            if block.tag == "h1":
                return index
            if found is None and block.tag in _HEADINGS:
                found = index
    return found


def _between(walk: Walk, box: Node, headline: int | None) -> list[Block]:
    """Paragraphs between the headline and the box: leads that outlets set apart from the body."""
    if headline is None or headline >= box.first:
        return []
    top = _common([walk.blocks[headline].node, box])
    kept = []
    for block in walk.blocks[headline + 1 : box.first]:
        lead = _is_lead(block.node, top)
        if (lead or not _outside(block.node, top)) and not _captioned(block.node, top) and _belongs(block):
            if (lead and len(block.text) > 30) or (
                len(block.text) > 60
                and block.link_share < 0.3
                and block.tag not in _HEADINGS
                and _SENTENCE_END.search(block.text)
            ):
                kept.append(block)
    return kept if sum(len(block.text) for block in kept) < 3000 else []


def _is_lead(node: Node | None, top: Node | None) -> bool:
    while node is not None and node is not top:
        if node.author:
            return False
        if node.lead:
            return True
        if node.flag:
            return False
        node = node.parent
    return False


def _select(walk: Walk, box: Node, title: str) -> list[Block]:
    """The blocks of the box that are the article's, in order."""
    return [
        block
        for block in walk.blocks[box.first : box.last]
        if not _outside(block.node, box) and not _captioned(block.node, box) and _belongs(block)
    ]


def _belongs(block: Block) -> bool:
    text = block.text
    if len(text) < 300 and (JUNK_LINE.match(text) or BYLINE.match(text)):
        return False
    share = block.link_share
    if block.tag in _HEADINGS:
        return share < 0.9
    if share > 0.7 and (len(text) < 200 or block.tag == "li"):
        return False
    if block.tag in {"p", "blockquote", "li", "pre", "dd", "dt", "td", "th"}:
        return True
    return len(text) > 40 or bool(_SENTENCE_END.search(text))


def _assemble(walk: Walk, box: Node, kept: list[Block], title: str) -> Text:
    captions: dict[str, str] = {}
    for block in walk.blocks[box.first : box.last]:
        if (
            _captioned(block.node, box)
            and not _outside(block.node, box)
            and len(block.text) > 15
            and not JUNK_LINE.match(block.text)
        ):
            captions.setdefault(key(block.text), block.text)
    seen = {key(title)}
    paragraphs: list[str] = []
    for block in _without_empty_sections(kept):
        same = key(block.text)
        if same and same not in seen:
            seen.add(same)
            paragraphs.append(block.text)
    return Text(paragraphs=paragraphs, captions=list(captions.values()))


def _without_empty_sections(blocks: list[Block]) -> list[Block]:
    """Headings that nothing follows are left out, and all after a heading such as "Related stories"."""
    kept: list[Block] = []
    for block in blocks:
        if END.match(block.text) and len(block.text) < 100:
            if block.tag in _HEADINGS and sum(len(b.text) for b in kept) > 500:
                break
            continue
        kept.append(block)
    while kept and kept[-1].tag in _HEADINGS:
        kept.pop()
    return kept


def _once(paragraphs: list[str], title: str) -> list[str]:
    seen = {key(title)}
    result = []
    for paragraph in paragraphs:
        if (same := key(paragraph)) not in seen:
            seen.add(same)
            result.append(paragraph)
    return result


def fragment_paragraphs(markup: str) -> list[str]:
    """The paragraphs of a feed's HTML content."""
    from lxml import etree, html

    try:
        tree = html.fragment_fromstring(markup[:2_000_000], create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    walk = Walk(tree)
    weigh(walk)
    return _assemble(walk, walk.nodes[0], _select(walk, walk.nodes[0], ""), "").paragraphs
