"""Index templates are derived from the contracts."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import pytest
from elasticsearch import BadRequestError
from pydantic import Field

from hotline.search.indices import MODELS, Indices, Kind, install, is_installed, month_of
from hotline.search.mappings import mapping_of
from hotline.search.store import Store
from schemas.base import Contract, Es, Instant, Text
from schemas.key import Key


class Colour(StrEnum):
    RED = "red"


class Part(Contract):
    name: Text = Field(description="…")
    weight: float | None = Field(default=None, description="…")


class Sample(Contract):
    when: Instant | None = Field(alias="@timestamp", description="…")
    colour: Colour = Field(description="…")
    parts: list[Part] = Field(description="…")
    points: Annotated[list[str], Es.TEXT] = Field(description="…")
    by_desk: dict[str, Part] = Field(description="…")
    raw: Annotated[list[Part], Es.STORED] = Field(description="…")


def test_types_hints_and_aliases_become_a_mapping() -> None:
    mapping = mapping_of(Sample)
    assert mapping["dynamic"] == "strict"
    properties = mapping["properties"]
    assert properties["@timestamp"] == {"type": "date"}
    assert properties["colour"]["type"] == "keyword"
    assert properties["parts"]["properties"]["name"] == {"type": "text"}
    assert properties["points"] == {"type": "text"}
    assert properties["raw"] == {"type": "object", "enabled": False}


def test_keys_that_are_not_known_beforehand_get_dynamic_templates_children_first() -> None:
    names = [name for template in mapping_of(Sample)["dynamic_templates"] for name in template]
    assert names == ["by_desk.*.name", "by_desk.*.weight", "by_desk.*"]


def test_a_type_without_a_mapping_is_refused_by_name() -> None:
    class Odd(Contract):
        blob: bytes = Field(description="…")

    with pytest.raises(TypeError, match="blob"):
        mapping_of(Odd)


@pytest.mark.parametrize("kind", MODELS)
def test_every_field_of_every_contract_has_a_mapping_and_a_description(kind: Kind) -> None:
    model = MODELS[kind]
    assert set(mapping_of(model)["properties"]) == {f.alias or n for n, f in model.model_fields.items()}
    assert all(field.description for field in model.model_fields.values())


@pytest.mark.elasticsearch
def test_elasticsearch_takes_the_templates_twice_and_maps_desks_as_the_contract_says(store: Store) -> None:
    client, indices = store.client, store.indices
    install(client, indices, datetime.now(UTC))
    view = {"relevance": 2, "topics": [{"id": "sanctions", "score": 0.9, "evidence": [{"text": "x", "start": 1}]}]}
    index = indices.index_for(Kind.ARTICLES, month_of(datetime.now(UTC)))
    client.index(
        index=index, id="1", document={"title": "Talks in Reykjavík", "desks": {"us_russia": view}}, refresh=True
    )
    alias = indices.name(Kind.ARTICLES)
    query = {"query_string": {"query": "title:talk AND desks.us_russia.topics.id:sanctions AND title:Reykjavik"}}
    assert client.count(index=alias, query=query)["count"] == 1
    fields = client.field_caps(index=alias, fields="desks.us_russia.*")["fields"]
    assert "keyword" in fields["desks.us_russia.topics.id"]
    assert "long" in fields["desks.us_russia.relevance"]
    with pytest.raises(BadRequestError, match="strict"):
        client.index(index=index, id="2", document={"titel": "a typo is no field"})


@pytest.mark.elasticsearch
def test_an_upgrade_is_noticed_and_one_cut_short_is_done_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    client, indices = store.client, store.indices
    assert is_installed(client, indices)
    with monkeypatch.context() as upgraded:
        upgraded.setitem(MODELS, Kind.SAID, Key)
        assert not is_installed(client, indices)
    assert not is_installed(client, Indices("nothing-was-ever-here"))


@pytest.mark.elasticsearch
@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Переговоры о санкциях", "санкции"),
        ("Putin’s envoys met", "envoy"),
        ("Putin's envoys met", "Putin"),
        ("Королёв", "королев"),
    ],
)
def test_search_finds_inflected_words_in_english_and_russian(store: Store, text: str, query: str) -> None:
    index = store.indices.index_for(Kind.UNMATCHED)
    store.client.index(index=index, document={"title": text}, refresh=True)
    assert store.client.count(index=index, query={"match": {"title": query}})["count"] == 1
