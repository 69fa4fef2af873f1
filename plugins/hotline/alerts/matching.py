"""Which rules match which articles, asked of Elasticsearch: what a rule finds is what its query finds in a search.

Many rules are asked in one search, each a named clause of it: a search of its own for each would cost Elasticsearch
several times as much. Where it refuses such a search, that is halved until the rule at fault stands alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch

from hotline.alerts.passages import Highlight
from hotline.alerts.query import Query, conditions, highlighting, ringing
from hotline.search.store import chunks
from schemas.article import Article
from schemas.desk import Desk
from schemas.rule import Rule, RuleKind

RULES_A_SEARCH = 100  # more a search gain nothing, and cost more where one has to be halved
SEARCHES_A_REQUEST = 8
MARKED_A_REQUEST = 200
_PATHS = "responses.error,responses.status,responses.timed_out,responses._shards.failed,responses.hits.hits"


@dataclass(frozen=True)
class Watch:
    """A rule in force."""

    desk_id: str
    desk: Desk
    rule: Rule


@dataclass(frozen=True)
class Match:
    """An article that a rule found, the words it was found by, and what else made it ring."""

    watch: Watch
    article: Article
    highlight: Highlight = field(default_factory=dict)
    because: str = ""
    index: str | None = None  # where it was found, where that is not among what waits


@dataclass(frozen=True)
class BrokenRule:
    """A rule that Elasticsearch refuses. The others are matched all the same."""

    watch: Watch
    reason: str


class MatchingError(RuntimeError):
    """Elasticsearch could not answer, through no fault of a rule: nothing may be taken for matched."""


def matches(
    client: Elasticsearch, index: str, watches: Iterable[Watch], articles: Mapping[str, Article], now: datetime
) -> tuple[list[Match], list[BrokenRule]]:
    """Which of the `articles` (by id) the rules in force match, and the rules that Elasticsearch refuses.

    `index` must hold the articles and be refreshed. Give all that is to be matched at once: hits beyond `articles`
    (not placed into stories yet, written since) are left for the next time, which costs a filter on ids.

    Raises: MatchingError where a search failed for another reason than its query.
    """
    if not articles:
        return [], []
    among = _among(client, index, articles)
    groups: dict[tuple[bool, timedelta], list[Watch]] = {}
    for watch in watches:
        if watch.rule.in_force(now):
            alike = (watch.rule.kind is RuleKind.REVISION, watch.desk.alerting.max_age)
            groups.setdefault(alike, []).append(watch)
    found: list[Match] = []
    broken: list[BrokenRule] = []
    for group in groups.values():
        first = group[0]
        shared = [*among, *ringing(first.rule.kind, max_age=first.desk.alerting.max_age, now=now)]
        _ask(client, index, shared, [*chunks(group, RULES_A_SEARCH)], articles, found, broken)
    return found, broken


def marked(client: Elasticsearch, index: str, found: Sequence[Match]) -> list[Match]:
    """The matches with the matched words marked. A text that cannot be marked is told without marks."""
    done: list[Match] = []
    for chunk in chunks(found, MARKED_A_REQUEST):
        searches: list[dict[str, Any]] = []
        for match in chunk:
            only = {"ids": {"values": [match.article.id]}}
            words = conditions(match.watch.desk_id, match.watch.rule)
            query = {"bool": {"filter": [only], "must": [words]}}
            search = {"query": query, "size": 1, "_source": False, "highlight": highlighting()}
            searches += [{"index": match.index or index}, search]
        answers = client.msearch(searches=searches, filter_path="responses.hits.hits.highlight,responses.status")
        for match, answer in zip(chunk, answers["responses"], strict=True):
            hits = answer.get("hits", {}).get("hits", [])
            done.append(replace(match, highlight=hits[0].get("highlight", {}) if hits else {}))
    return done


def _ask(
    client: Elasticsearch,
    index: str,
    shared: list[Query],
    parts: list[Sequence[Watch]],
    articles: Mapping[str, Article],
    found: list[Match],
    broken: list[BrokenRule],
) -> None:
    """Asks each part in a search and sorts the answers; halves of what was refused are asked again."""
    while parts:
        now, parts = parts[:SEARCHES_A_REQUEST], parts[SEARCHES_A_REQUEST:]
        searches: list[dict[str, Any]] = []
        for part in now:
            searches += [{"index": index}, _search(part, shared, size=min(len(articles), 10_000))]
        for part, answer in zip(now, ask_many(client, searches, filter_path=_PATHS), strict=True):
            reason = refusal(part[0], answer)
            if reason is None:
                found += _found(part, answer, articles)
            elif len(part) == 1:
                broken.append(BrokenRule(part[0], reason))
            else:
                half = len(part) // 2
                parts += [part[:half], part[half:]]


def ask_many(
    client: Elasticsearch, searches: Sequence[dict[str, Any]], filter_path: str | None = None
) -> list[Mapping[str, Any]]:
    """The answers to searches, each a header and a body. One that cannot even be read (`dsl`) spoils no other's."""
    try:
        answers: list[Mapping[str, Any]] = client.msearch(searches=searches, filter_path=filter_path)["responses"]
    except BadRequestError as error:
        if len(searches) == 2:
            return [{"status": 400, "error": error.body["error"]}]
        half = len(searches) // 4 * 2
        parts = (searches[:half], searches[half:])
        return [answer for part in parts for answer in ask_many(client, part, filter_path)]
    return answers


def _search(part: Sequence[Watch], shared: list[Query], *, size: int) -> dict[str, Any]:
    """One search for many rules: which articles any of them finds, and by which names."""
    named = []
    for number, watch in enumerate(part):
        query = conditions(watch.desk_id, watch.rule)
        query["bool"]["_name"] = str(number)
        named.append(query)
    return {
        "query": {"bool": {"filter": [*shared, {"bool": {"should": named, "minimum_should_match": 1}}]}},
        "size": size,
        "_source": False,
        "sort": ["_doc"],  # no scores
        "track_total_hits": False,
    }


def _found(part: Sequence[Watch], answer: Mapping[str, Any], articles: Mapping[str, Article]) -> list[Match]:
    return [
        Match(part[int(name)], articles[hit["_id"]])
        for hit in answer.get("hits", {}).get("hits", [])
        if hit["_id"] in articles
        for name in hit["matched_queries"]
    ]


def refusal(watch: Watch, answer: Mapping[str, Any]) -> str | None:
    """Why Elasticsearch refused a search made of rules; None where it answered.

    Raises: MatchingError where it is no rule's fault, or only a part of the index was searched.
    """
    if "error" not in answer:
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise MatchingError(f"{watch.desk_id}/{watch.rule.id}: Elasticsearch searched only part of the index")
        return None
    error = answer["error"]
    causes = error.get("root_cause") or [error]
    reason = str(error.get("caused_by", {}).get("reason") or causes[0].get("reason"))
    if answer.get("status") != 400:
        raise MatchingError(f"{watch.desk_id}/{watch.rule.id}: {reason}")
    return reason


def _among(client: Elasticsearch, index: str, articles: Mapping[str, Article]) -> list[Query]:
    """A filter for the articles, unless the index holds nothing else: then it would only cost time."""
    if client.count(index=index)["count"] <= len(articles):
        return []
    return [{"terms": {"id": sorted(articles)}}]
