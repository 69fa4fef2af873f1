"""The line end to end on the newsroom and a real Elasticsearch: every item once, every story told once."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.articles.identity import article_id
from hotline.articles.revisions import text_sha256
from hotline.line.raising import raise_alerts
from hotline.line.records import articles_by_id
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert, OccasionKind
from schemas.article import Article, ContentFrom, Revision
from schemas.capture import Batch, BatchStatus
from schemas.feed import Feed
from schemas.item import Item, ItemStatus
from tests.line.rig import ROOT, Rig, dump, rig
from tests.newsroom.site import Response

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def world(store: Store, elasticsearch_url: str, tmp_path: Path) -> Iterator[Rig]:
    desks = [ROOT / "desks/us_russia", ROOT / "tests/desks/us_china"]
    with rig(store, elasticsearch_url, tmp_path, desks) as made:
        made.poll()
        made.settle()
        yield made


def articles_of(world: Rig, piece: str) -> list[Article]:
    path = world.room.pages[piece].path  # a feed may link to it with a tracker behind
    return [a for a in world.all(Article, Kind.ARTICLES) if path in a.url.original]


def test_the_backlog_is_taken_in_and_rings_for_nobody(store: Store, elasticsearch_url: str, tmp_path: Path) -> None:
    with rig(store, elasticsearch_url, tmp_path, [ROOT / "desks/us_russia"], backlog=True) as world:
        world.poll()
        world.settle()
        _assert_the_past_is_quiet(world)


def _assert_the_past_is_quiet(world: Rig) -> None:
    watched = {f.source.url for f in world.all(Feed, Kind.FEEDS)}
    expected = {"items": sum(f["entries"] for f in world.room.status()["feeds"] if f["url"] in watched)}
    statuses = world.statuses()
    assert sum(statuses.values()) == expected["items"], dump(statuses)
    assert statuses["indexed"] == len(world.all(Article, Kind.ARTICLES))
    assert world.all(Alert, Kind.ALERTS) == []
    assert all(article.quiet for article in world.all(Article, Kind.ARTICLES))


def test_doing_everything_twice_changes_nothing(world: Rig) -> None:
    world.room.publish("helsinki-talks-open")
    batches = world.poll()
    world.work(batches)
    raise_alerts(world.fresh())
    before = world.picture()
    assert before["alerts"]
    world.work(batches)
    raise_alerts(world.fresh())
    world.round()
    assert world.picture() == before


def test_a_batch_that_is_processed_again_from_its_start_changes_nothing(world: Rig) -> None:
    world.room.publish("helsinki-talks-open")
    world.room.publish("ankara-exchange-wire")
    batches = world.poll()
    world.work(batches)
    raise_alerts(world.fresh())
    before = world.picture()
    for id_ in batches:
        kept = world.line.store.get(Batch, Kind.BATCHES, id_)
        assert kept is not None
        again = kept.record.model_copy(update={"status": BatchStatus.CAPTURED})
        assert world.line.store.replace(kept, id_, again) is not None
    world.work(batches)
    raise_alerts(world.fresh())
    assert world.picture() == before


def test_an_article_for_two_desks_is_fetched_once_and_told_to_both(world: Rig) -> None:
    page = world.room.publish("refiners-tariff-warning")
    world.settle()
    (article,) = articles_of(world, "refiners-tariff-warning")
    assert {desk for desk, view in article.desks.items() if view.relevance} == {"us_russia", "us_china"}
    assert page.fetches == 1
    told = {a.desk for a in world.all(Alert, Kind.ALERTS) if a.article_id == article.id}
    assert told == {"us_russia", "us_china"}


def test_a_correction_makes_one_revision_and_new_advertisements_make_none(world: Rig) -> None:
    world.room.publish("tanker-insurers-sanctioned")
    world.room.publish("helsinki-talks-open")
    world.settle()
    items = len(world.all(Item, Kind.ITEMS))
    world.room.revise("tanker-insurers-sanctioned")
    world.room.new_ads("helsinki-talks-open")
    for _ in range(3):
        world.wait(60)
        world.round()
    (revision,) = world.all(Revision, Kind.REVISIONS)
    (corrected,) = articles_of(world, "tanker-insurers-sanctioned")
    assert revision.article_id == corrected.id
    assert revision.announced
    assert corrected.revision == 1
    # The outlet announces the correction with a new entry in one feed or two; that is no new article.
    assert len(world.all(Item, Kind.ITEMS)) - items <= 2
    assert {a.occasion for a in world.all(Alert, Kind.ALERTS)} >= {OccasionKind.STORY}


def test_a_better_reader_is_no_edit_of_the_outlet(world: Rig) -> None:
    world.room.publish("helsinki-talks-open")
    world.settle()
    (article,) = articles_of(world, "helsinki-talks-open")
    shorter = article.body.rpartition("\n\n")[0]  # as an earlier version had read the same page
    print_ = article.fingerprint.model_copy(update={"text_sha256": text_sha256(article.title, shorter)})
    kept = articles_by_id(world.line, [article.id])[article.id]
    earlier = article.model_copy(update={"body": shorter, "fingerprint": print_})
    assert world.line.store.replace(kept, article.id, earlier)
    for _ in range(3):
        world.wait(60)
        world.round()
    (after,) = articles_of(world, "helsinki-talks-open")
    assert (after.body, after.revision) == (article.body, 0)
    assert world.all(Revision, Kind.REVISIONS) == []


def test_a_page_that_fails_and_comes_back_is_waited_for(world: Rig) -> None:
    world.room.publish("uranium-waiver-extended")
    world.room.fail("uranium-waiver-extended", 503)
    world.round()
    (item,) = [i for i in world.all(Item, Kind.ITEMS) if i.status is ItemStatus.PENDING]
    assert item.attempts == 1
    assert "503" in (item.reason or "")
    world.room.heal("uranium-waiver-extended")
    world.wait(120)
    world.settle()
    (article,) = articles_of(world, "uranium-waiver-extended")
    assert article.content_from is ContentFrom.PAGE
    assert world.statuses().get("pending") is None


def test_a_page_that_never_comes_leaves_the_entry_as_the_article(world: Rig) -> None:
    world.room.publish("lost-marathon-result")
    world.room.gone("lost-marathon-result")
    for _ in range(8):
        world.wait(120)
        world.round()
    assert world.statuses().get("pending") is None
    statuses = {i.status for i in world.all(Item, Kind.ITEMS) if i.entry.url == world.room.url("lost-marathon-result")}
    assert statuses <= {ItemStatus.INDEXED, ItemStatus.FAILED}
    for article in articles_of(world, "lost-marathon-result"):
        assert article.content_from is not ContentFrom.PAGE


def test_a_feed_that_moves_is_followed_and_keeps_its_identity(world: Rig) -> None:
    (before,) = [f for f in world.all(Feed, Kind.FEEDS) if "gulf-coast" in f.source.url]
    world.room.move_feed("gulf-coast-ledger/all", "feeds/latest.rss")
    for _ in range(4):
        world.wait(30)
        world.round()
    (after,) = [f for f in world.all(Feed, Kind.FEEDS) if "gulf-coast" in f.source.url]
    assert after.id == before.id
    assert after.state.url.endswith("/feeds/latest.rss")


def test_a_feed_that_is_broken_for_a_while_loses_nothing(world: Rig) -> None:
    """What can be read of broken XML is read; what cannot is a failure with its reason. Mended, all of it is there."""
    world.room.break_feed("treaty-watch/all")
    world.room.publish("inspections-may-resume")
    world.round()
    assert all(f.state.last_error for f in world.all(Feed, Kind.FEEDS) if f.state.failures)
    world.room.mend_feed("treaty-watch/all")
    world.wait(120)
    world.settle()
    assert not [f for f in world.all(Feed, Kind.FEEDS) if f.state.failures]
    assert len(articles_of(world, "inspections-may-resume")) == 1


def test_a_feed_that_is_no_feed_says_so_until_it_is_one_again(world: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    url = world.room.feed_url("treaty-watch/all")
    real = world.room.site.answer

    def relaunched(path: str, headers: Mapping[str, str]) -> Response:
        return (
            Response(200, b"<html><body>Our new site</body></html>", {}) if url.endswith(path) else real(path, headers)
        )

    with monkeypatch.context() as patch:
        patch.setattr(world.room.site, "answer", relaunched)
        world.round()
    (broken,) = [f for f in world.all(Feed, Kind.FEEDS) if f.state.failures]
    assert broken.source.url == url
    assert "HTML" in (broken.state.last_error or "")
    world.wait(120)
    world.round()
    assert not [f for f in world.all(Feed, Kind.FEEDS) if f.state.failures]


def test_the_same_wire_story_is_one_story_and_one_alert_a_rule(world: Rig) -> None:
    wire = ["ankara-exchange-wire", "ankara-exchange-potomac", "ankara-exchange-baltic", "ankara-exchange-gulf"]
    for piece in wire:
        world.room.publish(piece)
        world.settle()
    articles = [articles_of(world, piece)[0] for piece in wire]
    assert len({a.story.id for a in articles if a.story}) == 1
    assert [bool(a.near_duplicate_of) for a in articles] == [False, True, True, True]
    alerts = [a for a in world.all(Alert, Kind.ALERTS) if a.desk == "us_russia"]
    assert alerts
    assert len({a.rule_id for a in alerts}) == len(alerts)


def test_one_page_that_trips_our_own_code_fails_alone(world: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    from hotline.line import reading

    real = reading.extract

    def extract(entry, page, **more):  # type: ignore[no-untyped-def]
        if page is not None and "striker" in page.url:
            raise ZeroDivisionError("a bug of ours")
        return real(entry, page, **more)

    monkeypatch.setattr(reading, "extract", extract)
    world.room.publish("striker-and-the-goose")
    world.room.publish("helsinki-talks-open")
    world.settle()
    (failed,) = [i for i in world.all(Item, Kind.ITEMS) if i.status is ItemStatus.FAILED]
    assert "ZeroDivisionError" in (failed.reason or "")
    assert articles_of(world, "helsinki-talks-open")


def test_a_page_that_comes_after_all_completes_the_article_without_a_revision(world: Rig) -> None:
    world.room.publish("uranium-waiver-extended")
    world.room.fail("uranium-waiver-extended", 404)
    while not articles_of(world, "uranium-waiver-extended"):
        world.wait(60)
        world.round()
    (article,) = articles_of(world, "uranium-waiver-extended")
    assert article.content_from is ContentFrom.FEED
    world.room.heal("uranium-waiver-extended")
    for _ in range(2):
        world.wait(3600)
        world.round()
    (article,) = articles_of(world, "uranium-waiver-extended")
    assert (article.content_from, article.revision) == (ContentFrom.PAGE, 0)
    assert not world.all(Revision, Kind.REVISIONS)


def test_a_page_that_moves_stays_one_article_under_both_addresses(world: Rig) -> None:
    page = world.room.publish("helsinki-talks-open")
    world.settle()
    (article,) = articles_of(world, "helsinki-talks-open")
    old_path, articles = page.path, len(world.all(Article, Kind.ARTICLES))
    for path in (old_path + "-and-go-on-for-days", old_path):  # there, and back again
        world.room.paths[path] = page
        page.path = path  # the old address still answers, and names the new one as canonical
        for _ in range(2):
            world.wait(120)
            world.round()
        with world.room.lock:
            for shelf in world.room.shelves.values():
                if mine := [item for item in shelf.items if item.page is page]:
                    shelf.items.insert(0, replace(mine[0], id=f"{mine[0].id}-{len(mine)}"))
                    shelf.changed_at = world.room.now()
        world.settle()
    assert len(world.all(Article, Kind.ARTICLES)) == articles
    moved = article_id(article.url.key + "-and-go-on-for-days")
    found = articles_by_id(world.line, [article.id, moved])
    assert {id_: kept.record.id for id_, kept in found.items()} == {article.id: article.id, moved: article.id}
    ends = [i.status for i in world.all(Item, Kind.ITEMS) if i.article_id == article.id]
    assert ends.count(ItemStatus.INDEXED) == 1
    assert ItemStatus.DUPLICATE in ends
