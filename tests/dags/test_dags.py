"""Every DAG runs for real (`dag.test()`); the hops between them are seen with the scheduler in tests/local."""

import ast
from pathlib import Path

import pytest

from hotline.search import snapshots
from hotline.search.indices import Kind
from schemas.alert import Alert
from schemas.article import Article
from schemas.capture import Batch, BatchStatus
from schemas.feed import Feed
from tests.dags.conftest import run_dag
from tests.line.rig import ROOT, Rig

DAGS = sorted((ROOT / "dags").glob("*.py"))
pytestmark = [pytest.mark.airflow, pytest.mark.elasticsearch]


def test_the_dags_of_the_design_are_there() -> None:
    names = {path.stem for path in DAGS}
    assert names == {
        "poll_feeds", "process_captures", "raise_alerts", "deliver_alerts",
        "watch_health", "maintain", "replay_captures",
    }  # fmt: skip


@pytest.mark.parametrize("path", DAGS, ids=lambda path: path.stem)
def test_a_dag_file_holds_no_logic_and_fits_a_screen(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 50
    logic = (ast.If, ast.For, ast.While, ast.Try)
    assert not [node for node in ast.walk(ast.parse(source)) if isinstance(node, logic)]


def test_poll_process_raise_and_deliver(airflow: dict[str, str], world: Rig) -> None:
    assert "'fetch[0]'" in run_dag(airflow, world, "poll_feeds")
    assert all(feed.state.polls == 1 for feed in world.all(Feed, Kind.FEEDS))
    world.room.publish("helsinki-talks-open")
    batches = world.poll(seconds=0)  # the DAGs' clock is the real one
    assert batches
    run_dag(airflow, world, "process_captures")
    done = {b.id: b.status for b in world.all(Batch, Kind.BATCHES)}
    assert {done[id_] for id_ in batches} == {BatchStatus.DONE}
    (article,) = [a for a in world.all(Article, Kind.ARTICLES) if not a.quiet]
    assert article.story is not None
    # The mailbox is down: the alert is raised all the same, and its delivery waits.
    run_dag(airflow, world, "raise_alerts")
    assert [a.article_id for a in world.all(Alert, Kind.ALERTS)][:1] == [article.id]
    run_dag(airflow, world, "deliver_alerts")
    assert world.line.store.count(Kind.DELIVERIES, {"term": {"status": "sent"}}) == 0


def test_health_and_maintenance(airflow: dict[str, str], world: Rig) -> None:
    world.poll()
    run_dag(airflow, world, "watch_health")
    run_dag(airflow, world, "maintain")
    (taken,) = snapshots.listed(world.line.store.client, world.line.store.indices)
    assert taken.whole


def test_a_replay_keeps_what_is_there_and_rings_for_nobody(airflow: dict[str, str], world: Rig) -> None:
    world.poll()
    world.settle()
    world.room.publish("helsinki-talks-open")
    world.settle()
    before = world.picture()
    start, end = (f"{world.now().year + shift}-01-01T00:00:00Z" for shift in (0, 1))
    run_dag(airflow, world, "replay_captures", {"from": start, "to": end})
    assert world.picture() == before
