"""Keeping a taxonomy fresh: what it does not know yet, whose term has ended, what a new version would change."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from hotline.topics.mentions import Spotter
from hotline.topics.sentences import read
from hotline.topics.taxonomy import Taxonomy
from schemas.topic import DeskView

_NAME = re.compile(r"(?<![.!?…\n]\s)(?<!^)\b[^\W\d_a-zа-яіїєґ][\w'’-]+(?:\s[^\W\d_a-zа-яіїєґ][\w'’-]+)+", re.MULTILINE)


class Unknown(NamedTuple):
    """A name that the taxonomy lacks, and in how many articles it stands."""

    name: str
    articles: int


@dataclass(frozen=True)
class Change:
    """What two versions of a taxonomy say differently about an article."""

    article: str
    relevance: tuple[int, int]
    lost: list[str]
    gained: list[str]


def unknown_names(
    texts: Iterable[tuple[str, str]], taxonomy: Taxonomy, least: int = 3, most: int = 50
) -> list[Unknown]:
    """Names of two words or more (capitals inside a sentence) frequent in `texts` (title, body) and not known.

    Give it relevant articles and near misses. A name counts once an article; `least` articles make it frequent.
    """
    spotter = Spotter(taxonomy)
    counts: Counter[str] = Counter()
    for title, body in texts:
        text = read(title="", body=f"{title}\n{body}")
        known = [(m.start, m.end) for scene in spotter.scenes(text, None) for m in scene.names]
        names = {
            " ".join(found.group().split())
            for found in _NAME.finditer(text.fields.get("body", ""))
            if not any(start < found.end() and found.start() < end for start, end in known)
        }
        counts.update(names)
    return [Unknown(name, count) for name, count in counts.most_common(most) if count >= least]


def ended_terms(taxonomy: Taxonomy, day: date) -> list[str]:
    """Offices that somebody has held, and nobody holds on `day`: the file needs the successor."""
    offices = {term.office for person in taxonomy.people.values() for term in person.held}
    return sorted(office for office in offices if not taxonomy.holders(office, day))


def compare(old: Mapping[str, DeskView], new: Mapping[str, DeskView]) -> list[Change]:
    """Articles (by id) that the new version judges otherwise, changes of relevance first."""
    changes = []
    for article, before in old.items():
        after = new[article]
        had, has = {match.id for match in before.topics}, {match.id for match in after.topics}
        if before.relevance != after.relevance or had != has:
            grades = (before.relevance, after.relevance)
            changes.append(Change(article, grades, sorted(had - has), sorted(has - had)))
    return sorted(changes, key=lambda change: (change.relevance[0] == change.relevance[1], change.article))
