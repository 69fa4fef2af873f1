"""How a term of the taxonomy is written, and finding all of them in one pass.

A term is a word or a phrase. `*` stands for the rest of a word (``санкци*``, ``nuclear weapon*``), ` … ` for up to
four words between two parts (``impos* … sanctions``). A part that begins with a capital letter is found only where the
text has a capital there too (``Rice``), a term all in capitals only in capitals (``RT``), anything else in any case.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

import ahocorasick

_ALIKE = {
    "'": "\u2019\u2018\u02bc`",
    " ": "\u00a0\u202f\t\n",
    "-": "\u2010\u2011\u2013\u2014",
    "I": "\u0130",
    "\u0435": "\u0451",
    "\u0415": "\u0401",
}
_FOLDS = [(other, plain) for plain, others in _ALIKE.items() for other in others]
# Up to four words (`U.S.` is one) within a sentence and a line.
_GAP = r"(?:[^\w.!?;\n]+(?:(?:\w\.){2,}|\w[\w'-]*)){0,4}?[^\w.!?;\n]+"
_SPAN = 300  # letters that the rest of a term may take


class Found(NamedTuple):
    """One occurrence of a term."""

    start: int
    end: int
    owner: Hashable


class _Pattern(NamedTuple):
    capital: bool  # first letter must be a capital
    shout: bool  # every letter must be a capital
    tail: str | None  # an expression for what must follow the anchor; None: nothing
    needs: str  # a part that must come within _SPAN: looked for before the expression is tried
    owner: Hashable


def fold(text: str) -> str:
    """Case and typography made equal, character by character, so that offsets hold."""
    return _lower(_plain(text))


def _lower(plain: str) -> str:
    lowered = plain.lower()
    return lowered if len(lowered) == len(plain) else "".join(c.lower()[:1] for c in plain)


def _plain(text: str) -> str:
    for other, plain in _FOLDS:  # ten times as fast as str.translate: most of them do not occur
        text = text.replace(other, plain)
    return text


class Finder:
    """All terms in one Aho-Corasick automaton: the cost is that of the text and of what occurs in it."""

    def __init__(self, terms: Iterable[tuple[str, Hashable]]) -> None:
        anchors: dict[str, list[_Pattern]] = defaultdict(list)
        for term, owner in terms:
            anchor, pattern = _compile(term, owner)
            anchors[anchor].append(pattern)
        self._automaton = ahocorasick.Automaton()
        for anchor, patterns in anchors.items():
            self._automaton.add_word(anchor, (len(anchor), tuple(patterns)))
        self._automaton.make_automaton()
        self._empty = not anchors

    def find(self, text: str) -> Iterator[Found]:
        """Every occurrence, overlapping ones included, in the order of their anchors' ends."""
        if self._empty:
            return
        low = fold(text)
        size = len(low)
        for last, (length, patterns) in self._automaton.iter(low):
            start, end = last - length + 1, last + 1
            if start and low[start - 1].isalnum() and _joined(low[start - 1], low[start]):
                continue
            is_capital = text[start].isupper()
            is_shout = text[start:end].isupper()
            for capital, shout, tail, needs, owner in patterns:
                if (capital and not is_capital) or (shout and not is_shout):
                    continue
                if tail is None:
                    if end == size or not low[end].isalnum() or not _joined(low[end - 1], low[end]):
                        yield Found(start, end, owner)
                elif not needs or low.find(needs, end, end + _SPAN) >= 0:
                    match = _expression(tail).match(low, end)
                    if match:
                        yield Found(start, match.end(), owner)


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word: Chinese and Japanese are written without spaces."""
    return left < "\u3040" and right < "\u3040"


def _compile(term: str, owner: Hashable) -> tuple[str, _Pattern]:
    text = " ".join(_plain(term).split())
    if not text.strip("*…. "):
        raise ValueError(f"{term!r} is no term: it needs at least one word")
    capital = text[0].isupper()
    shout = text.isupper() and sum(c.isalpha() for c in text) > 1
    low = _lower(text)
    cut = min((i for i in (low.find("*"), low.find(" …")) if i >= 0), default=len(low))
    anchor, rest = low[:cut], low[cut:]
    if not rest:
        return anchor, _Pattern(capital, shout, None, "", owner)
    pieces = []
    parts = re.split(r"(\*| … )", rest)
    for piece in parts:
        if piece == "*":
            pieces.append(r"[\w]*(?:'(?!s\b)\w+)?")
        elif piece == " … ":
            pieces.append(_GAP)
        else:
            pieces.append(re.escape(piece))
    needs = max((piece for piece in parts if piece not in ("*", " … ")), key=len)
    return anchor, _Pattern(capital, shout, "".join(pieces) + r"(?!\w)", needs, owner)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """Compiled when first needed: most of a taxonomy's are not in days, and `re` itself remembers only 512."""
    return re.compile(pattern)
