"""Words, names, rarity, days and facts."""

from datetime import UTC, datetime

import pytest

from hotline.stories.days import days
from hotline.stories.facts import facts
from hotline.stories.features import features
from hotline.stories.rarity import rarity
from hotline.stories.words import sound, stems, words

WEDNESDAY = datetime(2031, 5, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Trump", "Трамп"), ("Washington", "Вашингтон"), ("Lavrov", "Лавров"), ("Zelensky", "Зеленский"),
        ("Blinken", "Блинкен"), ("Johnson", "Джонсон"), ("Navalny", "Навальный"), ("Kharkiv", "Харкiв"),
    ],
)  # fmt: skip
def test_names_sound_the_same_in_both_scripts(latin: str, cyrillic: str) -> None:
    assert sound(latin) == sound(cyrillic)


def test_names_with_few_consonants_have_no_sound() -> None:
    assert sound("Obama") == ""


def test_stems_follow_script_then_language() -> None:
    assert stems("sanctions", "en") == stems("sanctioned", "en")
    assert stems("санкций", "en") == stems("санкции", "ru")
    assert stems("vice-president's", "en") == ("vice", *stems("president", "en"))
    assert stems("9,1", "ru") == stems("9.1", "en") == ("9_1",)


def test_name_is_a_capital_inside_a_sentence() -> None:
    found = {word.text: word.is_name for word in words("Talks with Veresov ended. “Nothing new”, Harlow said.", "en")}
    assert found["Veresov"]
    assert found["Harlow"]
    assert not found["Talks"]
    assert not found["Nothing"]


def test_words_stop_at_the_limit() -> None:
    assert len(list(words("one two three four", "en", limit=2))) == 2


def test_common_words_tell_less_than_rare_ones() -> None:
    assert rarity("the", "en") < 0.1 < rarity("treati", "en") < rarity("zyrkowski", "en")
    assert rarity("в", "ru") < 0.1 < rarity("вересов", "ru")
    assert rarity("gouvern", "fr") < rarity("zyrkowski", "fr")
    assert rarity("300", "en") > rarity("peopl", "en")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They met on May 19, 2031", {"05-19"}),
        ("the 3rd of June", {"06-03"}),
        ("встретились 19 мая в Осло", {"05-19"}),
        ("on Monday", {"~05-19"}),
        ("в пятницу", {"~05-23"}),
        ("yesterday", {"~05-20"}),
        ("on May 45", set()),
        ("nothing of the kind", set()),
    ],
)
def test_days(text: str, expected: set[str]) -> None:
    assert days(text, WEDNESDAY) == expected


def test_weekday_means_nothing_without_a_date() -> None:
    assert days("on Monday", None) == frozenset()


def test_features_are_unit_length_at_most_and_know_names_in_both_scripts() -> None:
    english = features("Headline", "Talks between Margaret Harlow and Pavel Veresov in Oslo failed.", "en", None)
    russian = features("Заголовок", "Переговоры между Харлоу и Вересов в Осло, сорвались.", "ru", None)
    assert 0 < sum(weight**2 for weight in english.words.values()) < 1
    assert "~vrsv" in english.signals.keys() & russian.signals.keys()


def test_outlet_behind_the_headline_and_addresses_do_not_count() -> None:
    plain = features("Treaty talks fail", "Body text.", "en", None)
    assert features("Treaty talks fail - The Daily Herald", "Body text. https://example.org/x", "en", None) == plain


def test_facts_are_numbers_names_and_quotes_once() -> None:
    told = facts(
        "Fire kills 12", "The fire killed 12 people, Ron Pikkala said. “It burned for a very long time,” he said."
    )
    texts = [fact.text for fact in told]
    assert "12" in texts
    assert "Ron Pikkala" in texts
    assert "It burned for a very long time," in texts
    assert len({fact.key for fact in told}) == len(told)
    assert [fact.text for fact in facts("", "In 2031 all was well.")] == []
