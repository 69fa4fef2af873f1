"""What the kinds of rules beyond a single match ring for: stories that spread, and first times.

Every question names its articles, stories or entities and a bounded span, so none costs more in a larger archive.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from hotline.alerts.matching import BrokenRule, Match, Watch, ask_many, matches, refusal
from hotline.alerts.query import Query, conditions, ringing
from hotline.alerts.raising import Ring
from hotline.alerts.windows import Surges
from hotline.search.indices import Kind
from hotline.search.store import Store, chunks
from schemas.article import Article
from schemas.rule import First, Reach, Rule, RuleKind, Unit
from schemas.story import Story

_BY_ARTICLE = (RuleKind.MATCH, RuleKind.REVISION, RuleKind.FIRST, RuleKind.SURGE)
_ASKED_AT_ONCE = 500


@dataclass
class Rung:
    """What rang, which rules Elasticsearch refused, and which cannot tell yet what is usual."""

    found: list[Match] = field(default_factory=list)
    rings: list[Ring] = field(default_factory=list)
    broken: list[BrokenRule] = field(default_factory=list)
    learning: list[Watch] = field(default_factory=list)


def evaluate(store: Store, watches: Iterable[Watch], articles: Mapping[str, Article], now: datetime) -> Rung:
    """What rules ring for with these placed articles, which wait in `hotline-unmatched` (refreshed).

    Raises: MatchingError where Elasticsearch could not answer, through no fault of a rule.
    """
    in_force = [watch for watch in watches if watch.rule.in_force(now)]
    index = store.indices.name(Kind.UNMATCHED)
    by_article = [watch for watch in in_force if watch.rule.kind in _BY_ARTICLE]
    found, broken = matches(store.client, index, by_article, articles, now)
    rung = Rung([m for m in found if m.watch.rule.kind in (RuleKind.MATCH, RuleKind.REVISION)], broken=broken)
    others = [match for match in found if match.watch.rule.kind in (RuleKind.FIRST, RuleKind.SURGE)]
    spreading = [watch for watch in in_force if watch.rule.kind is RuleKind.STORY]
    if not articles or not (others or spreading):
        return rung
    store.refresh(Kind.ARTICLES)
    _stories(store, spreading, articles, now, rung)
    since = listening_since(store)
    surges = Surges(store, now)
    for watch, matched in _by_watch(others):
        history = since.get(watch.desk_id)
        if history is None or now - _needed(watch.rule) < history:
            rung.learning.append(watch)
        elif watch.rule.kind is RuleKind.FIRST:
            rung.found += _firsts(store, watch, matched)
        else:
            rung.rings += surges.of(watch, matched)
    return rung


def learning_until(rule: Rule, since: datetime | None, now: datetime) -> datetime | None:
    """Until when a rule knows too little to ring, given since when its desk has listened; None: it knows enough."""
    until = (since or now) + _needed(rule)
    return until if until > now else None


def listening_since(store: Store) -> dict[str, datetime]:
    """Since when each desk has listened: the first poll of any feed that names it."""
    aggs = {
        "desks": {
            "terms": {"field": "source.desks", "size": 1000},
            "aggs": {"since": {"min": {"field": "state.first_polled_at"}}},
        }
    }
    store.refresh(Kind.FEEDS)
    answer = store.client.search(index=store.indices.name(Kind.FEEDS), size=0, aggs=aggs)
    found = {b["key"]: b["since"].get("value_as_string") for b in answer["aggregations"]["desks"]["buckets"]}
    return {desk: datetime.fromisoformat(at) for desk, at in found.items() if at}


def spread(reach: Reach, outlets: int, countries: int) -> str | None:
    """How far a story has spread, in words, where that is far enough; else None."""
    enough = (reach.outlets is not None and outlets >= reach.outlets) or (
        reach.countries is not None and countries >= reach.countries
    )
    where = f" in {countries} countries" if countries > 1 else ""
    return f"{outlets} outlets{where} report it." if enough else None


def units(first: First, article: Article, desk_id: str) -> Iterator[tuple[str, ...]]:
    """What of an article may be seen for the first time: its entities, or any two of them, by id."""
    view = article.desks.get(desk_id)
    ids = sorted({entity.id for entity in view.entities}) if view else []
    return combinations(ids, 2 if first.of is Unit.PAIR else 1)


def first_time(first: First, names: Mapping[str, str], new: Sequence[tuple[str, ...]]) -> str:
    """What is new in an article, in words."""
    said = [" with ".join(names[id_] for id_ in unit) for unit in new[:5]] + (["…"] if len(new) > 5 else [])
    return f"For the first time in {in_words(first.unseen)}: {', '.join(said)}."


def entity_names(article: Article, desk_id: str) -> dict[str, str]:
    """Names of an article's entities by id."""
    view = article.desks.get(desk_id)
    return {entity.id: entity.name for entity in view.entities} if view else {}


def in_words(span: timedelta) -> str:
    """A span as people say it: 90 days, 6 hours, 15 minutes."""
    for unit, name in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        if span >= unit:
            number = f"{span / unit:.1f}".removesuffix(".0")
            return f"{number} {name}{'' if number == '1' else 's'}"
    return f"{span.total_seconds():.0f} seconds"


def _needed(rule: Rule) -> timedelta:
    if rule.first:
        return rule.first.unseen
    if rule.surge:
        return timedelta(weeks=rule.surge.weeks) + rule.surge.window
    return rule.silence or timedelta(0)


