"""Rules matched against 200 new articles, beside searching the last window rule by rule as ElastAlert2 does.

What waits to be matched has an index of its own; a search of the last window goes through the archive, which grows.
The large archive is measured where it is: `python -m tests.bench.corpus` makes it.
"""

import random
import re
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from elasticsearch import Elasticsearch
from rich.console import Console
from rich.table import Table

from hotline.alerts.matching import Watch, matches
from hotline.alerts.query import rule_query
from hotline.search.indices import Indices, Kind, install
from hotline.search.store import Store, Write, chunks
from schemas.article import Article, StoryRef
from schemas.base import Severity
from schemas.desk import Desk
from schemas.rule import Recipient, Rule
from tests.bench.corpus import END, node, probes
from tests.bench.stories import archives

DESK = "us_russia"
NEW = 200
ROUNDS = 3
RULES = (1000, 10_000)
TOPICS = ("sanctions", "diplomacy", "military", "energy", "ukraine", "cyber")


def main() -> None:
    """Prints the table."""
    table = Table("articles", "rules", "matches", "what waits, s", "last window rule by rule, s", "ratio")
    with node() as opened:
        client = opened.options(request_timeout=300)
        for size, archive in archives(client):
            new = [a.model_copy(update={"story": StoryRef(id=f"2031.05-{a.id}")}) for a in probes(NEW, size)]
            with _waiting(client, archive, new) as unmatched:
                for number in RULES:
                    watches = watched(new, number)
                    ours, found = timed(_ours, client, unmatched, watches, new, rounds=ROUNDS)
                    theirs, same = timed(_window, client, archive.indices.name(Kind.ARTICLES), watches, new, rounds=1)
                    if found != same:
                        raise RuntimeError(f"{len(found ^ same)} matches differ: {sorted(found ^ same)[:3]}")
                    row = (f"{size:,}", f"{number:,}", f"{len(found):,}", f"{ours:.1f}", f"{theirs:.1f}")
                    table.add_row(*row, f"{theirs / ours:.1f}")
    Console().print(table)


type Pairs = set[tuple[str, str]]


type Asking = Callable[[Elasticsearch, str, list[Watch], list[Article]], Pairs]


def timed(
    ask: Asking, client: Elasticsearch, index: str, watches: list[Watch], new: list[Article], *, rounds: int
) -> tuple[float, Pairs]:
    """The shortest time in seconds, and what matched."""
    times: list[float] = []
    found: Pairs = set()
    for _ in range(rounds):
        began = time.perf_counter()
        found = ask(client, index, watches, new)
        times.append(time.perf_counter() - began)
    return min(times), found


def watched(articles: Sequence[Article], number: int, seed: int = 3) -> list[Watch]:
    """Rules as people write them: a few words of the news, a phrase, a prefix, a topic."""
    chance = random.Random(seed)
    words = sorted({w for a in articles for w in re.findall(r"[A-Za-z]{5,}", f"{a.title} {a.body}")})
    desk = Desk(title="Bench", recipients=[Recipient(name="a", email="a@example.org")])

    def query() -> str:
        a, b, c, d = chance.sample(words, 4)
        forms = (f"{a} AND ({b} OR {c})", f'"{a} {b}" OR title:({c} OR {d})', f"{a} {b}", f"({a} OR {b[:5]}*) AND {c}")
        return chance.choice(forms)

    rules = (
        Rule(
            id=f"r{n}",
            title="Rule",
            query=query(),
            relevance=chance.choice([0, 1, 2]),
            topics=chance.sample(TOPICS, 2) if chance.random() < 0.5 else [],
            severity=Severity.LOW,
        )
        for n in range(number)
    )
    return [Watch(DESK, desk, rule) for rule in rules]


def _ours(client: Elasticsearch, index: str, watches: list[Watch], new: list[Article]) -> Pairs:
    found, broken = matches(client, index, watches, {a.id: a for a in new}, END)
    if broken:
        raise RuntimeError(f"refused: {broken[0]}")
    return {(m.watch.rule.id, m.article.id) for m in found}


def _window(client: Elasticsearch, index: str, watches: list[Watch], new: list[Article]) -> Pairs:
    """Each rule asks what came in the last minute: 500 a request, where ElastAlert2 sends each alone."""
    ids = {a.id for a in new}
    last: dict[str, Any] = {"range": {"ingested_at": {"gt": (END - timedelta(minutes=1)).isoformat()}}}
    pairs: Pairs = set()
    for chunk in chunks(watches, 500):
        searches: list[dict[str, Any]] = []
        for watch in chunk:
            query = rule_query(DESK, watch.rule, max_age=watch.desk.alerting.max_age, now=END)
            query["bool"]["filter"].append(last)
            searches += [
                {"index": index},
                {"query": query, "size": 1000, "_source": False},
            ]
        for watch, answer in zip(chunk, client.msearch(searches=searches)["responses"], strict=True):
            pairs |= {(watch.rule.id, hit["_id"]) for hit in answer["hits"]["hits"] if hit["_id"] in ids}
    return pairs


@contextmanager
def _waiting(client: Elasticsearch, archive: Store, new: list[Article]) -> Iterator[str]:
    """The new articles where they wait, and in the archive as ingested just now; taken away afterwards."""
    own = Indices(f"bench-{uuid.uuid4().hex[:8]}")
    install(client, own, END)
    store = Store(client, own)
    store.write([Write(Kind.UNMATCHED, a.id, a) for a in new])
    store.refresh(Kind.UNMATCHED)
    fresh = [a.model_copy(update={"ingested_at": END}) for a in new]
    archive.write([Write(Kind.ARTICLES, a.id, a, "2031.05", blind=True) for a in fresh])
    archive.refresh(Kind.ARTICLES)
    try:
        yield own.name(Kind.UNMATCHED)
    finally:
        mine = {"ids": {"values": [a.id for a in new]}}
        client.delete_by_query(index=archive.indices.name(Kind.ARTICLES), query=mine, refresh=True)
        client.indices.delete(index=list(client.indices.get(index=f"{own.prefix}-*", features=["aliases"])))
        client.indices.delete_index_template(name=f"{own.prefix}-*")


if __name__ == "__main__":
    main()
