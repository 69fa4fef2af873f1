"""What an outage of ours delayed: it comes in one digest, not singly, and is not lost for being old."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hotline.alerts.matching import Match, Watch
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert, Delivery, DeliveryStatus, DigestKind
from schemas.article import Article
from schemas.base import Precision, Severity
from schemas.desk import Alerting

BACK = timedelta(days=7)  # a longer outage is not caught up with
_GRAIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Gap:
    """Nothing was fetched between these two."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Outages:
    """The gaps of the last week, and what follows from them at `now`."""

    now: datetime
    gaps: Sequence[Gap] = field(default_factory=tuple)

    def delayed(self, article: Article, alerting: Alerting) -> bool:
        """Whether an article comes late through us: it waited here, or was published while nothing was fetched."""
        after = alerting.caught_up_after
        if self.now - article.discovered_at > after:
            return True
        at = article.published_at
        if at is None or self.now - at <= after:
            return False
        long = [gap for gap in self.gaps if gap.end - gap.start > after]
        return any(gap.start <= at <= gap.end and article.discovered_at >= gap.end - _GRAIN for gap in long)

    def widened(self, watch: Watch) -> Watch:
        """The rule as it is matched after an outage: what was published since its start is not too old."""
        alerting = watch.desk.alerting
        gaps = [gap for gap in self.gaps if gap.end - gap.start > alerting.caught_up_after]
        max_age = max([alerting.max_age, *(self.now - gap.start for gap in gaps)])
        if max_age == alerting.max_age:
            return watch
        wider = watch.desk.model_copy(update={"alerting": alerting.model_copy(update={"max_age": max_age})})
        return replace(watch, desk=wider)

    def sifted(self, found: Sequence[Match], alerting: Mapping[str, Alerting]) -> list[Match]:
        """Matches without those that are of the past and were not delayed."""
        return [
            match
            for match in found
            if match.watch.desk.alerting.max_age == alerting[match.watch.desk_id].max_age
            or not self._is_past(match.article, alerting[match.watch.desk_id])
            or self.delayed(match.article, alerting[match.watch.desk_id])
        ]

    def held(
        self,
        alerts: Sequence[Alert],
        deliveries: Sequence[Delivery],
        articles: Mapping[str, Article],
        alerting: Mapping[str, Alerting],
    ) -> list[Delivery]:
        """The deliveries, those of what was delayed waiting for the digest. What is critical comes all the same."""
        late = {
            alert.id
            for alert in alerts
            if alert.severity is not Severity.CRITICAL
            and (article := articles.get(alert.article_id or ""))
            and (waits := alerting.get(alert.desk or ""))
            and self.delayed(article, waits)
        }
        kept = {"status": DeliveryStatus.HELD, "held_for": DigestKind.CAUGHT_UP}
        return [d.model_copy(update=kept) if d.alert_id in late else d for d in deliveries]

    def _is_past(self, article: Article, alerting: Alerting) -> bool:
        at = article.published_at or article.discovered_at
        if article.published_precision is Precision.DAY:
            at += timedelta(days=1)
        changed = article.revision > 0 and self.now - article.updated_at <= alerting.max_age
        return self.now - at > alerting.max_age and not changed


def outages(store: Store, now: datetime) -> Outages:
    """The gaps between batches of the last week, to ten minutes."""
    store.refresh(Kind.BATCHES)
    answer = store.client.search(
        index=store.indices.name(Kind.BATCHES),
        size=0,
        query={"range": {"created_at": {"gte": (now - BACK).isoformat(), "lte": now.isoformat()}}},
        aggs={"at": {"date_histogram": {"field": "created_at", "fixed_interval": "10m", "min_doc_count": 1}}},
    )
    fetched = [datetime.fromtimestamp(b["key"] / 1000, UTC) for b in answer["aggregations"]["at"]["buckets"]]
    return Outages(now, gaps_between(fetched))


def gaps_between(fetched: Sequence[datetime]) -> list[Gap]:
    """The spans in which nothing was fetched, from the tens of minutes in which something was."""
    return [Gap(before, after + _GRAIN) for before, after in pairwise(fetched) if after - before > _GRAIN]
