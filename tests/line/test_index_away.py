"""Elasticsearch is away or takes no writes, or the disk fills up: the operator hears of it once, and of its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hotline.alerts.channel import Channel
from hotline.alerts.email import EmailChannel
from hotline.health.room import GIB, has_room, little_room
from hotline.line import index_away
from hotline.line.context import Line
from hotline.line.watch import watch
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert
from tests.alerts.mailbox import Mailbox, smtp_server
from tests.line.rig import ROOT, Rig, rig

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with smtp_server(Mailbox()) as served:

        @contextmanager
        def channels(*_: object) -> Iterator[dict[str, Channel]]:
            with EmailChannel("127.0.0.1", served.port, "Hotline <hotline@desk.example>") as email:
                yield {"email": email}

        monkeypatch.setattr(index_away, "channels", channels)
        yield served


@pytest.fixture
def world(store: Store, elasticsearch_url: str, tmp_path: Path) -> Iterator[Rig]:
    with rig(store, elasticsearch_url, tmp_path, [ROOT / "desks/us_russia"]) as made:
        yield made


def cut_off(world: Rig) -> Line:
    """The same line, whose Elasticsearch does not answer. Its address holds a password."""
    away = {"elasticsearch_url": "http://hotline:secret@127.0.0.1:9"}
    return Line(world.line.settings.model_copy(update=away), clock=world.now)


def subjects(mailbox: Mailbox) -> list[str]:
    return [str(message["Subject"]) for message in mailbox.messages]


def test_the_operator_hears_once_that_the_index_is_away_and_once_that_it_is_back(world: Rig, mailbox: Mailbox) -> None:
    assert watch(cut_off(world)) == []
    assert subjects(mailbox) == [], "a restart is not worth a message"
    for _ in range(3):
        world.wait(600)
        watch(cut_off(world))
    assert subjects(mailbox) == ["[critical] Elasticsearch is away"]
    text = mailbox.messages[0].as_string()
    assert "127.0.0.1:9" in text
    assert "secret" not in text
    world.wait(600)
    watch(world.fresh())
    watch(world.fresh())
    assert subjects(mailbox)[1:] == ["[high] Recovered: Elasticsearch is back"]


def test_a_restart_of_the_index_is_told_to_nobody(world: Rig, mailbox: Mailbox) -> None:
    watch(cut_off(world))
    world.wait(600)
    watch(world.fresh())
    assert subjects(mailbox) == []
    assert not (world.line.settings.home / "index-away.json").exists()


def test_while_the_mail_server_is_away_too_it_is_tried_again(world: Rig, mailbox: Mailbox) -> None:
    mailbox.contents = ["451 later"]
    watch(cut_off(world))
    for _ in range(3):
        world.wait(600)
        watch(cut_off(world))
    assert subjects(mailbox) == ["[critical] Elasticsearch is away"]


def test_an_index_that_takes_no_writes_is_away_too(world: Rig, mailbox: Mailbox) -> None:
    store = world.line.store
    name = store.indices.name(Kind.SAID)

    def block(value: Any) -> None:
        store.client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": value})

    block(True)
    try:
        assert watch(world.fresh()) == []
        world.wait(600)
        assert watch(world.fresh()) == []
    finally:
        block(None)
    watch(world.fresh())
    assert [subject.partition("] ")[2] for subject in subjects(mailbox)] == [
        "Elasticsearch is away",
        "Recovered: Elasticsearch is back",
    ]
    assert "too full" in mailbox.messages[0].as_string()


def test_a_disk_that_fills_up_is_told_through_the_outbox(world: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    for free in (4 * GIB, GIB, GIB, 5 * GIB // 2, 4 * GIB):
        monkeypatch.setattr(type(world.line.captures), "free", lambda _, free=free: free)
        world.wait(600)
        watch(world.fresh())
    titles = [a.title for a in sorted(world.all(Alert, Kind.ALERTS), key=lambda a: a.timestamp)]
    assert titles == ["Little disk is left for the captures", "Recovered: Little disk is left for the captures"]


def test_little_room_names_each_place_and_is_over_only_well_above() -> None:
    stop = little_room({"the captures": GIB, "Elasticsearch's node a": 9 * GIB})
    assert stop is not None
    assert "1.0 GiB for the captures" in stop.text
    assert "node a" not in stop.text
    assert little_room({"the captures": 2 * GIB}) is None
    assert not has_room({"the captures": 2 * GIB})
    assert has_room({"the captures": 3 * GIB})
    assert has_room({})
