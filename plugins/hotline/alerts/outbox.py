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
import re
import socket
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hotline.alerts.channel import Channel, Deferred, Letter, Refused, Unavailable
from hotline.alerts.digesting import ensure_waiting, fill, listed_in, settle_held
from hotline.alerts.ids import dated_id, month_in
from hotline.alerts.letters import Letters
from hotline.alerts.links import Post
from hotline.alerts.people import People
from hotline.alerts.telling import OPEN_STATUSES, Decision, after_failure, decide, resting, rings, sent
from hotline.alerts.updates import outlets_key, taken_over
from hotline.search.indices import Kind
from hotline.search.store import Kept, Store, Write
from schemas.alert import Alert, Cause, Delivery, DeliveryStatus, Thread
from schemas.capture import Lease
from schemas.desk import Desk

LEASE = timedelta(minutes=5)
"""Longer than a run (`BUDGET`) and the slowest exchange with an SMTP server together: a lease never ends under one."""
BUDGET = timedelta(seconds=45)
AT_ONCE = 500  # deliveries that a pass looks at

type Route = tuple[str, str, str]
"""Channel, address and thread: what one message goes by."""


@dataclass
class SentReport:
    """What a run did. `sent` counts messages, the others deliveries."""

    sent: int = 0
    joined: int = 0
    retrying: int = 0
    failed: int = 0
    held: int = 0
    muted: int = 0
    deferred: int = 0


@dataclass
class _Run:
    """One run of one sender."""

    store: Store
    people: People
    letters: Letters
    now: datetime
    lease: Lease
    report: SentReport = field(default_factory=SentReport)
    flooded: set[tuple[str, str]] = field(default_factory=set)  # (recipient, channel)
    merged: dict[str, set[str]] = field(default_factory=dict)  # story → stories that it took over


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
    groups: dict[Route, dict[str, Delivery]] = {_route(kept.record): {} for kept in first}
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
    post: Post | None = None,
    budget: timedelta = BUDGET,
    lease: timedelta = LEASE,
) -> SentReport:
    """Sends what is due through `channels` (by name), with the waits that the alerts' `desks` (by id) set.

    A channel that is down is not tried again in this run, and what it was not asked to carry stays due. So does what
    the run's `budget` of time doesn't reach.
    """
    owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
    post = post or Post()
    people = People(store, desks, now, post.rules)
    letters = Letters(store, desks, post, now)
    run = _Run(store, people, letters, now, Lease(owner=owner, until=now + lease))
    working = dict(channels)
    deadline = time.monotonic() + budget.total_seconds()
    ensure_waiting(store, people, now)
    _pass(run, working, deadline)
    if run.report.held:
        ensure_waiting(store, people, now)
        _pass(run, working, deadline)
    return run.report


def _pass(run: _Run, working: dict[str, Channel], deadline: float) -> None:
    groups = _by_story(run, due(run.store, working, run.now, AT_ONCE))
    run.flooded = _floods(run, groups)
    for group in groups:
        if time.monotonic() > deadline:
            break
        name = group[0].channel
        if name not in working:
            continue
        try:
            _tell(run, working[name], group)
        except Unavailable:
            del working[name]


def _by_story(run: _Run, groups: Sequence[list[Delivery]]) -> list[list[Delivery]]:
    """Groups of stories that were merged become one: their reader hears of one story."""
    survivor: dict[str, str] = {}
    for delivery in (group[0] for group in groups):
        if _is_story(delivery.thread) and (story := run.letters.story(delivery.thread)):
            survivor[delivery.thread] = story.id
    joined: dict[Route, list[Delivery]] = {}
    for group in groups:
        channel, address, thread = _route(group[0])
        joined.setdefault((channel, address, survivor.get(thread, thread)), []).extend(group)
    run.merged = {}
    for lost, stands in (taken_over(run.store, set(survivor.values())) | survivor).items():
        run.merged.setdefault(stands, set()).add(lost)
    return list(joined.values())


