"""From what waits to be matched to alerts and their deliveries. Raising twice raises nothing twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.alerts.deliveries import deliveries_to
from hotline.alerts.ids import dated_id, month_in
from hotline.alerts.matching import Match, Watch, marked
from hotline.alerts.passages import Highlight, marked_headline, passages
from hotline.search.indices import Kind, month_of
from hotline.search.store import Store, Write
from schemas.alert import Alert, Delivery, OccasionKind
from schemas.article import Article
from schemas.base import Severity
from schemas.desk import Desk
from schemas.rule import Recipient, Rule, RuleKind


@dataclass(frozen=True)
class Ring:
    """What a rule rings for that is no single article: a surge's window, a silence."""

    watch: Watch
    occasion: OccasionKind
    since: datetime  # the window's start, the last article before the silence
    title: str
    lines: Sequence[str]
    goes_on: bool = False  # recorded, and nobody is told: they were when it began


def occasion_of(rule: Rule, article: Article) -> tuple[OccasionKind, str, str]:
    """What a rule's alert on an article is about: the kind, its id, and the month that it is kept in.

    Raises: ValueError where the article is in no story yet; it has to be placed first, else it rings twice.
    """
    if article.story is None:
        raise ValueError(f"article {article.id} is in no story yet; only placed articles raise alerts")
    if rule.kind is RuleKind.REVISION:
        return OccasionKind.REVISION, f"{article.id}@{article.revision}", month_of(article.discovered_at)
    return OccasionKind.STORY, article.story.id, month_in(article.story.id)


def alert_id(desk_id: str, rule: Rule, article: Article) -> str:
    """The id of the rule's alert on the article's story, or on its revision."""
    kind, occasion, month = occasion_of(rule, article)
    return dated_id(month, desk_id, rule.id, kind, occasion)


def alert_for(
    desk_id: str, rule: Rule, article: Article, highlight: Highlight, now: datetime, because: str = ""
) -> Alert:
    """The alert that a rule raises for an article: about its story, or for a revision rule about its revision.

    `because` says what made it ring where words alone do not: the first passage. Raises: ValueError (`occasion_of`).
    """
    kind, occasion, _ = occasion_of(rule, article)
    assert article.story is not None
    view = article.desks.get(desk_id)
    return Alert(
        **{"@timestamp": now},
        id=alert_id(desk_id, rule, article),
        desk=desk_id,
        rule_id=rule.id,
        rule_title=rule.title,
        severity=rule.severity,
        occasion=kind,
        occasion_id=occasion,
        story_id=article.story.id,
        article_id=article.id,
        title=article.title,
        headline=marked_headline(article, view, rule, highlight),
        url=article.url.canonical or article.url.full,
        publisher=article.publisher,
        passages=[*([because] if because else []), *passages(article, view, rule, highlight)],
        topics=[topic.id for topic in view.topics] if view else [],
        published_at=article.published_at,
        published_precision=article.published_precision,
        discovered_at=article.discovered_at,
    )


def deliveries_for(alert: Alert, desk: Desk, rule: Rule, now: datetime) -> list[Delivery]:
    """A delivery for each who is told of the rule's alerts, by each of their channels or the rule's."""
    people = people_of(desk, rule)
    return [delivery for person in people for delivery in deliveries_to(alert, person, now, channels=rule.channels)]


def people_of(desk: Desk, rule: Rule) -> list[Recipient]:
    """Who is told of a rule's alerts: its recipients; where it names none, all of the desk but the operators."""
    if rule.recipients:
        return [recipient for recipient in desk.recipients if recipient.name in rule.recipients]
    return [recipient for recipient in desk.recipients if not recipient.operator]


@dataclass(frozen=True)
class Notice:
    """Something about the line itself. Raised once per `key` and month of `since`: let one say when it began."""

    key: str
    title: str
    text: str  # each line is a paragraph
    severity: Severity = Severity.NORMAL
    since: datetime | None = None  # default: now
    about: Sequence[str] = ()  # the troubles that stand
    analysts_of: str | None = None  # id of the desk whose analysts are told, because it is about what they can see


