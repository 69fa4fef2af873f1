"""The text of a page: body, captions, key points; our own pass first, trafilatura where it is unsure."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from lxml import etree

from hotline.articles.blocks import HEADINGS, Block, Node, Walk, page_body
from hotline.articles.fallback import text_by_trafilatura
from hotline.articles.marks import BYLINE, END, JUNK_LINE, SLUG, TIME_LINE
from hotline.articles.page import tree_of
from hotline.articles.region import (
    above,
    choose_box,
    find_headline,
    find_posts,
    find_scope,
    is_lead,
    key,
    teaser_rows,
    weigh,
)

_SENTENCE_END = re.compile(r"[.!?…:;»”\"'’)\]。！？।]\W*$")
_FULL_STOP = re.compile(r"[.!?…][»”\"'’)\]]*$")
_QUOTES = re.compile("[‘’‚‛`´“”„‟«»]")
_PARAGRAPHS = frozenset(("p", "blockquote", "li", "pre", "dd", "dt", "td", "th"))
_CELLS = frozenset(("td", "th"))
_ITEMS = _CELLS | {"li"}


@dataclass
class Text:
    """What a page tells, in order, nothing twice. `sure`: whether our own pass trusts itself."""

    paragraphs: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    key_points: list[str] = field(default_factory=list)
    subtitle: str = ""
    sure: bool = True
    posts: list[int] = field(default_factory=list)  # paragraphs that begin a post, where the text is a row of them
    span: tuple[int, int] = (0, 0)  # blocks from the headline to the end of the text


def read_text(walk: Walk, tree: etree._Element, title: str, stated: str | None = None) -> Text:
    """The main text of the page under its headline. `stated`: the body that the page's JSON-LD gives, if any."""
    text = first_pass(walk, title)
    length = sum(map(len, text.paragraphs))
    if stated and len(stated) > max(600, 2 * length):
        told = stated_paragraphs(stated)
        if sum(map(len, told)) > 2 * length:  # the page builds its text with scripts; readers see what it states
            text.paragraphs = once(told, title)
            return text
    if not text.sure:
        other = text_by_trafilatura(tree)
        if sum(map(len, other)) > 2 * length:
            text.paragraphs = once(other, title)
    return text


def first_pass(walk: Walk, title: str) -> Text:
    """The text by what news pages are like."""
    headline = find_headline(walk, title)
    weigh(walk, headline)
    box = choose_box(walk, find_scope(walk, headline))
    if box is None:
        return Text(sure=False)
    before, top = above(walk, box, headline)
    within = headline is not None and box.first <= headline < box.last and _preamble(walk, box, headline)
    start = headline + 1 if headline is not None and within else box.first
    text = Text(span=(headline if headline is not None and (before or within) else box.first, box.last))
    teasers = {id(block) for node in teaser_rows(walk, box) for block in walk.blocks[node.first : node.last]}
    subheads = _linked_subheads(walk.blocks[start : box.last])
    inner = [
        b for b in walk.blocks[start : box.last] if id(b) not in teasers and (_inside(b, box) or id(b) in subheads)
    ]
    inner = _without_link_lists(_without_ads(inner, box))
    blocks = _take_front(text, [block for block in before if _may_lead(block, top)], inner)
    _assemble(text, walk, box, blocks, title)
    text.sure = sum(map(len, text.paragraphs)) >= 250
    return text


def once(paragraphs: list[str], title: str) -> list[str]:
    """Paragraphs without the headline, each once."""
    unique: dict[str, str] = {}
    for paragraph in paragraphs:
        unique.setdefault(key(paragraph), paragraph)
    return [text for same, text in unique.items() if same and same != key(title)]


def stated_paragraphs(stated: str) -> list[str]:
    """The paragraphs of a text that a page states for machines: plain, or markup."""
    if re.search(r"<(?:p|br|div|h\d|ul|li)\b", stated):
        return fragment_paragraphs(stated)
    return [line for part in stated.split("\n") if (line := " ".join(part.split()))]


