"""The desk's own labelled texts: what its weights are learned from, and what they must keep up."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hotline.topics import evaluate, train
from hotline.topics.taxonomy import Taxonomy, load_taxonomy
from tests.topics.conftest import ROOT

DESK = ROOT / "desks/us_russia"
OWN = DESK / "labelled.jsonl"
DEV = ROOT.parent / "shared/eval/topics/dev.jsonl"


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    return evaluate.labelled(OWN)


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load_taxonomy(DESK / "topics.yaml")


def _there(file: Path) -> Path:
    if not file.is_file():
        pytest.skip("the articles labelled by the guideline's author are not beside the repository")
    return file


def test_labels_are_of_the_desk(records: list[dict[str, Any]], taxonomy: Taxonomy) -> None:
    assert [id_ for id_, count in Counter(record["id"] for record in records).items() if count > 1] == []
    for record in records:
        assert record["title"], record["id"]
        assert len(record["body"].split()) > 10, record["id"]
        assert "2022" <= record["year"] <= "2026", record["id"]
        assert set(record["doubt"]) <= set(taxonomy.topics), record["id"]
        assert record["relevance"] in (0, 1, 2), record["id"]
        assert set(record["topics"]) <= set(taxonomy.topics), record["id"]
        assert record["relevance"] or not record["topics"], record["id"]


@pytest.mark.parametrize(
    ("file", "relevance", "micro", "macro"), [(DEV, 0.95, 0.81, 0.77), (OWN, 0.89, 0.74, 0.72)], ids=["dev", "own"]
)
def test_figures_on_the_labelled_sets(
    taxonomy: Taxonomy, file: Path, relevance: float, micro: float, macro: float
) -> None:
    """A change that breaks the tagger shows here."""
    samples = train.read_samples(evaluate.labelled(_there(file)), taxonomy)
    views = [train.judge(sample, taxonomy.weights) for sample in samples]
    scores = evaluate.score([sample.record for sample in samples], views, taxonomy.topics)
    assert scores.relevance.f1 > relevance
    assert scores.micro > micro
    assert scores.macro > macro


def test_the_weights_are_those_that_training_gives(records: list[dict[str, Any]], taxonomy: Taxonomy) -> None:
    samples = train.read_samples(evaluate.labelled(_there(DEV)) + records, taxonomy)
    learned = train.fit(samples, list(taxonomy.topics))
    for part, written in taxonomy.weights:
        assert getattr(learned, part) == pytest.approx(written, abs=0.01), f"{part}: run hotline eval train-topics"
