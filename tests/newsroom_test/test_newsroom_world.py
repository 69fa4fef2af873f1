"""What the data files hold together."""

from collections import Counter

import pytest
from pydantic import ValidationError

from schemas.feed import FeedFormat
from tests.newsroom.world import Change, Piece, World, load

WORLD = load()


def test_there_are_a_dozen_outlets_in_every_format_and_four_languages() -> None:
    formats = {feed.format for outlet in WORLD.outlets.values() for feed in outlet.feeds}
    assert len(WORLD.outlets) >= 12
    assert formats == set(FeedFormat)
    assert {outlet.language for outlet in WORLD.outlets.values()} == {"en", "ru", "de", "fr"}


def test_script_publishes_every_article_that_is_not_in_the_backlog_exactly_once() -> None:
    published = Counter(target for event in WORLD.script if event.act == "publish" for target in event.target)
    assert set(published.values()) == {1}
    assert set(published) == {piece.id for piece in WORLD.pieces.values() if piece.age is None}


def test_script_shows_everything_it_is_there_for() -> None:
    assert {event.act for event in WORLD.script} == {"publish", "revise", "new_ads", "fail", "gone", "move", "break"}
    live = [piece for piece in WORLD.pieces.values() if piece.age is None]
    assert sum(piece.copy_of is not None for piece in live) == 3
    languages = {WORLD.outlets[piece.outlet].language for piece in live if piece.story == "helsinki-talks"}
    assert languages == {"en", "ru"}
    both = [piece.id for piece in live if piece.expect.us_russia and piece.expect.us_china]
    assert both == ["refiners-tariff-warning"]
    assert set(WORLD.outlets["pacific-ledger"].desks) == {"us_russia", "us_china"}


def test_script_does_not_use_a_change_twice() -> None:
    revised = [target for event in WORLD.script if event.act == "revise" for target in event.target]
    assert len(revised) == len(set(revised)) == 2
    assert {bool(WORLD.pieces[target].changes[0].note) for target in revised} == {True, False}


def test_a_copy_is_nearly_its_original() -> None:
    for piece in WORLD.pieces.values():
        if piece.copy_of:
            original = WORLD.pieces[piece.copy_of]
            shared = set(original.paragraphs) & set(piece.paragraphs)
            assert piece.headline != original.headline
            assert len(original.paragraphs) > len(shared) >= len(original.paragraphs) - 3


def test_every_outlet_says_that_it_is_fictional() -> None:
    words = ("fictional", "вымышленное", "erfundene", "fictif")
    assert all(any(word in outlet.notice for word in words) for outlet in WORLD.outlets.values())


def test_live_stories_are_not_in_the_backlog_already() -> None:
    old = {piece.story for piece in WORLD.backlog}
    assert not old & {piece.story for piece in WORLD.pieces.values() if piece.age is None}


def test_a_change_to_a_text_that_does_not_occur_is_an_error() -> None:
    piece = Piece(id="a", outlet="o", section="s", headline="One", body="Two", story="x")
    with pytest.raises(ValueError, match="“Three”, which does not occur"):
        piece.changed(Change(replace={"Three": "Four"}))


def test_a_script_that_names_no_article_is_an_error() -> None:
    event = {"at": 1, "act": "publish", "target": ["nothing-of-the-kind"], "why": "a typo"}
    with pytest.raises(ValidationError, match="no such target: nothing-of-the-kind"):
        World.model_validate({"outlets": WORLD.outlets, "pieces": WORLD.pieces, "script": [event]})