def fragment_paragraphs(markup: str) -> list[str]:
    """The paragraphs of a feed's HTML content."""
    try:
        tree = page_body(tree_of(markup[:2_000_000]))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    walk = Walk(tree)
    weigh(walk)
    text, root = Text(), walk.nodes[0]
    _assemble(text, walk, root, [block for block in walk.blocks if _inside(block, root)], "")
    return text.paragraphs


def _linked_subheads(blocks: list[Block]) -> set[int]:
    """Headings that are links, three or more of them, each above a paragraph: the items of a list."""
    found: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    for block, below in pairwise(blocks):
        if (
            block.tag in HEADINGS
            and block.link_share > 0.9
            and below.is_running
            and below.node.parent is block.node.parent
            and not block.node.outside
            and len(below.text) > 2 * len(block.text)
        ):
            found[id(block.node.parent), block.tag].add(id(block))
    return {ident for group in found.values() if len(group) > 2 for ident in group}


def _preamble(walk: Walk, box: Node, headline: int) -> bool:
    """Whether what stands in the box above the headline is little: breadcrumbs, a date, a picture."""
    return sum(len(block.text) for block in walk.blocks[box.first : headline] if block.is_running) * 5 < box.mass


def _inside(block: Block, box: Node) -> bool:
    return not block.node.outside and (not block.node.in_caption or box.in_caption) and _belongs(block)


def _without_ads(blocks: list[Block], box: Node) -> list[Block]:
    """Blocks without the small elements that begin with the word Advertisement. The label itself is a junk line."""
    return [block for block in blocks if not _labelled(block.node, box)]


def _labelled(node: Node, box: Node) -> bool:
    up: Node | None = node
    while up is not None and up is not box:
        if up.advertises:
            return True
        up = up.parent
    return False


def _without_link_lists(blocks: list[Block]) -> list[Block]:
    """Blocks without lists and tables that are mostly links: other stories."""
    lists: defaultdict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        around = block.node.parent
        if around and block.tag in _CELLS:
            around = around.parent  # the table's body, not the row
        if around and block.tag in _ITEMS:
            lists[id(around)].append(block)
    off = {
        id(block)
        for points in lists.values()
        if sum(p.links for p in points) * 2 > sum(len(p.text) for p in points)
        for block in points
    }
    return [block for block in blocks if id(block) not in off]


def _may_lead(block: Block, top: Node) -> bool:
    """Whether a block between headline and body is a second headline, a key point or a lead set apart from the body."""
    if block.node.in_caption or not _belongs(block) or block.link_share > 0.3:
        return False
    if is_lead(block.node, top):
        return len(block.text) > 20
    if block.node.outside:
        return False
    if block.tag in HEADINGS or block.tag == "li":
        return len(block.text) > 20
    return len(block.text) > 60 and (block.tag == "p" or bool(_SENTENCE_END.search(block.text)))


def _take_front(text: Text, front: list[Block], inner: list[Block]) -> list[Block]:
    """Takes the second headline and the key points out of what stands before the first paragraph; returns the rest."""
    tags = [block.tag for block in inner]
    rest: list[Block] = []
    points: list[Block] = []
    for index, block in enumerate([*front, *inner]):
        outer = index < len(front)
        if any(b.is_running and b.tag not in {"li", *HEADINGS} and not b.node.lead for b in rest[-1:]):
            rest += [*front, *inner][index:]
            break
        second = block.tag in HEADINGS and len(block.text) < 300 and not text.subtitle
        if second and (outer or block.node.lead or tags.count(block.tag) == 1):
            text.subtitle = block.text
            if len(block.text) >= 60:  # a standfirst: it tells, and belongs to the text as well
                rest.append(block)
        elif block.tag == "li" and 15 < len(block.text) < 300 and block.link_share < 0.3:
            points.append(block)
        elif block.tag not in HEADINGS or not outer:
            rest.append(block)
    body = sum(len(block.text) for block in rest)
    if 2 <= len(points) <= 10 and sum(len(block.text) for block in points) * 2 < body:
        text.key_points = [block.text for block in points]
        return rest
    taken = {id(block) for block in [*rest, *points]}
    return [block for block in [*front, *inner] if id(block) in taken]


