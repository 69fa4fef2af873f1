"""Which rules match what waits: alerts and deliveries are made sure of, then what was matched is taken away."""

import structlog

from hotline.alerts.matching import BrokenRule, Watch, matches
from hotline.alerts.raising import ensure, explained, raised
from hotline.alerts.updates import ensure_updates
from hotline.line.context import Line, digest
from hotline.line.notices import notify
from hotline.search.indices import Kind
from hotline.search.store import Kept
from schemas.article import Article
from schemas.base import Severity

log = structlog.get_logger(__name__)

AT_ONCE = 1000  # articles matched in one go


def raise_alerts(line: Line) -> dict[str, int]:
    """Matches everything that waits; returns counts of articles, new alerts and new deliveries.

    Killed anywhere, the next run finds the same articles waiting and the same alerts there already.
    """
    watches = [Watch(id_, desk.desk, rule) for id_, desk in line.desks.items() for rule in desk.rules]
    counts = {"articles": 0, "alerts": 0, "deliveries": 0}
    while waiting := _waiting(line):
        articles = {kept.record.id: kept.record for kept in waiting}
        index = line.store.indices.name(Kind.UNMATCHED)
        found, broken = matches(line.store.client, index, watches, articles, line.clock())
        alerts, deliveries = ensure(line.store, *raised(explained(line.store, index, found), line.clock()))
        desks = {id_: desk.desk for id_, desk in line.desks.items()}
        deliveries += ensure_updates(line.store, desks, articles.values(), line.clock())
        for rule in broken:
            _tell(line, rule)
        line.store.delete((kept.record.id, kept) for kept in waiting)
        counts["articles"] += len(articles)
        counts["alerts"] += alerts
        counts["deliveries"] += deliveries
    log.info("matched", **counts)
    return counts


def _waiting(line: Line) -> list[Kept[Article]]:
    """Placed articles that wait, oldest first. One that is in no story yet is offered again when it is placed."""
    line.store.refresh(Kind.UNMATCHED)
    query = {"exists": {"field": "story.id"}}
    return line.store.search(Article, Kind.UNMATCHED, query, size=AT_ONCE, sort=[{"@timestamp": {"order": "asc"}}])


def _tell(line: Line, broken: BrokenRule) -> None:
    desk, rule = broken.watch.desk_id, broken.watch.rule
    notify(
        line,
        f"rule/{desk}/{rule.id}/{digest(rule.query)}",
        f"Rule {rule.id} of desk {desk} is broken and matches nothing",
        f"Elasticsearch refuses its query: {broken.reason}\n\nMend `query` in {desk}/rules.yaml: {rule.query}",
        Severity.HIGH,
    )
