"""Elasticsearch is out of reach: polling goes on, and afterwards nothing is missing and nothing is there twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.line.context import Line
from hotline.line.plan import plan
from hotline.line.watch import watch
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert
from schemas.article import Article
from schemas.feed import Feed
from tests.line.rig import ROOT, Rig, rig

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def world(store: Store, elasticsearch_url: str, tmp_path: Path) -> Iterator[Rig]:
    with rig(store, elasticsearch_url, tmp_path, [ROOT / "desks/us_russia"]) as made:
        made.poll()
        made.settle()
        yield made


def cut_off(world: Rig) -> Line:
    """The same line, whose Elasticsearch does not answer."""
    return Line(world.line.settings.model_copy(update={"elasticsearch_url": "http://127.0.0.1:9"}), clock=world.now)


def test_what_is_published_during_an_outage_is_there_afterwards_once(world: Rig) -> None:
    world.room.publish("helsinki-talks-open")
    world.wait(30)
    assert plan(cut_off(world)) == []
    # Gone from its feed before the index is back: only the captures know of it.
    world.room.shelves["the-potomac-herald/world"].items[:] = []
    world.wait(30)
    assert plan(cut_off(world)) == []
    polls = {f.id: f.state.polls for f in world.all(Feed, Kind.FEEDS)}
    world.settle()
    world.work(watch(world.fresh()))
    world.settle()
    path = world.room.pages["helsinki-talks-open"].path
    assert len([a for a in world.all(Article, Kind.ARTICLES) if path in a.url.original]) == 1
    after = {f.id: f.state.polls for f in world.all(Feed, Kind.FEEDS)}
    assert all(after[id_] >= count + 2 for id_, count in polls.items())
    assert world.statuses().get("pending") is None


def test_an_outage_right_after_the_first_poll_hides_no_news(
    store: Store, elasticsearch_url: str, tmp_path: Path
) -> None:
    with rig(store, elasticsearch_url, tmp_path, [ROOT / "desks/us_russia"]) as world:
        world.poll()  # the snapshot of the feeds is of before that: it takes the next poll for the first
        world.settle()
        world.room.publish("helsinki-talks-open")
        world.wait(30)
        assert plan(cut_off(world)) == []
        world.wait(60)  # a younger capture may be in somebody's hand
        world.settle()
        world.work(watch(world.fresh()))
        world.settle()
        path = world.room.pages["helsinki-talks-open"].path
        (article,) = [a for a in world.all(Article, Kind.ARTICLES) if path in a.url.original]
        assert not article.quiet
        assert {a.article_id for a in world.all(Alert, Kind.ALERTS)} == {article.id}


def test_without_a_snapshot_the_first_run_says_so_and_does_nothing(
    store: Store, elasticsearch_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with rig(store, elasticsearch_url, tmp_path, [ROOT / "desks/us_russia"]) as made:
        assert plan(cut_off(made)) == []
    assert "no snapshot" in capsys.readouterr().out
