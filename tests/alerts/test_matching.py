"""Rules against a real Elasticsearch: what they find, what they leave, and what one broken rule does not stop."""

from datetime import timedelta
from typing import Any

import pytest

from hotline.alerts.matching import BrokenRule, Match, MatchingError, Watch, marked, matches
from hotline.alerts.query import CLOSE, OPEN
from hotline.search.indices import Kind
from hotline.search.store import Store, Write
from schemas.article import Article
from schemas.base import Precision
from schemas.rule import Rule
from tests.alerts.conftest import DESK, NOW, make_article, make_desk, make_rule, make_view

pytestmark = pytest.mark.elasticsearch


def find(store: Store, rules: list[Rule], articles: list[Article], **desk: Any) -> tuple[list[Match], list[BrokenRule]]:
    index = waiting(store, articles)
    watches = [Watch(DESK, make_desk(**desk), rule) for rule in rules]
    found, broken = matches(store.client, index, watches, {a.id: a for a in articles}, NOW)
    return marked(store.client, index, found), broken


def waiting(store: Store, articles: list[Article]) -> str:
    store.write([Write(Kind.UNMATCHED, a.id, a) for a in articles])
    store.refresh(Kind.UNMATCHED)
    return store.indices.name(Kind.UNMATCHED)


def found_by(found: list[Match]) -> dict[str, list[str]]:
    by_rule: dict[str, list[str]] = {}
    for match in found:
        by_rule.setdefault(match.watch.rule.id, []).append(match.article.id)
    return by_rule


def test_each_condition_of_a_rule_counts(store: Store) -> None:
    articles = [
        make_article("en"),
        make_article(
            "ru", title="США ввели санкции", body="Вашингтон ввёл санкции.", language="ru", publisher="Пример"
        ),
        make_article("aside", desks={DESK: make_view("energy", relevance=1)}),
        make_article("untagged", desks={}),
        make_article("irrelevant", desks={DESK: make_view(relevance=0)}),
    ]
    rules = [
        make_rule("words", query="Russian banks"),  # in headline and body, in whatever form
        make_rule("forms", query='sanctioned OR "санкциями"'),
        make_rule("central", query="*", relevance=2),
        make_rule("anything", query="*", relevance=0),
        make_rule("topic", query="*", topics=["energy", "cyber"]),
        make_rule("language", query="*", languages=["ru", "uk"]),
        make_rule("outlet", query="*", publishers=["Пример"]),
        make_rule("off", query="*", enabled=False),
        make_rule("field", query="title:moscow"),
        make_rule("lower", query="санкци*"),
    ]
    found, broken = find(store, rules, articles)
    assert broken == []
    assert {rule: sorted(ids) for rule, ids in found_by(found).items()} == {
        "words": ["aside", "en"],
        "forms": ["aside", "en", "ru"],
        "central": ["en", "ru"],
        "anything": ["aside", "en", "irrelevant", "ru"],
        "topic": ["aside"],
        "language": ["ru"],
        "outlet": ["ru"],
        "lower": ["ru"],
    }


def test_words_may_stand_in_different_fields(store: Store) -> None:
    found, _ = find(store, [make_rule(query="Washington Treasury")], [make_article()])
    assert found_by(found) == {"sanctions": ["a1"]}


def test_past_does_not_ring(store: Store) -> None:
    def hours(n: float) -> dict[str, Any]:
        at = NOW - timedelta(hours=n)
        return {"published_at": at, "@timestamp": at}

    day = {"published_precision": Precision.DAY}
    midnight = {"published_at": NOW.replace(hour=0), "@timestamp": NOW}
    undated = {"published_at": None, "published_precision": None}
    long_known = {"discovered_at": NOW - timedelta(hours=25)}
    articles = [
        make_article("fresh"),
        make_article("nearly", **hours(23.9)),
        make_article("old", **hours(24.1)),
        make_article("quiet", quiet=True),
        make_article("today", **midnight | day),
        make_article("yesterday", **hours(36) | day),
        make_article("before", **hours(60) | day),
        make_article("undated", **undated),
        make_article("undated-long-known", **undated | long_known),
        make_article("future", **hours(-100)),
        make_article("future-long-known", **hours(-100) | long_known),
    ]
    found, _ = find(store, [make_rule(query="*")], articles)
    ids = {match.article.id for match in found}
    assert ids == {"fresh", "nearly", "today", "yesterday", "undated", "future"}


def test_revision_rules_wait_for_changes_and_count_their_age_from_the_change(store: Store) -> None:
    yesterday = NOW - timedelta(hours=40)
    old = {"published_at": yesterday, "discovered_at": yesterday, "revision": 1}
    articles = [
        make_article("unchanged"),
        make_article("changed", **old),
        make_article("changed-long-ago", **old | {"updated_at": yesterday}),
    ]
    found, _ = find(store, [make_rule("revision", kind="revision", query="*"), make_rule("match")], articles)
    assert found_by(found) == {"revision": ["changed"], "match": ["unchanged"]}