def _floods(run: _Run, groups: Sequence[Sequence[Delivery]]) -> set[tuple[str, str]]:
    """Who would get more messages than they can read, with those of the window that is over."""
    threads = _threads(run, groups)
    coming: dict[tuple[str, str], int] = {}
    for group in groups:
        thread = threads.get(_thread_id(run, group, threads))
        decision = decide(thread or _fresh(run, group, ""), group, run.people.ear(group, _names(run, group)), run.now)
        if decision.send and all(d.cause is not Cause.DIGEST for d in decision.send):
            key = (group[0].recipient, group[0].channel)
            coming[key] = coming.get(key, 0) + 1
    return {key for key, count in coming.items() if run.people.is_flooded(*key, count)}


def _tell(run: _Run, channel: Channel, group: Sequence[Delivery]) -> None:
    """Settles the open deliveries of one thread, with a message if one has to go."""
    thread = _claim(run, group)
    if thread is None:
        return
    ids = {delivery.id: month_in(delivery.id) for delivery in group}
    kept = run.store.get_many(Delivery, Kind.DELIVERIES, ids)
    names = _names(run, group)
    ear = run.people.ear(group, names)
    is_flooded = (group[0].recipient, group[0].channel) in run.flooded
    still_open = [k.record for k in kept.values() if k.record.status in OPEN_STATUSES]
    muted = run.people.of_muted_rules(still_open)
    wanted = [d for d in still_open if d not in muted]
    decision = decide(thread.record, wanted, replace(ear, flooded=is_flooded), run.now)
    if decision.send:
        until, throttled = run.people.rest([d for d in decision.send if rings(thread.record, d)])
        decision = resting(decision, until, throttled=throttled)
    decision = replace(decision, mute=[*decision.mute, *muted])
    if decision.send:
        _send(run, channel, thread, decision, kept)
    else:
        _settle(run, thread, _with_joined(thread.record, decision.join), _quiet_outcome(decision, thread.record), kept)


def _send(
    run: _Run, channel: Channel, thread: Kept[Thread], decision: Decision, kept: Mapping[str, Kept[Delivery]]
) -> None:
    wanted = [d.alert_id for d in decision.send] + [i for i in thread.record.joined if i not in thread.record.told]
    alerts = {i: k.record for i, k in run.store.get_many(Alert, Kind.ALERTS, _months(wanted)).items()}
    quiet = _quiet_outcome(decision, thread.record)
    try:
        letter = run.letters.letter(thread.record, decision.send, list(alerts.values()))
        letter = fill(run.store, run.people, run.letters, letter, decision.send[0])
        if letter.digest and letter.digest.is_empty and not run.people.wants_empty(decision.send[0]):
            skipped = [d.model_copy(update={"status": DeliveryStatus.SKIPPED}) for d in decision.send]
            _settle(run, thread, thread.record, [*skipped, *quiet], kept)
            return
        message_id = channel.send(letter)
    except (Refused, Deferred, Unavailable) as error:
        outcome = [_failed(run, delivery, error) for delivery in decision.send]
        _settle(run, thread, _with_joined(thread.record, decision.join), [*outcome, *quiet], kept)
        if isinstance(error, Unavailable):
            raise
        return
    says = (
        [d.says for d in decision.send]
        + thread.record.joined
        + _knew(run, letter, decision.send[0])
        + listed_in(letter)
    )
    told = sent(thread.record, says, decision.send, message_id=message_id, now=run.now)
    done = [_sent(delivery, message_id, run.now) for delivery in decision.send]
    if _settle(run, thread, told, [*done, *quiet], kept):
        run.report.sent += 1
        settle_held(run.store, letter, message_id, run.now)


def _knew(run: _Run, letter: Letter, delivery: Delivery) -> list[str]:
    """What stood in the story when the letter was written: it is no news any more."""
    if letter.story is None:
        return []
    steps = [step for step in run.people.alerting(delivery).update_outlets if len(letter.story.outlets) >= step]
    return [d.article_id for d in letter.story.development] + [outlets_key(step) for step in steps]


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
    counts = run.report
    counts.joined += sum(d.status is DeliveryStatus.JOINED for d in outcome)
    counts.retrying += sum(d.status is DeliveryStatus.RETRYING for d in outcome)
    counts.failed += sum(d.status is DeliveryStatus.FAILED for d in outcome)
    counts.held += sum(d.status is DeliveryStatus.HELD for d in outcome)
    counts.muted += sum(d.status is DeliveryStatus.MUTED for d in outcome)
    counts.deferred += sum(d.status is DeliveryStatus.PENDING for d in outcome)
    return True


