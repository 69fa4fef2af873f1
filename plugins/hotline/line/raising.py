"""Which rules match what waits: alerts and deliveries are made sure of, then what was matched is taken away."""

import structlog

from hotline.alerts.kinds import evaluate, listening_since
from hotline.alerts.late import outages
from hotline.alerts.matching import BrokenRule, Watch
from hotline.alerts.raising import ensure, explained, raised
from hotline.alerts.updates import ensure_updates
from hotline.alerts.windows import silences
from hotline.line.context import Line, digest
from hotline.line.notices import notify
from hotline.search.indices import Kind
from hotline.search.store import Kept
from schemas.article import Article
from schemas.base import Severity
from schemas.rule import RuleKind

log = structlog.get_logger(__name__)

AT_ONCE = 1000  # articles matched in one go


def raise_alerts(line: Line) -> dict[str, int]:
    """Matches everything that waits; returns counts of articles, new alerts and new deliveries.

    Killed anywhere, the next run finds the same articles waiting and the same alerts there already.
    """
    watches = [Watch(id_, desk.desk, rule) for id_, desk in line.desks.items() for rule in desk.rules]
    desks = {id_: desk.desk for id_, desk in line.desks.items()}
    alerting = {id_: desk.alerting for id_, desk in desks.items()}
    counts = {"articles": 0, "alerts": 0, "deliveries": 0}
    while waiting := _waiting(line):
        articles = {kept.record.id: kept.record for kept in waiting}
        index = line.store.indices.name(Kind.UNMATCHED)
        away = outages(line.store, line.clock())
        rung = evaluate(line.store, map(away.widened, watches), articles, line.clock())
        found = explained(line.store, index, away.sifted(rung.found, alerting))
        raised_now, made = raised(found, line.clock(), rung.rings)
        alerts, deliveries = ensure(line.store, raised_now, away.held(raised_now, made, articles, alerting))
        deliveries += ensure_updates(line.store, desks, articles.values(), line.clock())
        for rule in rung.broken:
            _tell(line, rule)
        if rung.learning:
            log.info("learning what is usual", rules=sorted(w.rule.id for w in rung.learning))
        line.store.delete((kept.record.id, kept) for kept in waiting)
        counts["articles"] += len(articles)
        counts["alerts"] += alerts
        counts["deliveries"] += deliveries
    _silences(line, watches, counts)
    log.info("matched", **counts)
    return counts


def _silences(line: Line, watches: list[Watch], counts: dict[str, int]) -> None:
    """What has not come: asked at every run, and every ten minutes when nothing comes at all."""
    now = line.clock()
    waiting = [watch for watch in watches if watch.rule.kind is RuleKind.SILENCE and watch.rule.in_force(now)]
    if not waiting:
        return
    rings, broken = silences(line.store, waiting, listening_since(line.store), now)
    for rule in broken:
        _tell(line, rule)
    alerts, deliveries = ensure(line.store, *raised([], now, rings))
    counts["alerts"] += alerts
    counts["deliveries"] += deliveries


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
