import time

import pytest

from hotline.topics.terms import Finder


def _found(term: str, text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in Finder([(term, "x")]).find(text)]


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("sanction*", "Sanctions, sanctioned; unsanctioned", ["Sanctions", "sanctioned"]),
        ("Rice", "rice with Rice", ["Rice"]),
        ("US", "us, US and bUS, US-led", ["US", "US"]),
        ("U.S.", "the U.S. army", ["U.S."]),
        ("санкци*", "САНКЦИИ и санкциями", ["САНКЦИИ", "санкциями"]),
        ("Бел* дом*", "в Белом доме", ["Белом доме"]),
        ("impos* … sanctions", "imposed new and harsh sanctions", ["imposed new and harsh sanctions"]),
        ("impos* … sanctions", "imposed order. New sanctions", []),
        ("impos* … sanctions*", "imposed it; sanctions; imposed new sanctions", ["imposed new sanctions"]),
        ("Navalny's", "Navalny’s death", ["Navalny’s"]),
        ("White House", "White\u00a0House", ["White House"]),
        ("Семенов", "Семёнов", ["Семёнов"]),
        ("Putin", "Putingrad Putin", ["Putin"]),
        ("中国", "美国和中国的关系", ["中国"]),
    ],
)
def test_term_is_found_as_written(term: str, text: str, found: list[str]) -> None:
    assert [hit.replace("\u00a0", " ") for hit in _found(term, text)] == found


def test_offsets_hold_where_lower_case_is_longer() -> None:
    assert _found("Putin", "İİİ Putin") == ["Putin"]


def test_term_without_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one word"):
        Finder([("*", "x")])


def test_finder_without_terms_finds_nothing() -> None:
    assert list(Finder([]).find("anything")) == []


def test_terms_that_do_not_occur_cost_nothing() -> None:
    text = "The president spoke about sanctions and the harvest in the valley. " * 60

    def seconds(terms: int) -> float:
        finder = Finder([("sanction*", "x"), *((f"zq{number:05d}x", number) for number in range(terms))])
        times = []
        for _ in range(9):
            begin = time.perf_counter()
            for _ in range(10):
                list(finder.find(text))
            times.append(time.perf_counter() - begin)
        return min(times)

    assert seconds(50_000) < 3 * seconds(500)
