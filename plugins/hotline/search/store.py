"""Records in and out: every write is a `create` or a compare-and-set, so that doing it twice changes nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from elasticsearch import ConflictError, Elasticsearch, NotFoundError
from elasticsearch.helpers import scan
from pydantic import BaseModel

from hotline.search.indices import Indices, Kind

CHUNK = 500  # documents a request; a bulk of whole articles stays under a few MB
CONFLICT = 409


class StoreError(RuntimeError):
    """Elasticsearch refused records for another reason than a conflict."""


@dataclass(frozen=True)
class Kept[M: BaseModel]:
    """A record as it was read, with what compare-and-set needs."""

    record: M
    index: str
    seq_no: int
    primary_term: int


@dataclass(frozen=True)
class Write:
    """One write of a bulk: `create` when `kept` is None, else replace what was read (compare-and-set)."""

    kind: Kind
    id: str
    record: BaseModel
    month: str | None = None
    kept: Kept[Any] | None = None
    blind: bool = False  # index whatever stands there: for records with one writer


def document(record: BaseModel) -> dict[str, Any]:
    """A record as JSON for Elasticsearch, under its aliases (`@timestamp`)."""
    return record.model_dump(mode="json", by_alias=True)


class Store:
    """The store of records under one prefix."""

    def __init__(self, client: Elasticsearch, indices: Indices) -> None:
        self.client = client
        self.indices = indices

    def get[M: BaseModel](self, model: type[M], kind: Kind, id_: str, month: str | None = None) -> Kept[M] | None:
        """The record, read in real time; None where there is none."""
        try:
            hit = self.client.get(index=self.indices.index_for(kind, month), id=id_)
        except NotFoundError:
            return None
        return kept(model, hit.body)

    def get_many[M: BaseModel](
        self, model: type[M], kind: Kind, wanted: Mapping[str, str | None] | Iterable[str]
    ) -> dict[str, Kept[M]]:
        """Records by id, read in real time; ids without a record are left out. For monthly kinds: id → month."""
        months = wanted if isinstance(wanted, Mapping) else dict.fromkeys(wanted)
        found: dict[str, Kept[M]] = {}
        for chunk in chunks(list(months.items())):
            docs = [{"_index": self.indices.index_for(kind, month), "_id": id_} for id_, month in chunk]
            for hit in self.client.mget(docs=docs)["docs"]:
                if hit.get("found"):
                    found[hit["_id"]] = kept(model, hit)
        return found

    def create[M: BaseModel](self, kind: Kind, id_: str, record: M, month: str | None = None) -> Kept[M] | None:
        """Writes a new record. None where the id exists already: nothing is changed then."""
        index = self.indices.index_for(kind, month)
        try:
            answer = self.client.create(index=index, id=id_, document=document(record))
        except ConflictError:
            return None
        return Kept(record, index, answer["_seq_no"], answer["_primary_term"])

    def replace[M: BaseModel](self, old: Kept[M], id_: str, record: M) -> Kept[M] | None:
        """Replaces what was read. None where somebody changed it since: read again and decide anew."""
        try:
            answer = self.client.index(
                index=old.index,
                id=id_,
                document=document(record),
                if_seq_no=old.seq_no,
                if_primary_term=old.primary_term,
            )
        except ConflictError:
            return None
        return Kept(record, old.index, answer["_seq_no"], answer["_primary_term"])

    def write(self, writes: Sequence[Write]) -> set[str]:
        """Writes in bulk; returns the ids whose write conflicted (existed, or changed since it was read).

        Raises: StoreError naming the first record that was refused for another reason; the others are written.
        """
        conflicts: set[str] = set()
        refused: list[str] = []
        for chunk in chunks(writes):
            operations: list[Mapping[str, Any]] = []
            for write in chunk:
                operations += [self._action(write), document(write.record)]
            for result in self.client.bulk(operations=operations)["items"]:
                (outcome,) = result.values()
                if outcome["status"] == CONFLICT:
                    conflicts.add(outcome["_id"])
                elif "error" in outcome:
                    refused.append(f"{outcome['_index']}/{outcome['_id']}: {outcome['error'].get('reason')}")
        if refused:
            raise StoreError(f"Elasticsearch refused {len(refused)} of {len(writes)} records; first: {refused[0]}")
        return conflicts

    def delete(self, olds: Iterable[tuple[str, Kept[Any]]]) -> int:
        """Deletes records that are still as they were read; returns how many."""
        deleted = 0
        for chunk in chunks(list(olds)):
            operations = [
                {"delete": {"_index": k.index, "_id": i, "if_seq_no": k.seq_no, "if_primary_term": k.primary_term}}
                for i, k in chunk
            ]
            items = self.client.bulk(operations=operations)["items"]
            deleted += sum(1 for item in items if item["delete"]["status"] == 200)
        return deleted

    def search[M: BaseModel](
        self,
        model: type[M],
        kind: Kind,
        query: dict[str, Any],
        *,
        size: int,
        sort: list[dict[str, Any]] | None = None,
    ) -> list[Kept[M]]:
        """Records that match, as of the last refresh; at most 10,000."""
        answer = self.client.search(
            index=self.indices.name(kind), query=query, size=size, sort=sort, seq_no_primary_term=True
        )
        return [kept(model, hit) for hit in answer["hits"]["hits"]]

    def ids(self, kind: Kind, query: dict[str, Any]) -> set[str]:
        """Ids of all records that match, however many, as of the last refresh."""
        hits = scan(self.client, index=self.indices.name(kind), query={"query": query}, size=5000, _source=False)
        return {hit["_id"] for hit in hits}

    def documents(self, kind: Kind, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """All records that match as they are stored, however many, a chunk of them in memory at a time."""
        for hit in scan(self.client, index=self.indices.name(kind), query={"query": query}, size=CHUNK):
            yield hit["_source"]

    def columns(
        self, kind: Kind, query: dict[str, Any], fields: Sequence[str], *, size: int, sort: list[dict[str, Any]]
    ) -> dict[str, tuple[Any, ...]]:
        """Ids of records that match, in order, with the values of some fields; None where a record has none."""
        answer = self.client.search(
            index=self.indices.name(kind),
            query=query,
            size=size,
            sort=sort,
            source=False,
            docvalue_fields=[{"field": field} for field in fields],
        )
        return {
            hit["_id"]: tuple(hit.get("fields", {}).get(field, [None])[0] for field in fields)
            for hit in answer["hits"]["hits"]
        }

    def refresh(self, *kinds: Kind) -> None:
        """Makes what was written searchable."""
        self.client.indices.refresh(index=[self.indices.name(kind) for kind in kinds])

    def count(self, kind: Kind, query: dict[str, Any] | None = None) -> int:
        """How many records match, as of the last refresh."""
        return cast("int", self.client.count(index=self.indices.name(kind), query=query)["count"])

    def _action(self, write: Write) -> dict[str, Any]:
        if write.kept is not None:
            k = write.kept
            meta = {"_index": k.index, "_id": write.id, "if_seq_no": k.seq_no, "if_primary_term": k.primary_term}
            return {"index": meta}
        meta = {"_index": self.indices.index_for(write.kind, write.month), "_id": write.id}
        return {"index" if write.blind else "create": meta}


def kept[M: BaseModel](model: type[M], hit: Mapping[str, Any]) -> Kept[M]:
    """A hit of a get or a search, as a record."""
    return Kept(model.model_validate(hit["_source"]), hit["_index"], hit["_seq_no"], hit["_primary_term"])


def chunks[T](items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items, `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
