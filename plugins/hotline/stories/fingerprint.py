"""Near-duplicates: the same text in several outlets, lightly edited, cut, or under another headline.

A text becomes the set of pairs of neighbouring telling words (common words are left out, so that texts in one
language do not look alike for their grammar), the set becomes a MinHash, and the MinHash becomes bands: texts
that share a band are candidates. Where the MinHash speaks for a copy, the texts themselves are compared.
"""

import base64
import binascii
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zlib import crc32

import numpy as np
from datasketch import MinHash

from hotline.stories.rarity import rarity
from hotline.stories.words import all_stems
from schemas.article import Article

_PERMUTATIONS = 256
_BANDS = 28  # each is looked up in every segment of the index: what a lookup costs grows with them
_ROWS = 2  # in a band: 28 bands of two find a copy that shares 30 % of its pairs in 93 % of cases
_TELLING = 2.0  # rarity from which a word is part of a pair
_BODY_ENOUGH = 25  # telling words from which the headline, which outlets write themselves, is left out
_ESTIMATE = 0.12  # of the MinHash, from which the texts are compared: below any share that makes a copy
_COMPARED = 6  # texts, the likeliest: if none of them is copied, none is
_COPY = 0.185  # share of common pairs from which one text is a copy of the other
_COPY_SHORT = 0.3  # the same for a text of a sentence, where one common phrase makes a large share
_SHORT, _LONG = 12, 45  # telling words of the shorter text: at most short, and at least long
_WORDS = 0.66  # share of the shorter text's words that the other has as well; a report that quotes the same has fewer
_WHOLE = 0.55  # share of its pairs from which words do not matter: a passage was put in place of another
_NUMBERS, _SAME_NUMBERS = 4, 0.34  # with so many numbers each and fewer in common, two texts only share a template
_CLOSE = 0.6  # of the closest: another article that only quotes the same speech is not the one copied
_LONGEST = 2000  # words


def fingerprint(title: str, body: str) -> tuple[list[str], str]:
    """Bands (keyword terms for the candidate lookup) and the MinHash as base64; both empty without any words."""
    shingles = _shingles(title, body)
    if not shingles:
        return [], ""
    sketch = MinHash(_PERMUTATIONS, hashfunc=crc32, permutations=_permutations(), scheme="affine32")
    sketch.update_batch([shingle.encode() for shingle in shingles])
    values = sketch.hashvalues.astype("<u4")
    bands = [f"{band:02d}-{crc32(values[band * _ROWS : (band + 1) * _ROWS].tobytes()):08x}" for band in range(_BANDS)]
    return bands, base64.b64encode(values.tobytes()).decode()


def similarity(sig_a: str, sig_b: str) -> float:
    """The estimated share of common pairs, 0 to 1. An empty signature is like nothing; a broken one is an error."""
    if not sig_a or not sig_b:
        return 0.0
    return float(np.mean(_values(sig_a) == _values(sig_b)))


@dataclass(frozen=True, slots=True)
class Print:
    """What is known of a placed article when copies of it are looked for."""

    id: str
    timestamp: datetime
    title: str
    body: str
    signature: str
    copy_of: str | None
    story: str | None


def print_of(article: Article) -> Print:
    """What an article is compared by."""
    story = article.story.id if article.story else None
    signature, copied = article.fingerprint.signature, article.near_duplicate_of
    return Print(article.id, article.timestamp, article.title, article.body, signature, copied, story)


def copied(article: Print, candidates: Iterable[Print]) -> list[Print]:
    """Those of the candidates whose text the article copies, or that copy its own, likeliest first.

    The likeliest are compared word by word; most share a band by chance.
    """
    estimates = [(similarity(article.signature, other.signature), other) for other in candidates]
    likely = sorted(
        (pair for pair in estimates if pair[0] >= _ESTIMATE and pair[1].id != article.id),
        key=lambda pair: (-pair[0], pair[1].id),
    )
    return [other for _, other in likely[:_COMPARED] if _shared(article, other)]


def near_duplicate(article: Print, candidates: Iterable[Print]) -> Print | None:
    """The earliest of the candidates whose text the article copies, an original before a copy; None if there is none.

    Candidates share at least one band with the article.
    """
    shares = [(_shared(article, other), other) for other in copied(article, candidates)]
    closest = max((share for share, _ in shares), default=0.0)
    return min(
        (other for share, other in shares if share >= _CLOSE * closest),
        key=lambda other: (other.copy_of is not None, other.timestamp, other.id),
        default=None,
    )


@lru_cache(maxsize=256)
def _shared(one: Print, two: Print) -> float:
    """The share of common pairs of a copy and its original; 0 where neither is a copy of the other."""
    told = [_telling(text.body) for text in (one, two)]
    if min(map(len, told)) < _SHORT:
        told = [_telling(text.title) + _telling(text.body) for text in (one, two)]
    short, long = sorted(told, key=len)
    pairs, others = _pairs(short), _pairs(long)
    common = len(pairs & others)
    share = common / max(len(pairs | others), 1)
    between = min(max((len(short) - _SHORT) / (_LONG - _SHORT), 0.0), 1.0)
    if share < _COPY_SHORT + between * (_COPY - _COPY_SHORT) or _differ_in_numbers(short, long):
        return 0.0
    in_common = (Counter(short) & Counter(long)).total() / len(short)
    return share if in_common >= _WORDS or common >= _WHOLE * len(pairs) else 0.0


def _differ_in_numbers(one: Sequence[str], two: Sequence[str]) -> bool:
    """Weather, exchange rates, results: the words are a template, the numbers are the report."""
    first, second = ({word for word in words if word[0].isdigit()} for words in (one, two))
    fewer = min(len(first), len(second))
    return fewer >= _NUMBERS and len(first & second) < _SAME_NUMBERS * fewer


def _shingles(title: str, body: str) -> set[str]:
    telling = _telling(body)
    if len(telling) < _BODY_ENOUGH:
        telling = _telling(title) + telling
    return _pairs(telling)


def _pairs(telling: Sequence[str]) -> set[str]:
    return {f"{one} {two}" for one, two in pairwise(telling)} or set(telling)


@lru_cache(maxsize=512)  # a text that is copied is compared again and again
def _telling(text: str) -> list[str]:
    return [stem for stem in all_stems(text, None, limit=_LONGEST) if rarity(stem, None) >= _TELLING]


@lru_cache(maxsize=1)
def _permutations() -> Any:
    return MinHash(_PERMUTATIONS, scheme="affine32").permutations


@lru_cache(maxsize=1000)
def _values(signature: str) -> Any:
    try:
        values = np.frombuffer(base64.b64decode(signature, validate=True), dtype="<u4")
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"no fingerprint: {signature[:20]!r}; make it again with fingerprint(title, body)") from error
    if values.size != _PERMUTATIONS:
        raise ValueError(f"fingerprint of {values.size} values instead of {_PERMUTATIONS}; make it again")
    return values
