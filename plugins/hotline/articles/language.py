"""The language of a text, short ones too."""

import re
from functools import lru_cache
from typing import Any

_ENOUGH = 200
"""Characters from which the detector is believed against what feed and page say."""

_SAMPLE = 400
_LETTERS = re.compile(r"[^\W\d_]")
_UKRAINIAN = re.compile(r"[іїєґ]", re.IGNORECASE)
_RUSSIAN = re.compile(r"[ыэъё]", re.IGNORECASE)
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


def detect_language(text: str, *hints: str | None) -> str | None:
    """ISO 639-1 of the text. `hints` are declarations (entry, page, feed), best first.

    A long text decides by itself. A short one is read with the hints as a prior: a hint that the text's script
    does not contradict wins over a detector that has twenty words to go by. None for a text without letters.
    """
    sample = text[:_SAMPLE]
    letters = len(_LETTERS.findall(sample))
    declared = [code for code in map(_code, hints) if code]
    if letters < 3:
        return declared[0] if declared else None
    if letters < 60 and (by_script := _by_script(sample, letters)):
        return by_script
    found = _classify(sample)
    if letters >= _ENOUGH or not declared:
        return found
    return found if found in declared else _fitting(declared, sample, found)


def _fitting(declared: list[str], sample: str, found: str) -> str:
    cyrillic = bool(_CYRILLIC.search(sample))
    slavic = {"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt"}
    return next((code for code in declared if (code in slavic) == cyrillic or code == "sr"), found)


def _by_script(sample: str, letters: int) -> str | None:
    """Cyrillic of a few words: Ukrainian and Russian each have letters that the other lacks."""
    if len(_CYRILLIC.findall(sample)) < letters * 0.6:
        return None
    if _UKRAINIAN.search(sample):
        return None if _RUSSIAN.search(sample) else "uk"
    return "ru" if _RUSSIAN.search(sample) else None


def _classify(sample: str) -> str:
    code, _ = _detector().classify(sample)
    return "no" if code in {"nb", "nn"} else str(code)


@lru_cache(maxsize=1)
def _detector() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


def _code(hint: str | None) -> str | None:
    code = re.split(r"[-_]", hint.strip().lower())[0] if hint else ""
    return code if re.fullmatch(r"[a-z]{2}", code) else None
