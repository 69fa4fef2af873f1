"""What the line has done so far, read out of the index and the mailbox."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path

from pydantic import BaseModel

from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert, Cause, Delivery, DeliveryStatus, OccasionKind
from schemas.article import Article, Revision
from schemas.feed import Feed

MOST = 10_000  # records of a kind that are read; a demo makes a few hundred, a replay some thousands


@dataclass(frozen=True)
class Mail:
    """One message in the mailbox."""

    message_id: str
    to: str
    subject: str


@dataclass
class Figures:
    """Everything at one moment."""

    feeds: list[Feed] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    items: dict[str, int] = field(default_factory=dict)  # by status
    discovered: int = 0  # items, counted apart from their statuses
    unmatched: int = 0
    unfinished_batches: int = 0

    @property
    def polls(self) -> int:
        """Polls of all feeds."""
        return sum(feed.state.polls for feed in self.feeds)

    @property
    def quiet(self) -> bool:
        """Nothing is under way."""
        waiting = [d for d in self.deliveries if d.status in (DeliveryStatus.PENDING, DeliveryStatus.RETRYING)]
        return not (self.items.get("pending") or self.unmatched or self.unfinished_batches or waiting)

    def latencies(self, published: Mapping[str, datetime]) -> list[float]:
        """Seconds from publication to the message handed over, for every story's first message.

        `published` says when the page at an address appeared.
        """
        told = ((published.get(a.url or ""), sent) for a, sent in self._told())
        return sorted((sent - at).total_seconds() for at, sent in told if at is not None)

    def handling(self) -> list[float]:
        """Seconds from the fetch of the feed to the message handed over."""
        return sorted((sent - a.discovered_at).total_seconds() for a, sent in self._told() if a.discovered_at)

    def alerting(self) -> list[float]:
        """Seconds from the article's being indexed to the message handed over: placing, matching, sending."""
        indexed = {article.id: article.ingested_at for article in self.articles}
        told = ((indexed.get(a.article_id or ""), sent) for a, sent in self._told())
        return sorted((sent - at).total_seconds() for at, sent in told if at is not None)

    def _told(self) -> list[tuple[Alert, datetime]]:
        by_id = {alert.id: alert for alert in self.alerts if alert.occasion is OccasionKind.STORY}
        alerts = [d for d in self.deliveries if d.cause is Cause.ALERT and d.alert_id in by_id]
        sent = [d for d in alerts if d.status is DeliveryStatus.SENT]
        return [(by_id[d.alert_id], d.sent_at) for d in sent if d.sent_at is not None]

    def topics(self, desk: str) -> Counter[str]:
        """How many articles touch each topic of a desk."""
        views = (article.desks.get(desk) for article in self.articles)
        return Counter(topic.id for view in views if view for topic in view.topics)

    def relevant(self, desk: str) -> int:
        """Articles that bear on a desk."""
        return sum(1 for a in self.articles if desk in a.desks and a.desks[desk].relevance > 0)


def read(store: Store, mails: Path) -> Figures:
    """The figures now; empty while there is no index yet."""
    prefix = f"{store.indices.prefix}-*"
    if not store.client.indices.exists(index=store.indices.name(Kind.KEYS)):
        return Figures()
    store.client.indices.refresh(index=prefix)
    statuses = store.client.search(
        index=store.indices.name(Kind.ITEMS), size=0, aggs={"by": {"terms": {"field": "status", "size": 10}}}
    )
    buckets = statuses["aggregations"]["by"]["buckets"]
    return Figures(
        feeds=_all(store, Feed, Kind.FEEDS),
        articles=_all(store, Article, Kind.ARTICLES),
        revisions=_all(store, Revision, Kind.REVISIONS),
        alerts=_all(store, Alert, Kind.ALERTS),
        deliveries=_all(store, Delivery, Kind.DELIVERIES),
        mails=list(_mails(mails)),
        items={bucket["key"]: bucket["doc_count"] for bucket in buckets},
        discovered=store.count(Kind.ITEMS),
        unmatched=store.count(Kind.UNMATCHED),
        unfinished_batches=store.count(Kind.BATCHES, {"bool": {"must_not": [{"term": {"status": "done"}}]}}),
    )


def median_and_p95(times: list[float]) -> tuple[float, float] | None:
    """Median and 95th percentile; None without any time."""
    if not times:
        return None
    if len(times) == 1:
        return times[0], times[0]
    return statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[18]


def _all[M: BaseModel](store: Store, model: type[M], kind: Kind) -> list[M]:
    return [kept.record for kept in store.search(model, kind, {"match_all": {}}, size=MOST)]


def _mails(folder: Path) -> Iterable[Mail]:
    parser = BytesHeaderParser(policy=policy.default)
    for path in sorted(folder.glob("*.eml")):
        headers = parser.parsebytes(path.read_bytes())
        yield Mail(str(headers["Message-ID"]), str(headers["To"]), str(headers["Subject"]))
