"""Rules on volume: far more than usual (surge), and nothing at all (silence).

A window is compared with the same window (hour and weekday) of the weeks before, over the feeds that brought something
on the day of every one of them: a feed that is new, was away or has gone would look like news.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from hotline.alerts.ids import month_in
from hotline.alerts.matching import BrokenRule, Watch, ask_many, refusal
from hotline.alerts.query import Query, conditions
from hotline.alerts.raising import Ring, ring_id
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert, OccasionKind
from schemas.article import Article
from schemas.rule import Surge

WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FEEDS = 10_000
_LOUD: Query = {"term": {"quiet": False}}


def window_of(at: datetime, window: timedelta) -> datetime:
    """The start of the window that holds a time. Windows begin at midnight UTC and follow one another."""
    return at - (at - _EPOCH) % window


def usual(surge: Surge, now: int, before: Sequence[int]) -> float | None:
    """The usual number of a window, where `now` is a surge beside it; else None."""
    normal = median(before)
    return normal if now >= surge.least and now >= surge.times * normal else None


class Surges:
    """The surges of one run; which feeds were present is asked once for each desk and window."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store = store
        self.now = now
        self._present: dict[tuple[str, datetime, timedelta, int], set[str]] = {}
        self._rung: set[str] = set()

    def of(self, watch: Watch, matched: Sequence[Article]) -> list[Ring]:
        """The windows of these articles that hold far more than usual, each rung once it does, the earliest first.

        A window that follows another surge is recorded, but nobody is told again.
        """
        surge = watch.rule.surge
        assert surge is not None
        rings = []
        for start in sorted({window_of(article.timestamp, surge.window) for article in matched}):
            counts = self.counts(watch, surge, start)
            normal = usual(surge, counts[0], counts[1:])
            if normal is not None:
                rings.append(self._ring(watch, surge, start, counts[0], normal))
        return rings

    def counts(self, watch: Watch, surge: Surge, start: datetime) -> list[int]:
        """Articles of the window, then of the weeks before, from the feeds that were present throughout."""
        present = self._feeds(watch.desk_id, surge, start)
        spans = [(start - WEEK * n, start - WEEK * n + surge.window) for n in range(surge.weeks + 1)]
        asked = conditions(watch.desk_id, watch.rule)
        buckets = _by_span_and_feed(self.store, asked, spans)
        return [sum(count for feed, count in bucket.items() if feed in present) for bucket in buckets]

    def _feeds(self, desk_id: str, surge: Surge, start: datetime) -> set[str]:
        key = (desk_id, start, surge.window, surge.weeks)
        if key not in self._present:
            end = start + surge.window
            spans = [(end - WEEK * n - DAY, end - WEEK * n) for n in range(surge.weeks + 1)]
            any_of_desk: Query = {"exists": {"field": f"desks.{desk_id}.relevance"}}
            days = _by_span_and_feed(self.store, any_of_desk, spans)
            self._present[key] = set.intersection(*(set(day) for day in days))
        return self._present[key]

    def _ring(self, watch: Watch, surge: Surge, start: datetime, count: int, normal: float) -> Ring:
        before = ring_id(watch, OccasionKind.WINDOW, start - surge.window)
        goes_on = before in self._rung or self.store.get(Alert, Kind.ALERTS, before, month_in(before)) is not None
        self._rung.add(ring_id(watch, OccasionKind.WINDOW, start))
        end = start + surge.window
        said = f"{count} reports between {start:%H:%M} and {end:%H:%M} UTC on {start:%A %d %B}, usually {normal:g}"
        lines = [f"{said} (the median of {surge.weeks} weeks).", *self._told(watch, start, end)]
        return Ring(watch, OccasionKind.WINDOW, start, f"{watch.rule.title}: {count} reports", lines, goes_on)

    def _told(self, watch: Watch, start: datetime, end: datetime) -> list[str]:
        """What most of the window's articles are about: a headline of each of the largest stories."""
        filters = [_LOUD, _span("@timestamp", start, end), conditions(watch.desk_id, watch.rule)]
        headline = {"top_hits": {"size": 1, "_source": ["title"], "sort": [{"@timestamp": "asc"}]}}
        aggs = {"stories": {"terms": {"field": "story.id", "size": 3}, "aggs": {"headline": headline}}}
        index = self.store.indices.name(Kind.ARTICLES)
        answer = self.store.client.search(index=index, size=0, query={"bool": {"filter": filters}}, aggs=aggs)
        return [
            f"{bucket['headline']['hits']['hits'][0]['_source']['title']} ({bucket['doc_count']})"
            for bucket in answer["aggregations"]["stories"]["buckets"]
        ]