def _by_watch(found: Iterable[Match]) -> Iterator[tuple[Watch, list[Article]]]:
    by_rule: dict[tuple[str, str], tuple[Watch, list[Article]]] = {}
    for match in found:
        key = (match.watch.desk_id, match.watch.rule.id)
        by_rule.setdefault(key, (match.watch, []))[1].append(match.article)
    yield from by_rule.values()


def _stories(
    store: Store, watches: Sequence[Watch], articles: Mapping[str, Article], now: datetime, rung: Rung
) -> None:
    """Stories that a fresh article brought far enough, where any article of theirs is what the rule asks for."""
    if not watches:
        return
    ids = {a.story.id for a in articles.values() if a.story}
    stories = {id_: kept.record for id_, kept in store.get_many(Story, Kind.STORIES, {i: i[:7] for i in ids}).items()}
    asked: list[tuple[Watch, dict[str, str]]] = []
    fresh: dict[timedelta, set[str]] = {}
    for watch in watches:
        reach, max_age = watch.rule.reach, watch.desk.alerting.max_age
        assert reach is not None
        if max_age not in fresh:
            fresh[max_age] = _fresh_stories(store, articles, max_age, now)
        told = [stories[id_] for id_ in fresh[max_age] if id_ in stories]
        said = {story.id: spread(reach, len(story.outlets), len(story.countries)) for story in told}
        if far := {id_: words for id_, words in said.items() if words}:
            asked.append((watch, far))
    for chunk in chunks(asked, _ASKED_AT_ONCE):
        searches: list[dict[str, Any]] = []
        indices = [store.indices.name(Kind.ARTICLES), store.indices.name(Kind.UNMATCHED)]
        for watch, far in chunk:
            filters = [{"terms": {"story.id": sorted(far)}}, {"term": {"quiet": False}}]
            query = {"bool": {"filter": [*filters, conditions(watch.desk_id, watch.rule)]}}
            latest = [{"@timestamp": "desc"}, {"id": "asc"}]  # an alert of today shows what is told today
            searches += [
                {"index": indices},
                {"query": query, "collapse": {"field": "story.id"}, "sort": latest, "size": len(far)},
            ]
        for (watch, far), answer in zip(chunk, ask_many(store.client, searches), strict=True):
            if reason := refusal(watch, answer):
                rung.broken.append(BrokenRule(watch, reason))
                continue
            for hit in answer["hits"]["hits"]:
                article = Article.model_validate(hit["_source"])
                assert article.story is not None
                rung.found.append(Match(watch, article, because=far[article.story.id], index=hit["_index"]))


def _fresh_stories(store: Store, articles: Mapping[str, Article], max_age: timedelta, now: datetime) -> set[str]:
    """Stories of the articles that are not of the past."""
    query: Query = {"bool": {"filter": ringing(RuleKind.STORY, max_age=max_age, now=now)}}
    index = store.indices.name(Kind.UNMATCHED)
    hits = store.client.search(index=index, query=query, size=10_000, source=False)["hits"]["hits"]
    fresh = (articles[hit["_id"]] for hit in hits if hit["_id"] in articles)
    return {article.story.id for article in fresh if article.story}


def _firsts(store: Store, watch: Watch, matched: Sequence[Article]) -> list[Match]:
    """Articles with something that no earlier article of what the rule watches had for so long."""
    first = watch.rule.first
    assert first is not None
    earliest: dict[tuple[str, ...], Article] = {}
    for article in sorted(matched, key=lambda a: (_known_since(a), a.id)):
        for unit in units(first, article, watch.desk_id):
            earliest.setdefault(unit, article)
    new: dict[str, list[tuple[str, ...]]] = {}
    for chunk in chunks(list(earliest.items()), _ASKED_AT_ONCE):
        searches: list[dict[str, Any]] = []
        for unit, article in chunk:
            searches += [{"index": store.indices.name(Kind.ARTICLES)}, _seen_before(watch, unit, article, first)]
        for (unit, article), answer in zip(chunk, ask_many(store.client, searches), strict=True):
            if refusal(watch, answer) is None and not answer["hits"]["total"]["value"]:
                new.setdefault(article.id, []).append(unit)
    by_id = {article.id: article for article in matched}
    return [
        Match(watch, by_id[id_], because=first_time(first, entity_names(by_id[id_], watch.desk_id), found))
        for id_, found in new.items()
    ]


def _known_since(article: Article) -> datetime:
    """When its present text came to us: what a revision names was not there before."""
    return article.updated_at if article.revision else article.ingested_at


def _seen_before(watch: Watch, unit: Sequence[str], article: Article, first: First) -> dict[str, Any]:
    at = _known_since(article)
    span = {"gte": (at - first.unseen).isoformat(), "lt": at.isoformat()}
    named = [{"term": {f"desks.{watch.desk_id}.entities.id": id_}} for id_ in unit]
    # First polls count here: what the backlog of a feed names has been seen.
    filters = [*named, {"range": {"ingested_at": span}}, conditions(watch.desk_id, watch.rule)]
    query = {"bool": {"filter": filters, "must_not": [{"ids": {"values": [article.id]}}]}}
    return {"query": query, "size": 0, "terminate_after": 1, "track_total_hits": 1}
