"""Near-duplicates."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.stories import fingerprint as prints
from hotline.stories.fingerprint import fingerprint, print_of, similarity
from schemas.article import Article
from tests.stories.samples import FIRE, NOW, OTHER_FIRE, SUMMIT, SUMMIT_OTHER_WORDS, article

LONG = " ".join(f"{SUMMIT[1]} {FIRE[1]} {OTHER_FIRE[1]}".split())


def near_duplicate(article: Article, candidates: list[Article]) -> Article | None:
    found = prints.near_duplicate(print_of(article), [print_of(candidate) for candidate in candidates])
    return next((candidate for candidate in candidates if found and candidate.id == found.id), None)


def edited(text: str, share: float, seed: int) -> str:
    chance = random.Random(seed)
    pool = text.split()
    return " ".join(chance.choice(pool) if chance.random() < share else word for word in pool)


@settings(deadline=None, max_examples=50)
@given(title=st.text(max_size=60), body=st.text(max_size=400))
def test_any_text_has_a_fingerprint_like_itself(title: str, body: str) -> None:
    bands, signature = fingerprint(title, body)
    assert (bands, signature) == fingerprint(title, body)
    assert similarity(signature, signature) == (1.0 if bands else 0.0)
    assert len(bands) in (0, 28)


@pytest.mark.parametrize(("share", "least"), [(0.05, 20), (0.15, 20), (0.3, 17)])
def test_edited_copies_under_another_headline_are_found(share: float, least: int) -> None:
    original = article(("One headline", LONG), "a")
    copies = [article(("Quite another", edited(LONG, share, seed)), f"b{seed}") for seed in range(20)]
    found = [
        copy
        for copy in copies
        if set(copy.fingerprint.bands) & set(original.fingerprint.bands)
        and near_duplicate(copy, [original]) == original
    ]
    assert len(found) >= least


def test_shortened_copy_is_found() -> None:
    original = article(("One headline", LONG))
    assert near_duplicate(article(("Another", LONG[: len(LONG) // 2]), "b"), [original]) == original


def test_another_report_of_the_event_is_no_copy() -> None:
    assert near_duplicate(article(SUMMIT_OTHER_WORDS, "b"), [article(SUMMIT)]) is None


def test_short_texts_of_one_template_are_no_copies() -> None:
    one = article(("Bitcoin price", "The price of Bitcoin is 63,613 dollars, up 2 percent in a day."))
    two = article(("Tether price", "The price of Tether is 1 dollar, down 1 percent in a day."), "b")
    assert near_duplicate(two, [one]) is None


def test_headline_alone_is_compared_where_there_is_no_body() -> None:
    one, two = article((SUMMIT[0], "")), article((SUMMIT[0], ""), "b")
    assert near_duplicate(two, [one]) == one
    assert near_duplicate(article(("", ""), "c"), [article(("", ""), "d")]) is None


def test_earliest_original_is_meant_and_an_article_copies_not_itself() -> None:
    late = article(SUMMIT, "a", NOW)
    copy = article(SUMMIT, "b", NOW - timedelta(hours=2), near_duplicate_of="x")
    early = article(SUMMIT, "c", NOW - timedelta(hours=1))
    new = article(SUMMIT, "n")
    assert near_duplicate(new, [late, copy, early, new]) == early
    assert near_duplicate(new, [copy]) == copy
    assert near_duplicate(new, [new]) is None


def test_broken_signature_says_so() -> None:
    whole = fingerprint(*SUMMIT)[1]
    with pytest.raises(ValueError, match="make it again"):
        similarity(whole, "%%%")
    with pytest.raises(ValueError, match="instead of 256"):
        similarity(whole, "AAAAAA==")


def test_text_copied_as_a_whole_goes_before_an_earlier_one_copied_in_part() -> None:
    half = article(("Half", LONG[: len(LONG) // 3]), "a", NOW - timedelta(hours=3))
    whole = article(("Whole", LONG), "b", NOW - timedelta(hours=1))
    assert near_duplicate(article(("Copy", LONG), "n"), [half, whole]) == whole
    assert near_duplicate(article(("Copy", LONG), "n"), [half]) == half
