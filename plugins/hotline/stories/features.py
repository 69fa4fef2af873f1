"""What an article is about, as weighted terms.

Two sets, each of length 1 at most: `words` (stems, numbers and days) compares articles of one language, `signals`
(names by their sound, numbers, days and known entities) compares articles of different languages.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from hotline.stories.days import days
from hotline.stories.rarity import rarity
from hotline.stories.words import Word, sound, uninflected, words

_FADE = 120  # words after which a word of the body counts e times less
_FLOOR = 0.1  # but never less than this
_HEADLINE = 2.0
_NAME = 1.3
_RARITY_POWER = 0.65  # tames the rarest words, which are often slips and oddities of one outlet
_LONGEST = 700  # words of the body
_COUNTS = [max(math.exp(-position / _FADE), _FLOOR) for position in range(_LONGEST)]
_MOST = 200  # terms kept
_UNSEEN = 30.0  # squared weight added to the length: a text of ten words must not look certain
_OUTLET = re.compile(r"\s[-|]\s\w[\w.]*(?:\s[\w.]+){0,2}$")  # “… - Reuters” behind a headline
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")
_AGENCIES = frozenset(
    ("reuter", "afp", "tass", "interfax", "upi", "рейтер", "тасс", "интерфакс", "афп")
)  # who says it, not what


@dataclass(frozen=True, slots=True)
class Features:
    """An article's terms with their weights, each set of Euclidean length below 1."""

    language: str
    words: dict[str, float]
    signals: dict[str, float]
    days: frozenset[str]
    names: frozenset[str] = frozenset()  # those of the words that are names


@lru_cache(maxsize=256)  # an article's are needed for the candidate search and for the decision
def features(
    title: str, body: str, language: str | None, published_at: datetime | None, entities: tuple[str, ...] = ()
) -> Features:
    """The terms of an article. `entities` are ids of known entities; `published_at` resolves “on Monday”."""
    counted: defaultdict[str, float] = defaultdict(float)
    heard: defaultdict[str, float] = defaultdict(float)
    names: set[str] = set()
    for word, counts in _counted(title, body, language):
        counted[word.stem] += counts
        if word.is_name:
            names.add(word.stem)
            if known := sound(uninflected(word.text)):
                heard["~" + known] += counts
        elif word.is_number:
            heard[word.stem] += counts
    opening = f"{title}\n{' '.join(body.split()[:100])}"
    mentioned = days(opening, published_at)
    weights = {
        stem: _weight(rarity(stem, language) ** _RARITY_POWER * (_NAME if stem in names else 1.0), counts)
        for stem, counts in counted.items()
    }
    signals = {term: _weight(5.0, counts) for term, counts in heard.items()}
    signals |= {"@" + entity: _weight(5.0, 1.0) for entity in entities}
    spoken = (language or _guessed(opening)).lower()[:2]
    kept = _unit(weights)
    return Features(spoken, kept, _unit(signals), mentioned, frozenset(names & kept.keys()))


def _guessed(text: str) -> str:
    """Where nobody says what language it is: Russian for most Cyrillic letters, else English."""
    letters = [letter for letter in text if letter.isalpha()]
    return "ru" if 2 * sum("Ѐ" <= letter <= "ӿ" for letter in letters) > len(letters) else "en"


def _counted(title: str, body: str, language: str | None) -> Iterable[tuple[Word, float]]:
    for word in words(_OUTLET.sub("", title), language, headline=True):
        yield word, _HEADLINE
    for word in words(_ADDRESS.sub(" ", body), language, limit=_LONGEST):
        if word.stem not in _AGENCIES:
            yield word, _COUNTS[word.position]


def _weight(tells: float, counts: float) -> float:
    return tells * math.log1p(counts)


def _unit(weights: dict[str, float]) -> dict[str, float]:
    strongest = sorted(weights.items(), key=lambda term: (-term[1], term[0]))[:_MOST]
    length = math.sqrt(sum(weight * weight for _, weight in strongest) + _UNSEEN)
    return {term: weight / length for term, weight in strongest if weight > 0}
