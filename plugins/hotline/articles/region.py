"""Where on the page the article is: the element that holds its text, and the headline above it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from hotline.articles.blocks import ASIDE_TAGS, HEADINGS, Block, Node, Walk
from hotline.articles.marks import AD_LABEL

_PICTURES = frozenset(("figure", "figcaption", "caption"))
_LEAVES = frozenset(("p", "td", "li", "span", "blockquote", "pre"))
ENOUGH = 500
"""Characters of running text that can be an article."""
_BESIDE = re.compile(r"side-?bar|foot|disclaimer|imprint|legal|newsletter|cookie", re.IGNORECASE)
_NOT_WORDS = re.compile(r"\W+")


def key(text: str) -> str:
    """What makes two texts the same: letters and digits, whatever the quotes, dashes, case and end."""
    if not text.isascii():
        text = text.replace("\u00ad", "").replace("\u200b", "")
    return _NOT_WORDS.sub(" ", text).strip().casefold()


def find_headline(walk: Walk, title: str) -> int | None:
    """Index of the block that is the headline: the first h1 that says it, else the first heading that does."""
    same = key(title)
    found = None
    for index, block in enumerate(walk.blocks):
        if block.tag in HEADINGS and len(block.text) < 2 * len(title) + 10 and same and key(block.text) == same:
            if block.tag == "h1":
                return index
            if found is None:
                found = index
    if found is None:  # the title goes on with the outlet's name
        starts = (
            index
            for index, block in enumerate(walk.blocks)
            if block.tag in HEADINGS and len(block.text) > max(25, len(title) // 2) and same.startswith(key(block.text))
        )
        found = next(starts, None)
    return found


def weigh(walk: Walk, headline: int | None = None) -> None:
    """Gives every node the running text that it holds (`mass`) and settles what is outside the article by its marks.

    What the headline stands in is not beside the article, whatever it is called. Other people's words are foreign in
    any case; the other marks are taken back from the containers of one name that hold most of the page, where next to
    nothing would be left without them: outlets do call the element of a whole article `content-promo`.
    """
    if headline is not None:
        for node in _upwards(walk.blocks[headline].node):
            node.flag = "" if node.flag != "hidden" else node.flag
        for node in walk.nodes:  # a lead may be called a teaser
            if node.lead and node.flag == "aside" and headline < node.first <= headline + 6 and _tells(walk, node):
                node.flag = ""
    _settle(walk, only_foreign=True)
    total = _count(walk)
    masses = [node.mass for node in walk.nodes]
    _settle(walk)
    rest = _count(walk)
    if rest * 2 < total:
        _take_back(walk, masses, rest)
        _settle(walk)
        rest = _count(walk)
    if rest < total and _go_on(walk):
        _settle(walk)
        rest = _count(walk)
    _settle_captions(walk, rest)
    for index, block in enumerate(walk.blocks):
        if len(block.text) < 60 and AD_LABEL.match(block.text):
            for node in _upwards(block.node):
                if node.first != index or not _is_small_ad(walk, node):
                    break
                node.advertises = node.tag not in HEADINGS


def _settle_captions(walk: Walk, rest: int) -> None:
    """Takes the mark of a caption from what is only called so and holds text, or picture and text side by side."""
    holders: set[str] = set()
    for node in walk.nodes:
        if node.tag == "figure" and sum(b.is_running for b in walk.blocks[node.first : node.last]) > 3:
            node.caption = False  # a table, or a frame for whatever
        if node.tag in _PICTURES:
            beside = _length(walk, node) + 80
            holders.update(n.names for n in _upwards(node.parent) if n.caption and _length(walk, n) > beside)
        if node.picture and _length(walk, node) < 300 and not _headed(walk, node):
            node.caption = True
    large = [node for node in walk.nodes if node.caption and node.tag not in _PICTURES and node.mass * 3 > rest]
    own = _own_text(walk) if large else Counter()
    for node in walk.nodes:
        if node.caption and node.tag not in _PICTURES and node.names in holders:
            node.caption = False
    for node in large:
        around = [up for up, _ in zip(_upwards(node.parent), range(4), strict=False)]
        node.caption &= any(own[id(up)] > 2 * ENOUGH for up in around)  # a gallery amid a text
    _settle(walk)
    captions = [node for node in walk.nodes if node.caption and not node.outside and not _parent_in_caption(node)]
    told = sum(node.mass for node in captions)
    if told * 2 > rest and rest - told < 2 * ENOUGH:  # a gallery's text stands in its captions
        for node in walk.nodes:
            node.caption = node.in_caption = False


def _headed(walk: Walk, node: Node) -> bool:
    return any(block.tag in HEADINGS for block in walk.blocks[node.first : node.last])


def _is_small_ad(walk: Walk, node: Node) -> bool:
    """Short, or up to 400 characters and linked; the word stands above paragraphs of articles as well."""
    length = _length(walk, node)
    links = sum(block.links for block in walk.blocks[node.first : node.last])
    return length < 150 or (length < 400 and links * 3 > length)


def _length(walk: Walk, node: Node) -> int:
    return sum(len(block.text) for block in walk.blocks[node.first : node.last])


def _tells(walk: Walk, node: Node) -> bool:
    blocks = walk.blocks[node.first : node.last]
    return 0 < len(blocks) < 4 and all(block.is_running for block in blocks)


def _take_back(walk: Walk, masses: list[int], rest: int) -> None:
    """Marks go from what holds the text itself: paragraphs side by side, or most of the page where little is left."""
    own: Counter[int] = Counter()
    for block in walk.blocks:
        if block.is_running:
            holder = block.node.parent if block.tag in _LEAVES and block.node.parent else block.node
            own[id(holder)] += len(block.text)
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for index, node in enumerate(walk.nodes):
        if own[id(node)] > max(ENOUGH, 2 * rest) and not any(map(_is_beside, _upwards(node))):
            for around in _upwards(node):
                around.flag = around.flag if around.flag == "foreign" else ""
        if node.flag in {"aside", "hidden"} and masses[index]:
            groups[f"{node.flag} {node.tag} {node.names}"].append(index)
    for group in groups.values():
        if rest * 10 < masses[0] < 2 * sum(masses[index] for index in group):
            for index in group:
                walk.nodes[index].flag = ""


def _go_on(walk: Walk) -> bool:
    """Takes marks such as `paywall` or `read-more` from what goes on with the text; tells whether there was any.

    That is paragraphs that stand among others, and what holds more paragraphs than stand beside it.
    """
    own = _own_text(walk)
    marked: dict[int, list[Node]] = {}  # by the outermost mark, the marks around a paragraph
    length: Counter[int] = Counter()
    for block in walk.blocks:
        if not block.is_running or block.link_share > 0.2:
            continue
        marks = [up for up in _upwards(block.node) if up.flag]
        if marks and all(mark.flag == "aside" and not mark.apart and mark.tag not in ASIDE_TAGS for mark in marks):
            marked.setdefault(id(marks[-1]), []).extend(marks)
            length[id(marks[-1])] += len(block.text)
    believed: set[tuple[str, str]] = set()
    for ident, marks in marked.items():
        beside = own[id(marks[-1].parent)]
        if beside >= 200 and length[ident] >= (150 if marks[-1].tag == "p" else max(ENOUGH, beside)):
            believed.update((mark.tag, mark.names) for mark in marks)
    for marks in marked.values():
        if all((mark.tag, mark.names) in believed for mark in marks):
            for mark in marks:
                mark.flag = ""
    return bool(believed)


def _own_text(walk: Walk) -> Counter[int]:
    """By the id of a node, the length of the paragraphs directly in it; what is outside the article has none."""
    own: Counter[int] = Counter()
    for block in walk.blocks:
        if block.is_running and not block.node.outside and block.link_share <= 0.2:
            own[id(block.node.parent if block.tag in _LEAVES else block.node)] += len(block.text)
    return own


def _is_beside(node: Node) -> bool:
    return node.flag != "" and (node.tag in ASIDE_TAGS or bool(_BESIDE.search(node.names)))


def find_scope(walk: Walk, headline: int | None) -> Node:
    """The smallest element around the headline that holds a text below it; the whole page where there is no headline.

    Pages go on with the next article, or stand in a frame of other texts: what is outside that element is not this one.
    """
    if headline is not None:
        for node in _upwards(walk.blocks[headline].node):
            below = [block for block in walk.blocks[headline + 1 : node.last] if _is_paragraph(block)]
            if len(below) >= 3 and sum(len(block.text) for block in below) >= ENOUGH:
                scope = _with_the_like(walk, node, walk.blocks[headline].tag)
                return _continued(walk, scope, walk.blocks[headline].node, below)
    return walk.nodes[0]


def _continued(walk: Walk, scope: Node, headline: Node, told: list[Block]) -> Node:
    """The element around the scope that goes on behind it with paragraphs placed like those in it.

    Texts are cut at pictures and pull quotes. What has a headline like this one is another article.
    """
    placed = {_place(block) for block in told if block.node.parent and block.node.parent.names}
    for outer in _upwards(scope.parent):
        if outer.mass < 1.3 * scope.mass:
            continue
        behind = walk.blocks[scope.last : outer.last]
        alike = sum(len(block.text) for block in behind if _is_paragraph(block) and _place(block) in placed)
        if alike * 2 < outer.mass - scope.mass:
            continue
        if any((b.tag, b.node.names) == (headline.tag, headline.names) for b in behind if not b.node.outside):
            break
        scope = outer
    return scope


def _place(block: Block) -> tuple[str, ...]:
    """How a block stands on the page: the tags and names of the three elements around its own."""
    around = [node for node, _ in zip(_upwards(block.node.parent), range(3), strict=False)]
    return tuple(f"{node.tag} {node.names}" for node in around)


def _with_the_like(walk: Walk, scope: Node, headline_tag: str) -> Node:
    """The element around the scope where it goes on in others of its name, with no headline of their own."""
    while (outer := scope.parent) is not None and scope.tag != "article" and scope.names:
        after = [
            node
            for node in walk.nodes
            if node.parent is outer and node.first >= scope.last and (node.tag, node.names) == (scope.tag, scope.names)
        ]
        if not any(node.mass for node in after) or any(
            block.tag == headline_tag for node in after for block in walk.blocks[node.first : node.last]
        ):
            break
        scope = outer
    return scope


def choose_box(walk: Walk, scope: Node) -> Node | None:
    """The element of the text: one that is named so, if it holds enough; else the smallest that holds most of it."""
    if not scope.mass:
        return None
    inner = [n for n in walk.nodes if scope.first <= n.first and n.last <= scope.last and n.depth >= scope.depth]
    for strength, least in ((2, 0.3), (1, 0.5)):
        named = [node for node in inner if node.body >= strength and node.first < node.last and not node.outside]
        if max((node.mass for node in named), default=0) >= 200:
            best = max(named, key=lambda node: (node.mass, node.depth))
            alike = [node for node in named if (node.tag, node.names) == (best.tag, best.names)]
            if strength == 2 and len(alike) > 1 and best.names:
                best = _common(alike)
            together = _common([best, *(node for node in named if node.mass >= scope.mass * 0.1)])
            if best.mass < 0.75 * scope.mass and together.mass >= max(best.mass * 1.2, least * scope.mass):
                return together
            if best.mass >= least * scope.mass:
                return best if strength == 2 else _narrow(walk, best, 0.9)
    return _narrow(walk, scope, 0.8)


def find_posts(walk: Walk, box: Node) -> list[int]:
    """Where posts begin (indices of blocks) in a box that is a row of them: elements of one name side by side that hold
    most of its text, each with a heading or a time; empty in an article.
    """
    rows: defaultdict[tuple[int, str, str], list[Node]] = defaultdict(list)
    for node in walk.nodes:
        if box.first <= node.first and node.last <= box.last and node.parent and node.tag not in _LEAVES and node.mass:
            rows[id(node.parent), node.tag, node.names].append(node)
    row = max(rows.values(), key=lambda nodes: sum(node.mass for node in nodes) * (len(nodes) > 2), default=[])
    if len(row) < 3 or sum(node.mass for node in row) * 10 < box.mass * 6:
        return []
    headed = sum(any(b.tag in HEADINGS for b in walk.blocks[n.first : n.last]) for n in row)
    return [node.first for node in row] if headed * 2 > len(row) else []


def teaser_rows(walk: Walk, box: Node) -> list[Node]:
    """Elements of one name side by side in the box, three or more, each little more than a link: other stories."""
    if sum(map(_is_linked_line, walk.blocks[box.first : box.last])) < 3:
        return []
    rows: defaultdict[tuple[int, str, str], list[Node]] = defaultdict(list)
    for node in walk.nodes:
        if box.first <= node.first < node.last <= box.last and node.parent and node.tag != "p":
            rows[id(node.parent), node.tag, node.names].append(node)
    return [
        node
        for row in rows.values()
        if len(row) > 2
        and sum(node.mass for node in row) * 3 < box.mass
        and sum(_is_teaser(walk, node) for node in row) * 5 >= len(row) * 4
        for node in row
    ]


def _is_teaser(walk: Walk, node: Node) -> bool:
    blocks = walk.blocks[node.first : node.last]
    return len(blocks) > 1 and any(map(_is_linked_line, blocks)) and sum(len(block.text) for block in blocks) < 350


def _is_linked_line(block: Block) -> bool:
    return block.links > 15 and block.link_share > 0.9


def above(walk: Walk, box: Node, headline: int | None) -> tuple[list[Block], Node]:
    """The blocks between the headline and the box, and the element that holds both."""
    if headline is None or headline >= box.first:
        return [], box
    return walk.blocks[headline + 1 : box.first], _common([walk.blocks[headline].node, box])


def is_lead(node: Node, top: Node) -> bool:
    """Whether the names between a node and the top say lead, rather than author or something beside the article."""
    current: Node | None = node
    while current is not None and current is not top:
        if current.author:
            return False
        if current.lead:
            return True
        if current.flag:
            return False
        current = current.parent
    return False


def _upwards(node: Node | None) -> Iterator[Node]:
    while node is not None:
        yield node
        node = node.parent


def _parent_in_caption(node: Node) -> bool:
    return node.parent is not None and node.parent.in_caption


def _is_paragraph(block: Block) -> bool:
    return block.is_running and block.tag != "li" and not block.node.outside and not block.node.in_caption


def _settle(walk: Walk, *, only_foreign: bool = False) -> None:
    """Hands `outside` and `in_caption` down from parents to children; nodes stand in document order."""
    for node in walk.nodes:
        parent, flag = node.parent, node.flag
        off = flag == "foreign" if only_foreign else flag != ""
        if parent is None:
            node.outside, node.in_caption = off, node.caption
        else:
            node.outside = off or parent.outside
            node.in_caption = node.caption or parent.in_caption


def _count(walk: Walk) -> int:
    for node in walk.nodes:
        node.mass = 0
    for block in walk.blocks:
        if not block.node.outside and block.is_running:
            up: Node | None = block.node
            length = len(block.text)
            while up is not None:
                up.mass += length
                up = up.parent
    return walk.nodes[0].mass


def _common(nodes: Iterable[Node]) -> Node:
    """The innermost node that holds them all."""
    first, *others = nodes
    for other in others:
        while first is not other and first.parent is not None:
            if first.depth >= other.depth:
                first = first.parent
            else:
                other = other.parent or other  # noqa: PLW2901 - two fingers climb to where they meet
    return first


def _narrow(walk: Walk, box: Node, share: float) -> Node:
    """Goes down as long as one child holds that share of the running text."""
    for node in walk.nodes:  # document order: a child comes after its parent
        if node.parent is box and node.mass >= box.mass * share and node.tag not in _LEAVES:
            box = node
    return box
