"""`hotline cluster`: what the line would give for a file of articles arriving in that order."""

from collections.abc import Container, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

from pydantic import AliasChoices, AwareDatetime, BaseModel, Field, ValidationError, field_validator

from hotline.stories.fingerprint import fingerprint
from hotline.stories.neighbours import Neighbours
from schemas.article import Article, ArticleUrl, FeedFacts, Fingerprint

_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


class Line(BaseModel):
    """A line of the input; all but `id` may be missing or null. `text` is another name of `body`."""

    id: str = Field(min_length=1)
    title: str = ""
    body: str = Field(default="", validation_alias=AliasChoices("body", "text"))
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

    Lines arrive in their order; neighbours with the same time arrive together, as do those that have none. Story ids
    are those after all lines, so that the articles of merged stories have the same one.
    """
    results: list[dict[str, Any] | Article] = []
    seen: set[str] = set()
    latest = _UNDATED
    for record in records:
        line = _read(record, seen)
        if isinstance(line, Line):
            seen.add(line.id)
            latest = max(latest, line.published_at or _UNDATED)
            results.append(_article(line, latest))
        else:
            results.append(line)
    neighbours = Neighbours()
    placed: dict[str, Article] = {}
    for _, group in groupby((a for a in results if isinstance(a, Article)), key=lambda article: article.timestamp):
        placed |= {a.id: a for a in neighbours.place_together(list(group), lambda article: article.timestamp)}
    for result in results:
        yield _written(placed[result.id], neighbours) if isinstance(result, Article) else result


def _read(record: dict[str, Any], seen: Container[str]) -> Line | dict[str, Any]:
    """The line, or what is wrong with it."""
    try:
        line = Line.model_validate(record)
    except ValidationError as error:
        named = record.get("id") if isinstance(record, dict) else None
        first = error.errors()[0]
        return {"id": named, "error": f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"}
    if line.id in seen:
        return {"id": line.id, "error": f"id: {line.id!r} stands in an earlier line"}
    return line


def _written(article: Article, neighbours: Neighbours) -> dict[str, Any]:
    story = neighbours.surviving(article.story.id) if article.story else None
    return {"id": article.id, "story_id": story, "near_duplicate_of": article.near_duplicate_of}


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
