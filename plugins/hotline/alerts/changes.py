"""What an outlet changed in a text, from a revision's diff: what went and what came, the words that differ marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, zip_longest

from hotline.alerts.passages import cut
from hotline.alerts.query import CLOSE, OPEN

MOST_CHANGES = 8  # paragraphs, old or new


@dataclass(frozen=True)
class Change:
    """A paragraph that went (`came` false) or came, with marks around the words that differ."""

    came: bool
    text: str


def changes(diff: str) -> list[Change]:
    """The changed paragraphs of a unified diff, at most eight, in order; each old one before what replaced it."""
    lines = [line for line in diff.splitlines() if re.match(r"(?!---|\+\+\+)[+-]\s*\S", line)]
    found = [change for block in _blocks(lines) for change in _paired(*block)]
    return [Change(change.came, cut(change.text)) for change in found[:MOST_CHANGES]]


def _blocks(lines: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Runs of removed lines with the run of added ones behind it."""
    gone: list[str] = []
    for sign, run in groupby(lines, key=lambda line: line[0]):
        texts = [line[1:].strip() for line in run]
        if sign == "-":
            gone = texts
        else:
            yield gone, texts
            gone = []
    if gone:
        yield gone, []


def _paired(gone: Sequence[str], came: Sequence[str]) -> Iterator[Change]:
    for old, new in zip_longest(gone, came):
        if old is None or new is None:
            yield Change(old is None, new if old is None else old)
            continue
        before, after = _compared(old, new)
        yield Change(False, before)
        yield Change(True, after)


def _compared(old: str, new: str) -> tuple[str, str]:
    """Both texts with the words marked that the other does not have."""
    a, b = (re.findall(r"\S+\s*", text.translate({ord(OPEN): None, ord(CLOSE): None})) for text in (old, new))
    before, after = "", ""
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        was, now = "".join(a[a1:a2]), "".join(b[b1:b2])
        before += was if kind == "equal" else _marked(was)
        after += now if kind == "equal" else _marked(now)
    return before, after


def _marked(text: str) -> str:
    words = text.rstrip()
    return f"{OPEN}{words}{CLOSE}{text[len(words) :]}" if words else text