def _claim(run: _Run, group: Sequence[Delivery]) -> Kept[Thread] | None:
    """The thread's record under our lease; None where another sender has it."""
    id_ = _thread_id(run, group, _threads(run, [group]))
    month = month_in(id_)
    found = run.store.get(Thread, Kind.THREADS, id_, month)
    if found is None:
        fresh = _fresh(run, group, _subject(run, group)).model_copy(update={"lease": run.lease})
        return run.store.create(Kind.THREADS, id_, fresh, month)
    if found.record.lease and found.record.lease.until > run.now:
        return None
    return run.store.replace(found, id_, found.record.model_copy(update={"lease": run.lease}))


def _fresh(run: _Run, group: Sequence[Delivery], subject: str) -> Thread:
    name = _names(run, group)[0]
    return Thread(
        **{"@timestamp": run.now},
        id=_id_for(group[0], name),
        thread=name,
        address=group[0].address,
        channel=group[0].channel,
        subject=subject,
    )


def _names(run: _Run, group: Sequence[Delivery]) -> list[str]:
    """What the group's thread may be called: the story, then those that it took over."""
    thread = group[0].thread
    story = run.letters.story(thread) if _is_story(thread) else None
    name = story.id if story else thread
    return [name, *sorted({*run.merged.get(name, ()), *(d.thread for d in group)} - {name})]


def _id_for(delivery: Delivery, name: str) -> str:
    month = month_in(name) if _is_story(name) else month_in(delivery.id)
    return dated_id(month, name, delivery.address, delivery.channel)


def _thread_id(run: _Run, group: Sequence[Delivery], threads: Mapping[str, Thread]) -> str:
    """The thread that goes on: the story's own, unless the reader knows it only by one that it took over."""
    ids = [_id_for(group[0], name) for name in _names(run, group)]
    return next((id_ for id_ in ids if id_ in threads and threads[id_].severity is not None), ids[0])


def _threads(run: _Run, groups: Iterable[Sequence[Delivery]]) -> dict[str, Thread]:
    ids = [_id_for(group[0], name) for group in groups for name in _names(run, group)]
    return {id_: kept.record for id_, kept in run.store.get_many(Thread, Kind.THREADS, _months(ids)).items()}


def _is_story(thread: str) -> bool:
    return re.match(r"\d{4}\.\d\d-", thread) is not None


def _subject(run: _Run, group: Sequence[Delivery]) -> str:
    """The headline that a new thread goes by: of the most urgent alert."""
    delivery = max(group, key=lambda d: d.severity.rank)
    alert = run.store.get(Alert, Kind.ALERTS, delivery.alert_id, month_in(delivery.alert_id))
    return alert.record.title if alert else delivery.thread


def _failed(run: _Run, delivery: Delivery, error: Exception) -> Delivery:
    alerting = run.people.alerting(delivery)
    return after_failure(delivery, str(error), final=isinstance(error, Refused), alerting=alerting, now=run.now)


def _quiet_outcome(decision: Decision, thread: Thread) -> list[Delivery]:
    """Deliveries that need no message now: they join, wait, or were told by a sender that died before it said so."""
    return [
        *(d.model_copy(update={"status": DeliveryStatus.JOINED}) for d in decision.join),
        *(d.model_copy(update={"status": DeliveryStatus.MUTED}) for d in decision.mute),
        *(d.model_copy(update={"next_try_at": decision.until}) for d in decision.defer),
        *(d.model_copy(update={"status": DeliveryStatus.HELD, "held_for": decision.held_for}) for d in decision.hold),
        *(_sent(d, thread.last_message_id, thread.last_sent_at) for d in decision.told),
    ]


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
    return thread.model_copy(update={"joined": list(dict.fromkeys([*thread.joined, *(d.says for d in join)]))})


def _months(ids: Sequence[str]) -> dict[str, str | None]:
    return {id_: month_in(id_) for id_ in ids}


def _route(delivery: Delivery) -> Route:
    return delivery.channel, delivery.address, delivery.thread
