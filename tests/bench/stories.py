"""Placing an article: CPU outside Elasticsearch, time and requests in it, in archives of different sizes.

The small archive is made when it is missing; the large one only by `python -m tests.bench.corpus`.
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass

import structlog
from elasticsearch import Elasticsearch
from rich.console import Console
from rich.table import Table

from hotline.line.context import Line
from hotline.line.place import View
from hotline.search.indices import Indices, Kind
from hotline.search.store import Kept, Store
from hotline.settings import Settings
from schemas.article import Article
from tests.bench.corpus import ARCHIVES, END, build, node, probes

BATCH = 20  # articles that come with a poll
BATCHES = 25


@dataclass(frozen=True)
class Cost:
    """What placing took, an article, in milliseconds; and the requests of a batch that looked for candidates."""

    cpu: float
    search: float
    wall: float
    requests: float
    joined: float  # share of the articles that found a story


def measure(store: Store, articles: list[Article]) -> Cost:
    """Places articles in batches against an archive, without writing what comes out."""
    line = Line(Settings(index_prefix=store.indices.prefix), clock=lambda: END)
    line.__dict__["store"] = store
    counted = Counter[str]()
    perform = store.client.transport.perform_request

    def counting(method: str, target: str, **more: object) -> object:
        began = time.perf_counter()
        answer = perform(method, target, **more)  # type: ignore[arg-type]
        if "_refresh" not in target:
            counted["requests"] += 1
            counted["microseconds"] += round(1e6 * (time.perf_counter() - began))
        return answer

    joined, cpu, wall = 0, time.process_time(), time.perf_counter()
    store.client.transport.perform_request = counting  # type: ignore[assignment,method-assign]
    try:
        for first in range(0, len(articles), BATCH):
            batch = [Kept(article, "", 0, 0) for article in articles[first : first + BATCH]]
            placed = View(line, batch).placed()
            joined += sum(not article.story.is_first for article in placed if article.story)
    finally:
        store.client.transport.perform_request = perform  # type: ignore[method-assign]
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    each = 1000 / len(articles)
    searching = counted["microseconds"] / 1e6
    return Cost(
        cpu * each, searching * each, wall * each, counted["requests"] * BATCH / len(articles), joined / len(articles)
    )


def archives(client: Elasticsearch) -> list[tuple[int, Store]]:
    """Those that are there, the small one in any case."""
    small, large = ARCHIVES.items()
    found = [(small[1], build(client, *small))]
    if client.indices.exists(index=Indices(large[0]).name(Kind.ARTICLES)):
        found.append((large[1], build(client, *large)))
    return found


def main() -> None:
    """Prints the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    table = Table("articles", "CPU ms", "search ms", "all ms", "requests a batch", "joined a story")
    with node() as client:
        stores = archives(client)
        for n, store in stores:
            measure(store, probes(2 * BATCH, n, seed=9))  # caches of both sides
        costs = {n: measure(store, probes(BATCH * BATCHES, n)) for n, store in stores}
    for n, cost in costs.items():
        table.add_row(
            f"{n:,}",
            f"{cost.cpu:.1f}",
            f"{cost.search:.1f}",
            f"{cost.wall:.1f}",
            f"{cost.requests:.1f}",
            f"{cost.joined:.0%}",
        )
    Console().print(table)
    if len(costs) > 1:
        small, large = costs.values()
        print(f"the large archive costs {large.wall / small.wall:.2f} times the small one")
    else:
        print("no large archive: python -m tests.bench.corpus makes one, in about an hour")


if __name__ == "__main__":
    main()
