"""Articles, desks and a store to raise and send with."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from hotline.search.indices import Indices, install
from hotline.search.store import Store
from schemas.alert import Alert
from schemas.article import Article, ArticleUrl, FeedFacts, Fingerprint, StoryRef
from schemas.base import Precision
from schemas.desk import Desk
from schemas.rule import Recipient, Rule
from schemas.topic import DeskView, Evidence, TopicMatch
from tests.alerts.mailbox import Mailbox, smtp_server

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DESK = "us_russia"


def make_article(id_: str = "a1", **changes: Any) -> Article:
    """An article as the line leaves it: placed, tagged for the desk, published ten minutes before NOW."""
    url = f"https://news.example/{id_}"
    at = datetime(2026, 11, 24, 11, 50, tzinfo=UTC)
    fields: dict[str, Any] = {
        "@timestamp": at,
        "id": id_,
        "item_id": f"item-{id_}",
        "url": ArticleUrl(original=url, full=url, key=url, domain="news.example"),
        "title": "Washington sanctions two Russian banks",
        "body": "The Treasury imposed sanctions on two Russian banks.\n\nMoscow promised an answer.",
        "language": "en",
        "published_at": at,
        "published_precision": Precision.MINUTE,
        "publisher": "Example News",
        "feed": FeedFacts(id="f1", title="Example"),
        "feed_ids": ["f1"],
        "discovered_at": at,
        "fetched_at": at,
        "ingested_at": at,
        "updated_at": at,
        "fingerprint": Fingerprint(text_sha256="0"),
        "story": StoryRef(id="2026.11-story1"),
        "desks": {DESK: make_view("sanctions")},
    }
    return Article.model_validate(fields | changes)


def make_view(*topics: str, relevance: int = 2, evidence: list[Evidence] | None = None) -> DeskView:
    """What the desk thinks of an article."""
    spans = evidence or []
    return DeskView(
        relevance=relevance,
        evidence=spans,
        topics=[TopicMatch(id=topic, score=1, evidence=spans) for topic in topics],
        taxonomy="t1",
    )


def make_rule(id_: str = "sanctions", **changes: Any) -> Rule:
    """A rule on sanctions."""
    return Rule.model_validate({"id": id_, "title": f"Rule {id_}", "query": "sanctions"} | changes)


def make_desk(*recipients: Recipient, **changes: Any) -> Desk:
    """A desk with Anna, Boris and an operator, unless others are named."""
    everyone = recipients or (
        Recipient(name="anna", email="anna@example.org"),
        Recipient(name="boris", email="boris@example.org"),
        Recipient(name="op", email="op@example.org", operator=True),
    )
    return Desk.model_validate({"title": "Desk", "recipients": list(everyone)} | changes)


def make_alert(**changes: Any) -> Alert:
    """An alert as raised by the rule on sanctions."""
    from hotline.alerts.raising import alert_for

    alert = alert_for(DESK, make_rule(), make_article(), {}, NOW)
    return alert.model_copy(update=changes)


@pytest.fixture(scope="session")
def installed(elasticsearch_url: str) -> Iterator[Store]:
    """Indices of this folder's own, made once: making them takes longer than any test."""
    indices = Indices(f"test-alerts-{uuid.uuid4().hex[:8]}")
    with Elasticsearch(elasticsearch_url, request_timeout=60) as client:
        install(client, indices, NOW)
        yield Store(client, indices)
        for index in client.indices.get(index=f"{indices.prefix}-*", features=["aliases"]):
            client.indices.delete(index=index)
        client.indices.delete_index_template(name=f"{indices.prefix}-*")


@pytest.fixture
def store(installed: Store) -> Store:
    """The store, emptied."""
    everything = f"{installed.indices.prefix}-*"
    installed.client.indices.refresh(index=everything)
    installed.client.delete_by_query(index=everything, query={"match_all": {}}, refresh=True, conflicts="proceed")
    return installed


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mailbox with its SMTP server."""
    with smtp_server(Mailbox()) as served:
        yield served
