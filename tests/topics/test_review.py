from datetime import date

from hotline.topics.review import compare, ended_terms, unknown_names
from hotline.topics.tagger import Tagger
from schemas.topic import DeskView, TopicMatch


def _view(relevance: int, *topics: str) -> DeskView:
    matches = [TopicMatch(id=topic, score=1, evidence=[]) for topic in topics]
    return DeskView(relevance=relevance, topics=matches, taxonomy="1")


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
