"""Digests in the outbox: when one is made, and what the records say it holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from hotline.alerts.channel import Letter
from hotline.alerts.deliveries import deliveries_to
from hotline.alerts.digest import MOST_NEAR_MISSES, Digest, Outlets, entries
from hotline.alerts.hours import last_period
from hotline.alerts.ids import dated_id, month_in
from hotline.alerts.letters import Letters
from hotline.alerts.people import People
from hotline.alerts.raising import ensure
from hotline.alerts.telling import OPEN_STATUSES
from hotline.search.indices import Kind, month_of
from hotline.search.store import Store, Write
from schemas.alert import Alert, Cause, Delivery, DeliveryStatus, DigestKind, OccasionKind, Thread
from schemas.article import Article
from schemas.base import Severity
from schemas.desk import Desk
from schemas.rule import DigestEvery, Recipient

BARS = {"hourly": 12, "daily": 24, "weekly": 28, "": 12}
_TITLES = {DigestKind.FLOOD: "Many alerts at once", DigestKind.CAUGHT_UP: "Caught up: what came late"}
_LISTED = (
    *(DeliveryStatus.SENT, DeliveryStatus.JOINED, DeliveryStatus.HELD),
    *(DeliveryStatus.PENDING, DeliveryStatus.RETRYING),
)


def ensure_scheduled(store: Store, desks: Mapping[str, Desk], now: datetime) -> int:
    """Makes sure of the digests whose period is over; returns how many are new. Once a period and recipient."""
    wanted: dict[str, tuple[Alert, list[Delivery]]] = {}
    for desk_id, desk in desks.items():
        for person in desk.recipients:
            if person.digest:
                since, until = last_period(person.digest, person.timezone, now)
                alert = _alert(desk_id, person, DigestKind.SCHEDULED, person.digest.channel, since, until)
                wanted[alert.id] = (alert, _deliveries(alert, person, person.digest.channel, DigestKind.SCHEDULED, now))
    known = store.get_many(
        Delivery, Kind.DELIVERIES, {d.id: month_in(d.id) for _, made in wanted.values() for d in made}
    )
    fresh = [(alert, made) for alert, made in wanted.values() if any(d.id not in known for d in made)]
    for alert, made in fresh:
        ensure(store, [alert], made)
    return len(fresh)


def ensure_waiting(store: Store, people: People, now: datetime) -> None:
    """Makes sure that a digest comes for what is held without a schedule: at once, or a window after the last one."""
    store.refresh(Kind.DELIVERIES)
    kinds = [DigestKind.FLOOD.value, DigestKind.CAUGHT_UP.value]
    query = {"bool": {"filter": [{"term": {"status": DeliveryStatus.HELD.value}}, {"terms": {"held_for": kinds}}]}}
    for held in {(d.desk, d.recipient, d.channel, d.held_for): d for d in _search(store, query)}.values():
        kind = held.held_for or DigestKind.FLOOD
        mine = _of(held, {"term": {"cause": Cause.DIGEST.value}}, {"term": {"held_for": kind.value}})
        last = store.search(Delivery, Kind.DELIVERIES, mine, size=1, sort=[{"@timestamp": {"order": "desc"}}])
        if last and last[0].record.status in OPEN_STATUSES:
            continue
        alerting = people.alerting(held)
        window = alerting.flood_window
        # While the line catches up more is to come; a flood is told at once.
        first = now + alerting.caught_up_wait if kind is DigestKind.CAUGHT_UP else now
        at = max(first, last[0].record.timestamp + window) if last else first
        person = people.recipient(held) or Recipient.model_construct(name=held.recipient, email=held.address)
        alert = _alert(held.desk, person, kind, held.channel, at - window, at)
        ensure(store, [alert], _deliveries(alert, person, held.channel, kind, at))


def fill(store: Store, people: People, letters: Letters, letter: Letter, delivery: Delivery) -> Letter:
    """The letter with its digest, where it is one."""
    alert = letter.alerts[0]
    if alert.occasion is not OccasionKind.DIGEST or delivery.held_for is None:
        return letter
    return replace(letter, digest=_gather(store, people, letters, alert, delivery))


def listed_in(letter: Letter) -> list[str]:
    """What a digest's thread has told: how a sender that dies before it marks the deliveries is made up for."""
    return [d.says for d in letter.digest.held] if letter.digest else []


def settle_held(store: Store, letter: Letter, message_id: str, now: datetime) -> None:
    """Marks what a digest told, and lets the stories' threads know, so that no later rule tells them again."""
    if letter.digest:
        _mark(store, letter.digest.held, message_id, now)


