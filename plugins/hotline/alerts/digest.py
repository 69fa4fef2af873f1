"""A digest: many alerts in one message, by story, ranked. Decisions without input or output."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from schemas.alert import Alert, Delivery, DeliveryStatus, DigestKind
from schemas.article import Article
from schemas.base import Severity
from schemas.story import Story

MOST_NEAR_MISSES = 10


@dataclass(frozen=True)
class Entry:
    """A story in a digest; a notice or a revision stands for itself."""

    alerts: list[Alert]  # most urgent first
    severity: Severity
    outlets: int
    is_new: bool  # first told of in this digest's period
    more_outlets: int = 0  # that joined in the period
    facts: list[str] = field(default_factory=list)  # added in the period
    told_at: datetime | None = None  # when it was told in a message of its own


@dataclass(frozen=True)
class Digest:
    """Everything that stands in a digest. `volume`: relevant articles by equal parts of the period."""

    kind: DigestKind
    every: str  # hourly, daily, weekly; empty for those that come by themselves
    since: datetime
    until: datetime
    timezone: str
    entries: list[Entry]
    volume: list[int] = field(default_factory=list)
    near_misses: list[Article] = field(default_factory=list)
    muted: list[Alert] = field(default_factory=list)
    held: list[Delivery] = field(default_factory=list)  # that waited for it, and are told by it

    @property
    def is_empty(self) -> bool:
        """Whether nothing rang for its recipient."""
        return not self.entries


@dataclass(frozen=True)
class Outlets:
    """Who reported a story, before the digest's period and first in it."""

    before: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()


def entries(
    deliveries: Iterable[Delivery],
    alerts: Mapping[str, Alert],
    stories: Mapping[str, Story],
    outlets: Mapping[str, Outlets],
    since: datetime,
) -> list[Entry]:
    """What a digest lists, most important first: by severity, then number of outlets, then the latest.

    `stories` are by the id that the deliveries know (of a story that was merged: the surviving one), `outlets` by the
    story's id.
    """
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        if delivery.alert_id in alerts:
            story = stories.get(delivery.thread)
            groups.setdefault(story.id if story else delivery.thread, []).append(delivery)
    made = [_entry(group, alerts, stories.get(group[0].thread), outlets, since) for group in groups.values()]
    made.sort(key=lambda entry: (-entry.severity.rank, -entry.outlets, -entry.alerts[0].timestamp.timestamp()))
    return made


def _entry(
    group: Sequence[Delivery],
    alerts: Mapping[str, Alert],
    story: Story | None,
    outlets: Mapping[str, Outlets],
    since: datetime,
) -> Entry:
    told = list({d.alert_id: alerts[d.alert_id] for d in group}.values())
    told.sort(key=lambda alert: (-alert.severity.rank, alert.timestamp, alert.id))
    sent = min((d.sent_at for d in group if d.status is DeliveryStatus.SENT and d.sent_at), default=None)
    if story is None:
        return Entry(told, told[0].severity, 1, is_new=True, told_at=sent)
    who = outlets.get(story.id, Outlets())
    return Entry(
        alerts=told,
        severity=told[0].severity,
        outlets=len(story.outlets),
        is_new=not who.before,
        more_outlets=len(who.later - who.before) if who.before else 0,
        facts=list(dict.fromkeys(fact for d in story.development if d.at >= since for fact in d.new)),
        told_at=sent,
    )


def bars(volume: Sequence[int], height: int) -> list[int]:
    """Heights of a chart's bars, the highest `height`; what is not nothing is at least 1."""
    top = max(volume, default=0)
    return [max(1, round(count * height / top)) if count else 0 for count in volume] if top else [0] * len(volume)
