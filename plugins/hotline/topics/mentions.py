"""Who and what is named in a text: one pass of the automaton, overlaps settled, look-alikes taken out."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from hotline.topics.sentences import Text
from hotline.topics.taxonomy import ANY, KINDS, Entity, Taxonomy, Terms
from hotline.topics.terms import Finder

Role = Literal["name", "lookalike", "bilateral", "interaction", "unrelated", "topic"]
STRENGTH = {"strong": 2.0, "terms": 1.0, "weak": 0.4, "against": -1.0}
"""How much a term counts for its topic, by the list it stands in."""


DEMONYM = 0.5
"""How much `Russian` says next to `Russia`: an athlete has a nationality, too."""


class Owner(NamedTuple):
    """What a term stands for."""

    role: Role
    id: str
    strength: float
    languages: frozenset[str]


class Mention(NamedTuple):
    """A term found, with the sentence (its index) it stands in."""

    field: str
    start: int
    end: int
    sentence: int
    owner: Owner


@dataclass
class Scene:
    """What stands in one sentence."""

    names: list[Mention] = field(default_factory=list)
    topics: list[Mention] = field(default_factory=list)
    bilateral: list[Mention] = field(default_factory=list)
    interaction: list[Mention] = field(default_factory=list)
    unrelated: list[Mention] = field(default_factory=list)


class Spotter:
    """Finds the terms of a taxonomy. Immutable once built."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.entities: dict[str, tuple[str, Entity]] = {
            key: (kind, entity) for group, kind in KINDS.items() for key, entity in getattr(taxonomy, group).items()
        }
        for key, party in taxonomy.parties.items():
            entity = Entity(name=party.title, party=key, wikidata=party.wikidata, terms=party.terms)
            self.entities[key] = ("country", entity)
        self._mutes = {str(number): lookalike.mutes for number, lookalike in enumerate(taxonomy.lookalikes)}
        self._finder = Finder(self._terms(taxonomy))

    def _terms(self, taxonomy: Taxonomy) -> Iterator[tuple[str, Owner]]:
        for key, (_, entity) in self.entities.items():
            yield from _owned(entity.terms, "name", key)
            for topic in entity.topics:
                yield from _owned(entity.terms, "topic", topic)
        for key, party in taxonomy.parties.items():
            yield from _owned(party.demonyms, "name", key, DEMONYM)
        for number, lookalike in enumerate(taxonomy.lookalikes):
            yield from _owned(lookalike.terms, "lookalike", str(number))
        yield from _owned(taxonomy.bilateral, "bilateral", "")
        yield from _owned(taxonomy.interaction, "interaction", "")
        yield from _owned(taxonomy.unrelated, "unrelated", "")
        for key, subject in taxonomy.topics.items():
            for group, strength in STRENGTH.items():
                yield from _owned(getattr(subject, group), "topic", key, strength)

    def scenes(self, text: Text, language: str | None) -> list[Scene]:
        """What stands in each sentence of `text`. Topic words of other languages than `language` are left out."""
        found = list(self._mentions(text, language))
        taken = _settle([m for m in found if m.owner.role in ("name", "lookalike")])
        blocked = [m for m in taken if m.owner.role == "lookalike"]
        muted = {name for m in blocked for name in self._mutes[m.owner.id]}
        scenes = [Scene() for _ in text.sentences]
        for mention in taken:
            if mention.owner.role == "name" and mention.owner.id not in muted:
                scenes[mention.sentence].names.append(mention)
        for role, shelf in _SHELF.items():
            spans = [m for m in found if m.owner.role == role and not _covered(m, blocked)]
            for mention in _longest(spans):
                getattr(scenes[mention.sentence], shelf).append(mention)
        return scenes

    def spans(self, text: Text) -> list[tuple[int, int]]:
        """Where any term stands, look-alikes and all languages included."""
        return [(mention.start, mention.end) for mention in self._mentions(text, None)]

    def _mentions(self, text: Text, language: str | None) -> Iterator[Mention]:
        first = 0
        for name, content in text.fields.items():
            starts = [s.start for s in text.sentences if s.field == name]
            for start, end, owner in self._finder.find(content):
                assert isinstance(owner, Owner)
                if language and owner.role == "topic" and not owner.languages & {ANY, language}:
                    continue
                index = first + max(bisect_right(starts, start) - 1, 0)
                yield Mention(name, start, end, index, owner)
            first += len(starts)


_SHELF = {"topic": "topics", "bilateral": "bilateral", "interaction": "interaction", "unrelated": "unrelated"}


def _owned(terms: Terms, role: Role, key: str, strength: float = 1.0) -> Iterator[tuple[str, Owner]]:
    """Each term once, with all the languages that have it."""
    languages: dict[str, set[str]] = defaultdict(set)
    for language, words in terms.items():
        for word in words:
            languages[word].add(language)
    for word, spoken in languages.items():
        yield word, Owner(role, key, strength, frozenset(spoken))


def _settle(mentions: list[Mention]) -> list[Mention]:
    """Of overlapping names the longest stays: `Washington Post` is not Washington."""
    taken: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.field, m.start, -m.end, m.owner.role != "lookalike")):
        if taken and taken[-1].field == mention.field and mention.start < taken[-1].end:
            if mention.end - mention.start > taken[-1].end - taken[-1].start:
                taken[-1] = mention
            continue
        taken.append(mention)
    return sorted(taken, key=lambda m: (m.sentence, m.start))


def _longest(mentions: list[Mention]) -> list[Mention]:
    """Of terms of one owner that overlap, one stays.

    Of the same words what says the most, of words within others the longer; where two share only a part, the first,
    unless both speak for the topic and the second does so more.
    """
    kept: list[Mention] = []
    last: dict[str, int] = {}
    for mention in sorted(mentions, key=lambda m: (m.sentence, m.start, -m.end, -m.owner.strength)):
        place = last.get(mention.owner.id)
        if place is not None and kept[place].field == mention.field and mention.start < kept[place].end:
            before = kept[place]
            if mention.end > before.end and 0 < before.owner.strength < mention.owner.strength:
                kept[place] = mention
            continue
        last[mention.owner.id] = len(kept)
        kept.append(mention)
    return kept


def _covered(mention: Mention, by: list[Mention]) -> bool:
    return any(b.field == mention.field and b.start <= mention.start and mention.end <= b.end for b in by)
