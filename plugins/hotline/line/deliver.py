"""What waits in the outbox is sent."""

from dataclasses import asdict

import structlog

from hotline.alerts.outbox import send_due
from hotline.line.channels import channels
from hotline.line.context import Line

log = structlog.get_logger(__name__)


def deliver(line: Line) -> dict[str, int]:
    """Sends what is due; returns how many messages were sent, and deliveries joined, put off and given up."""
    desks = {id_: desk.desk for id_, desk in line.desks.items()}
    with channels(line.settings) as ready:
        report = send_due(line.store, desks, ready, line.clock())
    counts = asdict(report)
    if any(counts.values()):
        log.info("delivered", **counts)
    return counts
