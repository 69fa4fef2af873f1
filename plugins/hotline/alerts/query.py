"""A rule as an Elasticsearch query: the same on what waits to be matched and on the archive."""

from datetime import datetime, timedelta
from typing import Any

from schemas.base import Precision
from schemas.rule import Rule, RuleKind

OPEN, CLOSE = "\ue000", "\ue001"
"""Marks around matched words: private characters, so that no text and no escaping is in their way."""

# The lead is the beginning of the body; captions are left out: they describe pictures, often old ones.
FIELDS = ("title^3", "subtitle^2", "key_points^2", "body")

type Query = dict[str, Any]


def rule_query(desk_id: str, rule: Rule, *, max_age: timedelta, now: datetime) -> Query:
    """What a rule asks of Elasticsearch. Quiet articles (first poll, import, replay) never match.

    Age counts from publication for `match`, from the change for `revision`: a correction is news of today although
    the article is of yesterday.
    """
    view = f"desks.{desk_id}"
    since = (now - max_age).isoformat()
    conditions: list[Query] = [
        {"term": {"quiet": False}},
        # Least relevance 0 still asks for the desk's view: an article that only another desk watches has none.
        {"range": {f"{view}.relevance": {"gte": rule.relevance}}},
    ]
    if rule.kind is RuleKind.REVISION:
        conditions += [{"range": {"revision": {"gte": 1}}}, {"range": {"updated_at": {"gte": since}}}]
    else:
        conditions.append(_published(since))
    for field, wanted in (
        (f"{view}.topics.id", rule.topics),
        ("language", rule.languages),
        ("publisher", rule.publishers),
    ):
        if wanted:
            conditions.append({"terms": {field: wanted}})
    query: Query = {"bool": {"filter": conditions}}
    if rule.query.strip() not in ("*", "*:*"):
        query["bool"]["must"] = [_words(rule.query)]
    return query


def rule_search(query: Query, *, size: int) -> dict[str, Any]:
    """The search for a rule's articles: their ids only, with the matched words marked.

    The earliest article comes first, so that the one that speaks for a story is the same in every run.
    """
    return {
        "query": query,
        "size": size,
        "_source": False,
        "sort": [{"@timestamp": "asc"}, {"id": "asc"}],
        "track_total_hits": False,
        "highlight": {
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
        },
    }


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
