"""How much a word tells: its inverse document frequency in the language at large, not in our archive.

An archive's own statistics would make the same article land elsewhere on another day; and two documents
alone must be comparable too.
"""

import gzip
import math
from functools import lru_cache
from importlib.resources import files

_WORDS_PER_ARTICLE = 300
_RAREST = 6.0  # -log10 of the share of stems that the table leaves out
_NUMBER = 8.0  # numbers are many; each is fairly rare


@lru_cache(maxsize=1)
def _background() -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    packed = files("hotline.stories").joinpath("background.tsv.gz").read_bytes()
    for line in gzip.decompress(packed).decode().splitlines():
        language, level, stems = line.split("\t")
        table.setdefault(language, {}).update(dict.fromkeys(stems.split(" "), _weight(float(level))))
    return table


def _weight(level: float) -> float:
    """-ln of the probability that an article of 300 words holds a stem whose share is 10 ** -level."""
    return -math.log(-math.expm1(-_WORDS_PER_ARTICLE * 10**-level))


_UNKNOWN = _weight(_RAREST)


@lru_cache(maxsize=200_000)
def rarity(stem: str, language: str | None) -> float:
    """Inverse document frequency of a stem: 0 (in every article) to about 8 (names, numbers, rare words)."""
    if stem[0].isdigit():
        return _NUMBER
    table = _background()
    if "а" <= stem[0] <= "ґ":
        own = table["uk" if language == "uk" else "ru"]
    else:
        own = table.get(language or "en", table["en"])
    return own.get(stem, _UNKNOWN)
