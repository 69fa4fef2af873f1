"""Learning the weights of a desk's signs from labelled articles (`hotline eval train-topics`).

Three small logistic models (scikit-learn, needed for training only): relevant or not, central or not among the
relevant, and one for all topics together with a bias for each topic. The weights are written at the end of the desk's
topics.yaml, where they can be read and edited. Signs are standardised for fitting and the weights brought back after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from hotline.topics import weights as model
from hotline.topics.evaluate import labelled, score, table
from hotline.topics.signs import relevance_signs, topic_signs
from hotline.topics.tagger import Tagger
from hotline.topics.taxonomy import Taxonomy, Weights, load_taxonomy
from schemas.topic import DeskView, TopicMatch

FOLDS = 8
MARK = "# Learned by `hotline eval train-topics`: how much each sign counts (log odds). The signs: docs/topics.md.\n"
_RELEVANCE_C = 0.3  # inverse strength of regularisation, chosen by cross-validation over outlets
_TOPIC_C = 1.0
_CUTS = [cut / 100 for cut in range(25, 61, 5)]


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
    lines = []
    for name, group_of in (("outlet", _outlet), ("year", _year)):
        groups = [group_of(sample.record) for sample in samples]
        lines += [f"Cross-validated by {name}", cross_validate(samples, groups, taxonomy), ""]
    write(path, fit(samples, list(taxonomy.topics)))
    return "\n".join([*lines, f"Weights written to {path.name}, version {load_taxonomy(path).version}"])


def read_samples(records: Sequence[dict[str, Any]], taxonomy: Taxonomy) -> list[Sample]:
    """The signs of each record."""
    tagger = Tagger(taxonomy)
    samples = []
    for record in records:
        language = record.get("language")
        seen = tagger.look(title=record.get("title") or "", body=record.get("body") or "", language=language)
        samples.append(Sample(record, relevance_signs(seen), topic_signs(seen)))
    return samples


def cross_validate(samples: Sequence[Sample], groups: Sequence[str], taxonomy: Taxonomy) -> str:
    """The scores when every group is judged by weights learned from the others."""
    from sklearn.model_selection import GroupKFold

    views: dict[int, DeskView] = {}
    folds = min(FOLDS, len(set(groups)))
    if folds < 2:
        return "not possible: all articles are of one group"
    for learn, rest in GroupKFold(folds).split(samples, groups=groups):
        learned = fit([samples[i] for i in learn], list(taxonomy.topics))
        views.update({int(i): judge(samples[i], learned) for i in rest})
    scores = score([s.record for s in samples], [views[i] for i in range(len(samples))], taxonomy.topics)
    return table(scores, taxonomy.version)


def fit(samples: Sequence[Sample], topics: list[str]) -> Weights:
    """Learn all weights."""
    relevant = [s for s in samples if s.record["relevance"] > 0]
    rows, labels = _topic_rows(relevant)
    held = _held_out(rows, labels, topics)
    best = max(_CUTS, key=lambda cut: _f1(held >= cut, labels))
    shared, biases = _fit_topics(rows, labels, topics)
    shared["bias"] += log((1 - best) / best)  # the cut that serves F1 best becomes 0.5
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
    from sklearn.linear_model import LogisticRegression

    if len(set(labels)) < 2:  # nothing to tell apart
        return {"bias": 4.0 if labels[0] else -4.0}
    names = list(signs[0])
    table_ = np.array([[sign[name] for name in names] for sign in signs])
    mean, spread = table_.mean(axis=0), table_.std(axis=0)
    spread[spread == 0] = 1.0
    fitted = LogisticRegression(C=strength, max_iter=5000).fit((table_ - mean) / spread, labels)
    slopes = fitted.coef_[0] / spread
    found = {"bias": float(fitted.intercept_[0] - slopes @ mean)}
    return _rounded(found | dict(zip(names, map(float, slopes), strict=True)))


type _Row = tuple[str, dict[str, float]]


def _topic_rows(samples: Sequence[Sample]) -> tuple[list[_Row], np.ndarray]:
    rows = [(topic, signs) for s in samples for topic, signs in s.topics.items()]
    labels = [topic in s.record["topics"] for s in samples for topic in s.topics]
    return rows, np.array(labels)


def _fit_topics(
    rows: Sequence[_Row], labels: np.ndarray, topics: list[str]
) -> tuple[dict[str, float], dict[str, float]]:
    from sklearn.linear_model import LogisticRegression

    names = list(rows[0][1])
    fitted = LogisticRegression(C=_TOPIC_C, max_iter=5000).fit(_design(rows, topics), labels)
    slopes = [float(value) for value in fitted.coef_[0]]
    shared = dict(zip(names, slopes, strict=False)) | {"bias": float(fitted.intercept_[0])}
    return shared, dict(zip(topics, (value * _TOPIC_SCALE for value in slopes[len(names) :]), strict=True))


_TOPIC_SCALE = 0.7  # below 1: a topic's own bias is held back more than what all topics share


def _design(rows: Sequence[_Row], topics: list[str]) -> np.ndarray:
    signs = np.array([list(sign.values()) for _, sign in rows])
    own = np.zeros((len(rows), len(topics)))
    own[range(len(rows)), [topics.index(topic) for topic, _ in rows]] = _TOPIC_SCALE
    return np.hstack([signs, own])


def _held_out(rows: Sequence[_Row], labels: np.ndarray, topics: list[str]) -> np.ndarray:
    """Each row's probability by weights that were learned without it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    estimator = LogisticRegression(C=_TOPIC_C, max_iter=5000)
    held: np.ndarray = cross_val_predict(estimator, _design(rows, topics), labels, cv=5, method="predict_proba")[:, 1]
    return held


def _f1(given: np.ndarray, right: np.ndarray) -> float:
    return float(2 * (given & right).sum() / max(given.sum() + right.sum(), 1))


def _rounded(found: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in found.items()}


def _outlet(record: dict[str, Any]) -> str:
    return str(record.get("publisher") or "unknown")


def _year(record: dict[str, Any]) -> str:
    return str(record["year"])
