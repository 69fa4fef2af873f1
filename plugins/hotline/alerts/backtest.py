"""When a rule would have rung: what it watches is read from the archive and gone through in the order it came."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hotline.alerts.kinds import entity_names, first_time, listening_since, spread, units
from hotline.alerts.matching import Match, Watch, marked
from hotline.alerts.query import CLOSE, OPEN, Query, conditions, is_past
from hotline.alerts.windows import Surges, usual, window_of
from hotline.search.indices import Kind
from hotline.search.store import Store, chunks
from schemas.article import Article, Revision
from schemas.rule import RuleKind

PAGE = 500
MOST_MARKED = 500  # alerts whose words are counted


class RefusedRule(ValueError):
    """Elasticsearch refuses the rule's query; the message is its reason."""


@dataclass(frozen=True)
class Fired:
    """A time that a rule would have rung."""

    occasion: str
    at: datetime
    title: str
    publisher: str = ""
    because: str = ""
    article: Article | None = None


@dataclass
class Trial:
    """What a rule would have done. `covered` is the part of the span that its desk had listened in."""

    watch: Watch
    covered: timedelta
    fired: list[Fired] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)

    @property
    def a_day(self) -> float:
        """Alerts a day."""
        return len(self.fired) / max(self.covered / timedelta(days=1), 1 / 24)

    def occasions(self) -> dict[str, Fired]:
        """What it rang for, by what makes an alert unique."""
        return {fired.occasion: fired for fired in self.fired}


def trial(store: Store, watch: Watch, since: datetime, now: datetime) -> Trial:
    """What the rule would have rung for between `since` and `now`, had it stood then as it does; pauses don't count.

    Raises: RefusedRule where Elasticsearch refuses its query.
    """
    listening = listening_since(store).get(watch.desk_id)
    start = max(since, listening) if listening else since
    store.refresh(Kind.ARTICLES, Kind.REVISIONS, Kind.STORIES)
    kinds: dict[RuleKind, Callable[[Store, Watch, datetime, datetime], Iterator[Fired]]] = {
        RuleKind.MATCH: _matches,
        RuleKind.REVISION: _revisions,
        RuleKind.STORY: _stories,
        RuleKind.FIRST: _firsts,
        RuleKind.SURGE: _surges,
        RuleKind.SILENCE: _silences,
    }
    first: dict[str, Fired] = {}
    for fired in kinds[watch.rule.kind](store, watch, start, now):
        first.setdefault(fired.occasion, fired)
    done = Trial(watch, now - start, sorted(first.values(), key=lambda fired: fired.at))
    done.words = _words(store, watch, done.fired)
    return done


def difference(old: Trial, new: Trial) -> tuple[list[Fired], list[Fired]]:
    """What the new version rings for and the old does not, and the other way round."""
    before, after = old.occasions(), new.occasions()
    gained = [fired for occasion, fired in after.items() if occasion not in before]
    return gained, [fired for occasion, fired in before.items() if occasion not in after]


def _matches(store: Store, watch: Watch, since: datetime, now: datetime) -> Iterator[Fired]:
    for article in _watched(store, watch, "discovered_at", since, now):
        if not _was_past(watch, article):
            yield _on_story(article)


def _revisions(store: Store, watch: Watch, since: datetime, now: datetime) -> Iterator[Fired]:
    """Changes in the span, of articles that are what the rule asks for as they stand now."""
    changed = {a.id: a for a in _watched(store, watch, "updated_at", since, now) if a.revision and not a.quiet}
    for chunk in chunks(sorted(changed), PAGE):
        query = {"bool": {"filter": [{"terms": {"article_id": list(chunk)}}, _range("@timestamp", since, now)]}}
        for revision in (k.record for k in store.search(Revision, Kind.REVISIONS, query, size=10_000)):
            article = changed[revision.article_id]
            what = f"changed: {', '.join(revision.changed)}"
            occasion = f"{article.id}@{revision.number}"
            yield Fired(occasion, revision.timestamp, article.title, article.publisher, what, article)


def _stories(store: Store, watch: Watch, since: datetime, now: datetime) -> Iterator[Fired]:
    """Stories with an article that the rule asks for, when the report that brought them far enough came."""
    reach = watch.rule.reach
    assert reach is not None
    earliest: dict[str, Article] = {}
    for article in _watched(store, watch, "discovered_at", since - timedelta(days=7), now):
        if article.story and not article.quiet:
            earliest.setdefault(article.story.id, article)
    for chunk in chunks(sorted(earliest), 50):
        outlets: dict[str, set[str]] = {}
        countries: dict[str, set[str]] = {}
        of_stories: Query = {"terms": {"story.id": list(chunk)}}
        for article in _pages(store, [of_stories], "discovered_at"):
            assert article.story is not None
            id_ = article.story.id
            outlets.setdefault(id_, set()).add(article.publisher)
            countries.setdefault(id_, set()).update([article.feed.country] if article.feed.country else [])
            said = spread(reach, len(outlets[id_]), len(countries[id_]))
            if said and since <= article.discovered_at and not _was_past(watch, article):
                of = earliest[id_]
                yield Fired(id_, article.discovered_at, of.title, of.publisher, said, of)


