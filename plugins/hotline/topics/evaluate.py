"""How well the tagger does on labelled articles: precision, recall and F1, and the worst mistakes."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotline.topics.lines import explain, texts, view_of
from hotline.topics.tagger import GIVEN, Tagger
from hotline.topics.taxonomy import load_taxonomy
from schemas.topic import DeskView

_OTHER_NAMES = {"text": "body", "lang": "language", "published": "published_at"}


@dataclass
class Score:
    """Counts of right and wrong decisions."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    def count(self, *, given: bool, right: bool) -> None:
        """Add one decision."""
        self.hits += given and right
        self.false += given and not right
        self.missed += right and not given

    @property
    def precision(self) -> float:
        """Share of what was given that is right; 0 where nothing was given."""
        return self.hits / (self.hits + self.false) if self.hits else 0.0

    @property
    def recall(self) -> float:
        """Share of what is right that was given; 0 where there was nothing to give."""
        return self.hits / (self.hits + self.missed) if self.hits else 0.0

    @property
    def f1(self) -> float:
        """2·hits / (2·hits + false + missed); 0 without hits."""
        return 2 * self.hits / (2 * self.hits + self.false + self.missed) if self.hits else 0.0


@dataclass
class Scores:
    """The scores of a whole set."""

    relevance: Score = field(default_factory=Score)
    exact: int = 0  # articles whose grade (0, 1, 2) is right
    articles: int = 0
    topics: dict[str, Score] = field(default_factory=dict)

    @property
    def micro(self) -> float:
        """F1 of all topic decisions together."""
        every = self.topics.values()
        return Score(sum(s.hits for s in every), sum(s.false for s in every), sum(s.missed for s in every)).f1

    @property
    def macro(self) -> float:
        """Mean of the topics' F1."""
        return sum(score.f1 for score in self.topics.values()) / max(len(self.topics), 1)


def labelled(path: Path) -> list[dict[str, Any]]:
    """Labelled records, one a line: those of `hotline tag` and `relevance` (0, 1, 2) and `topics` (ids)."""
    records = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            record = json.loads(line)
            records.append({_OTHER_NAMES.get(name, name): value for name, value in record.items()})
    for record in records:
        record["year"] = record["published_at"][:4] if record.get("published_at") else "unknown"
        record["published_at"] = _whole_date(record.get("published_at"))
    return records


def _whole_date(value: str | None) -> str | None:
    """A year or a month alone says too little to know who held an office."""
    return value if value and len(value) >= len("2020-01-01") else None


def score(records: Sequence[dict[str, Any]], views: Iterable[DeskView], topics: Iterable[str]) -> Scores:
    """Compare what the tagger said with the labels."""
    scores = Scores(topics={topic: Score() for topic in topics})
    for record, view in zip(records, views, strict=True):
        scores.articles += 1
        scores.exact += view.relevance == record["relevance"]
        scores.relevance.count(given=view.relevance > 0, right=record["relevance"] > 0)
        given = {match.id for match in view.topics}
        for topic, counts in scores.topics.items():
            counts.count(given=topic in given, right=topic in record["topics"])
    return scores


def report(file: Path, desk: Path, mistakes: int = 10) -> str:
    """The scores of the desk's tagger on a labelled file, and its surest mistakes with the evidence."""
    taxonomy = load_taxonomy(desk / "topics.yaml")
    tagger = Tagger(taxonomy)
    records = labelled(file)
    views = [view_of(record, tagger) for record in records]
    scores = score(records, views, taxonomy.topics)
    lines = [table(scores, taxonomy.version), "", "Surest mistakes about relevance"]
    lines += _worst(records, views, tagger, mistakes)
    lines += ["", "Surest mistakes about topics", *_worst_topics(records, views, tagger, 3 * mistakes)]
    return "\n".join(lines)


def table(scores: Scores, version: str) -> str:
    """The scores as lines of text."""
    rows = [
        f"{scores.articles} articles, taxonomy {version}; grade (0, 1, 2) right in {scores.exact}",
        f"{'':16} precision  recall     F1   labelled",
    ]
    for name, counts in [("relevance", scores.relevance), *scores.topics.items()]:
        rows.append(
            f"{name:16} {counts.precision:9.3f} {counts.recall:7.3f} {counts.f1:6.3f} {counts.hits + counts.missed:10}"
        )
    return "\n".join([*rows, f"topics micro-F1 {scores.micro:.3f}, macro-F1 {scores.macro:.3f}"])


def _worst(records: Sequence[dict[str, Any]], views: Sequence[DeskView], tagger: Tagger, most: int) -> list[str]:
    wrong = [
        (abs(view.score - (record["relevance"] > 0)), record)
        for record, view in zip(records, views, strict=True)
        if (view.relevance > 0) != (record["relevance"] > 0)
    ]
    wrong.sort(key=lambda item: -item[0])
    return [
        f"\nlabelled {record['relevance']} {', '.join(record['topics'])}\n{explain(record, tagger)}"
        for _, record in wrong[:most]
    ]


def _worst_topics(records: Sequence[dict[str, Any]], views: Sequence[DeskView], tagger: Tagger, most: int) -> list[str]:
    """Topics wrongly given or missed where relevance is right, a line each, with the heaviest words."""
    wrong = []
    for record, view in zip(records, views, strict=True):
        if not (view.relevance and record["relevance"]):
            continue
        weighed = {match.id: match for match in tagger.weigh(tagger.look(**texts(record)), 0.0)}
        for topic in tagger.taxonomy.topics:
            match = weighed.get(topic)
            score, right = match.score if match else 0.0, topic in record["topics"]
            if (score >= GIVEN) != right:
                spans = sorted(match.evidence if match else [], key=lambda span: -span.weight)[:4]
                words = ", ".join(dict.fromkeys(span.text for span in spans)) or "none of its words"
                said = "missed" if right else "given"
                wrong.append(
                    (abs(score - right), f"{topic} {said}, score {score:.2f}: {record.get('title')} ({words})")
                )
    return [line for _, line in sorted(wrong, key=lambda item: -item[0])[:most]]
