"""Sending what is due, at least once and almost always exactly once.

A sender leases the thread (recipient's address, channel and what the message is about) by compare-and-set, so no two
work on one. Order of events for a message:

1. the thread is leased; its record, read in real time, says which message of the thread this is;
2. the channel takes the message, whose id follows from the thread and the number of the message;
3. the thread records that it was told, with the alerts that stood in it; the lease ends with the same write;
4. the deliveries are marked.

A sender that dies before 2 has done nothing. One that dies between 2 and 3 leaves a message that goes out again when
the lease has expired, with the same Message-ID: the only window for a duplicate. After 3 the next run does 4.

The index is refreshed before due deliveries are looked for, so that the run for a batch finds what that batch raised.
Nothing depends on it: what a search misses is found by the next one, and what it shows too late is read again, in real
time, under the lease.
"""

import os
import socket
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hotline.alerts.channel import Channel, Deferred, Letter, Refused, Unavailable
from hotline.alerts.decisions import OPEN_STATUSES, Decision, after_failure, decide, sent
from hotline.alerts.ids import dated_id, month_in
from hotline.search.indices import Kind
from hotline.search.store import Kept, Store, Write
from schemas.alert import Alert, Delivery, DeliveryStatus, Thread
from schemas.article import Article
from schemas.capture import Lease
from schemas.desk import Alerting, Desk
from schemas.key import Key
from schemas.story import Story

LEASE = timedelta(minutes=5)
"""Longer than a run (`BUDGET`) and the slowest exchange with an SMTP server together: a lease never ends under one."""
BUDGET = timedelta(seconds=45)
MOST_COVERAGE = 12  # other articles of a story that a message lists


@dataclass
class SentReport:
    """What a run did. `sent` counts messages, the others deliveries."""

    sent: int = 0
    joined: int = 0
    retrying: int = 0
    failed: int = 0


@dataclass
class _Run:
    """One run of one sender."""

    store: Store
    desks: Mapping[str, Desk]
    now: datetime
    lease: Lease
    report: SentReport = field(default_factory=SentReport)
    stories: dict[str, tuple[Story | None, list[Article]]] = field(default_factory=dict)


def due(store: Store, channels: Iterable[str], now: datetime, size: int) -> list[list[Delivery]]:
    """Open deliveries by thread (channel, address, subject), for threads of which at least one is due, oldest first."""
    store.refresh(Kind.DELIVERIES)
    is_open = [
        {"terms": {"status": [status.value for status in OPEN_STATUSES]}},
        {"terms": {"channel": sorted(channels)}},
    ]
    waiting = {"bool": {"filter": [*is_open, {"range": {"next_try_at": {"lte": now.isoformat()}}}]}}
    order = [{"next_try_at": "asc"}, {"id": "asc"}]
    first = store.search(Delivery, Kind.DELIVERIES, waiting, size=size, sort=order)
    if not first:
        return []
    # What waits for a retry goes with a message that is due: its recipient should not hear half of it.
    about = {"bool": {"filter": [*is_open, {"terms": {"thread": sorted({kept.record.thread for kept in first})}}]}}
    companions = store.search(Delivery, Kind.DELIVERIES, about, size=10_000)
    groups: dict[tuple[str, str, str], dict[str, Delivery]] = {_route(kept.record): {} for kept in first}
    for delivery in (kept.record for kept in [*first, *companions]):
        if (route := _route(delivery)) in groups:
            groups[route][delivery.id] = delivery
    return [list(group.values()) for group in groups.values()]


def send_due(
    store: Store,
    desks: Mapping[str, Desk],
    channels: Mapping[str, Channel],
    now: datetime,
    *,
    size: int = 500,
    budget: timedelta = BUDGET,
    lease: timedelta = LEASE,
) -> SentReport:
    """Sends what is due through `channels` (by name), with the waits that the alerts' `desks` (by id) set.

    A channel that is down is not tried again in this run, and what it was not asked to carry stays due. So does what
    the run's `budget` of time doesn't reach.
    """
    owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
    run = _Run(store, desks, now, Lease(owner=owner, until=now + lease))
    working = dict(channels)
    deadline = time.monotonic() + budget.total_seconds()
    for group in due(store, channels, now, size):
        if time.monotonic() > deadline:
            break
        name = group[0].channel
        if name not in working:
            continue
        try:
            _tell(run, working[name], group)
        except Unavailable:
            del working[name]
    return run.report


def _tell(run: _Run, channel: Channel, group: Sequence[Delivery]) -> None:
    """Settles the open deliveries of one thread, with a message if one has to go."""
    thread = _claim(run, group)
    if thread is None:
        return
    ids = {delivery.id: month_in(delivery.id) for delivery in group}
    kept = run.store.get_many(Delivery, Kind.DELIVERIES, ids)
    decision = decide(thread.record, [k.record for k in kept.values() if k.record.status in OPEN_STATUSES])
    if decision.send:
        _send(run, channel, thread, decision, kept)
    else:
        _settle(run, thread, _with_joined(thread.record, decision.join), _quiet_outcome(decision, thread.record), kept)


