"""Keeping a taxonomy fresh: what it does not know yet, whose term has ended, what a new version would change."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from hotline.topics.lines import view_of
from hotline.topics.mentions import Spotter
from hotline.topics.sentences import read
from hotline.topics.tagger import Tagger
from hotline.topics.taxonomy import Taxonomy
from schemas.topic import DeskView

NEAR_MISS = 0.1
"""The score from which an article that is not relevant is a near miss."""
_LEAST = 3  # articles that make a name or a phrase frequent
_MOST = 30  # of each that a report shows
_COMMON = 0.2  # words in more of the articles than that say nothing about a few of them

_NAME = re.compile(r"(?<![.!?…\n]\s)(?<!^)\b[^\W\d_a-zа-яіїєґ][\w'’-]+(?:\s[^\W\d_a-zа-яіїєґ][\w'’-]+)+", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")


class Unknown(NamedTuple):
    """A name or phrase that the taxonomy lacks, and in how many articles it stands."""

    name: str
    articles: int


@dataclass(frozen=True)
class Change:
    """What two versions of a taxonomy say differently about an article."""

    article: str
    relevance: tuple[int, int]
    lost: list[str]
    gained: list[str]


def review(records: Iterable[dict[str, Any]], tagger: Tagger, day: date) -> str:
    """The report on articles (records of `hotline tag`): what relevant ones and near misses say that the file lacks."""
    texts: list[tuple[str, str]] = []
    articles = relevant = 0
    for record in records:
        view = view_of(record, tagger)
        articles += 1
        relevant += view.relevance > 0
        if view.relevance or view.score >= NEAR_MISS:
            texts.append((record.get("title") or "", record.get("body") or ""))
    taxonomy = tagger.taxonomy
    near = len(texts) - relevant
    lines = [f"{articles} articles, {relevant} relevant, {near} near misses; taxonomy {taxonomy.version}", ""]
    lines += _listed("Names it does not know, by articles", unknown_names(texts, taxonomy))
    lines += _listed("Phrases it does not know, by articles", unknown_phrases(texts, taxonomy))
    ended = ended_terms(taxonomy, day)
    lines += [f"Offices without a holder on {day:%d %B %Y}: " + (", ".join(ended) or "none")]
    return "\n".join(lines)


def comparison(records: Iterable[dict[str, Any]], old: Tagger, new: Tagger) -> str:
    """What the articles (records of `hotline tag`) would be under another version: counts, then each change."""
    titles: dict[str, str] = {}
    before: dict[str, DeskView] = {}
    after: dict[str, DeskView] = {}
    for record in records:
        identity = str(record.get("id"))
        titles[identity] = record.get("title") or ""
        before[identity], after[identity] = view_of(record, old), view_of(record, new)
    changes = compare(before, after)
    lines = [
        f"{len(titles)} articles, {len(changes)} would change",
        f"taxonomy {old.taxonomy.version} → {new.taxonomy.version}",
        f"relevant: {_relevant(before)} → {_relevant(after)}",
    ]
    for topic in dict.fromkeys([*old.taxonomy.topics, *new.taxonomy.topics]):
        lost, gained = (sum(topic in getattr(change, way) for change in changes) for way in ("lost", "gained"))
        if lost or gained:
            lines.append(f"{topic}: {gained} gained, {lost} lost")
    for change in changes:
        grades = "relevance {} → {}".format(*change.relevance) if change.relevance[0] != change.relevance[1] else ""
        topics = [f"−{topic}" for topic in change.lost] + [f"+{topic}" for topic in change.gained]
        lines.append("  ".join(filter(None, [change.article, titles[change.article], grades, " ".join(topics)])))
    return "\n".join(lines)


def unknown_names(texts: Iterable[tuple[str, str]], taxonomy: Taxonomy) -> list[Unknown]:
    """Names of two words or more (capitals inside a sentence) frequent in `texts` (title, body) and not known.

    Give it relevant articles and near misses. A name counts once an article.
    """
    counts: Counter[str] = Counter()
    for body, known in _spotted(texts, Spotter(taxonomy)):
        counts.update({" ".join(found.group().split()) for found in _NAME.finditer(body) if _free(found.span(), known)})
    return _frequent(counts)


def unknown_phrases(texts: Iterable[tuple[str, str]], taxonomy: Taxonomy) -> list[Unknown]:
    """Pairs of words frequent in `texts` (title, body) in which no term of the taxonomy stands; names are left out."""
    articles: list[set[tuple[str, str]]] = []
    words: Counter[str] = Counter()
    for body, known in _spotted(texts, Spotter(taxonomy)):
        found = list(_WORD.finditer(body))
        words.update({word.group().lower() for word in found})
        articles.append(
            {
                (one.group(), two.group())
                for one, two in pairwise(found)
                if body[one.end() : two.start()] == " " and _free((one.start(), two.end()), known)
            }
        )
    common = max(len(articles) * _COMMON, _LEAST + 1)
    counts = Counter(
        " ".join(pair)
        for pairs in articles
        for pair in pairs
        if all(word.islower() and len(word) > 2 and words[word] <= common for word in pair)
    )
    return _frequent(counts)


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


def _spotted(texts: Iterable[tuple[str, str]], spotter: Spotter) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Each text with the places of the terms that are known."""
    for title, body in texts:
        text = read(title="", body=f"{title}\n{body}")
        yield text.fields.get("body", ""), spotter.spans(text)


def _free(span: tuple[int, int], known: list[tuple[int, int]]) -> bool:
    return not any(start < span[1] and span[0] < end for start, end in known)


def _frequent(counts: Counter[str]) -> list[Unknown]:
    return [Unknown(name, count) for name, count in counts.most_common(_MOST) if count >= _LEAST]


def _listed(heading: str, found: list[Unknown]) -> list[str]:
    return [f"{heading}:", *(f"{count:6}  {name}" for name, count in found), *([] if found else ["  none"]), ""]


def _relevant(views: Mapping[str, DeskView]) -> int:
    return sum(view.relevance > 0 for view in views.values())
