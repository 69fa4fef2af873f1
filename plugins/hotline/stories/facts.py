"""Numbers, names and quotes of an article: what a later report may add to a story."""

import re
from typing import NamedTuple

from hotline.stories.words import sound, stems, uninflected

_OPENING = 1200  # characters of the body that are looked at; further down stands background
_QUOTE = re.compile(r"[“„«\"]([^“”„«»\"]{25,300})[”“»\"]")
_NUMBER = re.compile(r"(?<![\w.,])[$€£₽]?\d+(?:[.,]\d+)*(?:\s?%|\s[^\W\d_]+)?")
_NAME = re.compile(r"(?<![.!?…\n]\s)(?<![.!?…]\s[“„«\"])(?<!^)\b[A-ZА-ЯЁ][\w’'-]+(?:\s[A-ZА-ЯЁ][\w’'-]+)*")
_YEAR = re.compile(r"(?:19|20)\d\d\b")


class Fact(NamedTuple):
    """A number, name or quote."""

    key: str  # normalised: equal for the same fact in other words, within limits
    text: str  # as written


def facts(title: str, body: str) -> list[Fact]:
    """The facts of a headline and the beginning of a body, each once, in the order of the text."""
    found: dict[str, str] = {}
    opening = body[:_OPENING]
    for match in _QUOTE.finditer(opening):
        quote = " ".join(match.group(1).split())
        found.setdefault("q:" + " ".join(stem for word in quote.split()[:8] for stem in _stems(word)), quote)
    for text in (title, opening):
        for match in _NUMBER.finditer(text):
            number = match.group().strip()
            if not _YEAR.match(number):
                found.setdefault("n:" + "".join(re.findall(r"\d", number)), number)
    for match in _NAME.finditer(opening):
        name = " ".join(match.group().split())
        last = name.split()[-1]
        if key := sound(uninflected(last)):
            found.setdefault("p:" + key, name)
    return [Fact(key, text) for key, text in found.items()]


def _stems(word: str) -> tuple[str, ...]:
    bare = word.strip(".,;:!?()[]…—–-’'")
    return stems(bare, None) if bare else ()
