"""New articles find their stories, one batch at a time, in a fixed order; then their items have their status."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from hotline.line.batches import advance, claimed
from hotline.line.context import Line
from hotline.line.records import TRIES, Conflict, articles_by_id, final, items_by_id, offer, write_all
from hotline.line.turn import turn
from hotline.search.indices import Kind
from hotline.search.store import Kept, Write, chunks, kept
from hotline.stories.fingerprint import Print, copied, print_of
from hotline.stories.neighbours import CANDIDATES, PRINTS, Neighbours
from hotline.stories.place import candidate_keys, copies_since
from schemas.article import Article
from schemas.capture import Batch, BatchStatus
from schemas.item import ItemStatus
from schemas.story import Story

log = structlog.get_logger(__name__)


def place_batches(line: Line, key: str | None, owner: str) -> list[str]:
    """Places the batch of the event, then others that wait. Returns the ids of those done.

    Runs in a pool of one slot: an article is placed with all earlier ones in view.
    """
    done = []
    for batch in claimed(line, key, owner, BatchStatus.PROCESSED):
        place_batch(line, batch)
        done.append(batch.record.id)
    return done


def place_batch(line: Line, batch: Kept[Batch]) -> None:
    """Places one batch under its lease. Doing it again changes nothing."""
    items = items_by_id(line, batch.record.ready_ids)
    waiting = {
        item.record.article_id: item
        for item in items.values()
        if item.record.status is ItemStatus.PENDING and item.record.article_id is not None
    }
    articles = articles_by_id(line, waiting)
    placed = place_articles(line, [a for a in articles.values() if a.record.story is None])
    placed += [a.record for a in articles.values() if a.record.story is not None]
    offer(line, placed)
    write_all(
        line,
        [
            Write(Kind.ITEMS, i.record.id, final(line, i.record, ItemStatus.INDEXED, None, id_), kept=i)
            for id_, i in waiting.items()
            if id_ in articles
        ],
    )
    advance(line, batch, status=BatchStatus.DONE, done_at=line.clock())
    log.info("placed", batch=batch.record.id, articles=len(placed))


def place_articles(line: Line, articles: list[Kept[Article]]) -> list[Article]:
    """Stories are written first, then the articles that belong to them: redone, a story knows its articles."""
    if not articles:
        return []
    with turn(line) as keep:
        view = View(line, articles)
        placed = view.placed()
        keep()
        write_all(line, view.story_writes())
    return _written(line, {article.record.id: article for article in articles}, placed)


def _written(line: Line, old: dict[str, Kept[Article]], placed: list[Article]) -> list[Article]:
    """Writes where each article belongs. One that got another source or text meanwhile keeps that."""
    written = {article.id: article for article in placed}
    todo = placed
    for _ in range(TRIES):
        conflicts = line.store.write([Write(Kind.ARTICLES, a.id, a, kept=old[a.id]) for a in todo])
        if not conflicts:
            return list(written.values())
        old = articles_by_id(line, conflicts)
        fields = ("story", "near_duplicate_of", "updated_at")
        todo = [
            fresh.record.model_copy(update={name: getattr(written[id_], name) for name in fields})
            for id_, fresh in old.items()
        ]
        written |= {article.id: article for article in todo}
    raise Conflict(f"{len(todo)} articles change all the time: {todo[0].id}, …")


class View:
    """The stories and earlier articles that a batch's articles are compared with, as they change on the way."""

    def __init__(self, line: Line, articles: list[Kept[Article]]) -> None:
        self.line = line
        self.articles = articles
        self.read: dict[str, Kept[Story]] = {}  # stories as they were before this batch
        self.neighbours = Neighbours()
        self.copies: dict[str, list[Print]] = {}
        line.store.refresh(Kind.ARTICLES, Kind.STORIES)
        for chunk in chunks(articles, 100):
            self._look_up([a.record for a in chunk])

    def placed(self) -> list[Article]:
        """All of them with their stories, by time, then id: in whatever order they came, the stories are the same."""
        in_order = sorted((a.record for a in self.articles), key=lambda a: (a.timestamp, a.id))
        return list(self.neighbours.place_together(in_order, lambda _: self.line.clock(), self.copies))

    def story_writes(self) -> list[Write]:
        """The stories that changed."""
        old = self.read
        return [
            Write(Kind.STORIES, id_, story, month=id_[:7], kept=old.get(id_))
            for id_, story in self.neighbours.stories.items()
            if id_ not in old or old[id_].record != story
        ]

    def _look_up(self, articles: list[Article]) -> None:
        """Both searches for all articles of a chunk in one request."""
        searches: list[Mapping[str, Any]] = []
        for article in articles:
            searches += [{"index": self.line.store.indices.name(Kind.ARTICLES)}, _copies_query(article)]
            searches += [
                {"index": self.line.store.indices.name(Kind.STORIES)},
                _stories_query(article),
            ]
        answers = self.line.store.client.msearch(searches=searches)["responses"]
        for article, copies, stories in zip(articles, answers[::2], answers[1::2], strict=True):
            self.copies[article.id] = copied(print_of(article), map(_print, _hits(copies)))
            for hit in _hits(stories):
                if hit["_id"] not in self.read:
                    self._know(kept(Story, hit))
        self._find({copy.story for article in articles for copy in self.copies[article.id] if copy.story})
        for article in articles:
            copies = self.copies[article.id]
            self.copies[article.id] = [copy for copy in copies if copy.story and self._survives(copy.story)]

    def _find(self, wanted: set[str]) -> None:
        """Reads stories by id, and those that took them over."""
        while missing := wanted - self.read.keys():
            found = self.line.store.get_many(Story, Kind.STORIES, {id_: id_[:7] for id_ in missing})
            for story in found.values():
                self._know(story)
            wanted = {story.record.merged_into for story in found.values() if story.record.merged_into}

    def _survives(self, story_id: str) -> bool:
        """False for a story that retention took away: what it told helps nobody any more."""
        while story_id in self.read:
            merged = self.read[story_id].record.merged_into
            if merged is None:
                return True
            story_id = merged
        return False

    def _know(self, story: Kept[Story]) -> None:
        if story.record.id not in self.read:
            self.read[story.record.id] = story
            self.neighbours.add_story(story.record)


