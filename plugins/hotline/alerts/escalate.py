"""A critical alert that nobody acknowledges goes to somebody else."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from hotline.alerts.deliveries import deliveries_to
from hotline.alerts.ids import month_in
from hotline.alerts.raising import ensure
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert, Cause, Delivery, DeliveryStatus, Said
from schemas.base import Severity
from schemas.desk import Desk

LATEST = timedelta(days=1)  # what was told longer ago is no emergency any more


def unanswered(sent: Sequence[Delivery], said: Sequence[Said], waits: timedelta, now: datetime) -> dict[str, Delivery]:
    """By thread the first critical delivery that nobody answered for `waits`. Any answer shows that it was read."""
    answered = {record.thread for record in said}
    first: dict[str, Delivery] = {}
    for delivery in sorted(sent, key=lambda d: (d.sent_at or now, d.id)):
        if delivery.thread not in answered:
            first.setdefault(delivery.thread, delivery)
    return {thread: d for thread, d in first.items() if d.sent_at is not None and now - d.sent_at >= waits}


def escalate(store: Store, desks: Mapping[str, Desk], now: datetime) -> int:
    """Makes sure of the deliveries to those who are told next; returns how many are new."""
    made: list[Delivery] = []
    for desk_id, desk in desks.items():
        people = [person for person in desk.recipients if person.name in desk.alerting.escalate_to]
        if not people:
            continue
        sent = _sent(store, desk_id, now)
        if not sent:
            continue
        for delivery in unanswered(sent, _said(store, sent), desk.alerting.escalate_after, now).values():
            alert = store.get(Alert, Kind.ALERTS, delivery.alert_id, month_in(delivery.alert_id))
            if alert:
                made += [d for p in people for d in deliveries_to(alert.record, p, now, cause=Cause.ESCALATION)]
    return ensure(store, [], made)[1]


def _sent(store: Store, desk: str, now: datetime) -> list[Delivery]:
    store.refresh(Kind.DELIVERIES)
    conditions = [
        {"term": {"desk": desk}},
        {"term": {"severity": Severity.CRITICAL.value}},
        {"term": {"status": DeliveryStatus.SENT.value}},
        {"term": {"cause": Cause.ALERT.value}},
        {"range": {"sent_at": {"gte": (now - LATEST).isoformat()}}},
    ]
    found = store.search(Delivery, Kind.DELIVERIES, {"bool": {"filter": conditions}}, size=10_000)
    return [kept.record for kept in found]


def _said(store: Store, sent: Sequence[Delivery]) -> list[Said]:
    store.refresh(Kind.SAID)
    query = {"terms": {"thread": sorted({d.thread for d in sent})}}
    return [kept.record for kept in store.search(Said, Kind.SAID, query, size=10_000)]
