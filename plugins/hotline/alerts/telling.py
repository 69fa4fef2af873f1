"""When to tell whom: the outbox's decisions, without any input or output."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from hotline.alerts.hours import quiet_until
from schemas.alert import Cause, Delivery, DeliveryStatus, DigestKind, Thread
from schemas.base import Severity
from schemas.desk import Alerting
from schemas.rule import Recipient

OPEN_STATUSES = (DeliveryStatus.PENDING, DeliveryStatus.RETRYING)


@dataclass(frozen=True)
class Hush:
    """A mute or snooze in force. What is more urgent than `severity` breaks it."""

    severity: Severity
    until: datetime
    snooze: bool = False  # True: comes when it is over; False: not at all


@dataclass(frozen=True)
class Ear:
    """Who listens, and what bears on when they are told."""

    recipient: Recipient | None  # None: no longer in desk.yaml; told by the defaults
    alerting: Alerting
    hushes: Sequence[Hush] = ()
    flooded: bool = False  # more messages than `flood_messages` in the window


@dataclass(frozen=True)
class Decision:
    """What becomes of the open deliveries of one thread."""

    send: list[Delivery] = field(default_factory=list)  # they make the next message
    join: list[Delivery] = field(default_factory=list)  # wait for an update, if one ever goes
    told: list[Delivery] = field(default_factory=list)  # stood in a message whose sender died before it said so
    mute: list[Delivery] = field(default_factory=list)  # the recipient wants to hear no more of it
    hold: list[Delivery] = field(default_factory=list)  # for the digest `held_for`
    held_for: DigestKind | None = None
    defer: list[Delivery] = field(default_factory=list)  # not before `until`
    until: datetime | None = None


def decide(thread: Thread, deliveries: Sequence[Delivery], ear: Ear, now: datetime) -> Decision:
    """One message per person and story; another one only where a later alert is more urgent, or the story developed.

    Critical alerts break quiet hours and floods; a mute or snooze is broken by what is more urgent than it.
    """
    told = [d for d in deliveries if d.says in thread.told]
    joined = [d for d in deliveries if d not in told and d.says in thread.joined]
    new = [d for d in deliveries if d not in told and d not in joined]
    ringing = [d for d in new if rings(thread, d)]
    quiet = [d for d in new if d not in ringing]
    if not ringing:
        return Decision(join=joined + quiet, told=told)
    urgency = max((d.severity for d in ringing), key=lambda severity: severity.rank)
    if hush := _hush(ear, urgency):
        if hush.snooze:
            return Decision(join=joined, told=told, defer=ringing + quiet, until=hush.until)
        return Decision(join=joined, told=told, mute=ringing + quiet)
    if until := _not_before(thread, ringing, ear, urgency, now):
        return Decision(join=joined + quiet, told=told, defer=ringing, until=until)
    if held_for := _digest(thread, ringing, ear, urgency):
        return Decision(join=joined + quiet, told=told, hold=ringing, held_for=held_for)
    return Decision(send=ringing + quiet, join=joined, told=told)


def resting(decision: Decision, until: datetime | None, *, throttled: bool) -> Decision:
    """The decision where every rule that asks for a message rests: till its quiet hours end, or for a digest."""
    if until:
        return replace(decision, send=[], defer=decision.send, until=until)
    if throttled:
        return replace(decision, send=[], hold=decision.send, held_for=DigestKind.FLOOD)
    return decision


def rings(thread: Thread, delivery: Delivery) -> bool:
    """Whether a delivery is worth a message of its own."""
    if delivery.cause is Cause.ALERT:
        return thread.severity is None or delivery.severity.rank > thread.severity.rank
    # A development is news only to those who know the story.
    return delivery.cause is not Cause.DEVELOPMENT or thread.severity is not None


def _hush(ear: Ear, urgency: Severity) -> Hush | None:
    """The hush that holds against this urgency; of several a mute, then the longest."""
    holding = [hush for hush in ear.hushes if urgency.rank <= hush.severity.rank]
    return max(holding, key=lambda hush: (not hush.snooze, hush.until), default=None)


def _not_before(
    thread: Thread, ringing: Sequence[Delivery], ear: Ear, urgency: Severity, now: datetime
) -> datetime | None:
    if all(d.cause is Cause.DEVELOPMENT for d in ringing) and thread.last_sent_at:
        spaced = thread.last_sent_at + ear.alerting.update_spacing
        if spaced > now:
            return spaced
    if urgency is Severity.CRITICAL or ear.recipient is None or any(_on_time(d) for d in ringing):
        return None
    return quiet_until(ear.recipient.quiet, ear.recipient.timezone, now)


def _on_time(delivery: Delivery) -> bool:
    """A digest that comes when its recipient asked for it, whatever their quiet hours."""
    return delivery.cause is Cause.DIGEST and delivery.held_for is DigestKind.SCHEDULED


def _digest(thread: Thread, ringing: Sequence[Delivery], ear: Ear, urgency: Severity) -> DigestKind | None:
    if any(d.cause in (Cause.DIGEST, Cause.ESCALATION) for d in ringing) or urgency is Severity.CRITICAL:
        return None
    if ear.flooded:
        return DigestKind.FLOOD
    below = ear.recipient is not None and urgency.rank < ear.recipient.singly.rank
    return DigestKind.SCHEDULED if below and thread.severity is None else None


def sent(
    thread: Thread, told: Iterable[str], deliveries: Sequence[Delivery], *, message_id: str, now: datetime
) -> Thread:
    """The thread after a message that `told` this; what had joined stands in it too."""
    heard = [d.severity for d in deliveries] + ([thread.severity] if thread.severity else [])
    return thread.model_copy(
        update={
            "messages": thread.messages + 1,
            "severity": max(heard, key=lambda severity: severity.rank),
            "told": list(dict.fromkeys([*thread.told, *told])),
            "joined": [],
            "last_message_id": message_id,
            "last_sent_at": now,
        }
    )


def after_failure(delivery: Delivery, reason: str, *, final: bool, alerting: Alerting, now: datetime) -> Delivery:
    """A delivery after a try that failed: tried again after a wait that doubles, until it is given up."""
    attempts = delivery.attempts + 1
    # 2**20 is past every ceiling; without the bound the product overflows in the end.
    wait = min(alerting.retry * 2 ** min(attempts - 1, 20), alerting.retry_ceiling)
    given_up = final or now - delivery.timestamp >= alerting.give_up_after
    return delivery.model_copy(
        update={
            "attempts": attempts,
            "status": DeliveryStatus.FAILED if given_up else DeliveryStatus.RETRYING,
            "next_try_at": now + wait,
            "last_error": reason,
        }
    )
