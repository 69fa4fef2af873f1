"""What is told, what joins and what waits: the outbox's decisions, without any input or output."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from schemas.alert import Delivery, DeliveryStatus, Thread
from schemas.desk import Alerting

OPEN_STATUSES = (DeliveryStatus.PENDING, DeliveryStatus.RETRYING)


@dataclass(frozen=True)
class Decision:
    """What becomes of the open deliveries of one thread."""

    send: list[Delivery] = field(default_factory=list)  # they make the next message
    join: list[Delivery] = field(default_factory=list)  # wait for an update, if one ever goes
    told: list[Delivery] = field(default_factory=list)  # stood in a message whose sender died before it said so


def decide(thread: Thread, deliveries: Sequence[Delivery]) -> Decision:
    """One message per person and story: a later alert joins, unless it is more urgent than anything told."""
    told = [d for d in deliveries if d.alert_id in thread.told]
    new = [d for d in deliveries if d.alert_id not in thread.told and d.alert_id not in thread.joined]
    join = [d for d in deliveries if d.alert_id in thread.joined]
    if thread.severity is not None and all(d.severity.rank <= thread.severity.rank for d in new):
        return Decision(join=join + new, told=told)
    return Decision(send=new, join=join, told=told)


def sent(
    thread: Thread, alert_ids: Iterable[str], deliveries: Sequence[Delivery], *, message_id: str, now: datetime
) -> Thread:
    """The thread after a message with these alerts; what had joined stands in it too."""
    heard = [d.severity for d in deliveries] + ([thread.severity] if thread.severity else [])
    return thread.model_copy(
        update={
            "messages": thread.messages + 1,
            "severity": max(heard, key=lambda severity: severity.rank),
            "told": list(dict.fromkeys([*thread.told, *alert_ids])),
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
