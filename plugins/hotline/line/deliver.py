"""What waits in the outbox is sent."""

from dataclasses import asdict

import structlog

from hotline.alerts.outbox import send_due
from hotline.line.channels import channels
from hotline.line.context import Line

log = structlog.get_logger(__name__)


def deliver(line: Line) -> dict[str, int]:
    """Sends every delivery that is due; returns how many were sent, joined, put off and given up."""
    with channels(line.settings) as ready:
        report = send_due(line.store, line.desks_only, ready, now=line.clock())
    counts = asdict(report)
    if any(counts.values()):
        log.info("delivered", **counts)
    return counts
