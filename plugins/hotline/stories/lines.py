"""`hotline cluster`: what the line would give for a file of articles arriving in that order."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, ValidationError, field_validator

from hotline.stories.fingerprint import fingerprint, near_duplicate
from hotline.stories.place import candidate_keys, place, window_start
from schemas.article import Article, ArticleUrl, FeedFacts, Fingerprint
from schemas.story import Story

_CANDIDATES = 20  # as many as the line asks Elasticsearch for
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


class Line(BaseModel):
    """A line of the input; all but `id` may be missing or null."""

    id: str = Field(min_length=1)
    title: str = ""
    body: str = ""
    published_at: AwareDatetime | None = None
    language: str | None = None
    publisher: str = ""

    @field_validator("title", "body", "publisher", mode="before")
    @classmethod
    def _null_is_empty(cls, value: object) -> object:
        return "" if value is None else value

    @field_validator("published_at", mode="before")
    @classmethod
    def _naive_is_utc(cls, value: object) -> object:
        if not value:
            return None
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
        return parsed.replace(tzinfo=UTC) if isinstance(parsed, datetime) and parsed.tzinfo is None else parsed


def cluster_lines(records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A line out for each line in: id, story_id and near_duplicate_of, or id and error.

    Story ids are those after all lines, so that the articles of merged stories have the same one.
    """
    archive = _Archive()
    results = [archive.take(record) for record in records]
    for result in results:
        if "story_id" in result:
            result["story_id"] = archive.current(result["story_id"])
        yield result


class _Archive:
    """Stands for Elasticsearch: articles by band, stories by key."""

    def __init__(self) -> None:
        self.articles: dict[str, Article] = {}
        self.stories: dict[str, Story] = {}
        self.story_of: dict[str, str] = {}
        self.bands: defaultdict[str, list[str]] = defaultdict(list)
        self.keys: defaultdict[str, set[str]] = defaultdict(set)
        self.latest = _UNDATED

    def take(self, record: dict[str, Any]) -> dict[str, Any]:
        try:
            line = Line.model_validate(record)
        except ValidationError as error:
            named = record.get("id") if isinstance(record, dict) else None
            first = error.errors()[0]
            return {"id": named, "error": f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"}
        if line.id in self.articles:
            return {"id": line.id, "error": f"id: {line.id!r} stands in an earlier line"}
        self.latest = max(self.latest, line.published_at or _UNDATED)
        article = _article(line, self.latest)
        original = near_duplicate(article, self._sharing_bands(article))
        if original is not None:
            article.near_duplicate_of = original.near_duplicate_of or original.id
        return self._place(article)

    def _place(self, article: Article) -> dict[str, Any]:
        of_story = self.current(self.story_of[article.near_duplicate_of]) if article.near_duplicate_of else None
        candidates = self._sharing_keys(article)
        if of_story and of_story not in {story.id for story in candidates}:
            candidates.append(self.stories[of_story])
        placement = place(article, candidates, duplicate_of_story=of_story, now=article.timestamp)
        for story in (placement.story, *placement.merged):
            for key in self.stories[story.id].keys if story.id in self.stories else ():
                self.keys[key].discard(story.id)
            self.stories[story.id] = story
            if story.merged_into is None:
                for key in story.keys:
                    self.keys[key].add(story.id)
        self.articles[article.id] = article
        self.story_of[article.id] = placement.story.id
        for band in article.fingerprint.bands:
            self.bands[band].append(article.id)
        return {"id": article.id, "story_id": placement.story.id, "near_duplicate_of": article.near_duplicate_of}

    def current(self, story_id: str) -> str:
        """The story that a story's articles belong to now, behind all merges."""
        while target := self.stories[story_id].merged_into:
            story_id = target
        return story_id

    def _sharing_bands(self, article: Article) -> list[Article]:
        shared = Counter(other for band in article.fingerprint.bands for other in self.bands[band])
        return [self.articles[other] for other, _ in shared.most_common(_CANDIDATES)]

    def _sharing_keys(self, article: Article) -> list[Story]:
        earliest = window_start(article)
        shared = Counter(story for key in candidate_keys(article) for story in self.keys[key])
        ranked = sorted(shared, key=lambda story: (-shared[story], story))
        return [self.stories[story] for story in ranked if self.stories[story].last_at >= earliest][:_CANDIDATES]


def _article(line: Line, latest: datetime) -> Article:
    at = line.published_at or latest
    bands, signature = fingerprint(line.title, line.body)
    text = f"{line.title}\n{line.body}"
    return Article(
        **{"@timestamp": at},
        id=line.id,
        item_id=line.id,
        url=ArticleUrl(original="", full="", key=line.id, domain=""),
        title=line.title,
        body=line.body,
        language=line.language,
        published_at=line.published_at,
        publisher=line.publisher,
        feed=FeedFacts(id="", title=""),
        feed_ids=[],
        discovered_at=at,
        fetched_at=at,
        ingested_at=at,
        updated_at=at,
        fingerprint=Fingerprint(text_sha256=sha256(text.encode()).hexdigest(), bands=bands, signature=signature),
    )
