"""Placing an article: CPU outside Elasticsearch and in it, time and requests, in archives of different sizes.

The archives take turns, so that what else the machine does falls on both; figures are medians of the rounds. The small
archive is made when it is missing; the large one only by `python -m tests.bench.corpus`.
"""

import gc
import json
import logging
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from elasticsearch import Elasticsearch
from rich.console import Console
from rich.table import Table

from hotline.line.context import Line
from hotline.line.place import View
from hotline.search.indices import Indices, Kind
from hotline.search.store import Kept, Store, document
from hotline.settings import Settings
from schemas.article import Article
from tests.bench.corpus import ARCHIVES, END, build, node, probes

BATCH = 20  # articles that come with a poll
BATCHES = 5  # of a round
WARM, ROUNDS = 3, 11  # rounds before: caches fill on both sides, and Java compiles
_STATISTICS = 1.1  # seconds for which Elasticsearch gives the same statistics again


@dataclass(frozen=True)
class Cost:
    """What placing took, an article, in milliseconds; and the requests of a batch that looked for candidates."""

    cpu: float
    elasticsearch: float  # its CPU, all threads
    search: float
    wall: float
    requests: float
    joined: float  # share of the articles that found a story

    @property
    def both(self) -> float:
        """CPU of both sides."""
        return self.cpu + self.elasticsearch


def measure(store: Store, articles: Sequence[Article]) -> Cost:
    """Places articles in batches against an archive; what comes out is made ready for writing, not written."""
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

    used = _used(store.client)
    joined, cpu, wall = 0, time.process_time(), time.perf_counter()
    store.client.transport.perform_request = counting  # type: ignore[assignment,method-assign]
    try:
        for first in range(0, len(articles), BATCH):
            view = View(line, [Kept(article, "", 0, 0) for article in articles[first : first + BATCH]])
            placed = view.placed()
            json.dumps([document(record) for record in (*placed, *(write.record for write in view.story_writes()))])
            joined += sum(not article.story.is_first for article in placed if article.story)
    finally:
        store.client.transport.perform_request = perform  # type: ignore[method-assign]
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    used = _used(store.client) - used
    each = 1000 / len(articles)
    return Cost(
        cpu * each,
        used / len(articles),
        counted["microseconds"] / 1e6 * each,
        wall * each,
        counted["requests"] * BATCH / len(articles),
        joined / len(articles),
    )


def _used(client: Elasticsearch) -> int:
    """Milliseconds of CPU that the node has used."""
    time.sleep(_STATISTICS)
    nodes = client.nodes.stats(metric="process")["nodes"]
    return sum(node["process"]["cpu"]["total_in_millis"] for node in nodes.values())


def archives(client: Elasticsearch) -> list[tuple[int, Store]]:
    """Those that are there, the small one in any case."""
    small, large = ARCHIVES.items()
    found = [(small[1], build(client, *small))]
    if client.indices.exists(index=Indices(large[0]).name(Kind.ARTICLES)):
        found.append((large[1], build(client, *large)))
    return found


def rounds(stores: Sequence[tuple[int, Store]]) -> dict[int, list[Cost]]:
    """The costs of every round, by the size of the archive."""
    size = BATCH * BATCHES
    waiting = {n: probes(size * (WARM + ROUNDS), n) for n, _ in stores}
    costs: dict[int, list[Cost]] = {n: [] for n, _ in stores}
    gc.collect()
    gc.freeze()  # what was made for the bench is looked through for garbage at nobody's cost
    for number in range(WARM + ROUNDS):
        for n, store in stores:
            cost = measure(store, waiting[n][number :: WARM + ROUNDS])  # as many that join a story in every round
            if number >= WARM:
                costs[n].append(cost)
    return costs


def main() -> None:
    """Prints the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    table = Table(
        "articles", "CPU ms", "Elasticsearch's CPU ms", "waiting ms", "all ms", "requests a batch", "joined a story"
    )
    with node() as client:
        costs = rounds(archives(client))
    for n, all_ in costs.items():
        figures = (
            statistics.median(getattr(cost, name) for cost in all_)
            for name in ("cpu", "elasticsearch", "search", "wall", "requests")
        )
        table.add_row(
            f"{n:,}",
            *(f"{figure:.1f}" for figure in figures),
            f"{statistics.mean(cost.joined for cost in all_):.0%}",
        )
    Console().print(table)
    if len(costs) == 1:
        print("no large archive: python -m tests.bench.corpus makes one, in about an hour")
        return
    cpu, time_ = (
        large / small
        for small, large in (
            [statistics.median(getattr(cost, name) for cost in all_) for all_ in costs.values()]
            for name in ("both", "wall")
        )
    )
    print(f"the large archive costs {cpu:.2f} times the CPU of the small one, Elasticsearch's included")
    print(f"and {time_:.2f} times its time, beside whatever else the machine did")


if __name__ == "__main__":
    main()