def _belongs(block: Block) -> bool:
    """Whether the block's own text can be the article's: no junk line, no byline, no list of links."""
    text = block.text
    if block.tag in HEADINGS and END.match(text):
        return True  # _sections needs it, and lets it go
    if len(text) < 300 and _is_furniture(text):
        return False
    if text.startswith("(function") or "document.addEventListener" in text[:200]:
        return False
    share = block.link_share
    if block.tag in HEADINGS:
        return share < 0.9
    told = len(text) > 100 and text.endswith((".", ".”", '."', ".»"))  # a sentence, whatever it links to
    if share > 0.7 and len(text) < 200 and not told and block.tag not in _ITEMS:  # lists are judged as a whole
        return False
    return block.tag in _PARAGRAPHS or len(text) > 40 or bool(_SENTENCE_END.search(text))


def _is_furniture(text: str) -> bool:
    """Whether a line is a known one of pages: a button, a label, who wrote it when."""
    if JUNK_LINE.match(text) or BYLINE.match(text) or SLUG.match(text):
        return True
    return len(text) < 130 and bool(TIME_LINE.match(text)) and not _FULL_STOP.search(text)


def _assemble(text: Text, walk: Walk, box: Node, blocks: list[Block], title: str) -> None:
    """Paragraphs and captions, each once and each in one of the two."""
    captions: dict[str, str] = {}
    for block in walk.blocks[text.span[0] : box.last]:
        if (
            block.node.in_caption
            and not box.in_caption
            and not block.node.outside
            and len(block.text) > 15
            and not JUNK_LINE.match(block.text)
        ):
            captions.setdefault(key(block.text), block.text)
    exact = {_plain(caption) for caption in captions.values()} | {
        _plain(alt) for alt in walk.alts if not _FULL_STOP.search(alt)
    }
    starts = find_posts(walk, box)
    seen = {key(title), *map(key, text.key_points)}
    paragraphs: list[str] = []
    previous = ""
    for block in _sections(blocks):
        same = key(block.text)
        if not same:
            continue
        if same in seen:
            # One sentence with straight and with curly quotes in a row: an image's description and its caption.
            if (
                same == key(previous)
                and previous != block.text
                and paragraphs
                and paragraphs[-1] == previous
                and len(paragraphs) > 1
            ):
                captions[same] = paragraphs.pop()
        elif _plain(block.text) in exact and not (_FULL_STOP.search(block.text) and len(paragraphs) < 2):
            captions.setdefault(same, block.text)
        else:
            seen.add(same)
            if any(start <= block.node.first for start in starts[:1]):
                text.posts.append(len(paragraphs))
                starts = [start for start in starts if start > block.node.first]
            paragraphs.append(block.text)
        previous = block.text
    text.paragraphs, text.captions = paragraphs, list(captions.values())


def _plain(text: str) -> str:
    """A text with its punctuation, straight quotes and single spaces: what captions are compared by."""
    if not text.isascii():
        text = _QUOTES.sub("'", text).replace("–", "-").replace("—", "-").replace("\u00ad", "").replace("\u200b", "")
    return " ".join(text.replace('"', "'").split()).casefold()


def _sections(blocks: list[Block]) -> list[Block]:
    """Headings that nothing follows are left out, and all after a heading such as "Related stories" near the end."""
    kept: list[Block] = []
    told = 0
    for index, block in enumerate(blocks):
        if END.match(block.text) and len(block.text) < 100:
            left = sum(len(b.text) for b in blocks[index + 1 :] if b.is_running)
            sure = left * 4 < told or not JUNK_LINE.match(block.text)  # "Read more" stands in the midst of texts too
            if block.tag in HEADINGS and told > 500 and sure:
                break
            continue
        kept.append(block)
        told += len(block.text)
    while kept and kept[-1].tag in HEADINGS:
        kept.pop()
    return kept