def _firsts(store: Store, watch: Watch, since: datetime, now: datetime) -> Iterator[Fired]:
    first = watch.rule.first
    assert first is not None
    known_since = listening_since(store).get(watch.desk_id, now) + first.unseen
    seen: dict[tuple[str, ...], datetime] = {}
    for article in _watched(store, watch, "ingested_at", since - first.unseen, now):
        at, new = article.ingested_at, []
        for unit in units(first, article, watch.desk_id):
            if unit not in seen or at - seen[unit] > first.unseen:
                new.append(unit)
            seen[unit] = at
        if new and at >= max(since, known_since) and not _was_past(watch, article):
            fired = _on_story(article)
            said = first_time(first, entity_names(article, watch.desk_id), new)
            yield Fired(fired.occasion, at, fired.title, fired.publisher, said, article)


def _surges(store: Store, watch: Watch, since: datetime, now: datetime) -> Iterator[Fired]:
    """Windows with enough articles, counted as in earnest. One that follows another surge is the same surge."""
    surge = watch.rule.surge
    assert surge is not None
    known_since = listening_since(store).get(watch.desk_id, now) + timedelta(weeks=surge.weeks)
    held: dict[datetime, list[Article]] = {}
    for article in _watched(store, watch, "@timestamp", since, now):
        if not _was_past(watch, article):
            held.setdefault(window_of(article.timestamp, surge.window), []).append(article)
    surges, rung = Surges(store, now), set[datetime]()
    for start in sorted(held):
        if len(held[start]) < surge.least or start < known_since:
            continue
        counts = surges.counts(watch, surge, start)
        if (normal := usual(surge, counts[0], counts[1:])) is None:
            continue
        rung.add(start)
        if start - surge.window not in rung:
            said = f"{counts[0]} reports, usually {normal:g}"
            yield Fired(start.isoformat(), start, held[start][0].title, "", said, held[start][0])


def _silences(store: Store, watch: Watch, since: datetime, now: datetime) -> Iterator[Fired]:
    span = watch.rule.silence
    assert span is not None
    last, title = since, "(none before)"
    for article in [*_watched(store, watch, "discovered_at", since - span, now), None]:
        at = article.discovered_at if article else now
        if at - last > span and last + span >= since:
            yield Fired(last.isoformat(), last + span, title, because=f"nothing from {last:%d %b %H:%M} UTC")
        if article and not article.quiet:
            last, title = at, article.title


def _was_past(watch: Watch, article: Article) -> bool:
    """Whether it was too old to ring when it came."""
    max_age = watch.desk.alerting.max_age
    return is_past(article, RuleKind.MATCH, max_age=max_age, now=article.ingested_at)


def _on_story(article: Article) -> Fired:
    occasion = article.story.id if article.story else article.id
    return Fired(occasion, article.discovered_at, article.title, article.publisher, "", article)


def _watched(store: Store, watch: Watch, field: str, since: datetime, now: datetime) -> Iterator[Article]:
    """Articles that are what the rule asks for, in the order of a time that lies in the span."""
    return _pages(store, [conditions(watch.desk_id, watch.rule), _range(field, since, now)], field)


def _range(field: str, since: datetime, now: datetime) -> Query:
    return {"range": {field: {"gte": since.isoformat(), "lte": now.isoformat()}}}


def _pages(store: Store, filters: Sequence[Query], order: str) -> Iterator[Article]:
    from elasticsearch import BadRequestError

    after: list[Any] | None = None
    while True:
        try:
            answer = store.client.search(
                index=store.indices.name(Kind.ARTICLES),
                query={"bool": {"filter": list(filters)}},
                sort=[{order: "asc"}, {"id": "asc"}],
                search_after=after,
                size=PAGE,
                track_total_hits=False,
            )
        except BadRequestError as error:
            raise RefusedRule(_reason(error.body)) from None
        hits = answer["hits"]["hits"]
        yield from (Article.model_validate(hit["_source"]) for hit in hits)
        if len(hits) < PAGE:
            return
        after = hits[-1]["sort"]


def _reason(body: Mapping[str, Any]) -> str:
    causes = body.get("error", {}).get("root_cause") or [{}]
    return str(body.get("error", {}).get("caused_by", {}).get("reason") or causes[0].get("reason"))


def _words(store: Store, watch: Watch, fired: Sequence[Fired]) -> Counter[str]:
    """The words that matched, by the number of alerts that they stand in."""
    matches = [Match(watch, f.article) for f in fired[-MOST_MARKED:] if f.article]
    counted: Counter[str] = Counter()
    for match in marked(store.client, store.indices.name(Kind.ARTICLES), matches):
        texts = " ".join(text for fragments in match.highlight.values() for text in fragments)
        counted.update({word.casefold() for word in re.findall(f"{OPEN}(.+?){CLOSE}", texts)})
    return counted
