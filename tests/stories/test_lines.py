"""`hotline cluster` and its scores."""

import json
from pathlib import Path
from typing import Any

import pytest

from hotline.stories.evaluate import b_cubed, evaluate, report, same_pairs
from hotline.stories.lines import cluster_lines
from tests.stories.lookalikes import IN_BOTH_LANGUAGES
from tests.stories.samples import FIRE, OTHER_FIRE, SUMMIT, SUMMIT_OTHER_WORDS

PAIRS = Path(__file__).parents[2].parent / "shared/eval/clustering/tgcontest_pairs.jsonl"
TRIPLETS = PAIRS.with_name("basil_triplets.jsonl")


def line(id_: str, text: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"id": id_, "title": text[0], "body": text[1], "published_at": "2031-05-19T12:00:00Z", **more}


def test_stories_and_copies_come_out_in_the_order_of_the_lines() -> None:
    out = list(
        cluster_lines(
            [line("1", SUMMIT), line("2", FIRE), line("3", SUMMIT_OTHER_WORDS), line("4", FIRE), line("5", FIRE)]
        )
    )
    assert [row["id"] for row in out] == ["1", "2", "3", "4", "5"]
    assert out[0]["story_id"] == out[2]["story_id"] != out[1]["story_id"]
    assert out[1]["story_id"] == out[3]["story_id"]
    assert [row["near_duplicate_of"] for row in out] == [None, None, None, "2", "2"]


def test_all_but_the_id_may_be_missing() -> None:
    out = list(
        cluster_lines([{"id": "1"}, {"id": "2", "title": None, "body": None, "published_at": "", "language": None}])
    )
    assert len({row["story_id"] for row in out}) == 2
    assert all(row["near_duplicate_of"] is None for row in out)


def test_body_may_be_called_text() -> None:
    one, two = cluster_lines([{"id": "1", "body": SUMMIT[1]}, {"id": "2", "text": SUMMIT_OTHER_WORDS[1]}])
    assert one["story_id"] == two["story_id"]


def test_date_without_time_or_offset_is_taken_as_utc() -> None:
    (row,) = cluster_lines([line("1", SUMMIT, published_at="2031-05-19")])
    assert row["story_id"].startswith("2031.05-")


@pytest.mark.parametrize(
    ("record", "field"),
    [({"title": "x"}, "id"), ({"id": "1", "published_at": "soon"}, "published_at"), ({"id": "1", "title": 5}, "title")],
)
def test_bad_line_is_named_and_the_others_go_on(record: dict[str, Any], field: str) -> None:
    bad, good = cluster_lines([record, line("2", SUMMIT)])
    assert bad["id"] == record.get("id")
    assert field in bad["error"]
    assert good["story_id"]


def test_second_line_with_an_id_is_an_error() -> None:
    assert "earlier line" in list(cluster_lines([line("1", SUMMIT), line("1", FIRE)]))[1]["error"]


def test_b_cubed_and_pairs_on_a_worked_example() -> None:
    # Two true clusters of two; everything put into one: precision 1/2, recall 1.
    assert b_cubed(["x", "x", "y", "y"], ["1"] * 4) == pytest.approx((0.5, 1.0, 2 / 3))
    assert same_pairs(["x", "x", "y", "y"], ["1"] * 4) == pytest.approx((1 / 3, 1.0, 0.5))
    assert same_pairs(["x", "y"], ["1", "2"]) == (0.0, 0.0, 0.0)


def test_both_kinds_of_file_are_scored(tmp_path: Path) -> None:
    texts = [SUMMIT, SUMMIT_OTHER_WORDS, FIRE, OTHER_FIRE]
    sides = [{"title": title, "text": text} for title, text in texts]
    pairs = [
        {"label": "OK", "lang": "en", "a": sides[0], "b": sides[1]},
        {"label": "BAD", "a": sides[2], "b": sides[3]},
    ]
    assert evaluate(pairs)["pairs"]["f1"] == 1.0
    articles = [{"cluster": cluster, **side} for cluster, side in zip("aabc", sides, strict=True)]
    file = tmp_path / "articles.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in articles))
    assert "f1 1.000" in report(file)
    assert "stories    3" in report(file)


@pytest.mark.parametrize("rows", [[], [{"title": "x"}]])
def test_file_of_neither_kind_is_refused(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="record"):
        evaluate(rows)


@pytest.mark.skipif(not PAIRS.exists(), reason="the evaluation sets are not beside the repository")
def test_same_story_on_pairs_of_news() -> None:
    rows = [json.loads(row) for row in PAIRS.open(encoding="utf-8")]
    assert evaluate(rows)["pairs"]["f1"] >= 0.85


@pytest.mark.slow
@pytest.mark.skipif(not TRIPLETS.exists(), reason="the evaluation sets are not beside the repository")
def test_clusters_of_three_outlets() -> None:
    rows = [json.loads(row) for row in TRIPLETS.open(encoding="utf-8")]
    assert evaluate(rows)["b_cubed"]["f1"] >= 0.95


@pytest.mark.parametrize("pair", IN_BOTH_LANGUAGES)
def test_an_event_told_in_both_languages_is_one_story(pair: tuple[tuple[str, str], tuple[str, str]]) -> None:
    (en, ru), (other, _) = pair, IN_BOTH_LANGUAGES[IN_BOTH_LANGUAGES.index(pair) - 1]
    rows = list(
        cluster_lines([line("1", en, language="en"), line("2", other, language="en"), line("3", ru, language="ru")])
    )
    assert rows[0]["story_id"] == rows[2]["story_id"] != rows[1]["story_id"]
