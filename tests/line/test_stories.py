"""Stories in a real index: batches in any order, merges on record, and an analyst's word."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.cli.common import UsageError
from hotline.cli.stories import app
from hotline.line.batches import BatchBusy
from hotline.line.context import Line
from hotline.line.judge import same_story, split_story, story_of, wrong_story
from hotline.line.place import place_articles
from hotline.line.records import Conflict, articles_by_id, claim_keys
from hotline.line.replay import KEPT
from hotline.line.turn import turn
from hotline.search.indices import Kind
from hotline.search.store import Store, Write
from hotline.settings import Settings
from hotline.stories.judge import Misjudged
from schemas.article import Article
from schemas.story import Story
from tests.stories.samples import (
    FIRE,
    NOW,
    OTHER_FIRE,
    SUMMIT,
    SUMMIT_MONTHS_LATER,
    SUMMIT_OTHER_WORDS,
    SUMMIT_RUSSIAN,
    article,
)

pytestmark = pytest.mark.elasticsearch
HOUR = timedelta(hours=1)
BATCHES = (
    [article(SUMMIT, "a"), article(FIRE, "b", NOW + HOUR)],
    [article(SUMMIT_OTHER_WORDS, "c", NOW + HOUR), article(FIRE, "d", NOW + 2 * HOUR), article(OTHER_FIRE, "e")],
    [article(SUMMIT_RUSSIAN, "f", NOW + 3 * HOUR), article(SUMMIT, "g", NOW + 4 * HOUR)],
)


@pytest.fixture
def fresh(store: Store, tmp_path: Path) -> Callable[[], Line]:
    """A line with an empty index, again and again."""

    def make() -> Line:
        store.refresh(*Kind)
        store.client.delete_by_query(
            index=f"{store.indices.prefix}-*", query={"match_all": {}}, refresh=True, conflicts="proceed"
        )
        line = Line(Settings(home=tmp_path, index_prefix=store.indices.prefix), clock=lambda: NOW)
        line.__dict__["store"] = store
        return line

    return make


@pytest.fixture
def line(fresh: Callable[[], Line]) -> Line:
    return fresh()


def come_in(line: Line, articles: Iterable[Article]) -> list[Article]:
    """Articles as the line has them after processing, placed; a conflict is tried again from the start."""
    records = {a.id: a for a in articles}
    month = next(iter(claim_keys(line, Kind.ARTICLES, "batch", records).values())).month
    line.store.write([Write(Kind.ARTICLES, id_, record, month) for id_, record in records.items()])
    while True:
        waiting = [kept for kept in articles_by_id(line, records).values() if kept.record.story is None]
        try:
            return place_articles(line, waiting)
        except Conflict:
            continue


def told(line: Line) -> set[frozenset[str]]:
    """Which articles stand together, by the stories; the articles must say the same, by way of merges."""
    line.store.refresh(Kind.STORIES, Kind.ARTICLES)
    stories = [kept.record for kept in line.store.search(Story, Kind.STORIES, {"match_all": {}}, size=100)]
    for kept in line.store.search(Article, Kind.ARTICLES, {"match_all": {}}, size=100):
        assert kept.record.story
        assert kept.record.id in story_of(line, kept.record.story.id).record.article_ids
    return {frozenset(story.article_ids) for story in stories if story.merged_into is None}


def in_story(line: Line, id_: str) -> str:
    found = articles_by_id(line, [id_])[id_].record.story
    assert found
    return story_of(line, found.id).record.id


def test_order_within_a_batch_does_not_matter(fresh: Callable[[], Line]) -> None:
    everything = [a for batch in BATCHES for a in batch]
    results = []
    for order in (everything, everything[::-1]):
        line = fresh()
        come_in(line, order)
        results.append((told(line), {a.id: in_story(line, a.id) for a in everything}))
    assert results[0] == results[1]
    assert frozenset("acfg") in results[0][0]


def test_concurrent_batches_give_what_a_serial_order_gives(fresh: Callable[[], Line]) -> None:
    serial = []
    for order in permutations(BATCHES):
        line = fresh()
        for batch in order:
            come_in(line, batch)
        serial.append(told(line))
    line = fresh()
    with ThreadPoolExecutor(len(BATCHES)) as pool:
        list(pool.map(lambda batch: come_in(line, batch), BATCHES))
    assert told(line) in serial


def test_a_turn_that_is_not_given_back_is_waited_for_in_vain_or_runs_out(line: Line) -> None:
    with turn(line), pytest.raises(BatchBusy, match="try again later"), turn(line, patience=0.2):
        pass
    later = Line(line.settings, clock=lambda: NOW + timedelta(days=1))
    later.__dict__["store"] = line.store
    with pytest.raises(BatchBusy, match="decided anew"), turn(line) as keep, turn(later):
        keep()


def test_placing_again_changes_nothing(line: Line) -> None:
    """Killed behind the stories: the articles do not know where they belong, the stories do."""
    come_in(line, BATCHES[0])
    come_in(line, BATCHES[1])
    before = told(line)
    lost = articles_by_id(line, "cde")
    line.store.write(
        [Write(Kind.ARTICLES, id_, k.record.model_copy(update={"story": None}), kept=k) for id_, k in lost.items()]
    )
    place_articles(line, list(articles_by_id(line, "cde").values()))
    assert told(line) == before


def test_a_merge_is_on_record_and_leads_on(line: Line) -> None:
    come_in(line, [article(SUMMIT, "a")])
    come_in(line, [article(SUMMIT_RUSSIAN, "f", NOW - HOUR)])
    come_in(line, [article(OTHER_FIRE, "e")])
    one, two = in_story(line, "a"), in_story(line, "e")
    same_story(line, one, two, "ann")
    merged = line.store.get(Story, Kind.STORIES, max(one, two, key=lambda id_: id_ == two), two[:7])
    assert merged
    assert merged.record.merged_into == one
    assert in_story(line, "e") == one
    come_in(line, [article(OTHER_FIRE, "h", NOW + HOUR)])
    assert in_story(line, "h") == one, "a copy of what a lost story told goes to the survivor"
    with pytest.raises(Misjudged, match="one story already"):
        same_story(line, one, two, "ann")


def test_a_split_holds_against_what_comes_later(line: Line) -> None:
    come_in(
        line, [article(SUMMIT, "a"), article(SUMMIT_OTHER_WORDS, "c", NOW + HOUR), article(SUMMIT, "g", NOW + HOUR)]
    )
    old = in_story(line, "a")
    new = split_story(line, old, ["c"], "ann")
    assert told(line) == {frozenset("ag"), frozenset("c")}
    assert split_story(line, old, ["c"], "ann") == new, "again, it ends the same"
    come_in(line, [article(SUMMIT_RUSSIAN, "f", NOW + 2 * HOUR), article(SUMMIT_OTHER_WORDS, "k", NOW + 2 * HOUR)])
    assert in_story(line, "k") == new, "a copy goes with what it copies"
    assert len(told(line)) == 2, "what fits both joins one of them, and does not merge them"
    rest, own = story_of(line, old).record, story_of(line, new).record
    assert [entry.kind for entry in rest.judgements] == [entry.kind for entry in own.judgements] == ["split"]
    assert rest.told["en"] == own.told["en"] == 1
    assert {"story", "near_duplicate_of"} <= set(KEPT), "replay keeps it"
    assert same_story(line, new, old, "bob") == old, "another word on it is heard"
    assert len(told(line)) == 1


def test_one_article_is_taken_out_and_is_no_copy_any_more(line: Line) -> None:
    come_in(line, [article(SUMMIT, "a"), article(SUMMIT, "g", NOW + HOUR)])
    assert articles_by_id(line, "g")["g"].record.near_duplicate_of == "a"
    own = wrong_story(line, "g", "ann")
    moved = articles_by_id(line, "g")["g"].record
    assert moved.story
    assert (moved.story.id, moved.near_duplicate_of) == (own, None)
    line.store.refresh(Kind.UNMATCHED)
    assert not line.store.search(Article, Kind.UNMATCHED, {"match_all": {}}, size=9), "nobody is told"


@pytest.mark.parametrize(("ids", "message"), [(["x"], "no article x"), (["a"], "both sides"), ([], "both sides")])
def test_a_split_that_makes_no_sense_says_why(line: Line, ids: list[str], message: str) -> None:
    come_in(line, [article(SUMMIT, "a")])
    with pytest.raises(Misjudged, match=message):
        split_story(line, in_story(line, "a"), ids, "ann")
    with pytest.raises(Misjudged, match="no article z"):
        wrong_story(line, "z", "ann")


def test_the_commands(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.line.context.open_line", lambda: line)
    come_in(line, [article(SUMMIT, "a"), article(SUMMIT_OTHER_WORDS, "c", NOW + HOUR)])
    story = in_story(line, "a")
    run = CliRunner()
    new = run.invoke(app, ["split", story, "c", "--by", "ann"]).stdout.strip()
    assert in_story(line, "c") == new
    shown = run.invoke(app, ["show", new]).stdout
    assert f"ann: split {story} c" in shown
    assert run.invoke(app, ["same", new, story, "--by", "ann"]).stdout.strip() == story
    for wrong in (["show", "2031.05-x"], ["split", story, "x"], ["same", story, new]):
        assert isinstance(run.invoke(app, wrong).exception, UsageError)


def test_ministers_meet_again_and_strikes_go_on_without_becoming_one(line: Line) -> None:
    come_in(line, [article(SUMMIT, "a"), article(SUMMIT_OTHER_WORDS, "c", NOW + HOUR)])
    come_in(line, [article(SUMMIT_MONTHS_LATER, "m", NOW + timedelta(days=23))])
    assert told(line) == {frozenset("ac"), frozenset("m")}
