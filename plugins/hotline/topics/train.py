"""Learning the weights of a desk's signs from labelled articles (`hotline eval train-topics`).

Three small logistic models (scikit-learn, needed for training only): relevant or not, central or not among the
relevant, and one for all topics together with a bias for each topic. The weights are written at the end of the desk's
topics.yaml, where they can be read and edited. Signs are standardised for fitting and the weights brought back after.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from hotline.topics import weights as model
from hotline.topics.evaluate import Scores, labelled, score, table
from hotline.topics.signs import relevance_signs
from hotline.topics.subjects import topic_signs
from hotline.topics.tagger import Tagger
from hotline.topics.taxonomy import Taxonomy, Weights, load_taxonomy
from schemas.topic import DeskView, TopicMatch

FOLDS = 8
EARLY = "2020"
"""The year up to which weights are learned to be judged on later ones."""
MARK = "# Learned by `hotline eval train-topics`: how much each sign counts (log odds). The signs: docs/topics.md.\n"
_RELEVANCE_C = 0.3  # inverse strength of regularisation, chosen by cross-validation over outlets
_TOPIC_C = 0.5
_TOPIC_SCALE = 0.5  # below 1: a topic's own bias is held back more than what all topics share
RELEVANCE_CUT = 0.45
"""The probability from which an article is relevant: what is missed also loses its topics."""
CUT = 0.34
"""The probability from which a topic is given: one clear sentence is to be enough, in a long article, too.

Cross-validated micro-F1 is flat from 0.32 to 0.42.
"""
_WORDS = 300
"""How many words a text has that counts once: a long article tells more of what articles are like than a summary."""


@dataclass(frozen=True)
class Sample:
    """A labelled article and its signs."""

    record: dict[str, Any]
    relevance: dict[str, float]
    topics: dict[str, dict[str, float]]

    @property
    def importance(self) -> float:
        """How much it counts in learning: 0.5 to 2.5, by its length."""
        return min(max(len((self.record.get("body") or "").split()) / _WORDS, 0.5), 2.5)


def train(files: Sequence[Path], desk: Path) -> str:
    """Learn the weights from labelled files and write them into the desk's topics.yaml.

    Answers with the cross-validated scores: articles of one outlet (then: of one year) are judged by weights that
    were learned without them; the former also for each file alone.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    path = desk / "topics.yaml"
    taxonomy = load_taxonomy(path)
    threadpool_limits(1)  # matrices this small are slower on many threads
    records = [labelled(file) for file in files]
    samples = read_samples([record for part in records for record in part], taxonomy)
    outlets = _judged(_by_groups(samples, _outlet), taxonomy)
    lines = ["Cross-validated by outlet", _table(outlets, taxonomy)]
    for file, part in zip(files, records, strict=True) if len(files) > 1 else ():
        lines.append(f"  of which {file.name}: {_in_short(outlets, part, taxonomy)}")
    lines += ["", "Cross-validated by year", _table(_judged(_by_groups(samples, _year), taxonomy), taxonomy)]
    lines += ["", f"Learned from {EARLY} and before, judged on later years"]
    lines += [_table(_judged(_forward(samples), taxonomy), taxonomy), ""]
    write(path, fit(samples, list(taxonomy.topics)))
    return "\n".join([*lines, f"Weights written to {path.name}, version {load_taxonomy(path).version}"])


def read_samples(records: Sequence[dict[str, Any]], taxonomy: Taxonomy) -> list[Sample]:
    """The signs of each record."""
    tagger = Tagger(taxonomy)
    samples = []
    for record in records:
        language = record.get("language")
        seen = tagger.look(title=record.get("title") or "", body=record.get("body") or "", language=language)
        samples.append(Sample(record, relevance_signs(seen), topic_signs(seen, taxonomy.topics)))
    return samples


type Split = tuple[Sequence[Sample], Sequence[Sample]]
"""What weights are learned from, and what they judge."""

type Pair = tuple[dict[str, Any], DeskView]
"""A record and what was said of it."""


def _by_groups(samples: Sequence[Sample], group_of: Callable[[dict[str, Any]], str]) -> list[Split]:
    """Every group once to be judged by weights learned from the others; nothing where all are of one group."""
    from sklearn.model_selection import GroupKFold

    groups = [group_of(sample.record) for sample in samples]
    folds = min(FOLDS, len(set(groups)))
    if folds < 2:
        return []
    splits = GroupKFold(folds).split(samples, groups=groups)
    return [([samples[i] for i in learn], [samples[i] for i in rest]) for learn, rest in splits]


def _forward(samples: Sequence[Sample]) -> list[Split]:
    """Early years, and the later ones that they judge: the desk's own task is tomorrow's news."""
    early = [sample for sample in samples if _year(sample.record) <= EARLY]
    late = [sample for sample in samples if EARLY < _year(sample.record) < "unknown"]
    return [(early, late)] if early and late else []


def _judged(splits: Iterable[Split], taxonomy: Taxonomy) -> list[Pair]:
    """Each judged record with the view of weights that were learned without it."""
    pairs = []
    for learn, rest in splits:
        learned = fit(learn, list(taxonomy.topics))
        pairs += [(sample.record, judge(sample, learned)) for sample in rest]
    return pairs


def _table(pairs: Sequence[Pair], taxonomy: Taxonomy) -> str:
    if not pairs:
        return "not possible: all articles are of one side"
    return table(_scores(pairs, taxonomy), taxonomy.version)


