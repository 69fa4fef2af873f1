"""What people say of alerts: acknowledged, muted, snoozed, not relevant, wrong topic, wrong story.

Recorded, and given out as labelled articles for `hotline eval topics`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline.alerts.ids import dated_id, month_in
from hotline.search.indices import Kind, month_of
from hotline.search.store import Store
from schemas.alert import Act, Alert, OccasionKind, Said
from schemas.article import Article
from schemas.desk import Alerting
from schemas.key import Key

JUDGEMENTS = (Act.NOT_RELEVANT, Act.WRONG_TOPIC)
"""What is said about an article's labels. Which story it belongs to is said in another set."""


@dataclass(frozen=True)
class Answer:
    """What a person chose."""

    act: Act
    by: str
    via: str  # link or command
    for_desk: bool = False
    of_rule: bool = False
    topics: Sequence[str] = ()
    note: str = ""
    until: datetime | None = None  # else as the desk's waits say


def said_of(alert: Alert, answer: Answer, alerting: Alerting, now: datetime) -> Said:
    """The record of an answer. The same answer within a minute is the same record: a second click changes nothing."""
    waits = {Act.MUTE: alerting.mute_for, Act.SNOOZE: alerting.snooze_for}
    until = answer.until or (now + waits[answer.act] if answer.act in waits else None)
    parts = (alert.id, answer.by, answer.act.value, str(answer.for_desk), str(answer.of_rule), ",".join(answer.topics))
    return Said(
        **{"@timestamp": now},
        id=dated_id(month_of(now), *parts, f"{now:%Y-%m-%dT%H:%M}"),
        act=answer.act,
        by=answer.by,
        via=answer.via,
        desk=alert.desk,
        alert_id=alert.id,
        thread=alert.occasion_id,
        rule_id=alert.rule_id,
        article_id=alert.article_id,
        severity=alert.severity,
        for_desk=answer.for_desk,
        of_rule=answer.of_rule,
        until=until,
        topics=list(answer.topics),
        note=answer.note,
    )


def record(store: Store, said: Said) -> bool:
    """Keeps an answer; returns whether it is new."""
    return store.create(Kind.SAID, said.id, said) is not None


def alert_by_id(store: Store, id_: str) -> Alert | None:
    """The alert, read in real time."""
    found = store.get(Alert, Kind.ALERTS, id_, month_in(id_))
    return found.record if found else None


def alerts_beginning(store: Store, start: str) -> list[Alert]:
    """At most two alerts whose ids begin like this: enough to tell whether it is one."""
    store.refresh(Kind.ALERTS)
    return [kept.record for kept in store.search(Alert, Kind.ALERTS, {"prefix": {"id": start}}, size=2)]


def answers_to(store: Store, thread: str) -> list[Said]:
    """What was said about a thread, latest first."""
    store.refresh(Kind.SAID)
    latest = [{"@timestamp": {"order": "desc"}}]
    return [kept.record for kept in store.search(Said, Kind.SAID, {"term": {"thread": thread}}, size=50, sort=latest)]


def latest_alerts(store: Store, size: int, desk: str | None = None) -> list[Alert]:
    """The latest alerts of rules, newest first."""
    store.refresh(Kind.ALERTS)
    ours = [OccasionKind.HEALTH.value, OccasionKind.DIGEST.value]
    of_desk = [{"term": {"desk": desk}}] if desk else []
    query = {"bool": {"filter": of_desk, "must_not": [{"terms": {"occasion": ours}}]}}
    latest = [{"@timestamp": {"order": "desc"}}]
    return [kept.record for kept in store.search(Alert, Kind.ALERTS, query, size=size, sort=latest)]


def labels(store: Store, desk: str) -> Iterator[dict[str, Any]]:
    """Judged articles as the labelled sets have them, oldest judgement first; of several on an article the last holds.

    A topic that was wrong leaves relevance as the tagger saw it.
    """
    store.refresh(Kind.SAID)
    query = {"bool": {"filter": [{"terms": {"act": [act.value for act in JUDGEMENTS]}}, {"term": {"desk": desk}}]}}
    oldest = [{"@timestamp": {"order": "asc"}}]
    found = [kept.record for kept in store.search(Said, Kind.SAID, query, size=10_000, sort=oldest)]
    last = {said.article_id: said for said in found if said.article_id}
    keys = store.get_many(Key, Kind.KEYS, last)
    articles = store.get_many(Article, Kind.ARTICLES, {id_: key.record.month for id_, key in keys.items()})
    for id_, said in last.items():
        if id_ in articles:
            yield _label(articles[id_].record, said, desk)


def _label(article: Article, said: Said, desk: str) -> dict[str, Any]:
    view = article.desks.get(desk)
    is_relevant = said.act is not Act.NOT_RELEVANT
    return {
        "id": article.id,
        "url": article.url.canonical or article.url.full,
        "publisher": article.publisher,
        "published": article.published_at.date().isoformat() if article.published_at else None,
        "lang": article.language,
        "title": article.title,
        "text": article.body,
        "relevance": max(view.relevance, 1) if is_relevant and view else 0,
        "topics": said.topics if is_relevant else [],
    }
