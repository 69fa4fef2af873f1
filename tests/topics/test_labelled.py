"""The desk's own labelled texts: what its weights are learned from, and what they must keep up."""

from collections import Counter
from typing import Any

import pytest

from hotline.topics import evaluate, train
from hotline.topics.taxonomy import Taxonomy, load_taxonomy
from tests.topics.conftest import ROOT

DESK = ROOT / "desks/us_russia"
DEV = ROOT.parent / "shared/eval/topics/dev.jsonl"


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    return evaluate.labelled(DESK / "labelled.jsonl")


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load_taxonomy(DESK / "topics.yaml")


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


def test_the_desk_knows_what_it_has_learned(records: list[dict[str, Any]], taxonomy: Taxonomy) -> None:
    samples = train.read_samples(records, taxonomy)
    views = [train.judge(sample, taxonomy.weights) for sample in samples]
    scores = evaluate.score(records, views, taxonomy.topics)
    assert scores.relevance.f1 > 0.89
    assert scores.micro > 0.74
    assert scores.macro > 0.72


def test_the_weights_are_those_that_training_gives(records: list[dict[str, Any]], taxonomy: Taxonomy) -> None:
    if not DEV.is_file():
        pytest.skip("the articles labelled by the guideline's author are not beside the repository")
    learned = train.fit(train.read_samples(evaluate.labelled(DEV) + records, taxonomy), list(taxonomy.topics))
    for part, written in taxonomy.weights:
        assert getattr(learned, part) == pytest.approx(written, abs=0.01), f"{part}: run hotline eval train-topics"