def _hits(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "error" in answer:
        raise RuntimeError(f"looking for candidates failed: {answer['error']}")
    hits: list[Mapping[str, Any]] = answer["hits"]["hits"]
    return hits


def _print(hit: Mapping[str, Any]) -> Print:
    source = hit["_source"]
    return Print(
        id=hit["_id"],
        timestamp=datetime.fromisoformat(source["@timestamp"]),
        title=source["title"],
        body=source["body"],
        signature=source["fingerprint"]["signature"],
        copy_of=source["near_duplicate_of"],
        story=source["story"]["id"],
    )


def _copies_query(article: Article) -> dict[str, Any]:
    """Placed articles that share bands, most first; in a large archive single bands are shared by chance.

    Without a second sort key Elasticsearch passes over what cannot be among the first. Old months are not even opened.
    """
    query = _shared("fingerprint.bands", dict.fromkeys(article.fingerprint.bands, 1.0))
    query["bool"]["filter"] = [
        {"exists": {"field": "story.id"}},
        {"range": {"@timestamp": {"gte": _day(copies_since(article))}}},
    ]
    return {
        "query": query,
        "size": PRINTS,
        "track_total_hits": False,
        "_source": ["@timestamp", "title", "body", "fingerprint.signature", "near_duplicate_of", "story.id"],
    }


def _stories_query(article: Article) -> dict[str, Any]:
    """Open stories that share keys, those of most weight first."""
    query = _shared("keys", candidate_keys(article))
    query["bool"]["filter"] = [{"range": {"open_until": {"gte": _day(article.timestamp)}}}]
    query["bool"]["must_not"] = [{"exists": {"field": "merged_into"}}]
    return {
        "query": query,
        "size": CANDIDATES,
        "track_total_hits": False,
        "seq_no_primary_term": True,
    }


def _day(at: datetime) -> str:
    """The day a window begins on: equal for a day's articles, so that Elasticsearch keeps what the filter finds."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def _shared(field: str, weights: Mapping[str, float]) -> dict[str, Any]:
    """A query whose score is the weight of the terms shared, at least one."""
    shared = [{"constant_score": {"filter": {"term": {field: t}}, "boost": weight}} for t, weight in weights.items()]
    return {"bool": {"should": shared, "minimum_should_match": 1}}
