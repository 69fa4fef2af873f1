"""How well copies are told from other articles, on copies that are made for it: `hotline eval copies`.

An outlet that takes over a wire text writes another headline and byline, cuts, swaps words and passages, adds its
own, or quotes a part. Each article gets such variants at several shares of edited words, from a fixed seed; all of
them go through `cluster_lines` behind the articles themselves. A mark on a variant is right where it names the
variant's article; a mark between two articles of the file counts as wrong, though some are real: they are listed.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hotline.stories.lines import cluster_lines

SHARES = (0.05, 0.15, 0.3, 0.4)
_SENTENCE = re.compile(r"(?<=[.!?…”\"])\s+")
_FEWEST = 25  # words of an article that takes part
_BYLINES = ("By our own correspondent", "Reuters staff", "Photo: archive", "Наш корреспондент", "Фото: архив")


class Text(NamedTuple):
    """An article of the file."""

    title: str
    body: str


class Edit(NamedTuple):
    """What an edit works with: the words, the share of them to change, another article's words, and chance."""

    words: list[str]
    share: float
    others: list[str]
    chance: random.Random

    @property
    def changes(self) -> int:
        """How many words change."""
        return round(len(self.words) * self.share)


def _swapped(edit: Edit) -> list[str]:
    words = list(edit.words)
    for place in edit.chance.sample(range(len(words)), edit.changes):
        words[place] = edit.chance.choice(edit.others)
    return words


def _passages(edit: Edit, put: Callable[[int], list[str]]) -> list[str]:
    """Whole sentences make room for what `put` gives for their length, as long as the share allows."""
    sentences = [sentence.split() for sentence in _SENTENCE.split(" ".join(edit.words))]
    left = edit.changes
    for place in edit.chance.sample(range(len(sentences)), len(sentences)):
        length = len(sentences[place])
        if length <= left:
            left -= length
            sentences[place] = put(length)
    return [word for sentence in sentences for word in sentence]


def _replaced(edit: Edit) -> list[str]:
    return _passages(edit, lambda length: edit.chance.sample(edit.others, min(length, len(edit.others))))


def _dropped(edit: Edit) -> list[str]:
    return _passages(edit, lambda _: [])


def _reordered(edit: Edit) -> list[str]:
    """Sentences in another order, the share of words swapped as well."""
    sentences = _SENTENCE.split(" ".join(edit.words))
    edit.chance.shuffle(sentences)
    return _swapped(edit._replace(words=" ".join(sentences).split()))


def _cut(edit: Edit) -> list[str]:
    return edit.words[: len(edit.words) - edit.changes]


def _framed(edit: Edit) -> list[str]:
    """The whole text, with a beginning or an end of the outlet's own."""
    own = edit.others[: edit.changes]
    return own + edit.words if edit.chance.random() < 0.5 else edit.words + own


def _mixed(edit: Edit) -> list[str]:
    """Half of the share dropped in sentences, half swapped in words."""
    half = edit._replace(share=edit.share / 2)
    return _swapped(half._replace(words=_dropped(half)))


EDITS: dict[str, Callable[[Edit], list[str]]] = {
    "words swapped": _swapped,
    "passages replaced": _replaced,
    "sentences dropped": _dropped,
    "order changed, words swapped": _reordered,
    "cut": _cut,
    "framed": _framed,
    "dropped and swapped": _mixed,
}


class Copies(NamedTuple):
    """Right marks by share and kind of edit, and the wrong ones."""

    found: dict[tuple[float, str], list[bool]]
    wrong: list[tuple[str, str]]  # headlines of marked and named

    def recall(self, most: float, least: float = 0.0) -> float:
        """Share of the variants found, of those with more than `least` and at most `most` edited."""
        hits = [hit for (share, _), list_ in self.found.items() if least < share <= most for hit in list_]
        return sum(hits) / len(hits)

    @property
    def precision(self) -> float:
        """Share of the marks that are right."""
        right = sum(sum(list_) for list_ in self.found.values())
        return right / (right + len(self.wrong))


def measure(texts: Sequence[Text], *, seed: int = 1) -> Copies:
    """Makes one variant of each share and kind for each text, and looks which are marked."""
    chance = random.Random(seed)
    lines: list[dict[str, Any]] = [
        {"id": str(number), "title": text.title, "body": text.body} for number, text in enumerate(texts)
    ]
    for number, text in enumerate(texts):
        for share in SHARES:
            for kind, edit in EDITS.items():
                others = chance.choice(texts)
                body = edit(Edit(text.body.split(), share, others.body.split(), chance))
                title, byline = chance.choice((others.title, text.title)), chance.choice(_BYLINES)
                body_text = f"{byline}\n\n{' '.join(body)}"
                lines.append({"id": f"{number}/{share}/{kind}", "title": title, "body": body_text})
    found: defaultdict[tuple[float, str], list[bool]] = defaultdict(list)
    first: dict[str, str] = {}  # of texts that the file itself has more than once
    wrong = []
    for row in cluster_lines(lines):
        number, *edited = row["id"].split("/")
        named = (row["near_duplicate_of"] or "").split("/")[0]
        if edited:
            found[float(edited[0]), edited[1]].append(named in (number, first.get(number)))
        if named and named not in (number, first.get(number)):
            wrong.append((texts[int(number)].title, texts[int(named)].title))
            if not edited:
                first[number] = named
    return Copies(dict(found), wrong)


def report(files: Iterable[Path], *, most: int = 150, seed: int = 1) -> str:
    """The scores on up to `most` articles of JSON Lines files, for people. Raises ValueError where there are none."""
    texts = list(dict.fromkeys(text for file in files for text in _texts(file)))
    if not texts:
        raise ValueError(
            f"no article with a text of {_FEWEST} words or more; records need `title` and `text` or `body`"
        )
    chosen = random.Random(seed).sample(texts, min(most, len(texts)))
    copies = measure(chosen, seed=seed)
    rows = [f"{'edited':<30}" + "".join(f"{share:>8.0%}" for share in SHARES)]
    for kind in EDITS:
        shares = (sum(copies.found[share, kind]) / len(copies.found[share, kind]) for share in SHARES)
        rows.append(f"{kind:<30}" + "".join(f"{share:8.3f}" for share in shares))
    rows += [
        f"{len(chosen)} articles, {sum(map(len, copies.found.values()))} variants, precision {copies.precision:.4f}",
        f"recall up to 15 % {copies.recall(0.15):.3f}, above it up to 30 % {copies.recall(0.3, 0.15):.3f}",
    ]
    rows += [f"  marked: {one[:70]} | {two[:70]}" for one, two in sorted(set(copies.wrong))]
    return "\n".join(rows)


def _texts(file: Path) -> Iterator[Text]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            for row in (record["a"], record["b"]) if "a" in record else (record,):
                body = row.get("text") or row.get("body") or ""
                if len(body.split()) >= _FEWEST:
                    yield Text(row.get("title") or "", body)
