"""What an analyst said about stories stands: against a replay, and with nobody told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hotline.line.judge import same_story, split_story, story_of
from hotline.line.raising import raise_alerts
from hotline.line.replay import replay
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert
from schemas.article import Article
from schemas.story import Story
from tests.line.rig import ROOT, Rig, rig

pytestmark = pytest.mark.elasticsearch
EXCHANGE = ("ankara-exchange-wire", "ankara-exchange-potomac", "ankara-exchange-baltic")
OTHERS = ("helsinki-talks-open", "tanker-insurers-sanctioned")


@pytest.fixture
def world(store: Store, elasticsearch_url: str, tmp_path: Path) -> Iterator[Rig]:
    with rig(store, elasticsearch_url, tmp_path, [ROOT / "desks/us_russia"]) as made:
        made.poll()
        for piece in (*EXCHANGE, *OTHERS):
            made.room.publish(piece)
        made.settle()
        yield made


def stories(world: Rig) -> dict[str, Story]:
    return {story.id: story for story in world.all(Story, Kind.STORIES)}


def assigned(world: Rig) -> dict[str, tuple[str, str | None]]:
    """Where each article is, and what it copies."""
    articles = world.all(Article, Kind.ARTICLES)
    return {a.id: (a.story.id if a.story else "", a.near_duplicate_of) for a in articles}


def superseded(world: Rig) -> dict[str, str]:
    return {a.id: a.superseded_by for a in world.all(Alert, Kind.ALERTS) if a.superseded_by}


def test_a_split_and_a_merge_outlive_a_replay_and_ring_nobody(world: Rig) -> None:
    by_size = sorted(stories(world).values(), key=lambda story: len(story.article_ids))
    exchange = by_size[-1]
    rung = world.all(Alert, Kind.ALERTS)
    one, two = sorted({a.story_id for a in rung if a.story_id} - {exchange.id})[:2]
    messages = world.picture()["deliveries"]

    own = split_story(world.fresh(), exchange.id, exchange.article_ids[1:2], "ann")
    stays = same_story(world.fresh(), one, two, "ann")
    (lost,) = {one, two} - {stays}
    yielded = superseded(world)
    assert yielded, "the lost story's alert yields at once"
    assert {a.story_id for a in rung if a.id in yielded} == {lost}
    assert {a.story_id for a in rung if a.id in yielded.values()} == {stays}

    before, known = assigned(world), stories(world)
    assert before[exchange.article_ids[1]] == (own, None)
    replay(world.fresh(), world.now() - timedelta(days=1), world.now() + timedelta(minutes=1), "test")
    world.settle(1)
    raise_alerts(world.fresh())
    assert assigned(world) == before
    after = stories(world)
    assert {id_: (s.article_ids, s.merged_into, s.apart_from, s.judgements) for id_, s in after.items()} == {
        id_: (s.article_ids, s.merged_into, s.apart_from, s.judgements) for id_, s in known.items()
    }
    assert story_of(world.fresh(), lost).record.id == stays
    assert superseded(world) == yielded
    assert world.picture()["deliveries"] == messages, "no message goes out"
