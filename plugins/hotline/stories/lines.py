"""`hotline cluster`: what the line would give for a file of articles arriving in that order."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, ValidationError, field_validator

from hotline.stories.fingerprint import fingerprint, near_duplicate
from hotline.stories.neighbours import Neighbours
from hotline.stories.place import place
from schemas.article import Article, ArticleUrl, FeedFacts, Fingerprint

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
    """Stands for Elasticsearch."""

    def __init__(self) -> None:
        self.neighbours = Neighbours()
        self.story_of: dict[str, str] = {}
        self.latest = _UNDATED

    def take(self, record: dict[str, Any]) -> dict[str, Any]:
        try:
            line = Line.model_validate(record)
        except ValidationError as error:
            named = record.get("id") if isinstance(record, dict) else None
            first = error.errors()[0]
            return {"id": named, "error": f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"}
        if line.id in self.story_of:
            return {"id": line.id, "error": f"id: {line.id!r} stands in an earlier line"}
        self.latest = max(self.latest, line.published_at or _UNDATED)
        article = _article(line, self.latest)
        original = near_duplicate(article, self.neighbours.articles_like(article))
        if original is not None:
            article.near_duplicate_of = original.near_duplicate_of or original.id
        return self._place(article)

    def _place(self, article: Article) -> dict[str, Any]:
        first = article.near_duplicate_of
        of_story = self.neighbours.surviving(self.story_of[first]) if first else None
        candidates = self.neighbours.stories_like(article, of_story)
        placement = place(article, candidates, duplicate_of_story=of_story, now=article.timestamp)
        for story in (placement.story, *placement.merged):
            self.neighbours.add_story(story)
        self.neighbours.add_article(article)
        self.story_of[article.id] = placement.story.id
        return {"id": article.id, "story_id": placement.story.id, "near_duplicate_of": first}

    def current(self, story_id: str) -> str:
        """The story that a story's articles belong to now."""
        return self.neighbours.surviving(story_id)


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
