"""What the tests of the outbox do over and over: raise, send, look."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hotline.alerts.channel import Channel
from hotline.alerts.email import EmailChannel
from hotline.alerts.matching import Match, Watch
from hotline.alerts.outbox import SentReport, send_due
from hotline.alerts.raising import ensure, raised
from hotline.search.indices import Kind
from hotline.search.store import Store, Write
from schemas.alert import Alert, Delivery, DeliveryStatus, Thread
from schemas.article import Article
from schemas.desk import Desk
from schemas.key import Key
from schemas.story import Development, Story
from tests.alerts.conftest import DESK, NOW, make_article, make_desk, make_rule
from tests.alerts.mailbox import Mailbox

ANNA, BORIS = "anna@example.org", "boris@example.org"
STORY = "2026.11-story1"
DESKS: Mapping[str, Desk] = {DESK: make_desk()}


def fire(
    store: Store, *rules: Any, desks: Mapping[str, Desk] = DESKS, at: datetime = NOW, **article: Any
) -> list[Alert]:
    """Raises alerts of rules about an article, for the desk's people."""
    found = [Match(Watch(DESK, desks[DESK], rule), make_article(**article), {}) for rule in rules or [make_rule()]]
    alerts, made = raised(found, at)
    ensure(store, alerts, made)
    return alerts


def email(mailbox: Mailbox) -> EmailChannel:
    return EmailChannel("127.0.0.1", mailbox.port, "Hotline <hotline@desk.example>", timeout=5)


def send(
    store: Store,
    mailbox: Mailbox,
    minutes: float = 0,
    *,
    desks: Mapping[str, Desk] = DESKS,
    others: Mapping[str, Channel] | None = None,
    **options: Any,
) -> SentReport:
    """A run of the sender, so many minutes after NOW."""
    with email(mailbox) as channel:
        ways: dict[str, Channel] = {"email": channel, **(others or {})}
        return send_due(store, desks, ways, NOW + timedelta(minutes=minutes), **options)


def deliveries(store: Store) -> dict[tuple[str, str], Delivery]:
    """By recipient and rule."""
    store.refresh(Kind.DELIVERIES, Kind.ALERTS)
    rules = {
        hit["_id"]: hit["_source"]["rule_id"]
        for hit in store.client.search(index=store.indices.name(Kind.ALERTS), size=1000)["hits"]["hits"]
    }
    return {(d.recipient, rules[d.alert_id]): d for d in every_delivery(store)}


def every_delivery(store: Store) -> list[Delivery]:
    store.refresh(Kind.DELIVERIES)
    found = store.search(Delivery, Kind.DELIVERIES, {"match_all": {}}, size=1000)
    return [kept.record for kept in found]


def statuses(store: Store) -> set[DeliveryStatus]:
    return {delivery.status for delivery in every_delivery(store)}


def threads(store: Store) -> list[Thread]:
    store.refresh(Kind.THREADS)
    return [kept.record for kept in store.search(Thread, Kind.THREADS, {"match_all": {}}, size=1000)]


def put_articles(store: Store, *articles: Article) -> None:
    """Articles with their keys, as the line leaves them."""
    writes = [
        Write(Kind.KEYS, a.id, Key(month="2026.11", kind="article", batch_id="b", created_at=NOW), blind=True)
        for a in articles
    ]
    writes += [Write(Kind.ARTICLES, a.id, a, "2026.11", blind=True) for a in articles]
    store.write(writes)


def put_story(
    store: Store, articles: Sequence[Article], facts: Mapping[str, list[str]] | None = None, **changes: Any
) -> Story:
    """A story of these articles; `facts`: what an article added."""
    fields: dict[str, Any] = {
        "id": STORY,
        "headline": articles[0].title if articles else "gone",
        "first_at": NOW,
        "last_at": NOW,
        "updated_at": NOW,
        "article_ids": [a.id for a in articles],
        "outlets": list(dict.fromkeys(a.publisher for a in articles)),
        "development": [Development(at=NOW, article_id=id_, new=new) for id_, new in (facts or {}).items()],
    }
    story = Story.model_validate(fields | changes)
    put_articles(store, *articles)
    store.write([Write(Kind.STORIES, story.id, story, story.id[:7], blind=True)])
    return story


def text(message: Any) -> str:
    return str(message.get_body(("plain",)).get_content()).replace("\r\n", "\n")
