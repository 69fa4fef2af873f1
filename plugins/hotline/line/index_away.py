"""Elasticsearch does not answer, or takes no writes: the outbox is in it, so the operators are written to directly."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import structlog
from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from hotline.alerts.channel import ChannelError, Letter
from hotline.alerts.raising import Notice, notice
from hotline.line.channels import channels
from hotline.line.context import Line
from hotline.line.deliver import names
from hotline.line.outage import write_lines
from hotline.search.client import address, connect
from hotline.settings import Settings
from schemas.base import Severity

log = structlog.get_logger(__name__)

PATIENCE = timedelta(minutes=5)  # a restart takes less, and is not worth a message


@dataclass
class Absence:
    """What is remembered, beside the captures, while the index is away."""

    since: str  # ISO 8601
    reason: str
    told: list[str] = field(default_factory=list)  # deliveries that were handed over

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The absence that stands; None where there is none."""
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def index_serves(line: Line) -> bool:
    """Whether Elasticsearch can be worked with. Operators hear of it after `PATIENCE`, once, and when it is over."""
    path, now = line.settings.home / "index-away.json", line.clock()
    reason = trouble(line.settings)
    absence = Absence.read(path)
    if reason is None:
        if absence is not None and (not absence.told or _write(line, _over(absence), now, absence)):
            path.unlink()
        return True
    log.error("Elasticsearch cannot be worked with", reason=reason)
    absence = absence or Absence(now.isoformat(), reason)
    if now - datetime.fromisoformat(absence.since) >= PATIENCE:
        _write(line, _away(absence, reason), now, absence)
    write_lines(path, [json.dumps(asdict(absence))])
    return False


def trouble(settings: Settings) -> str | None:
    """Why the index cannot be worked with; None where it can."""
    client = connect(settings).options(request_timeout=10, max_retries=0)
    try:
        ours = f"{settings.index_prefix}-*"
        if client.cluster.health(index=ours)["status"] == "red":
            return f"Elasticsearch at {address(settings)} misses data: the health of {ours} is red"
        return _refusing(client, ours)
    except TransportError as error:
        return f"Elasticsearch at {address(settings)} does not answer ({type(error).__name__})"
    except ApiError as error:
        return f"Elasticsearch at {address(settings)} refuses us: {error}"
    finally:
        client.close()


def _refusing(client: Elasticsearch, pattern: str) -> str | None:
    """A disk that is too full makes indices read-only; Elasticsearch lifts that itself once there is room."""
    block = "index.blocks.read_only_allow_delete"
    indices = client.indices.get_settings(index=pattern, name=block, flat_settings=True, allow_no_indices=True)
    blocked = sorted(index for index, one in indices.items() if one.get("settings", {}).get(block) == "true")
    if not blocked:
        return None
    return f"Elasticsearch takes no writes, as a disk of its is too full ({len(blocked)} indices, first {blocked[0]})"


def _away(absence: Absence, reason: str) -> Notice:
    text = (
        f"{reason}.\nFeeds are still fetched and captured, and all of it is read once it is back; until then nothing is"
        " found, and nobody is alerted.\nThis message comes past the outbox, which is kept in Elasticsearch."
    )
    since = datetime.fromisoformat(absence.since)
    return Notice(f"index/{absence.since}", "Elasticsearch is away", text, Severity.CRITICAL, since)


def _over(absence: Absence) -> Notice:
    since = datetime.fromisoformat(absence.since)
    text = f"It was away from {since:%H:%M} UTC on {since:%d %B} on: {absence.reason}.\nWhat was captured is read now."
    return Notice(f"index-over/{absence.since}", "Recovered: Elasticsearch is back", text, Severity.HIGH, since)


def _write(line: Line, note: Notice, now: datetime, absence: Absence) -> bool:
    """Hands the notice to every operator's channels; returns whether nobody is left to be told."""
    alert, deliveries = notice(note, [desk.desk for desk in line.desks.values()], now)
    waiting = [delivery for delivery in deliveries if delivery.id not in absence.told]
    if not waiting:
        return True
    with channels(line.settings, names(line)) as ready:
        for delivery in waiting:
            try:
                ready[delivery.channel].send(Letter(delivery.address, delivery.id, 0, note.title, [alert], now))
            except ChannelError as error:
                log.warning("an operator could not be told", recipient=delivery.recipient, reason=str(error))
            else:
                absence.told.append(delivery.id)
    return all(delivery.id in absence.told for delivery in deliveries)
