"""`hotline tag` and `hotline eval topics|taxonomy`, as a person runs them."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hotline.cli import app
from hotline.cli.common import UsageError
from tests.topics.conftest import ROOT

ARTICLES = [
    {
        "id": "a",
        "title": "Trump and Putin agree on talks",
        "body": "The two presidents spoke by phone.",
        "relevance": 2,
    },
    {"id": "b", "title": "Rain in Bavaria", "body": "It rained.", "relevance": 0, "topics": []},
]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    path.write_text("\n".join(json.dumps({"topics": ["diplomacy"], **article}) for article in ARTICLES))
    return path


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--desk", str(ROOT / "desks/us_russia")])


def test_tag_writes_a_line_for_each_line(articles: Path, tmp_path: Path) -> None:
    assert _run("tag", "--input", articles, "--output", tmp_path / "out.jsonl").exit_code == 0
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(line["id"], line["relevance"]) for line in lines] == [("a", 2), ("b", 0)]


def test_tag_explains_why_and_why_not(articles: Path) -> None:
    said = _run("tag", "--input", articles, "--explain").output
    assert "a: relevance 2 (central)" in said
    assert "b: relevance 0 (not relevant)" in said
    assert "neither of the two parties is named" in said


def test_tag_without_a_place_for_the_result_says_so(articles: Path) -> None:
    with pytest.raises(UsageError, match="--output"):
        CliRunner().invoke(app, ["tag", "--input", str(articles)], catch_exceptions=False)


def test_eval_topics_prints_the_scores(articles: Path) -> None:
    assert "topics micro-F1" in _run("eval", "topics", articles).output


def test_eval_taxonomy_reviews_a_file(articles: Path) -> None:
    said = _run("eval", "taxonomy", articles).output
    assert "2 articles, 1 relevant" in said
    assert "Offices without a holder" in said


def test_eval_taxonomy_compares_with_another_version(articles: Path, tmp_path: Path) -> None:
    other = tmp_path / "topics.yaml"
    shutil.copy(ROOT / "tests/desks/us_china/topics.yaml", other)
    said = _run("eval", "taxonomy", articles, "--against", other).output
    assert "2 articles, 1 would change" in said
    assert "relevance 2 → 0" in said


def test_eval_taxonomy_refuses_a_span_without_a_unit() -> None:
    with pytest.raises(UsageError, match="a number and a unit"):
        CliRunner().invoke(app, ["eval", "taxonomy", "--since", "30"], catch_exceptions=False)
