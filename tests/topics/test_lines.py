import pytest

from hotline.topics.lines import explain_line, tag_line
from hotline.topics.tagger import Tagger

RECORD = {"id": "a", "title": "US sanctions Russia", "body": None, "language": None, "published_at": "2024-05-01"}


def test_record_is_tagged_with_evidence(tagger: Tagger) -> None:
    line = tag_line(RECORD, tagger)
    assert (line["id"], line["relevance"]) == ("a", 2)
    topic = next(topic for topic in line["topics"] if topic["id"] == "sanctions")
    assert topic["evidence"][0] | {"weight": 0} == {
        "field": "title", "start": 3, "end": 12, "text": "sanctions", "weight": 0,
    }  # fmt: skip
    assert {entity["id"] for entity in line["entities"]} == {"us", "russia"}


def test_id_alone_is_enough(tagger: Tagger) -> None:
    assert tag_line({"id": 7}, tagger)["relevance"] == 0


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"title": "x"}, "id is missing"),
        ({"id": 1, "title": 5}, "title is not a text"),
        ({"id": 1, "published_at": "yesterday"}, "published_at 'yesterday'"),
        ({"id": 1, "key_points": "x"}, "key_points"),
    ],
)
def test_bad_record_says_what_is_wrong(tagger: Tagger, record: dict, said: str) -> None:
    assert said in tag_line(record, tagger)["error"]
    assert said in explain_line(record, tagger)


def test_record_that_is_no_object(tagger: Tagger) -> None:
    assert tag_line([1], tagger) == {"id": None, "error": "a record is a JSON object with at least an id"}  # type: ignore[arg-type]


def test_explanation_shows_the_words(tagger: Tagger) -> None:
    text = explain_line(RECORD, tagger)
    assert "central" in text
    assert "[sanctions]" in text
    assert "topic sanctions" in text


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Rain in Bavaria", "neither of the two parties is named"),
        ("Kremlin expects a record harvest", "only Russia is named"),
        ("Senate passes the budget", "only United States is named"),
    ],
)
def test_explanation_says_why_not(tagger: Tagger, title: str, said: str) -> None:
    assert said in explain_line({"id": 1, "title": title}, tagger)


def test_explanation_names_the_signs_and_the_topics_that_were_near(tagger: Tagger) -> None:
    body = "Vladimir Putin and Donald Trump spoke about sanctions.\n\n" + "Nothing was said about oil.\n\n" * 3
    text = explain_line({"id": 1, "title": "Trump and Putin discuss sanctions", "body": body}, tagger)
    assert "signs (docs/topics.md): " in text
    assert "not given, but near: " in text or "topic energy" in text
