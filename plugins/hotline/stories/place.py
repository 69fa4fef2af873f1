"""Which story an article belongs to: a decision without input or output."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hotline.stories.compare import SAME, ageing, likeness, reach, story_likeness, terms_of
from hotline.stories.facts import facts
from hotline.stories.features import Features, features
from schemas.article import Article
from schemas.story import Development, Story

_COPIED_WITHIN = timedelta(days=14)
_ARTICLE_KEYS = 16
_STORY_KEYS = 40
_STORY_TERMS = 400  # for each language
_KNOWN = 600
_TELLING = ("person", "company")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article went. `story` and `merged` are whole records, to be written as they are."""

    story: Story
    created: bool
    merged: list[Story] = field(default_factory=list)
    development: Development | None = None


def candidate_keys(article: Article) -> dict[str, float]:
    """The article's 16 strongest terms with their weights: a story of the same event has some among its keys.

    Of two stories the one whose shared keys weigh more is the likelier; common names weigh little.
    """
    terms = terms_of(features_of(article))
    return {term: terms[term] for term in strongest(terms, _ARTICLE_KEYS)}


def copies_since(article: Article) -> datetime:
    """What was published before is not looked at for what the article copies: a text told again later is news."""
    return article.timestamp - _COPIED_WITHIN


def place(
    article: Article, candidates: Sequence[Story], *, now: datetime, into: str | None = None, copies: bool = False
) -> Placement:
    """The story of an article, with what placing it changes.

    `into` is a story that takes the article whatever else fits; with `copies` it has this text already.
    An article that a candidate already has stays there: nothing changes. The same arguments give the same result,
    in whatever order the candidates come.
    """
    open_stories = sorted((story for story in candidates if story.merged_into is None), key=lambda story: story.id)
    for story in open_stories:
        if article.id in story.article_ids:
            return Placement(story, created=False)
    told = features_of(article)
    scores = {
        story.id: SAME if story.id == into else likeness(told, story) * ageing(article.timestamp, story)
        for story in open_stories
    }
    fitting = sorted(
        (story for story in open_stories if scores[story.id] >= SAME),
        key=lambda story: (story.id != into, -scores[story.id], story.id),
    )
    if not fitting:
        return Placement(with_article(opened(article, now), article, now), created=True)
    best, *others = fitting
    joined = [best]
    for other in others:
        if story_likeness(best, other) >= SAME and not any(other.id in story.apart_from for story in joined):
            joined.append(other)
    joined.sort(key=lambda story: (story.first_at, story.id))
    target = summed(joined, now)
    story = with_article(target, article, now, copies=copies)
    return Placement(
        story,
        created=False,
        merged=[lost.model_copy(update={"merged_into": target.id, "updated_at": now}) for lost in joined[1:]],
        development=story.development[-1] if len(story.development) > len(target.development) else None,
    )


def strongest(terms: dict[str, float], most: int) -> list[str]:
    """The terms with the most weight."""
    return [term for term, _ in sorted(terms.items(), key=lambda item: (-item[1], item[0]))[:most]]


def features_of(article: Article) -> Features:
    """The article's features. Countries, capitals and governments stand in all articles of a desk and tell nothing."""
    views = article.desks.values()
    known = sorted({entity.id for view in views for entity in view.entities if entity.kind in _TELLING})
    return features(article.title, article.body, article.language, article.published_at, tuple(known))


def opened(article: Article, now: datetime) -> Story:
    """A story that the article opens, still without it."""
    digest = hashlib.sha256(article.id.encode()).hexdigest()[:16]
    return Story(
        id=f"{article.timestamp:%Y.%m}-{digest}",
        headline=article.title,
        first_at=article.timestamp,
        last_at=article.timestamp,
        updated_at=now,
        article_ids=[],
        outlets=[],
    )


def with_article(story: Story, article: Article, now: datetime, *, copies: bool = False) -> Story:
    """The story with one more article, and what that added; a copy is counted and adds nothing."""
    terms, counts, known, added = story.terms, story.told, story.known, story.development
    if not copies:
        told, stated = features_of(article), facts(article.title, article.body)
        terms = _total(terms, terms_of(told))
        counts = {**counts, told.language: counts.get(told.language, 0) + 1}
        known = _union(known, [fact.key for fact in stated])[-_KNOWN:]
        new = [fact.text for fact in stated if fact.key not in story.known] if story.article_ids else []
        added = [*added, Development(at=now, article_id=article.id, new=new)] if new else added
    first_at, last_at = min(story.first_at, article.timestamp), max(story.last_at, article.timestamp)
    views = article.desks
    return story.model_copy(
        update={
            "first_at": first_at,
            "last_at": last_at,
            "open_until": last_at + reach(first_at, last_at),
            "updated_at": now,
            "article_ids": [*story.article_ids, article.id],
            "outlets": _union(story.outlets, [article.publisher]),
            "countries": _union(story.countries, [article.feed.country] if article.feed.country else []),
            "languages": _union(story.languages, [article.language] if article.language else []),
            "topics": _union(story.topics, [f"{desk}/{t.id}" for desk, view in views.items() for t in view.topics]),
            "relevance": _highest(story.relevance, {desk: view.relevance for desk, view in views.items()}),
            "entities": _union(story.entities, [entity.name for view in views.values() for entity in view.entities]),
            "terms": terms,
            "told": counts,
            "days": _union(story.days, [] if copies else sorted(features_of(article).days)),
            "known": known,
            "keys": strongest(terms, _STORY_KEYS),
            "development": added,
        }
    )


def summed(stories: Sequence[Story], now: datetime) -> Story:
    """The first story with all that the others have."""
    total = stories[0]
    for other in stories[1:]:
        terms = _total(total.terms, other.terms)
        first_at, last_at = min(total.first_at, other.first_at), max(total.last_at, other.last_at)
        total = total.model_copy(
            update={
                "first_at": first_at,
                "last_at": last_at,
                "open_until": last_at + reach(first_at, last_at),
                "updated_at": now,
                "article_ids": _union(total.article_ids, other.article_ids),
                "outlets": _union(total.outlets, other.outlets),
                "countries": _union(total.countries, other.countries),
                "languages": _union(total.languages, other.languages),
                "topics": _union(total.topics, other.topics),
                "relevance": _highest(total.relevance, other.relevance),
                "entities": _union(total.entities, other.entities),
                "terms": terms,
                "told": dict(Counter(total.told) + Counter(other.told)),
                "days": _union(total.days, other.days),
                "known": _union(total.known, other.known)[-_KNOWN:],
                "keys": strongest(terms, _STORY_KEYS),
                "apart_from": _union(total.apart_from, other.apart_from),
                "judgements": sorted([*total.judgements, *other.judgements], key=lambda entry: entry.at),
                "development": sorted([*total.development, *other.development], key=lambda entry: entry.at),
            }
        )
    return total


def _union(one: list[str], two: list[str]) -> list[str]:
    return list(dict.fromkeys([*one, *two]))


def _highest(one: dict[str, int], two: dict[str, int]) -> dict[str, int]:
    return {
        desk: max(one.get(desk, 0), two.get(desk, 0)) for desk in [*one, *(desk for desk in two if desk not in one)]
    }


def _total(one: dict[str, float], two: dict[str, float]) -> dict[str, float]:
    total = {term: round(one.get(term, 0.0) + two.get(term, 0.0), 4) for term in [*one, *two]}
    return {term: total[term] for term in strongest(total, _STORY_TERMS)}
