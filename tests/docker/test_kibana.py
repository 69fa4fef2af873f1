"""What Kibana shows: every field and query of the compiled objects, resolved by a real Elasticsearch."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from elasticsearch import Elasticsearch

from hotline.search.indices import Indices, Kind, install
from schemas.article import Article, ArticleUrl, FeedFacts, Fingerprint, StoryRef
from schemas.story import Story
from schemas.topic import DeskView, EntityMatch, Evidence, TopicMatch
from tests.docker.loading import REPOSITORY, script

DESK = "us_russia"
TOPICS = 15
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
COUNT_OF_RECORDS = "___records___"


class Use(NamedTuple):
    """A field or a query, and the data view that it is used on."""

    where: str
    data_view: str
    value: str
    is_counted: bool = False  # or sorted by: the field must have doc values


@pytest.fixture(scope="module")
def objects() -> list[dict[str, Any]]:
    return script("kibana/build.py").saved_objects(REPOSITORY / "desks")


@pytest.fixture(scope="module")
def views(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {o["id"]: o["attributes"] for o in objects if o["type"] == "index-pattern"}


@pytest.fixture
def node(elasticsearch_url: str, es_prefix: str) -> Iterator[Elasticsearch]:
    """A node with our templates, an article and a story: what a desk adds is mapped with the first document."""
    indices = Indices(es_prefix)
    with Elasticsearch(elasticsearch_url) as client:
        install(client, indices, NOW)
        for kind, record in ((Kind.ARTICLES, article()), (Kind.STORIES, story())):
            index = indices.index_for(kind, "2026.11")
            client.index(index=index, document=record.model_dump(mode="json", by_alias=True), refresh=True)
        yield client


def article() -> Article:
    evidence = Evidence(field="title", start=0, end=9, text="Sanctions")
    return Article.model_validate(
        {
            "@timestamp": NOW,
            "id": "a1",
            "item_id": "i1",
            "title": "Sanctions on a Russian bank",
            "publisher": "Example",
            "language": "en",
            "url": ArticleUrl(original="https://x.test/1", full="https://x.test/1", key="x.test/1", domain="x.test"),
            "feed": FeedFacts(id="f1", title="Example", country="US", ownership="independent"),
            "feed_ids": ["f1"],
            "discovered_at": NOW,
            "fetched_at": NOW,
            "ingested_at": NOW,
            "updated_at": NOW,
            "fingerprint": Fingerprint(text_sha256="0"),
            "story": StoryRef(id="2026.11-1"),
            "desks": {
                DESK: DeskView(
                    relevance=2,
                    topics=[TopicMatch(id="sanctions", score=0.9, evidence=[evidence])],
                    entities=[EntityMatch(id="ofac", name="OFAC", kind="body")],
                    taxonomy="1",
                )
            },
        }
    )


def story() -> Story:
    values = dict.fromkeys(("first_at", "last_at", "updated_at"), NOW)
    return Story.model_validate(
        {"id": "2026.11-1", "headline": "x", "article_ids": ["a1"], "outlets": ["Example"], "relevance": {DESK: 2}}
        | values
    )


def nested(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object in `value`, those inside strings of JSON too."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            value = json.loads(value)
        except ValueError:
            return
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from nested(member)


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return json.loads(dashboard["attributes"]["panelsJSON"])


def parts(objects: list[dict[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    """(where, data view, JSON): each part of the objects that reads exactly one data view."""
    for o in objects:
        if o["type"] == "search":
            yield o["id"], o["references"][0]["id"], o["attributes"]
        if o["type"] == "dashboard":
            for panel in panels(o):
                if panel["type"] == "lens":
                    attributes = panel["embeddableConfig"]["attributes"]
                    (view,) = {reference["id"] for reference in attributes["references"]}
                    yield f"{o['id']}/{attributes['title']}", view, attributes
            for control in nested(o["attributes"]["controlGroupInput"]["panelsJSON"]):
                if "fieldName" in control:
                    yield f"{o['id']}/control {control['title']}", control["dataViewId"], control


def fields(objects: list[dict[str, Any]], views: dict[str, dict[str, Any]]) -> Iterator[Use]:
    for id_, view in views.items():
        if "timeFieldName" in view:
            yield Use(id_, id_, view["timeFieldName"])
    for where, view, part in parts(objects):
        for name in part.get("columns", []):
            yield Use(where, view, name)
        for name in sorted_by(part):
            yield Use(where, view, name, is_counted=True)
        for inner in nested(part):
            for key in ("sourceField", "fieldName"):
                if inner.get(key) not in (None, COUNT_OF_RECORDS):
                    yield Use(where, view, inner[key], is_counted=True)
    for use in queries(objects):
        for name in re.findall(r"([\w.@]+):(?=[\w(\[*])", use.value):
            yield Use(f"{use.where}, query", use.data_view, name)


def sorted_by(part: dict[str, Any]) -> list[str]:
    """The fields that a saved search is sorted by; a control's `sort` is about its own list."""
    sort = part.get("sort", [])
    return [name for name, _ in sort] if isinstance(sort, list) else []


