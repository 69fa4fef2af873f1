"""Articles of a span of time, read page by page."""

from datetime import UTC, datetime, timedelta

import pytest

from hotline.line import articles
from hotline.search.indices import Kind
from hotline.search.store import Store, Write
from schemas.article import Article

pytestmark = pytest.mark.elasticsearch
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _article(number: int, at: datetime) -> Article:
    url = {"original": "u", "full": "u", "key": "u", "domain": "u"}
    feed = {"id": "f", "title": "F"}
    stamps = dict.fromkeys(
        ("@timestamp", "published_at", "discovered_at", "fetched_at", "ingested_at", "updated_at"), at
    )
    return Article.model_validate(
        {
            **stamps,
            "id": f"a{number}",
            "url": url,
            "title": f"Article {number}",
            "item_id": "i",
            "publisher": "P",
            "feed": feed,
            "feed_ids": ["f"],
            "fingerprint": {"text_sha256": "0"},
        }
    )


def test_articles_of_the_span_come_once_and_in_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articles, "_PAGE", 2)
    dates = [NOW - timedelta(days=days) for days in (40, 5, 3, 3, 1)]
    writes = [Write(Kind.ARTICLES, f"a{n}", _article(n, at), month="2026.11") for n, at in enumerate(dates)]
    store.write(writes)
    store.refresh(Kind.ARTICLES)
    found = list(articles.articles_since(store, NOW - timedelta(days=30)))
    assert [article["id"] for article in found] == ["a1", "a2", "a3", "a4"]
    assert found[0]["title"] == "Article 1"