def _in_short(pairs: Sequence[Pair], part: Sequence[dict[str, Any]], taxonomy: Taxonomy) -> str:
    own = {id(record) for record in part}
    found = _scores([pair for pair in pairs if id(pair[0]) in own], taxonomy)
    return f"relevance F1 {found.relevance.f1:.3f}, topics micro-F1 {found.micro:.3f}, macro-F1 {found.macro:.3f}"


def _scores(pairs: Sequence[Pair], taxonomy: Taxonomy) -> Scores:
    return score([record for record, _ in pairs], [view for _, view in pairs], taxonomy.topics)


def fit(samples: Sequence[Sample], topics: list[str]) -> Weights:
    """Learn all weights."""
    relevant = [s for s in samples if s.record["relevance"] > 0]
    rows = _topic_rows(relevant)
    shared, biases = _fit_topics(rows, topics)
    shared["bias"] += _lift(CUT)
    relevance = _fit(samples, [s.record["relevance"] > 0 for s in samples])
    relevance["bias"] = round(relevance["bias"] + _lift(RELEVANCE_CUT), 3)
    return Weights(
        relevance=relevance,
        central=_fit(relevant, [s.record["relevance"] == 2 for s in relevant]),
        topics=_rounded(shared),
        topic_bias=_rounded(biases),
    )


def _lift(cut: float) -> float:
    """What makes a probability of `cut` one of 0.5: with it in the bias, what is given from `cut` on is from 0.5 on."""
    return log((1 - cut) / cut)


def write(path: Path, learned: Weights) -> None:
    """Put the weights at the end of the file, in the place of those that are there; the rest stays as it is."""
    text = path.read_text(encoding="utf-8")
    kept = text.split(MARK)[0].split("\nweights:\n")[0].rstrip("\n")
    section = yaml.safe_dump({"weights": learned.model_dump()}, sort_keys=False, width=110, default_flow_style=None)
    path.write_text(f"{kept}\n\n{MARK}{section}", encoding="utf-8")


def judge(sample: Sample, learned: Weights) -> DeskView:
    """The view that the given weights make of a sample."""
    probability = model.decide(learned.relevance, sample.relevance)
    relevance = 0 if probability < 0.5 else 1 + (model.decide(learned.central, sample.relevance) >= 0.5)
    given = [
        TopicMatch(id=topic, score=1, evidence=[])
        for topic, signs in sample.topics.items()
        if relevance and model.decide(learned.topics, signs, learned.topic_bias.get(topic, 0.0)) >= 0.5
    ]
    return DeskView(relevance=relevance, score=probability, topics=given, taxonomy="")


def _fit(samples: Sequence[Sample], labels: Sequence[bool]) -> dict[str, float]:
    """The weights of the signs of relevance."""
    if len(set(labels)) < 2:  # nothing to tell apart
        return {"bias": 4.0 if labels[0] else -4.0}
    names = list(samples[0].relevance)
    table_ = np.array([[sample.relevance[name] for name in names] for sample in samples])
    mean, spread = _standard(table_)
    importance = [sample.importance for sample in samples]
    fitted = _model(_RELEVANCE_C).fit((table_ - mean) / spread, labels, sample_weight=importance)
    slopes = fitted.coef_[0] / spread
    found = {"bias": float(fitted.intercept_[0] - slopes @ mean)}
    return _rounded(found | dict(zip(names, map(float, slopes), strict=True)))


def _fit_topics(rows: "_Rows", topics: list[str]) -> tuple[dict[str, float], dict[str, float]]:
    """The weights that all topics share, and the bias of each."""
    mean, spread = _standard(rows.signs)
    fitted = _model(_TOPIC_C).fit(_design(rows, topics), rows.labels, sample_weight=rows.importance)
    slopes = fitted.coef_[0][: len(rows.names)] / spread
    own = fitted.coef_[0][len(rows.names) :] * _TOPIC_SCALE
    shared = {"bias": float(fitted.intercept_[0] - slopes @ mean)}
    shared |= dict(zip(rows.names, map(float, slopes), strict=True))
    return shared, dict(zip(topics, map(float, own), strict=True))


@dataclass(frozen=True)
class _Rows:
    """A row for each topic whose words occur in an article."""

    names: list[str]
    signs: np.ndarray
    topics: list[str]
    labels: np.ndarray
    importance: list[float]


def _topic_rows(samples: Sequence[Sample]) -> _Rows:
    rows = [
        (topic, signs, topic in sample.record["topics"], sample.importance)
        for sample in samples
        for topic, signs in sample.topics.items()
    ]
    topics, signs, labels, importance = zip(*rows, strict=True)
    table_ = np.array([list(sign.values()) for sign in signs])
    return _Rows(list(signs[0]), table_, list(topics), np.array(labels), list(importance))


def _design(rows: _Rows, topics: list[str]) -> np.ndarray:
    mean, spread = _standard(rows.signs)
    own = np.zeros((len(rows.topics), len(topics)))
    own[range(len(rows.topics)), [topics.index(topic) for topic in rows.topics]] = _TOPIC_SCALE
    return np.hstack([(rows.signs - mean) / spread, own])


def _standard(table_: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of each sign; a sign that never varies keeps its unit."""
    mean, spread = table_.mean(axis=0), table_.std(axis=0)
    spread[spread == 0] = 1.0
    return mean, spread


def _model(strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=5000)


def _rounded(found: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in found.items()}


def _outlet(record: dict[str, Any]) -> str:
    return str(record.get("publisher") or "unknown")


def _year(record: dict[str, Any]) -> str:
    return str(record["year"])
