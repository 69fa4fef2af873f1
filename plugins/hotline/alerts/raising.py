"""From what waits to be matched to alerts and their deliveries. Raising twice raises nothing twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch

from hotline.alerts.deliveries import deliveries_to
from hotline.alerts.ids import dated_id, month_in
from hotline.alerts.passages import Highlight, marked_headline, passages
from hotline.alerts.query import rule_query, rule_search
from hotline.search.indices import Kind, month_of
from hotline.search.store import Store, Write, chunks
from schemas.alert import Alert, Delivery, OccasionKind
from schemas.article import Article
from schemas.base import Severity
from schemas.desk import Desk
from schemas.rule import Recipient, Rule, RuleKind

RULES_A_REQUEST = 500


@dataclass(frozen=True)
class Watch:
    """A rule in force."""

    desk_id: str
    desk: Desk
    rule: Rule


@dataclass(frozen=True)
class Match:
    """An article that a rule found, and the words it was found by."""

    watch: Watch
    article: Article
    highlight: Highlight


@dataclass(frozen=True)
class BrokenRule:
    """A rule that Elasticsearch refuses. The others are matched all the same."""

    watch: Watch
    reason: str


class MatchingError(RuntimeError):
    """Elasticsearch could not answer, through no fault of a rule: nothing may be taken for matched."""


def matches(
    client: Elasticsearch, index: str, watches: Iterable[Watch], articles: Mapping[str, Article], now: datetime
) -> tuple[list[Match], list[BrokenRule]]:
    """Which of the `articles` (by id) the enabled rules match, and the rules that Elasticsearch refuses.

    `index` must hold the articles and be refreshed. Give all that is to be matched at once: hits beyond `articles`
    (not placed into stories yet, written since) are left for the next time, which costs a filter on ids.

    Raises: MatchingError where a search failed for another reason than its query.
    """
    if not articles:
        return [], []
    found: list[Match] = []
    broken: list[BrokenRule] = []
    among = _among(client, index, articles)
    for chunk in chunks([watch for watch in watches if watch.rule.enabled], RULES_A_REQUEST):
        searches: list[dict[str, Any]] = []
        for watch in chunk:
            query = rule_query(watch.desk_id, watch.rule, max_age=watch.desk.alerting.max_age, now=now)
            query["bool"]["filter"] += among
            searches += [{"index": index}, rule_search(query, size=min(len(articles), 10_000))]
        for watch, answer in zip(chunk, client.msearch(searches=searches)["responses"], strict=True):
            if "error" in answer:
                broken.append(BrokenRule(watch, _reason(watch, answer)))
                continue
            if answer["timed_out"] or answer["_shards"]["failed"]:
                raise MatchingError(f"{watch.desk_id}/{watch.rule.id}: Elasticsearch searched only part of {index}")
            found += [
                Match(watch, articles[hit["_id"]], hit.get("highlight", {}))
                for hit in answer["hits"]["hits"]
                if hit["_id"] in articles
            ]
    return found, broken


def _among(client: Elasticsearch, index: str, articles: Mapping[str, Article]) -> list[dict[str, Any]]:
    """A filter for the articles, unless the index holds nothing else: then it would only cost time."""
    if client.count(index=index)["count"] <= len(articles):
        return []
    return [{"terms": {"id": sorted(articles)}}]


def _reason(watch: Watch, answer: Mapping[str, Any]) -> str:
    error = answer["error"]
    causes = error.get("root_cause") or [error]
    reason = str(error.get("caused_by", {}).get("reason") or causes[0].get("reason"))
    if answer.get("status") != 400:
        raise MatchingError(f"{watch.desk_id}/{watch.rule.id}: {reason}")
    return reason


def alert_for(desk_id: str, rule: Rule, article: Article, highlight: Highlight, now: datetime) -> Alert:
    """The alert that a rule raises for an article: about its story, or for a revision rule about its revision.

    Raises: ValueError where the article is in no story yet; it has to be placed first, else it rings twice.
    """
    if article.story is None:
        raise ValueError(f"article {article.id} is in no story yet; only placed articles raise alerts")
    if rule.kind is RuleKind.REVISION:
        kind, occasion = OccasionKind.REVISION, f"{article.id}@{article.revision}"
        month = month_of(article.discovered_at)
    else:
        kind, occasion = OccasionKind.STORY, article.story.id
        month = month_in(occasion)
    view = article.desks.get(desk_id)
    return Alert(
        **{"@timestamp": now},
        id=dated_id(month, desk_id, rule.id, kind, occasion),
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
        passages=passages(article, view, rule, highlight),
        topics=[topic.id for topic in view.topics] if view else [],
        published_at=article.published_at,
        published_precision=article.published_precision,
        discovered_at=article.discovered_at,
    )


def deliveries_for(alert: Alert, desk: Desk, rule: Rule, now: datetime) -> list[Delivery]:
    """Who is told of an alert: the rule's recipients; where it names none, all of the desk but the operators."""
    if rule.recipients:
        people = [recipient for recipient in desk.recipients if recipient.name in rule.recipients]
    else:
        people = [recipient for recipient in desk.recipients if not recipient.operator]
    return [delivery for person in people for delivery in deliveries_to(alert, person, now)]


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


def raised(found: Sequence[Match], now: datetime) -> tuple[list[Alert], list[Delivery]]:
    """The alerts of all matches and their deliveries, each once.

    Of several articles of a story that match a rule, the earliest speaks for it.
    """
    alerts: dict[str, Alert] = {}
    deliveries: dict[str, Delivery] = {}
    for match in sorted(found, key=lambda m: (m.article.timestamp, m.article.id)):
        watch = match.watch
        alert = alert_for(watch.desk_id, watch.rule, match.article, match.highlight, now)
        if alert.id not in alerts:
            alerts[alert.id] = alert
            deliveries |= {d.id: d for d in deliveries_for(alert, watch.desk, watch.rule, now)}
    return list(alerts.values()), list(deliveries.values())


def ensure(store: Store, alerts: Sequence[Alert], deliveries: Sequence[Delivery]) -> tuple[int, int]:
    """Makes sure that the alerts and deliveries exist; returns how many of each are new.

    Alerts go first: a delivery whose alert is missing could not be sent. What exists already stays as it is, and the
    deliveries of an alert that exists are made sure of all the same: the last run may have been killed in between.
    """
    known = store.write([Write(Kind.ALERTS, a.id, a, month_in(a.id)) for a in alerts])
    put = store.write([Write(Kind.DELIVERIES, d.id, d, month_in(d.id)) for d in deliveries])
    return len(alerts) - len(known), len(deliveries) - len(put)
