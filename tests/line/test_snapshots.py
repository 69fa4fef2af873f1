"""A snapshot a day, and the way back: what was captured since is read again, and nobody is told twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.cli import app
from hotline.line.maintain import snapshot
from hotline.line.raising import raise_alerts
from hotline.line.restore import restore
from hotline.search import snapshots
from hotline.search.indices import Indices, Kind
from hotline.search.snapshots import SnapshotError
from hotline.search.store import Store
from hotline.settings import Settings
from schemas.alert import Alert
from tests.conftest import remove_snapshots
from tests.line.rig import ROOT, Rig, rig

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def world(store: Store, elasticsearch_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(snapshots, "LOOK_SECONDS", 0.1)
    with rig(store, elasticsearch_url, tmp_path, [ROOT / "desks/us_russia"]) as made:
        yield made
    remove_snapshots(store.client, store.indices.prefix)


def test_what_came_after_the_snapshot_is_there_again_and_rings_no_second_time(world: Rig) -> None:
    world.poll()
    world.settle()
    name = snapshot(world.fresh())
    told = {alert.id for alert in world.all(Alert, Kind.ALERTS)}

    world.room.publish("helsinki-talks-open")
    world.settle()
    before = world.picture()
    later = set(before["alerts"]) - told
    assert later, "the new article must have rung, or this shows nothing"

    world.wait(120)
    done = restore(world.fresh(), name, "test")
    assert (done.snapshot.name, done.batches > 0, done.hushed > 0) == (name, True, True)
    after = world.picture()
    assert [a[:2] for a in after["articles"]] == [a[:2] for a in before["articles"]]
    assert after["items"] == before["items"]

    raise_alerts(world.fresh())
    world.settle()
    assert {alert.id for alert in world.all(Alert, Kind.ALERTS)} == told
    # The line goes on: what is new from now on rings.
    world.room.publish("bombers-off-alaska")
    world.settle()
    assert {alert.id for alert in world.all(Alert, Kind.ALERTS)} > told


def test_an_index_made_since_is_gone_afterwards(world: Rig) -> None:
    store = world.line.store
    made = snapshots.take(store.client, store.indices, world.now())
    stray = store.indices.index_for(Kind.ITEMS, "2031.01")
    store.client.indices.create(index=stray)
    snapshots.restore(store.client, store.indices, None)
    assert not store.client.indices.exists(index=stray)
    assert stray not in made.indices
    assert store.count(Kind.ITEMS) == 0


def test_old_snapshots_go_but_never_the_newest_whole_one(world: Rig) -> None:
    client, indices = world.line.store.client, world.line.store.indices
    names = [snapshots.take(client, indices, world.now() + timedelta(seconds=n)).name for n in range(3)]
    assert [one.name for one in snapshots.listed(client, indices)] == names
    assert snapshots.drop(client, indices, world.now() + timedelta(days=8)) == 2
    assert [one.name for one in snapshots.listed(client, indices)] == names[-1:]


def test_a_name_that_is_none_is_answered_with_those_there_are(world: Rig) -> None:
    client, indices = world.line.store.client, world.line.store.indices
    with pytest.raises(SnapshotError, match="no whole snapshot to restore"):
        snapshots.restore(client, indices, None)
    name = snapshots.take(client, indices, world.now()).name
    with pytest.raises(SnapshotError, match=f"there are: {name}"):
        snapshots.restore(client, indices, "yesterday")


def test_with_nowhere_to_put_it_the_operator_is_told_once(world: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    store = world.line.store
    elsewhere = Indices("../elsewhere")
    with pytest.raises(SnapshotError, match="register a snapshot repository"):
        snapshots.take(store.client, elsewhere, world.now())

    def refused(*_: object) -> None:
        raise SnapshotError("there is nowhere to put snapshots")

    monkeypatch.setattr(snapshots, "take", refused)
    assert snapshot(world.fresh()) is None
    assert snapshot(world.fresh()) is None
    (notice,) = world.all(Alert, Kind.ALERTS)
    assert (notice.rule_id, notice.desk) == ("health/snapshot", None)


def test_the_commands_take_list_and_restore(world: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.settings.settings", lambda: world.line.settings)
    runner = CliRunner()
    taken = runner.invoke(app, ["snapshots", "take"])
    name = taken.output.partition(":")[0]
    assert taken.exit_code == 0, taken.output
    assert name in runner.invoke(app, ["snapshots", "list"]).output
    assert runner.invoke(app, ["snapshots", "restore"], input="n\n").exit_code == 1
    restored = runner.invoke(app, ["snapshots", "restore", "--yes"])
    assert f"{name} restored" in restored.output


def test_where_elasticsearch_is_away_the_command_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = Settings(home=tmp_path, elasticsearch_url="http://me:secret@127.0.0.1:9")
    monkeypatch.setattr("hotline.settings.settings", lambda: away)
    failed = CliRunner().invoke(app, ["snapshots", "list"])
    assert "Elasticsearch at http://127.0.0.1:9 does not answer" in str(failed.exception)
    assert "secret" not in str(failed.exception)