def _send(
    run: _Run, channel: Channel, thread: Kept[Thread], decision: Decision, kept: Mapping[str, Kept[Delivery]]
) -> None:
    wanted = [d.alert_id for d in decision.send] + thread.record.joined
    alerts = {i: k.record for i, k in run.store.get_many(Alert, Kind.ALERTS, _months(wanted)).items()}
    quiet = _quiet_outcome(decision, thread.record)
    try:
        message_id = channel.send(_letter(run, thread.record, list(alerts.values())))
    except (Refused, Deferred, Unavailable) as error:
        outcome = [_failed(run, delivery, error, alerts.get(delivery.alert_id)) for delivery in decision.send]
        _settle(run, thread, _with_joined(thread.record, decision.join), [*outcome, *quiet], kept)
        if isinstance(error, Unavailable):
            raise
        return
    told = sent(thread.record, wanted, decision.send, message_id=message_id, now=run.now)
    done = [_sent(delivery, message_id, run.now) for delivery in decision.send]
    if _settle(run, thread, told, [*done, *quiet], kept):
        run.report.sent += 1


def _settle(
    run: _Run,
    thread: Kept[Thread],
    becomes: Thread,
    outcome: Sequence[Delivery],
    kept: Mapping[str, Kept[Delivery]],
) -> bool:
    """Records what was decided, the thread first. False where the lease was lost: whoever took it decides anew."""
    if not run.store.replace(thread, becomes.id, becomes.model_copy(update={"lease": None})):
        return False
    run.store.write([Write(Kind.DELIVERIES, d.id, d, month_in(d.id), kept[d.id]) for d in outcome])
    run.report.joined += sum(d.status is DeliveryStatus.JOINED for d in outcome)
    run.report.retrying += sum(d.status is DeliveryStatus.RETRYING for d in outcome)
    run.report.failed += sum(d.status is DeliveryStatus.FAILED for d in outcome)
    return True


def _claim(run: _Run, group: Sequence[Delivery]) -> Kept[Thread] | None:
    """The thread's record under our lease; None where another sender has it."""
    delivery = max(group, key=lambda d: d.severity.rank)
    month = month_in(delivery.id)
    id_ = dated_id(month, delivery.thread, delivery.address, delivery.channel)
    found = run.store.get(Thread, Kind.THREADS, id_, month)
    if found is None:
        fresh = Thread(
            **{"@timestamp": run.now},
            id=id_,
            thread=delivery.thread,
            address=delivery.address,
            channel=delivery.channel,
            subject=_subject(run, delivery),
            lease=run.lease,
        )
        taken = run.store.create(Kind.THREADS, id_, fresh, month)
    elif found.record.lease and found.record.lease.until > run.now:
        return None
    else:
        taken = run.store.replace(found, id_, found.record.model_copy(update={"lease": run.lease}))
    # Read again for its sequence number, which the next compare-and-set needs.
    return run.store.get(Thread, Kind.THREADS, id_, month) if taken else None


def _letter(run: _Run, thread: Thread, alerts: list[Alert]) -> Letter:
    if not alerts:
        raise Refused("its alert is not in the index any more")
    alerts.sort(key=lambda alert: (-alert.severity.rank, alert.timestamp, alert.id))
    story_id = next((alert.story_id for alert in alerts if alert.story_id), None)
    story, coverage = _story(run, story_id) if story_id else (None, [])
    return Letter(
        address=thread.address,
        thread_id=thread.id,
        number=thread.messages,
        subject=thread.subject,
        alerts=alerts,
        now=run.now,
        story=story,
        coverage=coverage,
    )


def _story(run: _Run, story_id: str) -> tuple[Story | None, list[Article]]:
    """A story and its latest articles, read in real time; each story once a run."""
    if story_id not in run.stories:
        found = run.store.get(Story, Kind.STORIES, story_id, month_in(story_id))
        latest = found.record.article_ids[-MOST_COVERAGE:] if found else []
        keys = run.store.get_many(Key, Kind.KEYS, latest)
        months = {i: keys[i].record.month for i in latest if i in keys}
        articles = run.store.get_many(Article, Kind.ARTICLES, months)
        run.stories[story_id] = (found.record if found else None, [articles[i].record for i in months if i in articles])
    return run.stories[story_id]


def _subject(run: _Run, delivery: Delivery) -> str:
    """The headline that a new thread goes by."""
    alert = run.store.get(Alert, Kind.ALERTS, delivery.alert_id, month_in(delivery.alert_id))
    return alert.record.title if alert else delivery.thread


def _failed(run: _Run, delivery: Delivery, error: Exception, alert: Alert | None) -> Delivery:
    desk = run.desks.get(alert.desk or "") if alert else None
    alerting = desk.alerting if desk else Alerting()
    return after_failure(delivery, str(error), final=isinstance(error, Refused), alerting=alerting, now=run.now)


def _quiet_outcome(decision: Decision, thread: Thread) -> list[Delivery]:
    """Deliveries that need no message: they join, or were told by a sender that died before it marked them."""
    joined = [d.model_copy(update={"status": DeliveryStatus.JOINED}) for d in decision.join]
    return joined + [_sent(d, thread.last_message_id, thread.last_sent_at) for d in decision.told]


def _sent(delivery: Delivery, message_id: str | None, at: datetime | None) -> Delivery:
    return delivery.model_copy(
        update={
            "status": DeliveryStatus.SENT,
            "attempts": delivery.attempts + 1,
            "message_id": message_id,
            "last_error": None,
            "sent_at": at,
        }
    )


def _with_joined(thread: Thread, join: Sequence[Delivery]) -> Thread:
    return thread.model_copy(update={"joined": list(dict.fromkeys([*thread.joined, *(d.alert_id for d in join)]))})


def _months(ids: Sequence[str]) -> dict[str, str | None]:
    return {id_: month_in(id_) for id_ in ids}


def _route(delivery: Delivery) -> tuple[str, str, str]:
    return delivery.channel, delivery.address, delivery.thread
