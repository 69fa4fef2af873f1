"""Telling the operator, through the same outbox as the analysts' alerts."""

from datetime import datetime

from hotline.alerts.raising import Notice, ensure, notice
from hotline.line.context import Line
from hotline.search.indices import Kind
from schemas.alert import Alert
from schemas.base import Severity


def notify(
    line: Line, key: str, title: str, text: str, severity: Severity = Severity.NORMAL, since: datetime | None = None
) -> bool:
    """Puts a notice to the operators into the outbox, once per key; returns whether it is new."""
    return tell(line, Notice(key, title, text, severity, since))


def tell(line: Line, note: Notice) -> bool:
    """Puts a notice into the outbox, once per key; returns whether it is new."""
    desks = [desk.desk for id_, desk in line.desks.items() if note.analysts_of in (None, id_)]
    alert, deliveries = notice(note, desks, line.clock())
    alerts, _ = ensure(line.store, [alert], deliveries)
    return alerts > 0


def last_notice(line: Line, *kinds: str, desk: str | None = None) -> Alert | None:
    """The latest notice of any of these kinds (the first part of its key), and of the desk where one is given.

    As of the last refresh of the alerts.
    """
    filters: list[dict[str, object]] = [{"terms": {"rule_id": [f"health/{kind}" for kind in kinds]}}]
    if desk is not None:
        filters.append({"term": {"desk": desk}})
    newest = [{"@timestamp": {"order": "desc"}}]
    found = line.store.search(Alert, Kind.ALERTS, {"bool": {"filter": filters}}, size=1, sort=newest)
    return found[0].record if found else None
