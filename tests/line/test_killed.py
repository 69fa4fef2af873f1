"""Killed with SIGKILL before a write of any step, and started again: nothing lost, nothing doubled.

Every write to the index goes through four methods of `Store`, so "before the n-th of them, for every n" is each step
of the design's order (WARC → batch record → items → feed state → event) and of what follows it. `make test` takes
every third write, `make test-slow` every one.
"""

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from hotline.line.context import Line
from hotline.line.fetch import fetch
from hotline.line.place import place_batches
from hotline.line.plan import plan
from hotline.line.process import process
from hotline.line.raising import raise_alerts
from hotline.line.turn import HELD
from hotline.line.watch import watch
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert, Delivery
from schemas.article import Article
from schemas.item import Item
from tests.line.rig import ROOT, Rig, rig

pytestmark = [
    pytest.mark.elasticsearch,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
WRITES = ("write", "create", "replace", "delete")


@pytest.fixture
def world(store: Store, elasticsearch_url: str, tmp_path: Path) -> Iterator[Rig]:
    with rig(store, elasticsearch_url, tmp_path, [ROOT / "desks/us_russia"]) as made:
        made.poll()
        made.settle()
        yield made


def killed_before(world: Rig, write: int, step: Callable[[Line], Any]) -> bool:
    """Runs a step in a process that kills itself before its n-th write; returns whether it got so far."""

    def child() -> None:
        line = Line(world.line.settings, clock=world.now)
        left = count(write, -1)
        for name in WRITES:
            real = getattr(Store, name)

            def wrapped(self: Store, *args: Any, _real: Any = real, **more: Any) -> Any:
                if next(left) == 1:
                    os.kill(os.getpid(), signal.SIGKILL)
                return _real(self, *args, **more)

            setattr(Store, name, wrapped)
        step(line)
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), f"the step ended with {process.exitcode}"
    return process.exitcode != 0


def pieces(world: Rig) -> Iterator[str]:
    """Articles to publish, one for each kill."""
    fresh = [id_ for id_ in world.room.world.pieces if id_ not in world.room.pages]
    return iter([id_ for id_ in fresh if not world.room.world.pieces[id_].copy_of])


def recovered(world: Rig) -> None:
    """What the schedule does in the next minutes: leases end, watch_health announces, the other DAGs run."""
    world.wait(400)
    world.work(watch(world.fresh()))
    world.settle()


def assert_each_once(world: Rig, published: list[str]) -> None:
    """Every published page is one item's article; every alert has its deliveries; nothing is pending."""
    urls = {world.room.url(piece) for piece in published}
    # Whichever of an outlet's feeds comes first says the address, one of them with a tracker.
    found = [i.entry.url or "" for i in world.all(Item, Kind.ITEMS) if i.status.value == "indexed"]
    items = Counter(url.partition("?")[0] for url in found)
    articles = Counter(a.url.original.partition("?")[0] for a in world.all(Article, Kind.ARTICLES))
    assert {url: articles[url] for url in urls} == dict.fromkeys(urls, 1)
    assert {url: items[url] for url in urls} == dict.fromkeys(urls, 1)
    assert world.statuses().get("pending") is None
    assert world.line.store.count(Kind.UNMATCHED) == 0
    alerts = {a.id for a in world.all(Alert, Kind.ALERTS)}
    assert {d.alert_id for d in world.all(Delivery, Kind.DELIVERIES)} == alerts


LEAST = {"fetch": 5, "process": 4, "place": 4, "match": 2}
"""Writes that each step makes at least."""


@pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.slow)], ids=["every-third", "every"])
@pytest.mark.parametrize("killed", LEAST)
def test_killed_before_a_write_and_started_again(world: Rig, killed: str, stride: int) -> None:
    published: list[str] = []
    kills = 0
    for write, piece in zip(count(1, stride), pieces(world), strict=False):
        world.room.publish(piece)
        published.append(piece)
        if not _run_up_to(world, killed, write):
            break
        kills += 1
        world.wait(HELD.total_seconds())  # by real time the next one would wait for the turn of the dead one
    recovered(world)
    assert kills >= (LEAST[killed] + stride - 1) // stride, f"only {kills} writes were found in {killed}"
    assert_each_once(world, published)


def _run_up_to(world: Rig, killed: str, write: int) -> bool:
    """Runs the line up to the step that is killed; returns whether it was."""
    if killed == "fetch":
        world.wait(30)
        (group,) = [g for g in plan(world.fresh()) if g["name"] == "feeds"]
        return killed_before(world, write, lambda line: fetch(line, group))
    batches = world.poll()
    if killed == "process":
        return any(killed_before(world, write, partial(process, key=b, owner="killed")) for b in batches)
    for batch in batches:
        process(world.fresh(), batch, "test")
    if killed == "place":
        return any(killed_before(world, write, partial(place_batches, key=b, owner="killed")) for b in batches)
    for batch in batches:
        place_batches(world.fresh(), batch, "test")
    return killed_before(world, write, raise_alerts)
