"""What waits in the outbox is sent: first the digests whose time has come, and what nobody acknowledged."""

import os
from dataclasses import asdict

import structlog

from hotline.alerts.digesting import ensure_scheduled
from hotline.alerts.escalate import escalate
from hotline.alerts.links import Post
from hotline.alerts.outbox import send_due
from hotline.line.channels import channels
from hotline.line.context import Line
from hotline.settings import Settings

log = structlog.get_logger(__name__)


def deliver(line: Line) -> dict[str, int]:
    """Sends what is due; returns how many messages were sent, and deliveries joined, put off and given up."""
    desks = {id_: desk.desk for id_, desk in line.desks.items()}
    ensure_scheduled(line.store, desks, line.clock())
    escalate(line.store, desks, line.clock())
    with channels(line.settings, names(line)) as ready:
        report = send_due(line.store, desks, ready, line.clock(), post=post(line))
    counts = asdict(report)
    if any(counts.values()):
        log.info("delivered", **counts)
    return counts


def names(line: Line) -> set[str]:
    """The channels that recipients and rules name."""
    people = {name for desk in line.desks.values() for person in desk.desk.recipients for name in person.channels}
    return people | {name for desk in line.desks.values() for rule in desk.rules for name in rule.channels}


def post(line: Line) -> Post:
    """What messages can link to here."""
    rules = {(id_, rule.id): rule for id_, desk in line.desks.items() for rule in desk.rules}
    settings = line.settings
    return Post(settings.public_url, link_secret(settings), settings.kibana_url, rules)


def link_secret(settings: Settings) -> bytes:
    """What signs the links. Without one there are none: an empty secret would be everybody's."""
    if settings.link_secret:
        return settings.link_secret.get_secret_value().encode()
    return os.environ.get("AIRFLOW__API__SECRET_KEY", "").encode()
