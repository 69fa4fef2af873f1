"""Who listens to a delivery, what they asked not to hear, and how much they have had."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from hotline.alerts.hours import quiet_until
from hotline.alerts.telling import Ear, Hush
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Act, Cause, Delivery, DeliveryStatus, Said
from schemas.base import Severity
from schemas.desk import Alerting, Desk
from schemas.rule import Recipient, Rule

type _Scope = tuple[str, str, str, bool]
"""Of whom (empty: the whole desk), of which desk, what (a thread or a rule), and whether that is a rule."""


@dataclass
class People:
    """The recipients of all desks as of one run. What is read is read once."""

    store: Store
    desks: Mapping[str, Desk]
    now: datetime
    rules: Mapping[tuple[str, str], Rule] = field(default_factory=dict)  # by desk and id

    def desk_of(self, delivery: Delivery) -> Desk | None:
        """The delivery's desk; of a notice about the line, the first desk that knows its recipient."""
        if delivery.desk is not None:
            return self.desks.get(delivery.desk)
        return next((d for d in self.desks.values() if any(r.name == delivery.recipient for r in d.recipients)), None)

    def recipient(self, delivery: Delivery) -> Recipient | None:
        """The recipient as desk.yaml has them now; None where they are not in it any more."""
        desk = self.desk_of(delivery)
        return next((r for r in desk.recipients if r.name == delivery.recipient), None) if desk else None

    def alerting(self, delivery: Delivery) -> Alerting:
        """The waits that hold for a delivery."""
        desk = self.desk_of(delivery)
        return desk.alerting if desk else Alerting()

    def ear(self, group: Sequence[Delivery], names: Sequence[str]) -> Ear:
        """Who listens to a group of deliveries of one thread, which goes by any of `names`."""
        first = group[0]
        hushes = [hush for name in names for hush in self._hushes_for(first, name, of_rule=False)]
        return Ear(self.recipient(first), self.alerting(first), hushes)

    def of_muted_rules(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Those whose rule is muted for their recipient, unless they are more urgent than the mute."""
        return [
            d
            for d in deliveries
            if d.cause is Cause.ALERT
            and any(d.severity.rank <= h.severity.rank for h in self._hushes_for(d, d.rule_id or "", of_rule=True))
        ]

    def rest(self, deliveries: Sequence[Delivery]) -> tuple[datetime | None, bool]:
        """Whether all rules of these deliveries rest: until when at least, or because of their throttle.

        Only alerts rest; what is critical, a development, a digest or an escalation never does.
        """
        untils, throttled = list[datetime](), False
        for d in deliveries:
            rule = self.rules.get((d.desk or "", d.rule_id or ""))
            if rule is None or d.cause is not Cause.ALERT or d.severity is Severity.CRITICAL:
                return None, False
            person = self.recipient(d)
            until = quiet_until(rule.quiet, person.timezone if person else "UTC", self.now)
            if until is None and not self._is_throttled(d, rule):
                return None, False
            untils += [until] if until else []
            throttled = throttled or until is None
        return min(untils, default=None), throttled

    def _is_throttled(self, delivery: Delivery, rule: Rule) -> bool:
        if rule.throttle is None:
            return False
        query = {
            "bool": {
                "filter": [
                    {"term": {"status": DeliveryStatus.SENT.value}},
                    {"term": {"cause": Cause.ALERT.value}},
                    {"term": {"recipient": delivery.recipient}},
                    {"term": {"channel": delivery.channel}},
                    {"term": {"desk": delivery.desk}},
                    {"term": {"rule_id": rule.id}},
                    {"range": {"sent_at": {"gt": (self.now - rule.throttle).isoformat()}}},
                ]
            }
        }
        self.store.refresh(Kind.DELIVERIES)
        return self.store.count(Kind.DELIVERIES, query) > 0

    def is_flooded(self, recipient: str, channel: str, coming: int) -> bool:
        """Whether `coming` messages are too many, with those of the window that is over."""
        desk = next((d for d in self.desks.values() if any(r.name == recipient for r in d.recipients)), None)
        alerting = desk.alerting if desk else Alerting()
        since = self.now - alerting.flood_window
        had = {id_ for id_, at in self._sent_lately.get((recipient, channel), {}).items() if at > since}
        return len(had) + coming > alerting.flood_messages

    def wants_empty(self, delivery: Delivery) -> bool:
        """Whether the recipient wants to hear that a digest has nothing to say."""
        recipient = self.recipient(delivery)
        return bool(recipient and recipient.digest and recipient.digest.when_empty)

    def _hushes_for(self, delivery: Delivery, what: str, *, of_rule: bool) -> list[Hush]:
        scopes = [(by, delivery.desk or "", what, of_rule) for by in ("", delivery.recipient)]
        return [self._hushes[scope] for scope in scopes if scope in self._hushes]

    @cached_property
    def _hushes(self) -> dict[_Scope, Hush]:
        return hushes(said(self.store, self.now), self.now)

    @cached_property
    def _sent_lately(self) -> dict[tuple[str, str], dict[str, datetime]]:
        """By recipient and channel: messages of the longest window, with their time. Digests do not count."""
        longest = max((desk.alerting.flood_window for desk in self.desks.values()), default=timedelta(0))
        query = {
            "bool": {
                "filter": [
                    {"term": {"status": DeliveryStatus.SENT.value}},
                    {"range": {"sent_at": {"gt": (self.now - longest).isoformat()}}},
                ],
                "must_not": [{"term": {"cause": Cause.DIGEST.value}}, {"exists": {"field": "held_for"}}],
            }
        }
        found: dict[tuple[str, str], dict[str, datetime]] = {}
        for delivery in (k.record for k in self.store.search(Delivery, Kind.DELIVERIES, query, size=10_000)):
            if delivery.message_id and delivery.sent_at:
                key = (delivery.recipient, delivery.channel)
                found.setdefault(key, {})[delivery.message_id] = delivery.sent_at
        return found


def said(store: Store, now: datetime) -> list[Said]:
    """Mutes and snoozes in force, and what ended others, oldest first."""
    store.refresh(Kind.SAID)
    in_force = [{"range": {"until": {"gt": now.isoformat()}}}, {"term": {"act": Act.UNMUTE.value}}]
    query = {"bool": {"should": in_force, "minimum_should_match": 1}}
    newest = store.search(Said, Kind.SAID, query, size=10_000, sort=[{"@timestamp": {"order": "desc"}}])
    return [kept.record for kept in reversed(newest)]


def hushes(records: Sequence[Said], now: datetime) -> dict[_Scope, Hush]:
    """What holds at `now`: of each scope the last word, given oldest first."""
    holding: dict[_Scope, Hush] = {}
    for record in records:
        scope = (
            "" if record.for_desk else record.by,
            record.desk or "",
            record.rule_id if record.of_rule else record.thread,
            record.of_rule,
        )
        if record.act is Act.UNMUTE:
            holding.pop(scope, None)
        elif record.act in (Act.MUTE, Act.SNOOZE) and record.until and record.until > now:
            holding[scope] = Hush(record.severity, record.until, snooze=record.act is Act.SNOOZE)
    return holding
