"""Deliveries: one for an alert (or an update of it), a recipient and a channel."""

from collections.abc import Sequence
from datetime import datetime

from hotline.alerts.ids import dated_id, month_in
from schemas.alert import Alert, Cause, Delivery
from schemas.rule import Recipient

EMAIL = "email"


def deliveries_to(
    alert: Alert,
    recipient: Recipient,
    now: datetime,
    *,
    channels: Sequence[str] = (),
    cause: Cause = Cause.ALERT,
) -> list[Delivery]:
    """A delivery for each channel of the recipient (or `channels`). Made again, they have the same ids."""
    update = [] if cause is Cause.ALERT else [cause.value]
    return [
        Delivery(
            **{"@timestamp": now},
            id=dated_id(month_in(alert.id), alert.id, recipient.name, channel, *update),
            alert_id=alert.id,
            thread=alert.occasion_id,
            severity=alert.severity,
            desk=alert.desk,
            rule_id=alert.rule_id,
            recipient=recipient.name,
            address=recipient.email if channel == EMAIL else channel,
            channel=channel,
            cause=cause,
            next_try_at=now,
        )
        for channel in channels or recipient.channels
    ]


def update_of(delivery: Delivery, development: str, now: datetime) -> Delivery:
    """The delivery that tells the same reader how the story of `delivery` developed. Made again, it has the same id."""
    parts = (delivery.alert_id, delivery.recipient, delivery.channel, Cause.DEVELOPMENT.value, development)
    return Delivery(
        **{"@timestamp": now},
        id=dated_id(month_in(delivery.id), *parts),
        cause=Cause.DEVELOPMENT,
        development=development,
        next_try_at=now,
        **{name: getattr(delivery, name) for name in _SAME},
    )


_SAME = ("alert_id", "thread", "severity", "desk", "rule_id", "recipient", "address", "channel")
