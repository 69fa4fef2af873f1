"""A rule as an Elasticsearch query: the same on what waits to be matched and on the archive."""

from datetime import datetime, timedelta
from typing import Any

from schemas.article import Article
from schemas.base import Precision
from schemas.rule import Rule, RuleKind

OPEN, CLOSE = "\ue000", "\ue001"
"""Marks around matched words: private characters, so that no text and no escaping is in their way."""

# The lead is the beginning of the body; captions are left out: they describe pictures, often old ones.
FIELDS = ("title^3", "subtitle^2", "key_points^2", "body")

type Query = dict[str, Any]


def rule_query(desk_id: str, rule: Rule, *, max_age: timedelta, now: datetime) -> Query:
    """What a rule asks of Elasticsearch: what may ring at all, and the rule's own conditions."""
    return {"bool": {"filter": ringing(rule.kind, max_age=max_age, now=now), "must": [conditions(desk_id, rule)]}}


def ringing(kind: RuleKind, *, max_age: timedelta, now: datetime) -> list[Query]:
    """What may ring at all: nothing quiet (first poll, import, replay), and nothing of the past.

    Age counts from publication, for `revision` from the change: a correction is news of today although the article is
    of yesterday.
    """
    since = (now - max_age).isoformat()
    loud: Query = {"term": {"quiet": False}}
    if kind is RuleKind.REVISION:
        return [loud, {"range": {"revision": {"gte": 1}}}, {"range": {"updated_at": {"gte": since}}}]
    return [loud, _published(since)]


def conditions(desk_id: str, rule: Rule) -> Query:
    """The rule's own conditions, on an article of any age."""
    view = f"desks.{desk_id}"
    # Least relevance 0 still asks for the desk's view: an article that only another desk watches has none.
    filters: list[Query] = [{"range": {f"{view}.relevance": {"gte": rule.relevance}}}]
    for field, wanted in (
        (f"{view}.topics.id", rule.topics),
        (f"{view}.entities.id", rule.entities),
        ("language", rule.languages),
        ("publisher", rule.publishers),
    ):
        if wanted:
            filters.append({"terms": {field: wanted}})
    asked = [] if rule.query.strip() in ("*", "*:*") else [_words(rule.query)]
    if rule.dsl:
        asked.append(rule.dsl)
    return {"bool": {"filter": filters, "must": asked}}


def highlighting() -> dict[str, Any]:
    """What marks the matched words of a hit, in whole short texts and in the best passages of the body."""
    return {
        "pre_tags": [OPEN],
        "post_tags": [CLOSE],
        "max_analyzed_offset": 200_000,  # a longer text is highlighted as far as this instead of failing the search
        "fields": {
            "title": {"number_of_fragments": 0},
            "subtitle": {"number_of_fragments": 0},
            "key_points": {"number_of_fragments": 0},
            # Marked only where a rule asks for the lead by name; it stands in the body too.
            "lead": {"number_of_fragments": 1, "fragment_size": 240},
            "body": {"number_of_fragments": 3, "fragment_size": 240, "order": "score"},
        },
    }


def is_past(article: Article, kind: RuleKind, *, max_age: timedelta, now: datetime) -> bool:
    """Whether an article is too old or too quiet to ring at `now`: what `ringing` asks, for articles in hand."""
    since = now - max_age
    if article.quiet:
        return True
    if kind is RuleKind.REVISION:
        return article.revision < 1 or article.updated_at < since
    at = article.published_at
    if article.discovered_at < since or at is None:
        return article.discovered_at < since
    return at <= since - timedelta(days=1) if article.published_precision is Precision.DAY else at < since


def _words(query: str) -> Query:
    """Words without an operator must all occur, in any field: more words make a rule narrower."""
    return {
        "query_string": {
            "query": query,
            "fields": list(FIELDS),
            "default_operator": "AND",
            "type": "cross_fields",
            "analyze_wildcard": True,
        }
    }


def _published(since: str) -> Query:
    """Published since then. A date known to the day may be any hour of it, and is given the benefit of the doubt.

    Nothing is published after it was discovered, so the discovery bounds undated articles, and dates in the future.
    """
    by_day = {"term": {"published_precision": Precision.DAY.value}}
    dated = {"exists": {"field": "published_at"}}
    return {
        "bool": {
            "filter": [{"range": {"discovered_at": {"gte": since}}}],
            "should": [
                {"bool": {"filter": [{"range": {"published_at": {"gte": since}}}], "must_not": [by_day]}},
                {"bool": {"filter": [{"range": {"published_at": {"gt": f"{since}||-1d"}}}, by_day]}},
                {"bool": {"must_not": [dated]}},
            ],
            "minimum_should_match": 1,
        }
    }