def test_words_that_matched_are_marked_where_they_stand(store: Store) -> None:
    article = make_article(
        title="Вашингтон ввёл санкции против банков",
        key_points=["Nothing here", "Two banks under sanctions"],
        body="Moscow was quiet. " * 40 + "The sanctions are the first this year.",
    )
    found, _ = find(store, [make_rule(query="санкциями OR sanction")], [article])
    assert found[0].highlight["title"] == [f"Вашингтон ввёл {OPEN}санкции{CLOSE} против банков"]
    assert found[0].highlight["key_points"] == [f"Two banks under {OPEN}sanctions{CLOSE}"]
    (passage,) = found[0].highlight["body"]
    assert f"{OPEN}sanctions{CLOSE}" in passage
    assert len(passage) < 500


def test_words_wanted_in_the_lead_are_marked_there_and_conditions_mark_nothing(store: Store) -> None:
    body = "The Treasury in Washington spoke.\n\nThe Treasury again, on sanctions."
    article = make_article(lead="The Treasury in Washington spoke.", body=body)
    found, _ = find(store, [make_rule(query="lead:treasury AND publisher:Example*", topics=["sanctions"])], [article])
    assert found[0].highlight == {"lead": [f"The {OPEN}Treasury{CLOSE} in Washington spoke."]}


def test_rule_that_elasticsearch_refuses_stops_no_other(store: Store) -> None:
    rules = [make_rule("before"), make_rule("bad", query="(sanctions AND"), make_rule("after")]
    rules += [make_rule("number", query="revision:many")]
    found, broken = find(store, rules, [make_article()])
    assert found_by(found) == {"before": ["a1"], "after": ["a1"]}
    assert [rule.watch.rule.id for rule in broken] == ["bad", "number"]
    assert "(sanctions AND" in broken[0].reason
    assert "many" in broken[1].reason


@pytest.mark.parametrize(
    "dsl",
    [
        {"nonsense": {"title": "x"}},
        {"match": {"title": {"quer": "x"}}},
        {"term": {"title": "x", "body": "y"}},
        {"bool": {"should": [{}]}},
        {"script": {"script": "x.y("}},
    ],
)
def test_query_dsl_that_cannot_even_be_read_stops_no_other(store: Store, dsl: dict[str, Any]) -> None:
    rules = [make_rule(f"r{n}") for n in range(3)] + [make_rule("bad", dsl=dsl)] + [make_rule("after")]
    found, broken = find(store, rules, [make_article()])
    assert sorted(found_by(found)) == ["after", "r0", "r1", "r2"]
    assert [one.watch.rule.id for one in broken] == ["bad"]
    assert broken[0].reason


def test_index_that_cannot_be_searched_is_no_rule_s_fault(store: Store) -> None:
    watch = Watch(DESK, make_desk(), make_rule())
    with pytest.raises(Exception, match="no such index"):
        matches(store.client, f"{store.indices.prefix}-absent", [watch], {"a1": make_article()}, NOW)


def test_failed_search_is_an_error_and_not_an_empty_answer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    index = waiting(store, [make_article()])
    watch = Watch(DESK, make_desk(), make_rule())
    answers: list[dict[str, Any]] = [
        {"status": 503, "error": {"root_cause": [], "type": "x", "reason": "all shards failed"}},
        {"timed_out": False, "_shards": {"failed": 1}, "hits": {}},
        {"timed_out": True, "_shards": {"failed": 0}, "hits": {}},
    ]
    for answer in answers:
        monkeypatch.setattr(store.client, "msearch", lambda searches, filter_path, a=answer: {"responses": [a]})
        with pytest.raises(MatchingError, match="us_russia/sanctions"):
            matches(store.client, index, [watch], {"a1": make_article()}, NOW)


def test_articles_not_handed_in_are_left_for_the_next_time(store: Store) -> None:
    articles = [make_article(f"a{n}") for n in range(30)]
    index = waiting(store, articles)
    watch = Watch(DESK, make_desk(), make_rule())
    some = {a.id: a for a in articles[25:]}
    found, _ = matches(store.client, index, [watch], some, NOW)
    assert {match.article.id for match in found} == set(some)


def test_rules_are_asked_in_chunks_and_none_is_lost(store: Store) -> None:
    rules = [make_rule(f"r{n}", query="sanctions" if n % 100 == 0 else "nothing") for n in range(501)]
    found, _ = find(store, rules, [make_article()])
    assert len(found) == 6


def test_nothing_to_match_asks_nothing(store: Store) -> None:
    assert find(store, [make_rule()], []) == ([], [])


def test_same_query_works_on_the_archive(store: Store) -> None:
    article = make_article()
    store.write([Write(Kind.ARTICLES, article.id, article, "2026.11")])
    store.refresh(Kind.ARTICLES)
    watch = Watch(DESK, make_desk(), make_rule())
    found, _ = matches(store.client, store.indices.name(Kind.ARTICLES), [watch], {article.id: article}, NOW)
    assert found_by(found) == {"sanctions": ["a1"]}
