"""Polling a thousand real feeds, side by side with the reader library (`update_feeds(workers=16)`, SQLite).

Ours is the real line: `plan` and `fetch` of hotline.line, from choosing what is due in Elasticsearch to the closed WARC
file, the items and the feeds' states in Elasticsearch. Reader fetches, parses and stores in SQLite. CPU is that of the
polling process and its children; Elasticsearch's own is given apart, the server's counts for neither.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from elasticsearch import Elasticsearch
from rich.console import Console
from rich.table import Table

from tests.bench.feedserver import EVERY, SLOW_S, host

ROOT = Path(__file__).parents[2]
FEEDS = 1000
MANY = 10_000
WATCHED = 50_000  # each is polled once an hour on average
WORKERS = 16
SAVED = ROOT.parent / "shared" / "eval" / "feeds"
ROUNDS = (("every entry new", None), ("every body changed", "all"), ("half the bodies changed", "half"))


@contextmanager
def serving(count: int, folder: str) -> Iterator[str]:
    """The server of feeds; its port."""
    command = [sys.executable, "-m", "tests.bench.feedserver", str(count), folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def elasticsearch() -> Iterator[str]:
    """The node in HOTLINE_TEST_ELASTICSEARCH_URL, else one for this run."""
    if url := os.environ.get("HOTLINE_TEST_ELASTICSEARCH_URL"):
        yield url
        return
    from hotline.local.elasticsearch import prepare, start_node
    from hotline.settings import default_home

    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        Path(folder).chmod(0o755)
        node = start_node(prepare(default_home(), print), Path(folder) / "elasticsearch")
        try:
            yield node.url
        finally:
            node.stop()


def cpu_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def measured(work: Callable[[], Any]) -> dict[str, float]:
    """Seconds by the clock and of CPU that a piece of work takes."""
    began, cpu = time.monotonic(), cpu_s()
    work()
    return {"seconds": time.monotonic() - began, "cpu": cpu_s() - cpu}


def advance(port: str, which: str | None) -> None:
    """Changes the feeds before a round."""
    if which:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/next/{which}").read()


def poll_with_reader(port: str, count: int) -> Iterator[dict[str, float]]:
    """A measure for each round; run in a process of its own."""
    import reader

    with tempfile.TemporaryDirectory() as folder, suppress(BrokenPipeError):
        theirs = reader.make_reader(f"{folder}/reader.sqlite")
        for n in range(count):
            theirs.add_feed(f"http://{host(n)}:{port}/{n}")
        for _, which in ROUNDS:
            advance(port, which)
            measure = measured(lambda: theirs.update_feeds(workers=WORKERS, scheduled=False))
            yield measure | {"entries": float(theirs.get_entry_counts().total or 0)}


def poll_with_line(port: str, count: int, url: str) -> Iterator[dict[str, float]]:
    """A measure for each round; run in a process of its own."""
    from hotline.line.fetch import fetch
    from hotline.line.plan import plan, prepare
    from hotline.search.indices import Kind

    with bench_line(port, count, url) as (line, clock):
        client = line.store.client
        prepare(line)
        for number, (_, which) in enumerate(ROUNDS):
            advance(port, which)
            clock.ahead = timedelta(hours=2) + timedelta(days=2 * number)

            def everything() -> None:
                while groups := [group for group in plan(line) if group["feeds"]]:
                    for group in groups:
                        fetch(line, group)

            before = _es_cpu_s(client)
            measure = measured(everything)
            line.store.refresh(Kind.ITEMS)
            yield measure | {
                "es_cpu": _es_cpu_s(client) - before,
                "entries": line.store.count(Kind.ITEMS),
            }


def _es_cpu_s(client: Elasticsearch) -> float:
    nodes = client.nodes.stats(metric="process")["nodes"].values()
    return float(sum(node["process"]["cpu"]["total_in_millis"] for node in nodes)) / 1000


class _Clock:
    """The real time, moved ahead between rounds so that everything is due."""

    ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@contextmanager
def bench_line(port: str, count: int, url: str) -> Iterator[tuple[Any, _Clock]]:
    """A line whose one desk watches the server's feeds, by entry alone."""
    from hotline.feeds.opml import feed_id
    from hotline.line.context import Line
    from hotline.line.desks import load_desks
    from hotline.settings import Settings
    from schemas.feed import FeedSource

    clock = _Clock()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            home=Path(folder), desks=ROOT / "desks", elasticsearch_url=url, index_prefix=f"bench-{os.getpid()}"
        )
        line = Line(settings, clock)
        desks = load_desks(settings.desks, Path(folder) / "last-good")
        desk = desks["us_russia"]
        free = {"allow_private_addresses": True, "host_spacing": timedelta(0), "floor": timedelta(hours=1)}
        desk.desk = desk.desk.model_copy(update={"polling": desk.desk.polling.model_copy(update=free)})
        addresses = [f"http://{host(n)}:{port}/{n}" for n in range(count)]
        desk.sources = [
            FeedSource(id=feed_id(a), url=a, title=a, publisher=a, entry_only=True, desks=[desk.id]) for a in addresses
        ]
        line.__dict__["desks"] = {desk.id: desk}
        try:
            yield line, clock
        finally:
            client = line.store.client
            client.indices.delete(index=list(client.indices.get(index=f"{settings.index_prefix}-*")))
            client.options(ignore_status=404).indices.delete_index_template(name=f"{settings.index_prefix}-*")


