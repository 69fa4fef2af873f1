"""Words of a text, stemmed, and names in a form that Latin and Cyrillic spellings share."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import Stemmer

_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_SEPARATOR = re.compile("[.,:]")
_STEMMERS = {
    "de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian", "nl": "dutch",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_CYRILLIC = re.compile("[а-яёіїєґў]")
# A stemmer takes Вересов for a plural. Vowels are not heard anyway; Артём and Ким have no ending.
_ENDING = re.compile("(?:(?<=[а-яё]{3})(?:ым|ом|ых|ого|ому)|(?<=[а-яё]{4})ем|(?<=ск)им)$")
_SENTENCE_END = frozenset(".!?…\n")


class Word(NamedTuple):
    """A word of a text."""

    stem: str
    text: str  # as written
    position: int  # counted in words
    is_name: bool  # written with a capital inside a sentence
    is_number: bool


@lru_cache(maxsize=16)
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name)


@lru_cache(maxsize=200_000)
def stems(word: str, language: str | None) -> tuple[str, ...]:
    """The stems of a written word: one, or one for each part of a compound with hyphens.

    A Cyrillic word is stemmed as Russian and a Latin one by the article's language (English where that is not
    written in Latin), since an English text may quote a Russian word and the other way round.
    """
    if word[0].isdigit():
        return (_SEPARATOR.sub("_", word),)  # 9,1 is 9.1; a dot would be a path in Elasticsearch
    found = []
    for part in word.lower().replace("ё", "е").replace("’", "'").split("-"):
        bare = part[:-2] if part.endswith("'s") else part
        name = "russian" if _CYRILLIC.search(bare) else _STEMMERS.get(language or "en", "english")
        found.append(_stemmer(name).stemWord(bare))
    return tuple(found)


def words(text: str, language: str | None, *, limit: int = 1000, headline: bool = False) -> Iterator[Word]:
    """The first `limit` words of a text. In a headline capitals do not mark names."""
    for position, match in enumerate(_WORD.finditer(text)):
        if position == limit:
            return
        written = match.group()
        first = written[0]
        name = not headline and first.isupper() and not _opens_sentence(text, match.start())
        for stem in _counting(written, language):
            yield Word(stem, written, position, name, first.isdigit())


def all_stems(text: str, language: str | None, *, limit: int) -> list[str]:
    """The stems of `words`, where nothing else is asked: in a third of the time."""
    return [stem for written in _WORD.findall(text)[:limit] for stem in _counting(written, language)]


@lru_cache(maxsize=200_000)
def _counting(written: str, language: str | None) -> tuple[str, ...]:
    """Its stems without single letters."""
    return tuple(stem for stem in stems(written, language) if written[0].isdigit() or len(stem) > 1)


def _opens_sentence(text: str, start: int) -> bool:
    """True when nothing but quotes, brackets and dashes stands between the word and the sentence before."""
    before = start - 1
    while before >= 0 and text[before] in " \t\"“”«»„‘’'([—–-":
        before -= 1
    return before < 0 or text[before] in _SENTENCE_END


_LATIN = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "j", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu",
    "я": "ia", "і": "i", "ї": "i", "є": "e", "ґ": "g", "ў": "u",
})  # fmt: skip
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("dzh|dj", "j"), ("shch|sch|tch|ch", "ç"), ("sh", "š"), ("zh", "j"), ("kh", "h"), ("ph", "f"), ("ts|tz", "c"),
        ("th", "t"), ("ck", "k"), ("x", "ks"), ("c(?=[eiy])", "s"), ("[cq]", "k"), ("w", "v"), ("g(?=[ei])", "j"),
        ("[aeiouyh]", ""), (r"(.)\1+", r"\1"),
    )
]  # fmt: skip


@lru_cache(maxsize=50_000)
def uninflected(name: str) -> str:
    """A name without the Russian ending that would sound, by which Вересовым and Вересов are one."""
    return _ENDING.sub("", name.lower())


@lru_cache(maxsize=50_000)
def sound(name: str) -> str:
    """The consonants of a name as heard: Trump and Трамп give trmp, Washington and Вашингтон všngtn.

    Empty where fewer than three are left: too many names would then look the same.
    """
    heard = name.lower().translate(_LATIN).replace("’", "").replace("'", "")
    for pattern, replacement in _SOUNDS:
        heard = pattern.sub(replacement, heard)
    return heard if len(heard) >= 3 else ""
