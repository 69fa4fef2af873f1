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
from hotline.topics.evaluate import labelled, score, table
from hotline.topics.signs import relevance_signs
from hotline.topics.subjects import topic_signs
from hotline.topics.tagger import Tagger
from hotline.topics.taxonomy import Taxonomy, Weights, load_taxonomy
from schemas.topic import DeskView, TopicMatch

FOLDS = 8
EARLY = "2016"
"""The year up to which weights are learned to be judged on later ones."""
MARK = "# Learned by `hotline eval train-topics`: how much each sign counts (log odds). The signs: docs/topics.md.\n"
_RELEVANCE_C = 0.3  # inverse strength of regularisation, chosen by cross-validation over outlets
_TOPIC_C = 0.5
_TOPIC_SCALE = 0.5  # below 1: a topic's own bias is held back more than what all topics share
CUT = 0.4
"""The probability from which a topic is given. Of right probabilities, F1 is best at half of the F1 reached (0.8).

Cross-validated micro-F1 is flat from 0.38 to 0.45.
"""


@dataclass(frozen=True)
class Sample:
    """A labelled article and its signs."""

    record: dict[str, Any]
    relevance: dict[str, float]
    topics: dict[str, dict[str, float]]


def train(file: Path, desk: Path) -> str:
    """Learn the weights from a labelled file and write them into the desk's topics.yaml.

    Answers with the cross-validated scores: articles of one outlet (then: of one year) are judged by weights that
    were learned without them.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    path = desk / "topics.yaml"
    taxonomy = load_taxonomy(path)
    threadpool_limits(1)  # matrices this small are slower on many threads
    samples = read_samples(labelled(file), taxonomy)
    lines = [
        *("Cross-validated by outlet", cross_validate(samples, _by(samples, _outlet), taxonomy), ""),
        *("Cross-validated by year", cross_validate(samples, _by(samples, _year), taxonomy), ""),
        *(f"Learned from {EARLY} and before, judged on later years", _forward(samples, taxonomy), ""),
    ]
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


def cross_validate(samples: Sequence[Sample], groups: Sequence[str], taxonomy: Taxonomy) -> str:
    """The scores when every group is judged by weights learned from the others."""
    from sklearn.model_selection import GroupKFold

    folds = min(FOLDS, len(set(groups)))
    if folds < 2:
        return "not possible: all articles are of one group"
    splits = GroupKFold(folds).split(samples, groups=groups)
    return _judged([([samples[i] for i in learn], [samples[i] for i in rest]) for learn, rest in splits], taxonomy)


def _forward(samples: Sequence[Sample], taxonomy: Taxonomy) -> str:
    """The scores on later years of weights learned from early ones: the desk's own task is tomorrow's news."""
    early = [sample for sample in samples if _year(sample.record) <= EARLY]
    late = [sample for sample in samples if EARLY < _year(sample.record) < "unknown"]
    if not early or not late:
        return "not possible: all articles are of one side of that year"
    return _judged([(early, late)], taxonomy)


def _judged(splits: Iterable[tuple[Sequence[Sample], Sequence[Sample]]], taxonomy: Taxonomy) -> str:
    records: list[dict[str, Any]] = []
    views: list[DeskView] = []
    for learn, rest in splits:
        learned = fit(learn, list(taxonomy.topics))
        records += [sample.record for sample in rest]
        views += [judge(sample, learned) for sample in rest]
    return table(score(records, views, taxonomy.topics), taxonomy.version)


def fit(samples: Sequence[Sample], topics: list[str]) -> Weights:
    """Learn all weights."""
    relevant = [s for s in samples if s.record["relevance"] > 0]
    rows = _topic_rows(relevant)
    shared, biases = _fit_topics(rows, topics)
    shared["bias"] += log((1 - CUT) / CUT)  # what is given from there on is given from 0.5 on
    return Weights(
        relevance=_fit([s.relevance for s in samples], [s.record["relevance"] > 0 for s in samples], _RELEVANCE_C),
        central=_fit([s.relevance for s in relevant], [s.record["relevance"] == 2 for s in relevant], _RELEVANCE_C),
        topics=_rounded(shared),
        topic_bias=_rounded(biases),
    )


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


def _fit(signs: Sequence[dict[str, float]], labels: Sequence[bool], strength: float) -> dict[str, float]:
    if len(set(labels)) < 2:  # nothing to tell apart
        return {"bias": 4.0 if labels[0] else -4.0}
    names = list(signs[0])
    table_ = np.array([[sign[name] for name in names] for sign in signs])
    mean, spread = _standard(table_)
    fitted = _model(strength).fit((table_ - mean) / spread, labels)
    slopes = fitted.coef_[0] / spread
    found = {"bias": float(fitted.intercept_[0] - slopes @ mean)}
    return _rounded(found | dict(zip(names, map(float, slopes), strict=True)))


def _fit_topics(rows: "_Rows", topics: list[str]) -> tuple[dict[str, float], dict[str, float]]:
    """The weights that all topics share, and the bias of each."""
    mean, spread = _standard(rows.signs)
    fitted = _model(_TOPIC_C).fit(_design(rows, topics), rows.labels)
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
    articles: list[int]


def _topic_rows(samples: Sequence[Sample]) -> _Rows:
    rows = [
        (topic, signs, topic in s.record["topics"], number)
        for number, s in enumerate(samples)
        for topic, signs in s.topics.items()
    ]
    topics, signs, labels, articles = zip(*rows, strict=True)
    table_ = np.array([list(sign.values()) for sign in signs])
    return _Rows(list(signs[0]), table_, list(topics), np.array(labels), list(articles))


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


def _by(samples: Sequence[Sample], group_of: Callable[[dict[str, Any]], str]) -> list[str]:
    return [group_of(sample.record) for sample in samples]