def _mark(store: Store, held: Sequence[Delivery], message_id: str | None, at: datetime | None) -> None:
    told = {"status": DeliveryStatus.SENT, "message_id": message_id, "sent_at": at}
    kept = store.get_many(Delivery, Kind.DELIVERIES, {d.id: month_in(d.id) for d in held})
    done = [k for k in kept.values() if k.record.status is DeliveryStatus.HELD]
    store.write([Write(Kind.DELIVERIES, k.record.id, k.record.model_copy(update=told), kept=k) for k in done])
    for delivery in held:
        _tell_thread(store, delivery, at)


def _tell_thread(store: Store, delivery: Delivery, at: datetime | None) -> None:
    """The story's thread after a digest named it. One that a sender has at this moment is left to it."""
    month = month_in(delivery.thread) if delivery.thread[:1].isdigit() else month_in(delivery.id)
    id_ = dated_id(month, delivery.thread, delivery.address, delivery.channel)
    kept = store.get(Thread, Kind.THREADS, id_, month)
    if kept is None or kept.record.lease is not None:
        return
    thread = kept.record
    heard = max([delivery.severity, thread.severity or delivery.severity], key=lambda severity: severity.rank)
    told = list(dict.fromkeys([*thread.told, delivery.says]))
    store.replace(kept, id_, thread.model_copy(update={"told": told, "severity": heard, "last_sent_at": at}))


def _gather(store: Store, people: People, letters: Letters, alert: Alert, delivery: Delivery) -> Digest:
    since, until = alert.since or alert.timestamp, alert.until or alert.timestamp
    kind = delivery.held_for or DigestKind.SCHEDULED
    person = people.recipient(delivery)
    held = _held(store, delivery, kind)
    listed, muted = list(held), list[Delivery]()
    every = ""
    if kind is DigestKind.SCHEDULED:
        every = person.digest.every.value if person and person.digest else DigestEvery.DAILY.value
        period = {"range": {"@timestamp": {"gte": since.isoformat(), "lt": until.isoformat()}}}
        rang = _search(store, _of(delivery, period, {"terms": {"cause": [Cause.ALERT.value, Cause.DEVELOPMENT.value]}}))
        known = {d.id for d in held}
        listed += [d for d in rang if d.status in _LISTED and d.id not in known]
        muted = [d for d in rang if d.status is DeliveryStatus.MUTED]
    elif listed:
        since = min(since, *(d.timestamp for d in listed))
    is_daily = every == DigestEvery.DAILY.value
    ids = {d.alert_id: month_in(d.alert_id) for d in [*listed, *muted]}
    alerts = {id_: kept.record for id_, kept in store.get_many(Alert, Kind.ALERTS, ids).items()}
    ids_of = {d.thread for d in listed if d.alert_id in alerts and alerts[d.alert_id].story_id}
    stories = {thread: story for thread in ids_of if (story := letters.story(thread))}
    return Digest(
        kind=kind,
        every=every,
        since=since,
        until=until,
        timezone=person.timezone if person else "UTC",
        entries=entries(listed, alerts, stories, _outlets(store, {s.id for s in stories.values()}, since), since),
        volume=_volume(store, delivery.desk, since, until, BARS[every]),
        near_misses=_near_misses(store, delivery.desk, since, until) if is_daily else [],
        muted=list({d.alert_id: alerts[d.alert_id] for d in muted if d.alert_id in alerts}.values()),
        held=held,
    )


def _held(store: Store, delivery: Delivery, kind: DigestKind) -> list[Delivery]:
    """What waits for this digest; a scheduled one takes whatever waits. What an earlier one told is marked so."""
    store.refresh(Kind.DELIVERIES, Kind.THREADS, Kind.ARTICLES)  # all that a digest is gathered from
    conditions: list[dict[str, Any]] = [{"term": {"status": DeliveryStatus.HELD.value}}]
    if kind is not DigestKind.SCHEDULED:
        conditions.append({"term": {"held_for": kind.value}})
    held = _search(store, _of(delivery, *conditions))
    earlier = _earlier(store, delivery)
    for thread in earlier:
        if told := [d for d in held if d.says in thread.told]:
            _mark(store, told, thread.last_message_id, thread.last_sent_at)
            held = [d for d in held if d not in told]
    return held


def _earlier(store: Store, delivery: Delivery) -> list[Thread]:
    """The digests that this address had last."""
    mine = [{"term": {"address": delivery.address}}, {"term": {"channel": delivery.channel}}]
    query = {"bool": {"filter": [*mine, {"prefix": {"thread": "digest/"}}, {"range": {"messages": {"gte": 1}}}]}}
    latest = [{"last_sent_at": {"order": "desc"}}]
    return [kept.record for kept in store.search(Thread, Kind.THREADS, query, size=5, sort=latest)]