def queries(objects: list[dict[str, Any]]) -> Iterator[Use]:
    for where, view, part in parts(objects):
        for inner in nested(part):
            if isinstance(inner.get("query"), str) and inner["query"]:
                assert inner["language"] == "lucene", f"{where}: only Lucene can be checked by Elasticsearch"
                yield Use(where, view, inner["query"])


def under(prefix: str, view: dict[str, Any]) -> str:
    """The data view's index pattern, in the test's own part of the node."""
    return view["title"].replace("hotline", prefix, 1)


def test_a_saved_search_for_each_topic_and_a_dashboard_for_the_desk(objects: list[dict[str, Any]]) -> None:
    topics = [o for o in objects if o["type"] == "search" and f"desks.{DESK}.topics.id:" in json.dumps(o)]
    assert len(topics) == TOPICS
    assert [o["id"] for o in objects if o["type"] == "dashboard"] == [f"hotline-{DESK}"]


def test_ids_are_unique_and_every_reference_is_among_the_objects(objects: list[dict[str, Any]]) -> None:
    ids = [(o["type"], o["id"]) for o in objects]
    assert len(ids) == len(set(ids))
    references = [(r["type"], r["id"]) for o in objects for r in o["references"]]
    assert set(references) <= set(ids)
    assert len(references) > TOPICS


def test_a_panel_names_its_saved_search_as_kibana_looks_it_up(objects: list[dict[str, Any]]) -> None:
    (dashboard,) = [o for o in objects if o["type"] == "dashboard"]
    names = {r["name"]: r["id"] for r in dashboard["references"]}
    searches = [panel for panel in panels(dashboard) if panel["type"] == "search"]
    assert len(searches) == 3
    for panel in searches:
        wanted = panel["embeddableConfig"]["savedObjectId"]
        assert names[f"{panel['panelIndex']}:{panel['panelRefName']}"] == wanted


def test_data_views_cover_the_indices_that_hotline_writes(views: dict[str, dict[str, Any]]) -> None:
    indices = Indices()
    for kind in Kind:
        if f"hotline-{kind}" in views:
            pattern = views[f"hotline-{kind}"]["title"].replace("*", ".*")
            assert re.fullmatch(pattern, indices.index_for(kind, "2026.11"))


@pytest.mark.elasticsearch
def test_every_field_and_every_query_resolves_and_finds(
    objects: list[dict[str, Any]], views: dict[str, dict[str, Any]], node: Elasticsearch, es_prefix: str
) -> None:
    # One test for what could be four: setting up a dozen indices costs ten seconds on a busy machine.
    patterns = {id_: under(es_prefix, view) for id_, view in views.items()}
    caps = {id_: node.field_caps(index=pattern, fields="*")["fields"] for id_, pattern in patterns.items()}
    used = list(fields(objects, views))
    assert len(used) > 100
    assert [use for use in used if use.value not in caps[use.data_view]] == []
    needed = [use for use in used if use.is_counted]
    assert len(needed) > 30
    assert [u for u in needed if not all(kind["aggregatable"] for kind in caps[u.data_view][u.value].values())] == []
    for use in queries(objects):
        query = {"query_string": {"query": use.value, "analyze_wildcard": True}}
        answer = node.indices.validate_query(index=patterns[use.data_view], query=query, explain=True)
        assert answer["valid"], f"{use}: {answer}"

    def found(id_: str) -> int:
        (use,) = [use for use in queries(objects) if use.where == id_]
        query = {"query_string": {"query": use.value}}
        return int(node.count(index=patterns[use.data_view], query=query)["count"])

    searches = ("sanctions", "energy", "relevant", "stories")
    assert {name: found(f"hotline-{DESK}-{name}") for name in searches} == {
        "sanctions": 1,
        "energy": 0,
        "relevant": 1,
        "stories": 1,
    }