def peak_of_line(port: str, count: int, url: str) -> Iterator[dict[str, float]]:
    """The most memory that a first poll of so many feeds takes, in MiB."""
    from hotline.line.fetch import fetch
    from hotline.line.plan import plan, prepare

    with bench_line(port, count, url) as (line, clock):
        prepare(line)
        clock.ahead = timedelta(hours=2)
        while groups := [group for group in plan(line) if group["feeds"]]:
            for group in groups:
                fetch(line, group)
        yield {"mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def choosing(url: str) -> Iterator[dict[str, float]]:
    """Seconds to choose what is due, read it and write it back, among many feeds; one measure a minute."""
    from hotline.feeds.opml import feed_id
    from hotline.feeds.schedule import first_state
    from hotline.line.plan import prepare
    from hotline.search.indices import Kind
    from hotline.search.store import Write, chunks
    from schemas.feed import Feed, FeedSource

    with bench_line("1", 0, url) as (line, clock):
        prepare(line)
        chance, now, desk = Random(1), line.clock(), line.desks["us_russia"].desk
        feeds = []
        for address in (f"https://outlet-{n}.example/feed" for n in range(WATCHED)):
            known = [f"{chance.getrandbits(64):016x}" for _ in range(50)]
            soon = {"next_poll_at": now + timedelta(hours=chance.random()), "first_polled_at": now, "known": known}
            source = FeedSource(id=feed_id(address), url=address, title=address, publisher=address, desks=["us_russia"])
            state = first_state(source, now, desk.polling, chance).model_copy(update=soon)
            feeds.append(Feed(id=source.id, source=source, state=state))
        for some in chunks(feeds, 5000):
            line.store.write([Write(Kind.FEEDS, feed.id, feed, blind=True) for feed in some])
        due: list[int] = []
        for minute in range(1, 4):
            clock.ahead = now + timedelta(minutes=minute) - datetime.now(UTC)
            before = _es_cpu_s(line.store.client)
            measure = measured(lambda: due.append(_a_minute(line)))
            yield measure | {"es_cpu": _es_cpu_s(line.store.client) - before, "due": float(due[-1])}


def _a_minute(line: Any) -> int:
    """Chooses what is due, reads it, and writes it back as after a 304; returns how many."""
    from hotline.feeds.outcome import PollOutcome
    from hotline.line.absorb import FeedResult, Harvest, keep_feed_states
    from hotline.line.plan import due_feeds
    from hotline.search.indices import Kind
    from schemas.feed import Feed

    line.store.refresh(Kind.FEEDS)
    kept = line.store.get_many(Feed, Kind.FEEDS, list(due_feeds(line, line.clock())))
    outcome = PollOutcome(status=304, elapsed_s=0.2)
    keep_feed_states(line, Harvest([FeedResult(feed, [], False, outcome) for feed in kept.values()]))
    return len(kept)


def alone(what: str, *arguments: str) -> list[dict[str, float]]:
    """What a process of its own prints, one JSON a line."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.feeds", what, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{what} failed: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def feedparser_cpu_ms(bodies: list[bytes]) -> float:
    """CPU milliseconds a feed of feedparser alone, as reader calls it."""
    import feedparser

    sample = bodies[:: max(1, len(bodies) // 40)]
    began = time.process_time()
    for body in sample:
        feedparser.parse(body, response_headers={"content-type": "application/xml"})
    return (time.process_time() - began) / len(sample) * 1000


def main() -> None:
    """Prints the tables."""
    from tests.bench.feedserver import saved

    folder = str(SAVED) if SAVED.is_dir() else "-"
    floor = feedparser_cpu_ms(saved(folder))
    with elasticsearch() as url:
        with serving(FEEDS, folder) as port:
            ours = alone("line", port, str(FEEDS), url)
        with serving(FEEDS, folder) as port:
            theirs = alone("reader", port, str(FEEDS))
        minutes = alone("choose", url)
        peaks = []
        for count in (FEEDS, MANY):
            with serving(count, "-") as port:
                peaks += alone("memory", port, str(count), url)
        console = Console(width=140)
        table = Table("round", "", "feeds/s", "CPU ms/feed", "Elasticsearch's", "entries kept", "throughput", "CPU")
        for (name, _), one, other in zip(ROUNDS, ours, theirs, strict=True):
            faster, cheaper = other["seconds"] / one["seconds"], one["cpu"] / other["cpu"]
            table.add_row(name, "Hotline", *_row(one), f"× {faster:.1f}", f"× {cheaper:.2f}")
            table.add_row("", "reader", *_row(other))
        console.print(f"{FEEDS} feeds ({'saved' if folder != '-' else 'newsroom'}); {FEEDS // EVERY} fail, as many "
                      f"answer after {SLOW_S:g} s; feedparser alone: {floor:.0f} CPU ms a feed")  # fmt: skip
        console.print(table)
        minute = sorted(minutes, key=lambda one: one["seconds"])[len(minutes) // 2]
        console.print(f"{WATCHED} feeds: {minute['due']:.0f} due in a minute chosen, read and written back in "
                      f"{minute['seconds']:.2f} s (CPU {minute['cpu']:.2f} s, Elasticsearch's {minute['es_cpu']:.2f}; "
                      "median of three minutes)")  # fmt: skip
        console.print(f"peak memory of a first poll: {peaks[0]['mib']:.0f} MiB with {FEEDS} small feeds, "
                      f"{peaks[1]['mib']:.0f} MiB with {MANY}")  # fmt: skip


def _row(measure: dict[str, float]) -> list[str]:
    es = f"{measure['es_cpu'] / FEEDS * 1000:.1f}" if "es_cpu" in measure else ""
    return [
        f"{FEEDS / measure['seconds']:.1f}",
        f"{measure['cpu'] / FEEDS * 1000:.1f}",
        es,
        f"{measure['entries']:.0f}",
    ]


def part() -> None:
    """What `alone` runs."""
    what, *arguments = sys.argv[1:]
    rounds = {
        "reader": lambda: poll_with_reader(arguments[0], int(arguments[1])),
        "choose": lambda: choosing(arguments[0]),
        "memory": lambda: peak_of_line(arguments[0], int(arguments[1]), arguments[2]),
        "line": lambda: poll_with_line(arguments[0], int(arguments[1]), arguments[2]),
    }
    for measure in rounds[what]():
        print(json.dumps(measure), flush=True)


if __name__ == "__main__":
    part() if len(sys.argv) > 1 else main()
