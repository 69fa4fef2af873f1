"""A rule's matches are exactly what the same query finds in a search of its own, whatever stands beside it."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.alerts.matching import Watch, matches
from hotline.alerts.query import is_past, ringing, rule_query
from hotline.search.indices import Kind
from hotline.search.store import Store, Write
from schemas.article import Article
from schemas.base import Precision
from schemas.rule import Rule, RuleKind
from tests.alerts.conftest import DESK, NOW, make_article, make_desk, make_view

pytestmark = pytest.mark.elasticsearch

WORDS = ["sanctions", "sanctioned", "bank", "Kremlin", "санкции", "санкциями", "банк", "missile", "treaty", "новый"]
TOPICS = ["sanctions", "energy", "cyber"]
AGES = [-30, 0, 1, 23.9, 24, 24.1, 36, 47.9, 48, 60]
OUTLETS = ["TASS", "Reuters"]


def some_articles(number: int) -> list[Article]:
    """Articles of few words, so that rules meet many of them, on both sides of every age that counts."""
    chance = random.Random(5)

    def text(words: int) -> str:
        return " ".join(chance.choices(WORDS, k=words))

    def one(id_: str) -> Article:
        changes: dict[str, Any] = {
            "title": text(3), "subtitle": text(chance.randrange(2)), "key_points": [text(1)], "lead": text(3),
            "body": text(8), "language": chance.choice(["en", "ru", None]), "publisher": chance.choice(OUTLETS),
            "published_at": chance.choice([None, *(NOW - timedelta(hours=h) for h in AGES)]),
            "published_precision": chance.choice([Precision.MINUTE, Precision.DAY]),
            "discovered_at": NOW - timedelta(hours=chance.choice([0, 23, 25])),
            "updated_at": NOW - timedelta(hours=chance.choice([0, 23, 25])),
            "revision": chance.choice([0, 0, 1]), "quiet": chance.random() < 0.1,
            "desks": {DESK: make_view(*chance.sample(TOPICS, 1), relevance=chance.randrange(3))},
        }  # fmt: skip
        if changes["published_at"] is None:
            changes["published_precision"] = None
        return make_article(id_, **changes)

    return [one(f"p{n}") for n in range(number)]


@pytest.fixture(scope="module")
def filled(installed: Store) -> tuple[Store, dict[str, Article]]:
    articles = some_articles(120)
    for index in (Kind.UNMATCHED, Kind.ARTICLES):
        installed.client.delete_by_query(
            index=installed.indices.name(index), query={"match_all": {}}, refresh=True, conflicts="proceed"
        )
        installed.write([Write(index, a.id, a, "2026.11", blind=True) for a in articles])
        installed.refresh(index)
    return installed, {a.id: a for a in articles}


word = st.sampled_from(WORDS)
leaf = st.one_of(
    word,
    st.builds("{}*".format, word.map(lambda w: w[:4])),
    st.builds('"{} {}"'.format, word, word),
    st.builds("{}:{}".format, st.sampled_from(["title", "lead", "body"]), word),
    st.builds("publisher:{}".format, st.sampled_from(OUTLETS)),
)
query = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("({} NOT {})".format, inner, inner),
        st.builds("({} {})".format, inner, inner),
    ),
    max_leaves=6,
)
broken = st.sampled_from(["(open", "revision:many", "a AND"])
dsl = st.one_of(st.none(), st.builds(lambda w: {"match": {"title": w}}, word))
rule = st.builds(
    lambda kind, **rest: Rule(id="r", title="R", kind=kind, **rest),
    kind=st.sampled_from([RuleKind.MATCH, RuleKind.REVISION]),
    query=st.one_of(st.just("*"), query, query, query, broken),
    dsl=dsl,
    relevance=st.integers(0, 2),
    topics=st.lists(st.sampled_from(TOPICS), max_size=2),
    languages=st.sampled_from([[], [], ["en"], ["ru", "uk"]]),
    publishers=st.sampled_from([[], [], ["TASS"]]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=st.lists(rule, min_size=1, max_size=25))
def test_matches_are_what_the_same_query_finds(filled: tuple[Store, dict[str, Article]], rules: list[Rule]) -> None:
    store, articles = filled
    desk = make_desk()
    watches = [Watch(DESK, desk, one.model_copy(update={"id": f"r{n}"})) for n, one in enumerate(rules)]
    found, refused = matches(store.client, store.indices.name(Kind.UNMATCHED), watches, articles, NOW)
    mine = {(m.watch.rule.id, m.article.id) for m in found}
    assert len(mine) == len(found)
    searches: list[dict[str, Any]] = []
    for watch in watches:
        asked = rule_query(DESK, watch.rule, max_age=desk.alerting.max_age, now=NOW)
        searches += [{"index": store.indices.name(Kind.ARTICLES)}, {"query": asked, "size": 200, "_source": False}]
    answers = store.client.msearch(searches=searches)["responses"]
    theirs, wrong = set(), set()
    for watch, answer in zip(watches, answers, strict=True):
        if "error" in answer:
            wrong.add(watch.rule.id)
        else:
            theirs |= {(watch.rule.id, hit["_id"]) for hit in answer["hits"]["hits"]}
    assert mine == theirs
    assert {b.watch.rule.id for b in refused} == wrong


@pytest.mark.parametrize("kind", [RuleKind.MATCH, RuleKind.REVISION])
@pytest.mark.parametrize("hours", [1, 24, 48])
def test_what_is_past_for_an_article_in_hand_is_past_in_the_index(
    filled: tuple[Store, dict[str, Article]], kind: RuleKind, hours: int
) -> None:
    store, articles = filled
    max_age = timedelta(hours=hours)
    asked = {"bool": {"filter": ringing(kind, max_age=max_age, now=NOW)}}
    answer = store.client.search(index=store.indices.name(Kind.UNMATCHED), query=asked, size=200, source=False)
    fresh = {id_ for id_, a in articles.items() if not is_past(a, kind, max_age=max_age, now=NOW)}
    assert {hit["_id"] for hit in answer["hits"]["hits"]} == fresh
    assert 0 < len(fresh) < len(articles)
