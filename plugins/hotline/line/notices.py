"""Telling the operator, through the same outbox as the analysts' alerts."""

from datetime import datetime

from hotline.alerts.raising import ensure, notice
from hotline.line.context import Line
from schemas.base import Severity


def notify(
    line: Line, key: str, title: str, text: str, severity: Severity = Severity.NORMAL, since: datetime | None = None
) -> bool:
    """Puts a notice into the outbox, once per key; returns whether it is new."""
    desks = [desk.desk for desk in line.desks.values()]
    now = line.clock()
    alert, deliveries = notice(key, title, text, severity=severity, desks=desks, now=now, since=since)
    alerts, _ = ensure(line.store, [alert], deliveries)
    return alerts > 0