def notice(note: Notice, desks: Iterable[Desk], now: datetime) -> tuple[Alert, list[Delivery]]:
    """The alert of a notice and its deliveries to the operators of the desks; to everyone of a desk without any.

    With `analysts_of`: to those of the desks' people who are no operators.
    """
    alert = Alert(
        **{"@timestamp": now},
        id=dated_id(month_of(note.since or now), "health", note.key),
        desk=note.analysts_of,
        rule_id=f"health/{note.key.partition('/')[0]}",
        rule_title="Health of the line",
        severity=note.severity,
        occasion=OccasionKind.HEALTH,
        occasion_id=note.key,
        title=note.title,
        passages=[line for line in note.text.splitlines() if line.strip()],
        about=list(note.about),
    )
    people: dict[str, Recipient] = {}
    for desk in desks:
        told = [recipient for recipient in desk.recipients if recipient.operator == (note.analysts_of is None)]
        told = told or (desk.recipients if note.analysts_of is None else [])
        people |= {recipient.email: recipient for recipient in told if recipient.email not in people}
    return alert, [delivery for person in people.values() for delivery in deliveries_to(alert, person, now)]


def ring_id(watch: Watch, occasion: OccasionKind, since: datetime) -> str:
    """The id of the alert on a rule's window or silence that began then."""
    return dated_id(month_of(since), watch.desk_id, watch.rule.id, occasion, since.isoformat())


def alert_for_ring(ring: Ring, now: datetime) -> Alert:
    """The alert on a window or a silence: it has no article and no story."""
    watch, rule = ring.watch, ring.watch.rule
    return Alert(
        **{"@timestamp": now},
        id=ring_id(watch, ring.occasion, ring.since),
        desk=watch.desk_id,
        rule_id=rule.id,
        rule_title=rule.title,
        severity=rule.severity,
        occasion=ring.occasion,
        occasion_id=f"{watch.desk_id}/{rule.id}@{ring.since.isoformat()}",
        title=ring.title,
        passages=list(ring.lines),
        topics=rule.topics,
    )


def speaking(found: Sequence[Match]) -> list[Match]:
    """One match for each alert: of several articles of a story that match a rule, the earliest speaks for it."""
    first: dict[str, Match] = {}
    for match in sorted(found, key=lambda m: (m.article.timestamp, m.article.id)):
        first.setdefault(alert_id(match.watch.desk_id, match.watch.rule, match.article), match)
    return list(first.values())


def explained(store: Store, index: str, found: Sequence[Match]) -> list[Match]:
    """One match for each alert, with the matched words marked where the alert is new."""
    by_id = {alert_id(m.watch.desk_id, m.watch.rule, m.article): m for m in speaking(found)}
    known = store.get_many(Alert, Kind.ALERTS, {id_: month_in(id_) for id_ in by_id})
    new = [match for id_, match in by_id.items() if id_ not in known]
    return [*marked(store.client, index, new), *(match for id_, match in by_id.items() if id_ in known)]


def raised(found: Sequence[Match], now: datetime, rings: Sequence[Ring] = ()) -> tuple[list[Alert], list[Delivery]]:
    """The alerts of all matches and rings and their deliveries, each once."""
    alerts: dict[str, Alert] = {}
    deliveries: dict[str, Delivery] = {}
    for match in speaking(found):
        watch = match.watch
        alert = alert_for(watch.desk_id, watch.rule, match.article, match.highlight, now, match.because)
        alerts[alert.id] = alert
        deliveries |= {d.id: d for d in deliveries_for(alert, watch.desk, watch.rule, now)}
    for ring in rings:
        alert = alert_for_ring(ring, now)
        alerts[alert.id] = alert
        if not ring.goes_on:
            deliveries |= {d.id: d for d in deliveries_for(alert, ring.watch.desk, ring.watch.rule, now)}
    return list(alerts.values()), list(deliveries.values())


def ensure(store: Store, alerts: Sequence[Alert], deliveries: Sequence[Delivery]) -> tuple[int, int]:
    """Makes sure that the alerts and deliveries exist; returns how many of each are new.

    Alerts go first: a delivery whose alert is missing could not be sent. What exists already stays as it is, and the
    deliveries of an alert that exists are made sure of all the same: the last run may have been killed in between.
    """
    known = store.write([Write(Kind.ALERTS, a.id, a, month_in(a.id)) for a in alerts])
    put = store.write([Write(Kind.DELIVERIES, d.id, d, month_in(d.id)) for d in deliveries])
    return len(alerts) - len(known), len(deliveries) - len(put)
