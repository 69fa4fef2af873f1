"""Many articles that arrive together."""

import random

import pytest

from hotline.stories.evaluate import b_cubed
from hotline.stories.features import Features, features
from hotline.stories.lines import cluster_lines
from hotline.stories.together import LEAST, MOST, together
from tests.stories.lookalikes import EVENTS, IN_BOTH_LANGUAGES

TOLD = [(event, text) for event, texts in EVENTS.items() for text in texts]


def read(texts: list[tuple[str, str]], language: str = "en") -> list[Features]:
    return [features(title, body, language, None) for title, body in texts]


def clustered(texts: list[tuple[str, str]], **more: str) -> list[str]:
    lines = ({"id": str(n), "title": title, "body": body, **more} for n, (title, body) in enumerate(texts))
    return [line["story_id"] for line in cluster_lines(lines)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("more", [{}, {"published_at": "2031-05-19"}])
def test_events_of_a_kind_stay_apart_and_each_is_one_story(seed: int, more: dict[str, str]) -> None:
    told = random.Random(seed).sample(TOLD, len(TOLD))
    assert b_cubed([event for event, _ in told], clustered([text for _, text in told], **more)).f1 >= 0.95


def test_events_of_a_kind_stay_apart_one_after_the_other() -> None:
    lines = [
        {"id": str(n), "title": t, "body": b, "published_at": f"2031-05-19T{8 + n // 6:02}:{n % 6}0:00Z"}
        for n, (_, (t, b)) in enumerate(random.Random(5).sample(TOLD, len(TOLD)))
    ]
    truth = [event for event, _ in random.Random(5).sample(TOLD, len(TOLD))]
    assert b_cubed(truth, [line["story_id"] for line in cluster_lines(lines)]).f1 >= 0.9


def test_order_does_not_matter() -> None:
    texts = [text for _, text in TOLD]
    groups, turned = together(read(texts)), together(read(texts[::-1]))[::-1]
    assert [groups[a] == groups[b] for a in range(32) for b in range(32)] == [
        turned[a] == turned[b] for a in range(32) for b in range(32)
    ]


def test_few_or_too_many_show_no_scale_of_their_own() -> None:
    few = read([text for _, text in TOLD[: LEAST - 1]])
    assert together(few) == list(range(len(few)))
    assert together(few[:1] * (MOST + 1)) == list(range(MOST + 1))
    assert together([]) == []


def test_articles_with_nothing_in_common_are_left_alone() -> None:
    chance = random.Random(1)
    words = ["".join(chance.choices("bdfgklmnprstvz", k=7)) for _ in range(40 * LEAST)]
    apart = read([("", " ".join(words[40 * n : 40 * n + 40])) for n in range(LEAST)])
    assert together(apart) == list(range(LEAST))


def test_both_languages_meet_in_a_large_batch_too() -> None:
    (en, ru), _ = IN_BOTH_LANGUAGES
    stories = clustered([*(text for _, text in TOLD), en, ru])
    assert stories[-1] == stories[-2]
    assert len(set(stories)) == len(EVENTS) + 1


def made_pairs(seed: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Twelve events in pairs of a kind, ten reports each: six words of the event, six of its kind, four of anything."""
    chance = random.Random(seed)

    def invented(n: int) -> list[str]:
        return ["".join(chance.choices("bdfgklmnprstvz", k=7)) for _ in range(n)]

    anything, truth, texts = invented(400), [], []
    for kind in range(6):
        of_kind = invented(12)
        for event in range(2):
            of_event = invented(16)
            for _ in range(10):
                words = chance.sample(of_event, 6) + chance.sample(of_kind, 6) + chance.sample(anything, 4)
                texts.append(("", " ".join(chance.sample(words, len(words)))))
                truth.append(f"{kind}{event}")
    return truth, texts


@pytest.mark.parametrize("seed", [1, 2])
def test_events_of_many_reports_are_told_from_their_like_by_company(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    truth, texts = made_pairs(seed)
    found = [str(group) for group in together(read(texts))]
    assert b_cubed(truth, found).f1 == 1.0
    monkeypatch.setattr("hotline.stories.together._FEWEST", len(texts))
    alone = [str(group) for group in together(read(texts))]
    assert b_cubed(truth, alone).f1 < 1.0, "by their own words some cannot be told apart"
