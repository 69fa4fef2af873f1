"""Writes that can be repeated: create once, replace only what was read."""

from datetime import UTC, datetime

import pytest

from hotline.search.indices import Indices, Kind
from hotline.search.store import Store, StoreError, Write
from schemas.capture import Batch
from schemas.key import Key

pytestmark = pytest.mark.elasticsearch
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def batch(id_: str, captures: int = 1) -> Batch:
    return Batch(id=id_, warc=None, created_at=NOW, captures=captures)


def test_a_record_is_created_once(store: Store) -> None:
    assert store.create(Kind.BATCHES, "a", batch("a")) is not None
    assert store.create(Kind.BATCHES, "a", batch("a", captures=9)) is None
    kept = store.get(Batch, Kind.BATCHES, "a")
    assert kept is not None
    assert kept.record.captures == 1


def test_only_what_is_as_it_was_read_is_replaced(store: Store) -> None:
    first = store.create(Kind.BATCHES, "a", batch("a"))
    assert first is not None
    second = store.replace(first, "a", batch("a", captures=2))
    assert second is not None
    assert store.replace(first, "a", batch("a", captures=3)) is None
    assert store.replace(second, "a", batch("a", captures=4)) is not None


def test_a_bulk_says_which_records_conflicted_and_writes_the_others(store: Store) -> None:
    store.create(Kind.BATCHES, "a", batch("a"))
    conflicts = store.write([Write(Kind.BATCHES, id_, batch(id_)) for id_ in ("a", "b")])
    assert conflicts == {"a"}
    assert set(store.get_many(Batch, Kind.BATCHES, ["a", "b", "c"])) == {"a", "b"}


def test_a_bulk_names_a_record_that_is_refused(store: Store) -> None:
    store.client.indices.put_settings(index=store.indices.name(Kind.BATCHES), settings={"index.blocks.write": True})
    try:
        with pytest.raises(StoreError, match=r"refused 1 of 1.*batches/a"):
            store.write([Write(Kind.BATCHES, "a", batch("a"))])
    finally:
        store.client.indices.put_settings(index=store.indices.name(Kind.BATCHES), settings={"index.blocks.write": None})


def test_records_of_several_months_are_read_by_id(store: Store) -> None:
    key = Key(month="2026.10", kind="items", batch_id="b", created_at=NOW)
    old, new = key, key.model_copy(update={"month": "2026.11"})
    assert store.write([Write(Kind.KEYS, "old", old), Write(Kind.KEYS, "new", new)]) == set()
    found = store.get_many(Key, Kind.KEYS, ["old", "new"])
    assert {id_: kept.record.month for id_, kept in found.items()} == {"old": "2026.10", "new": "2026.11"}


def test_only_records_that_are_as_they_were_read_are_deleted(store: Store) -> None:
    a, b = (store.create(Kind.BATCHES, id_, batch(id_)) for id_ in "ab")
    assert a is not None
    assert b is not None
    store.replace(b, "b", batch("b", captures=2))
    assert store.delete([("a", a), ("b", b)]) == 1
    assert set(store.get_many(Batch, Kind.BATCHES, ["a", "b"])) == {"b"}


def test_a_write_of_a_kind_kept_by_month_must_name_the_month() -> None:
    with pytest.raises(ValueError, match="month"):
        Indices().index_for(Kind.ITEMS)
