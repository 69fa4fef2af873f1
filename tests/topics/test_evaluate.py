import json
import shutil
from pathlib import Path

import pytest

from hotline.topics import evaluate, train
from hotline.topics.evaluate import Score
from hotline.topics.taxonomy import load_taxonomy
from tests.topics.conftest import ROOT, TEXTS


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """The texts of the tests in the form of a labelled set."""
    path = tmp_path / "labelled.jsonl"
    lines = []
    for number, text in enumerate(TEXTS):
        record = {"id": number, "title": text["title"], "text": text["body"], "lang": text["language"]}
        record |= {"relevance": text["relevance"], "topics": text["topics"]}
        lines.append(json.dumps(record | {"published": f"{2018 + number % 9}", "publisher": f"Outlet {number % 12}"}))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "desks/us_russia/topics.yaml", tmp_path / "topics.yaml")
    return tmp_path


def test_score_counts_each_kind_of_decision() -> None:
    score = Score()
    for given, right in [(True, True), (True, False), (False, True), (False, False), (True, True)]:
        score.count(given=given, right=right)
    assert (score.precision, score.recall, score.f1) == (
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
    )


def test_score_without_hits_is_zero() -> None:
    assert (Score().precision, Score().recall, Score().f1) == (0, 0, 0)


def test_report_names_every_topic_and_the_mistakes(labelled: Path, desk: Path) -> None:
    labelled.write_text(
        labelled.read_text(encoding="utf-8")
        + "\n"
        + json.dumps({"id": "odd", "title": "US sanctions Russia", "relevance": 0, "topics": []}),
        encoding="utf-8",
    )
    text = evaluate.report(labelled, desk)
    for topic in load_taxonomy(desk / "topics.yaml").topics:
        assert f"\n{topic} " in text
    assert "micro-F1" in text
    assert "odd: relevance 2" in text
    assert " given, score " in text.split("about topics")[1]


def test_training_writes_weights_and_keeps_the_rest(
    labelled: Path, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "FOLDS", 2)
    path = desk / "topics.yaml"
    before = path.read_text(encoding="utf-8")
    half = tmp_path / "half.jsonl"
    lines = labelled.read_text(encoding="utf-8").splitlines()
    half.write_text("\n".join(lines[::2]), encoding="utf-8")
    labelled.write_text("\n".join(lines[1::2]), encoding="utf-8")
    text = train.train([labelled, half], desk)
    after = path.read_text(encoding="utf-8")
    train.write(path, load_taxonomy(path).weights)  # once more: nothing changes
    assert path.read_text(encoding="utf-8") == after
    assert "Cross-validated by outlet" in text
    assert f"{len(lines)} articles" in text
    assert "of which half.jsonl: relevance F1" in text
    assert after.split(train.MARK)[0] == before.split(train.MARK)[0]
    learned = load_taxonomy(path).weights
    assert learned.relevance["title_both"] != 0
    assert set(learned.topic_bias) == set(load_taxonomy(path).topics)