def silences(
    store: Store, watches: Sequence[Watch], since: dict[str, datetime], now: datetime
) -> tuple[list[Ring], list[BrokenRule]]:
    """The silences that last, of rules of that kind; `since` says since when each desk has listened.

    One rings when the desk has heard other things in both halves of the time: else the line itself was deaf.
    Raises: MatchingError where Elasticsearch could not answer, through no fault of a rule.
    """
    rings: list[Ring] = []
    broken: list[BrokenRule] = []
    for watch in watches:
        span = watch.rule.silence
        if span is None or since.get(watch.desk_id, now) > now - span:
            continue  # learning
        answers = ask_many(store.client, _silence_searches(store, watch, span, now))
        if reason := refusal(watch, answers[0]):
            broken.append(BrokenRule(watch, reason))
            continue
        heard, *halves = [answer["hits"]["total"]["value"] for answer in answers]
        if not heard and all(halves):
            rings.append(_silence(store, watch, since[watch.desk_id], now))
    return rings, broken


def _silence_searches(store: Store, watch: Watch, span: timedelta, now: datetime) -> list[dict[str, Any]]:
    """Is there one that the rule asks for; is there any at all in either half of the time."""
    anything: Query = {"exists": {"field": f"desks.{watch.desk_id}.relevance"}}
    middle = now - span / 2
    searches: list[dict[str, Any]] = []
    for asked, start, end in (
        (conditions(watch.desk_id, watch.rule), now - span, now),
        (anything, now - span, middle),
        (anything, middle, now),
    ):
        query = {"bool": {"filter": [_LOUD, _span("discovered_at", start, end), asked]}}
        searches.append({"index": store.indices.name(Kind.ARTICLES)})
        searches.append({"query": query, "size": 0, "terminate_after": 1, "track_total_hits": 1})
    return searches


def _silence(store: Store, watch: Watch, listening: datetime, now: datetime) -> Ring:
    query = {"bool": {"filter": [_LOUD, conditions(watch.desk_id, watch.rule)]}}
    newest = [{"discovered_at": {"order": "desc"}}]
    found = store.search(Article, Kind.ARTICLES, query, size=1, sort=newest)
    last = found[0].record if found else None
    at = last.discovered_at if last else listening
    what = f"The last was “{last.title}” ({last.publisher})" if last else "There was none since the desk began"
    title = f"{watch.rule.title}: nothing for {(now - at) / timedelta(hours=1):.0f} hours"
    return Ring(watch, OccasionKind.SILENCE, at, title, [f"{what}, {at:%A %d %B, %H:%M} UTC."])


def _span(field: str, start: datetime, end: datetime) -> Query:
    return {"range": {field: {"gte": start.isoformat(), "lt": end.isoformat()}}}


def _by_span_and_feed(store: Store, asked: Query, spans: Sequence[tuple[datetime, datetime]]) -> list[dict[str, int]]:
    """How many articles each feed brought first in each span of publication."""
    ranges = [_span("@timestamp", start, end) for start, end in spans]
    query = {"bool": {"filter": [_LOUD, asked, {"bool": {"should": ranges, "minimum_should_match": 1}}]}}
    feeds = {"feeds": {"terms": {"field": "feed.id", "size": _FEEDS}}}
    aggs = {"spans": {"filters": {"filters": ranges}, "aggs": feeds}}
    answer = store.client.search(index=store.indices.name(Kind.ARTICLES), size=0, query=query, aggs=aggs)
    return [
        {bucket["key"]: bucket["doc_count"] for bucket in span["feeds"]["buckets"]}
        for span in answer["aggregations"]["spans"]["buckets"]
    ]
