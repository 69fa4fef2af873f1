"""What an analyst's word makes of stories."""

from datetime import timedelta

import pytest

from hotline.stories.judge import Misjudged, same, split, split_id
from hotline.stories.place import place
from schemas.story import Story
from tests.stories.samples import FIRE, NOW, SUMMIT, SUMMIT_OTHER_WORDS, SUMMIT_RUSSIAN, article

TEXTS = {"a": SUMMIT, "b": SUMMIT_OTHER_WORDS, "c": SUMMIT_RUSSIAN}
ARTICLES = {id_: article(text, id_, NOW + timedelta(hours=n)) for n, (id_, text) in enumerate(TEXTS.items())}


def story() -> Story:
    told = place(ARTICLES["a"], [], now=NOW).story
    for id_ in "bc":
        told = place(ARTICLES[id_], [told], into=told.id, now=NOW).story
    return told


def test_both_sides_tell_what_their_articles_tell() -> None:
    rest, new = split(story(), ARTICLES, ["a"], by="ann", now=NOW)
    assert (rest.id, rest.article_ids, rest.headline) == (story().id, ["b", "c"], SUMMIT_OTHER_WORDS[0])
    assert (new.article_ids, new.headline, new.told) == (["a"], SUMMIT[0], {"en": 1})
    assert rest.told == {"en": 1, "ru": 1}
    assert new.id == split_id(story(), ["a"])
    assert (new.apart_from, rest.apart_from) == ([rest.id], [new.id])
    assert rest.judgements[0].article_ids == new.judgements[0].article_ids == ["a"]
    assert not new.development
    assert rest.first_at == ARTICLES["b"].timestamp


def test_what_was_split_is_not_merged_again_by_an_article_that_fits_both() -> None:
    rest, new = split(story(), ARTICLES, ["a"], by="ann", now=NOW)
    fits_both = article((SUMMIT[0], f"{SUMMIT[1]} {SUMMIT_OTHER_WORDS[1]}"), "n", NOW)
    assert len(place(fits_both, [s.model_copy(update={"apart_from": []}) for s in (rest, new)], now=NOW).merged) == 1
    assert not place(fits_both, [rest, new], now=NOW).merged


def test_articles_that_are_gone_from_the_index_are_left_out() -> None:
    rest, _ = split(story(), {id_: ARTICLES[id_] for id_ in "ab"}, ["a"], by="ann", now=NOW)
    assert rest.article_ids == ["b"]
    with pytest.raises(Misjudged, match="not there any more"):
        split(story(), {"a": ARTICLES["a"]}, ["a"], by="ann", now=NOW)


def test_the_older_of_two_stories_takes_the_other_over() -> None:
    one, two = (
        place(article(SUMMIT, "a"), [], now=NOW).story,
        place(article(FIRE, "f", NOW + timedelta(days=1)), [], now=NOW).story,
    )
    whole, lost = same(two, one, by="ann", now=NOW)
    assert (whole.id, whole.article_ids, lost.id, lost.merged_into) == (one.id, ["a", "f"], two.id, one.id)
    assert [(entry.kind, entry.story_id, entry.by) for entry in whole.judgements] == [("same", two.id, "ann")]
    with pytest.raises(Misjudged, match="one story already"):
        same(one, one, by="ann", now=NOW)


@pytest.mark.parametrize(("gone", "message"), [(["x"], "no article x"), (["a", "b", "c"], "both sides")])
def test_a_split_that_makes_no_sense_says_why(gone: list[str], message: str) -> None:
    with pytest.raises(Misjudged, match=message):
        split(story(), ARTICLES, gone, by="ann", now=NOW)