def _outlets(store: Store, ids: Iterable[str], since: datetime) -> dict[str, Outlets]:
    """Who reported each story before `since`, and who first after."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    names = {"names": {"terms": {"field": "publisher", "size": 500}}}
    split = {
        "before": {"filter": {"range": {"ingested_at": {"lt": since.isoformat()}}}, "aggs": names},
        "later": {"filter": {"range": {"ingested_at": {"gte": since.isoformat()}}}, "aggs": names},
    }
    answer = store.client.search(
        index=store.indices.name(Kind.ARTICLES),
        size=0,
        query={"terms": {"story.id": wanted}},
        aggs={"stories": {"terms": {"field": "story.id", "size": len(wanted)}, "aggs": split}},
    )
    return {
        bucket["key"]: Outlets(*(frozenset(b["key"] for b in bucket[part]["names"]["buckets"]) for part in split))
        for bucket in answer["aggregations"]["stories"]["buckets"]
    }


def _volume(store: Store, desk: str | None, since: datetime, until: datetime, parts: int) -> list[int]:
    """Relevant articles in equal parts of the period."""
    step = (until - since) / parts
    edges = [since + step * n for n in range(parts + 1)]
    ranges = [{"from": a.isoformat(), "to": b.isoformat()} for a, b in pairwise(edges)]
    answer = store.client.search(
        index=store.indices.name(Kind.ARTICLES),
        size=0,
        query={"range": {f"desks.{desk}.relevance": {"gte": 1}}},
        aggs={"parts": {"date_range": {"field": "@timestamp", "ranges": ranges}}},
    )
    return [bucket["doc_count"] for bucket in answer["aggregations"]["parts"]["buckets"]]


def _near_misses(store: Store, desk: str | None, since: datetime, until: datetime) -> list[Article]:
    """The articles that were nearest to being relevant and are not: what a reader should judge now and then."""
    view = f"desks.{desk}"
    conditions = [
        {"term": {f"{view}.relevance": 0}},
        {"range": {f"{view}.score": {"gt": 0.1}}},
        {"range": {"ingested_at": {"gte": since.isoformat(), "lt": until.isoformat()}}},
        {"term": {"quiet": False}},
    ]
    nearest = [{f"{view}.score": {"order": "desc", "unmapped_type": "float"}}]
    query = {"bool": {"filter": conditions, "must_not": [{"exists": {"field": "near_duplicate_of"}}]}}
    found = store.search(Article, Kind.ARTICLES, query, size=MOST_NEAR_MISSES, sort=nearest)
    return [kept.record for kept in found]


def _alert(
    desk: str | None, person: Recipient, kind: DigestKind, channel: str, since: datetime, until: datetime
) -> Alert:
    every = person.digest.every.value if kind is DigestKind.SCHEDULED and person.digest else kind.value
    key = f"digest/{desk}/{person.name}/{channel}/{every}/{until:%Y-%m-%dT%H:%M:%S}"
    return Alert(
        **{"@timestamp": until},
        id=dated_id(month_of(until), key),
        desk=desk,
        rule_id=f"digest/{every}",
        rule_title=_TITLES.get(kind, f"{every.capitalize()} digest"),
        severity=Severity.LOW,
        occasion=OccasionKind.DIGEST,
        occasion_id=key,
        title=_TITLES.get(kind, f"{every.capitalize()} digest"),
        since=since,
        until=until,
    )


def _deliveries(alert: Alert, person: Recipient, channel: str, kind: DigestKind, at: datetime) -> list[Delivery]:
    made = deliveries_to(alert, person, at, channels=[channel], cause=Cause.DIGEST)
    return [delivery.model_copy(update={"held_for": kind}) for delivery in made]


def _of(delivery: Delivery, *conditions: Mapping[str, Any]) -> dict[str, Any]:
    """A query for what the same recipient of the same desk gets by the same channel."""
    mine: list[Mapping[str, Any]] = [
        {"term": {"recipient": delivery.recipient}},
        {"term": {"channel": delivery.channel}},
        {"term": {"desk": delivery.desk}} if delivery.desk else {"bool": {"must_not": [{"exists": {"field": "desk"}}]}},
    ]
    return {"bool": {"filter": [*mine, *conditions]}}


def _search(store: Store, query: dict[str, Any]) -> list[Delivery]:
    order = [{"@timestamp": {"order": "asc"}}]
    return [kept.record for kept in store.search(Delivery, Kind.DELIVERIES, query, size=10_000, sort=order)]
