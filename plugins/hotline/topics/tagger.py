"""How much an article bears on the desk's two parties, which topics it touches, and the words that say so."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from hotline.topics import weights
from hotline.topics.mentions import Mention, Spotter
from hotline.topics.sentences import read
from hotline.topics.signs import Stage, relevance_signs, stage
from hotline.topics.subjects import topic_signs
from hotline.topics.taxonomy import Taxonomy
from schemas.topic import DeskView, EntityMatch, Evidence, TopicMatch

GIVEN = 0.5
"""The score from which an article is relevant and a topic is given."""
MOST_EVIDENCE = 12
"""Spans kept for relevance and for each topic, heaviest first."""


class Tagger:
    """Applies a taxonomy. Immutable once built, so threads may share it."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self._spotter = Spotter(taxonomy)
        self._weights = weights.of(taxonomy.weights)
        first, second = taxonomy.parties
        self._parties = (first, second)

    def tag(
        self,
        *,
        title: str,
        body: str,
        subtitle: str = "",
        key_points: Sequence[str] = (),
        language: str | None = None,
        published_at: datetime | None = None,
        url: str | None = None,  # noqa: ARG002 - part of the contract; nothing is decided by an address
    ) -> DeskView:
        """What the desk thinks of an article.

        `published_at` decides who held an office; without it no holder is named. Evidence of `key_points` counts
        characters in the points joined by line breaks.
        """
        seen = self.look(title=title, body=body, subtitle=subtitle, key_points=key_points, language=language)
        signs = relevance_signs(seen)
        score = weights.decide(self._weights.relevance, signs) if len(self.named(seen)) == len(self._parties) else 0.0
        relevance = 0
        if score >= GIVEN:
            relevance = 2 if weights.decide(self._weights.central, signs) >= GIVEN else 1
        return DeskView(
            relevance=relevance,
            score=round(score, 4),
            evidence=self._relevance_evidence(seen),
            topics=self.weigh(seen, GIVEN) if relevance else [],
            entities=self._entities(seen, published_at.date() if published_at else None),
            taxonomy=self.taxonomy.version,
        )

    def look(
        self, *, title: str, body: str, subtitle: str = "", key_points: Sequence[str] = (), language: str | None = None
    ) -> Stage:
        """Everything found in an article, before any decision."""
        text = read(title=title, body=body, subtitle=subtitle, key_points=key_points)
        return stage(text, self._spotter.scenes(text, language), self._spotter.entities, self._parties)

    def weigh(self, seen: Stage, least: float) -> list[TopicMatch]:
        """The topics with a score of `least` or more, surest first. Says nothing about relevance."""
        matches = []
        for topic, signs in topic_signs(seen, self.taxonomy.topics).items():
            bias = self._weights.topic_bias.get(topic, 0.0)
            score = weights.decide(self._weights.topics, signs, bias)
            if score >= least:
                matches.append(TopicMatch(id=topic, score=round(score, 4), evidence=_topic_evidence(seen, topic)))
        return sorted(matches, key=lambda match: (-match.score, match.id))

    def reasons(self, seen: Stage) -> list[tuple[str, float]]:
        """What each sign adds to or takes from the log odds of relevance, strongest first."""
        signs, learned = relevance_signs(seen), self._weights.relevance
        counted = [(name, round(learned.get(name, 0.0) * value, 2)) for name, value in signs.items()]
        return sorted((reason for reason in counted if reason[1]), key=lambda reason: -abs(reason[1]))

    def named(self, seen: Stage) -> list[str]:
        """The titles of the parties that are named at all."""
        counts = [sum(m.left for m in seen.meetings), sum(m.right for m in seen.meetings)]
        return [party.title for party, count in zip(self.taxonomy.parties.values(), counts, strict=True) if count]

    def _relevance_evidence(self, seen: Stage) -> list[Evidence]:
        spans: list[_Span] = []
        for scene, meeting, sentence in zip(seen.scenes, seen.meetings, seen.text.sentences, strict=True):
            place = 2.0 if sentence.field == "title" else 1.0
            if not meeting.both and sentence.field != "title":
                continue
            spans += [
                (place * (meeting.both or 0.5), mention)
                for mention in scene.names
                if self._spotter.entities[mention.owner.id][1].party in self._parties
            ]
            spans += [(1.5 * place, mention) for mention in scene.bilateral]
            spans += [(0.5 * place, mention) for mention in scene.interaction if meeting.acts]
        return _heaviest(seen, spans)

    def _entities(self, seen: Stage, day: date | None) -> list[EntityMatch]:
        counts = Counter(mention.owner.id for scene in seen.scenes for mention in scene.names)
        for office in [key for key in counts if key in self.taxonomy.offices]:
            for holder in self.taxonomy.holders(office, day) if day else ():
                counts[holder] += counts[office]
        entities = self._spotter.entities
        return [
            EntityMatch(
                id=key,
                name=entities[key][1].name,
                kind=entities[key][0],
                party=entities[key][1].party,
                wikidata=entities[key][1].wikidata,
                count=count,
            )
            for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        ]


type _Span = tuple[float, Mention]


def _topic_evidence(seen: Stage, topic: str) -> list[Evidence]:
    spans: list[_Span] = []
    for scene, meeting, sentence in zip(seen.scenes, seen.meetings, seen.text.sentences, strict=True):
        place = 2.0 if sentence.field == "title" else 1.0 if meeting.both else 0.3
        spans += [(place * m.owner.strength, m) for m in scene.topics if m.owner.id == topic]
    return _heaviest(seen, spans)


_ORDER = {"title": 0, "subtitle": 1, "key_points": 2, "body": 3}


def _heaviest(seen: Stage, spans: list[_Span]) -> list[Evidence]:
    best = sorted(spans, key=lambda span: -abs(span[0]))[:MOST_EVIDENCE]
    return [
        Evidence(
            field=mention.field,
            start=mention.start,
            end=mention.end,
            text=seen.text.fields[mention.field][mention.start : mention.end],
            weight=round(weight, 3),
        )
        for weight, mention in sorted(best, key=lambda span: (_ORDER[span[1].field], span[1].start))
    ]
