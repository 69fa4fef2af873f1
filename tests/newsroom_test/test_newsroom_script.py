"""The script, and what the newsroom expects of those who watch it."""

import json
from collections.abc import Iterator

import pytest

from tests.newsroom import Newsroom
from tests.newsroom.player import PATIENCE_S, Phase
from tests.newsroom_test.conftest import Clock, Reader


def _play(room: Newsroom, clock: Clock, *, step: float, limit: int = 400) -> None:
    """Polls every feed and reads every new page once a step (seconds), until the script is through."""
    assert room.player
    for _ in range(limit):
        for shelf in room.shelves.values():
            room.site.answer(shelf.path, {})
        for page in [page for page in room.pages.values() if page.live]:
            room.site.answer(page.path, {})
        room.player.tick()
        if room.player.phase is Phase.FINISHED:
            return
        clock.move(step)
    raise AssertionError("the script did not end")


@pytest.fixture(scope="module")
def finished() -> Iterator[Newsroom]:
    """A newsroom whose script a quick reader has seen through."""
    clock = Clock()
    with Newsroom(script=True, clock=clock) as room:
        _play(room, clock, step=5)
        yield room


def test_nothing_happens_before_every_feed_was_fetched(scripted: Newsroom, clock: Clock) -> None:
    reader = Reader(scripted)
    assert scripted.player
    *others, last = scripted.shelves
    for feed_id in others:
        reader.feed(feed_id)
    clock.move(1000)
    scripted.player.tick()
    assert scripted.status()["phase"] == "waiting"
    assert scripted.status()["waiting_for"] == [last]
    assert not any(page.live for page in scripted.pages.values())
    reader.feed(last)
    scripted.player.tick()
    assert scripted.player.phase is Phase.RUNNING


def test_script_runs_through_in_less_than_two_minutes_for_a_quick_reader(finished: Newsroom) -> None:
    status = json.loads(Reader(finished).get(f"{finished.base_url}/_newsroom/status").data)
    assert status["phase"] == "finished"
    assert status["seconds"] <= 120
    assert all(event["done_at"] for event in status["events"])
    assert sum(page["live"] for page in status["published"]) == 44


def test_a_reader_who_comes_once_a_minute_meets_every_failure_and_change(scripted: Newsroom, clock: Clock) -> None:
    _play(scripted, clock, step=60)
    pages = scripted.pages
    assert pages["uranium-waiver-extended"].requests > pages["uranium-waiver-extended"].fetches > 0
    shelf = scripted.shelves["treaty-watch/all"]
    assert shelf.requests > shelf.fetches
    for piece_id in ("tanker-insurers-sanctioned", "bombers-off-alaska"):
        first_change = pages[piece_id].revisions[0][0]
        assert first_change > pages[piece_id].published_at
        assert pages[piece_id].fetches >= 2


def test_a_script_nobody_reads_ends_all_the_same(scripted: Newsroom, clock: Clock) -> None:
    assert scripted.player
    scripted.player.start()
    clock.move(2 * PATIENCE_S)
    scripted.player.tick()
    assert scripted.player.phase is Phase.FINISHED


def test_speed_shortens_script_and_outages_alike(clock: Clock) -> None:
    with Newsroom(script=True, speed=10, clock=clock) as room:
        assert room.player
        room.player.start()
        clock.move(1)
        room.player.tick()
        reader = Reader(room)
        assert reader.page("uranium-waiver-extended").status == 503
        clock.move(2.6)
        assert reader.page("uranium-waiver-extended").status == 200


def test_expected_totals_add_up_over_all_feeds(finished: Newsroom) -> None:
    status = finished.status()
    expected = status["expected"]
    by_status = expected["by_status"]
    assert expected["items"] == sum(by_status.values()) == sum(feed["entries"] for feed in status["feeds"])
    assert expected["articles"] == len(status["published"]) - 1  # one page is gone
    assert by_status["revision_or_duplicate"] == 6  # five articles in two feeds, one of them with a new entry in both
    assert expected["revisions"] == 2
    assert expected["near_duplicates"] == 3


def test_expected_alerts_are_counted_by_story_and_desk(finished: Newsroom) -> None:
    status = finished.status()
    published = {page["id"]: page for page in status["published"]}
    desks = status["expected"]["desks"]
    assert published["refiners-tariff-warning"]["alert"] == {"us_russia": True, "us_china": True}
    assert published["ambassador-presents-credentials"]["alert"]["us_russia"] is False  # backlog
    assert published["chip-licences-paused"]["expected"] == {"us_russia": 0, "us_china": 2}
    assert published["bombers-off-alaska"]["expected"]["us_china"] is None  # that desk doesn't watch the agency
    assert desks["us_russia"]["by_story"]["ankara-exchange"] == 4
    assert desks["us_russia"]["stories"] == 14
    assert desks["us_russia"]["stories_at_most"] == 15  # Helsinki in two languages
    assert desks["us_china"]["stories"] == 4


def test_two_runs_are_the_same(clock: Clock) -> None:
    runs = []
    for _ in range(2):
        started = clock()
        with Newsroom(script=True, clock=clock) as room:
            _play(room, clock, step=10)
            order = [(page.piece.id, (page.published_at - started).total_seconds()) for page in room.pages.values()]
            runs.append(order)
    assert runs[0] == runs[1]
