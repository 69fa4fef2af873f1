from datetime import date
from typing import Any

import pytest

from hotline.topics.review import compare, comparison, ended_terms, review, unknown_names, unknown_phrases
from hotline.topics.tagger import Tagger
from schemas.topic import DeskView, TopicMatch


def _view(relevance: int, *topics: str) -> DeskView:
    matches = [TopicMatch(id=topic, score=1, evidence=[]) for topic in topics]
    return DeskView(relevance=relevance, topics=matches, taxonomy="1")


@pytest.fixture
def articles() -> list[dict[str, Any]]:
    """Four relevant articles with a name and a phrase that no taxonomy has, and one without either party."""
    body = "Vladimir Putin met Donald Trump, and the envoy Aurelia Quintrell spoke of marmalade with a quiet zeal."
    found = [{"id": day, "title": f"Trump and Putin meet, day {day}", "body": body} for day in range(4)]
    return [*found, {"id": 9, "title": "Rain in Bavaria", "body": "The brass bands of Aurelia Quintrell played."}]


def test_report_names_what_is_unknown(tagger: Tagger, articles: list[dict[str, Any]]) -> None:
    text = review(articles, tagger, date(2022, 1, 1))
    assert "5 articles, 4 relevant, 0 near misses" in text
    assert "4  Aurelia Quintrell\n" in text
    assert "Vladimir Putin" not in text


def test_report_names_offices_without_a_holder(tagger: Tagger) -> None:
    text = review([], tagger, date(1980, 1, 1))
    assert "Offices without a holder on 01 January 1980" in text
    assert "us_state" in text
    assert "Names it does not know, by articles:\n  none" in text


def test_comparison_report_counts_and_lists(tagger: Tagger, toy: Tagger, articles: list[dict[str, Any]]) -> None:
    text = comparison(articles, tagger, toy)
    assert "5 articles, 4 would change" in text
    assert "relevant: 4 → 0" in text
    assert "diplomacy: 0 gained, 4 lost" in text
    assert "3  Trump and Putin meet, day 3  relevance 2 → 0  −diplomacy" in text
    assert "Bavaria" not in text


def test_phrase_in_which_a_term_stands_is_known(tagger: Tagger) -> None:
    texts = [("Talks", f"On day {day} the marmalade harvest and new sanctions came up.") for day in range(30)]
    common = [("Talks", "Nothing else was said by anybody.")] * 200
    found = {name for name, _ in unknown_phrases(texts + common, tagger.taxonomy)}
    assert "marmalade harvest" in found
    assert not any("sanctions" in name for name in found)


def test_frequent_name_is_reported_and_known_ones_are_not(tagger: Tagger) -> None:
    texts = [("Talks", f"On day {day} the envoy Aurelia Quintrell met Vladimir Putin.") for day in range(4)]
    assert unknown_names(texts, tagger.taxonomy) == [("Aurelia Quintrell", 4)]


def test_rare_name_is_not_reported(tagger: Tagger) -> None:
    assert unknown_names([("Talks", "There the envoy Aurelia Quintrell spoke.")], tagger.taxonomy) == []


def test_office_without_a_holder_is_reported(tagger: Tagger) -> None:
    assert "us_state" in ended_terms(tagger.taxonomy, date(1980, 1, 1))
    assert "us_state" not in ended_terms(tagger.taxonomy, date(2022, 1, 1))


def test_comparison_names_what_changes() -> None:
    old = {"a": _view(2, "energy"), "b": _view(1, "cyber"), "c": _view(0)}
    new = {"a": _view(2, "sanctions"), "b": _view(0), "c": _view(0)}
    found = [(change.article, change.relevance, change.lost, change.gained) for change in compare(old, new)]
    assert found == [("b", (1, 0), ["cyber"], []), ("a", (2, 2), ["energy"], ["sanctions"])]
