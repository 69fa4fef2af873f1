"""Articles of a span of time out of Elasticsearch, as the records that `hotline tag` reads."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from hotline.search.indices import Kind
from hotline.search.store import Store

_PAGE = 500  # articles a request
_FIELDS = ["id", "title", "subtitle", "key_points", "body", "language", "published_at"]


def articles_since(store: Store, start: datetime) -> Iterator[dict[str, Any]]:
    """Articles dated `start` or later, oldest first. Holds a page of them at a time."""
    after = None
    while True:
        hits = store.client.search(
            index=store.indices.name(Kind.ARTICLES),
            query={"range": {"@timestamp": {"gte": start.isoformat()}}},
            sort=[{"@timestamp": "asc"}, {"id": "asc"}],
            search_after=after,
            size=_PAGE,
            source_includes=_FIELDS,
        )["hits"]["hits"]
        if not hits:
            return
        yield from (hit["_source"] for hit in hits)
        after = hits[-1]["sort"]
