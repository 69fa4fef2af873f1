"""What the operator and the analysts hear of feeds, on a real index: sixty hosts without a network, and less."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.feeds.opml import feed_id
from hotline.feeds.opml_edit import with_paused
from hotline.line.context import Line
from hotline.line.desk_files import change
from hotline.line.fetch import fetch
from hotline.line.plan import plan
from hotline.line.watch import watch
from hotline.search.indices import Kind
from hotline.search.store import Store, Write
from hotline.settings import Settings
from schemas.alert import Alert, Delivery
from schemas.feed import Feed
from tests.feeds.hostile import Server, serving
from tests.newsroom.desk import opml, write_files

pytestmark = pytest.mark.elasticsearch

ROOT = Path(__file__).parents[2]
FEEDS = 60
FEW = 12


def rss(*ids: int, date: str = "") -> bytes:
    items = "".join(f"<item><guid>{id_}</guid><title>Entry {id_}</title>{date}</item>" for id_ in ids)
    return f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'.encode()


@dataclass
class World:
    """A line with its desk, a server that is every outlet, and a clock that the test moves."""

    line: Line
    server: Server
    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def fresh(self) -> Line:
        line = Line(self.line.settings, clock=self.now)
        line.__dict__["store"] = self.line.store
        return line

    def poll(self, later: timedelta) -> None:
        self.ahead += later
        for group in plan(self.fresh()):
            fetch(self.fresh(), group)

    def watch(self, later: timedelta = timedelta(minutes=10)) -> None:
        self.ahead += later
        watch(self.fresh())

    def publish(self, number: int, *ids: int) -> None:
        self.server.add(f"/keep/{number}", rss(*ids))

    def all(self, model: type[Any], kind: Kind) -> list[Any]:
        self.line.store.refresh(kind)
        return [k.record for k in self.line.store.search(model, kind, {"match_all": {}}, size=1000)]

    def notices(self) -> list[tuple[str, str, list[str]]]:
        """Kind, title and recipients, in order; without those on batches, which nobody processes here."""
        deliveries: list[Delivery] = self.all(Delivery, Kind.DELIVERIES)
        alerts: list[Alert] = sorted(self.all(Alert, Kind.ALERTS), key=lambda alert: alert.timestamp)
        return [
            (a.rule_id.partition("/")[2], a.title, sorted(d.recipient for d in deliveries if d.alert_id == a.id))
            for a in alerts
            if a.rule_id != "health/stuck"
        ]

    def feed(self, number: int) -> Feed:
        found = self.line.store.get(Feed, Kind.FEEDS, feed_id(self.url(number)))
        assert found is not None
        return found.record

    def url(self, number: int) -> str:
        return self.server.url(f"/keep/{number}", host=f"feed{number}.example")

    def change(self, number: int, **state: Any) -> None:
        id_ = feed_id(self.url(number))
        kept = self.line.store.get(Feed, Kind.FEEDS, id_)
        assert kept is not None
        record = kept.record.model_copy(update={"state": kept.record.state.model_copy(update=state)})
        assert not self.line.store.write([Write(Kind.FEEDS, id_, record, kept=kept)])


@pytest.fixture
def world(
    request: pytest.FixtureRequest,
    store: Store,
    elasticsearch_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    feeds = getattr(request, "param", FEW)
    real = socket.getaddrinfo

    def resolve(host: str, *arguments: Any, **more: Any) -> Any:
        return real("127.0.0.1" if host.endswith(".example") else host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with serving() as server:
        settings = Settings(
            home=tmp_path / "home",
            desks=tmp_path / "desks",
            elasticsearch_url=elasticsearch_url,
            index_prefix=store.indices.prefix,
        )
        made = World(Line(settings), server)
        made.line.__dict__["store"] = store
        outlines = [
            f'<outline type="rss" text="Feed {n}" xmlUrl="{made.url(n)}" hotline:entry_only="true" '
            f'hotline:tier="{1 if n < 5 else 2}"/>'
            for n in range(feeds)
        ]
        write_files(tmp_path / "desks" / "us_russia", opml("Sixty", outlines), ROOT / "desks" / "us_russia")
        for n in range(feeds):
            made.publish(n, 1, 2)
        yield made


@pytest.mark.parametrize("world", [FEEDS], indirect=True)
def test_a_network_that_is_cut_is_one_notice_and_one_recovery_and_analysts_hear_what_they_lost(world: World) -> None:
    world.poll(timedelta(minutes=1))
    world.poll(timedelta(minutes=1))
    world.watch(timedelta(0))
    assert world.notices() == []
    up = dict(world.server.answers)
    for path in up:
        world.server.on(path, lambda sock, _: sock.shutdown(socket.SHUT_RDWR))
    for _ in range(3):
        world.poll(timedelta(minutes=5))
        world.watch(timedelta(minutes=1))
    assert world.notices() == [
        ("network", f"Nothing comes in: the network fails for {FEEDS} of {FEEDS} feeds", ["operator"])
    ]
    world.poll(timedelta(hours=2))
    world.watch(timedelta(minutes=1))
    world.watch()
    assert [(kind, told) for kind, _, told in world.notices()[1:]] == [("coverage", ["analysts", "duty"])]
    assert world.notices()[1][1] == "Coverage lost: Feed 0, Feed 1, Feed 2 and 2 more"
    world.server.answers |= up
    for _ in range(3):
        world.poll(timedelta(hours=1))
        world.watch(timedelta(minutes=1))
    assert all(feed.state.failures == 0 for feed in world.all(Feed, Kind.FEEDS))
    later = world.notices()[2:]
    assert sorted(kind for kind, _, _ in later) == ["coverage", "network-over"]
    assert {title for _, title, _ in later} == {
        f"Recovered: Nothing comes in: the network fails for {FEEDS} of {FEEDS} feeds",
        "Coverage is back: Feed 0, Feed 1, Feed 2 and 2 more",
    }


def test_one_tier_1_source_that_falls_silent_is_one_message_and_one_when_it_is_back(world: World) -> None:
    world.poll(timedelta(minutes=1))
    world.poll(timedelta(minutes=2))
    for number in (1, 11):
        world.change(number, silent_at=world.now() - timedelta(minutes=1))
    world.poll(timedelta(hours=3))
    world.watch(timedelta(minutes=1))
    world.watch(timedelta(minutes=1))
    told = world.notices()
    assert sorted(told) == [
        ("coverage", "Coverage lost: Feed 1", ["analysts", "duty"]),
        ("feeds", "2 feeds are silent", ["operator"]),
    ]
    world.publish(1, 2, 3)
    world.publish(11, 2, 3)
    world.poll(timedelta(hours=3))
    world.watch()
    world.watch(timedelta(days=1))
    assert next(one for one in world.notices() if one not in told) == (
        "coverage",
        "Coverage is back: Feed 1",
        ["analysts", "duty"],
    )
    assert ("feeds", "Recovered: Feed 1, Feed 11", ["operator"]) in world.notices()


def test_a_silence_that_the_index_contradicts_is_not_told_unless_what_came_was_old(world: World) -> None:
    world.poll(timedelta(minutes=1))
    world.publish(7, 2, 3)
    world.poll(timedelta(hours=1))
    habit = world.feed(7).state.habit
    assert habit is not None
    assert (habit.active_days, sum(habit.hours)) == (1, 1)
    world.server.add("/keep/8", rss(2, 3, date="<pubDate>Mon, 05 Jan 2015 10:00:00 GMT</pubDate>"))
    world.poll(timedelta(hours=1))
    # As if the write of the state had lost against another one: the item is there, the state knows nothing of it.
    stale = habit.model_copy(update={"at": world.now() - timedelta(days=1)})
    for number in (7, 8):
        world.change(number, silent_at=world.now() - timedelta(hours=1), habit=stale)
    world.watch(timedelta(0))
    ((_, title, _),) = world.notices()
    assert title == "1 feed is silent"
    (notice,) = [alert for alert in world.all(Alert, Kind.ALERTS) if alert.rule_id == "health/feeds"]
    assert notice.about == [f"silent/{feed_id(world.url(8))}"]  # what it brought is old, under a new id


def test_entries_missed_between_two_polls_are_recorded_and_the_feed_is_polled_faster(world: World) -> None:
    world.poll(timedelta(minutes=1))
    world.publish(3, 2, 3)
    world.poll(timedelta(hours=8))
    assert world.feed(3).state.gaps == 0
    world.publish(3, 7, 8)
    world.poll(timedelta(hours=6))
    state = world.feed(3).state
    assert state.gaps == 1
    assert state.last_gap_at is not None
    assert state.gap_wait_s == pytest.approx(3 * 3600, rel=0.01)
    assert state.interval_s <= 3 * 3600
    world.watch()
    ((kind, title, _),) = world.notices()
    assert (kind, title) == ("feeds", "1 feed lost entries")


def test_feeds_that_are_not_polled_any_more_are_told_but_not_after_a_night_without_power(world: World) -> None:
    world.poll(timedelta(minutes=1))
    world.watch(timedelta(0))
    world.watch(timedelta(days=1))  # everything is late: so was the watch
    assert [kind for kind, _, _ in world.notices() if kind == "polling"] == []
    world.watch()
    world.watch()
    assert [kind for kind, _, _ in world.notices()] == ["polling"]
    world.poll(timedelta(minutes=1))
    world.watch()
    assert [kind for kind, _, _ in world.notices()] == ["polling", "polling-over"]


def test_a_pause_takes_effect_without_a_restart_and_so_does_its_end(world: World) -> None:
    path = world.line.settings.desks / "us_russia/feeds.opml"
    world.poll(timedelta(minutes=1))
    assert change(path, lambda content: with_paused(path, content, world.url(9), paused=True))
    world.poll(timedelta(hours=1))
    assert (world.feed(9).source.paused, world.feed(9).state.polls) == (True, 1)
    assert world.feed(10).state.polls == 2
    world.change(9, silent_at=world.now() - timedelta(hours=1))
    world.watch(timedelta(0))
    assert world.notices() == []
    assert change(path, lambda content: with_paused(path, content, world.url(9), paused=False))
    world.poll(timedelta(hours=1))
    assert world.feed(9).state.polls == 2
