"""The line looks after itself: one notice where a hundred things have one cause, and nothing stays stuck."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.line.watch import watch
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert, Delivery
from schemas.feed import Feed
from schemas.item import Item
from tests.line.rig import ROOT, Rig, rig

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def world(store: Store, elasticsearch_url: str, tmp_path: Path) -> Iterator[Rig]:
    with rig(store, elasticsearch_url, tmp_path, [ROOT / "desks/us_russia"]) as made:
        yield made


def notices(world: Rig) -> list[Alert]:
    return [a for a in world.all(Alert, Kind.ALERTS) if a.desk is None]


def test_without_a_network_there_is_one_notice_to_the_operator_and_one_when_it_is_over(world: Rig) -> None:
    world.poll()
    world.settle()
    real = world.room.site.answer
    world.room.site.answer = lambda *_: (_ for _ in ()).throw(ConnectionError("cut"))  # type: ignore[method-assign]
    for _ in range(2):
        world.poll()
        watch(world.fresh())
    assert all(f.state.failures for f in world.all(Feed, Kind.FEEDS))
    (cut,) = notices(world)
    told = [d for d in world.all(Delivery, Kind.DELIVERIES) if d.alert_id == cut.id]
    assert [d.recipient for d in told] == ["operator"]
    world.room.site.answer = real  # type: ignore[method-assign]
    world.wait(120)
    world.poll()
    watch(world.fresh())
    watch(world.fresh())
    assert len(notices(world)) == 2
    assert any("Recovered" in n.title for n in notices(world))


def test_a_capture_file_without_a_batch_record_is_adopted(world: Rig) -> None:
    batches = world.poll() or world.poll()
    items = len(world.all(Item, Kind.ITEMS))
    store = world.line.store
    store.client.delete_by_query(
        index=[store.indices.name(kind) for kind in (Kind.BATCHES, Kind.ITEMS, Kind.KEYS)],
        query={"match_all": {}},
        refresh=True,
    )
    assert world.all(Item, Kind.ITEMS) == []
    world.work(watch(world.fresh()))
    assert batches is not None
    assert len(world.all(Item, Kind.ITEMS)) == items


def test_a_broken_desk_file_keeps_the_last_good_one_in_force_and_is_told_once(world: Rig) -> None:
    rules = world.line.settings.desks / "us_russia/rules.yaml"
    good = len(world.fresh().desks["us_russia"].rules)
    world.poll()
    rules.write_text("- id: [broken\n", encoding="utf-8")
    assert len(world.fresh().desks["us_russia"].rules) == good
    watch(world.fresh())
    watch(world.fresh())
    (notice,) = notices(world)
    assert "rules.yaml" in notice.title
