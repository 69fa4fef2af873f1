"""Which story an article goes to."""

from datetime import timedelta
from itertools import permutations

from hotline.stories.compare import likeness
from hotline.stories.features import features
from hotline.stories.place import Placement, candidate_keys, copies_since, place
from schemas.article import Article
from schemas.story import Story
from schemas.topic import DeskView, EntityMatch, TopicMatch
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


def put(new: Article, *stories: Story, copies: str | None = None) -> Placement:
    return place(new, stories, into=copies, copies=copies is not None, now=NOW)


def test_article_without_candidates_opens_a_story_named_after_its_month_and_itself() -> None:
    opened = put(article(SUMMIT))
    assert opened.created
    assert opened.story.id.startswith("2031.05-")
    assert opened.story.id == put(article(SUMMIT, at=NOW + timedelta(hours=1))).story.id
    assert opened.story.id != put(article(SUMMIT, "b")).story.id
    assert opened.story.headline == SUMMIT[0]
    assert opened.story.article_ids == ["a"]
    assert opened.story.outlets == ["Outlet a"]
    assert opened.story.countries == ["US"]
    assert opened.development is None


def test_same_event_in_other_words_is_one_story() -> None:
    first = put(article(SUMMIT)).story
    second = put(article(SUMMIT_OTHER_WORDS, "b", NOW + timedelta(hours=2)), first)
    assert not second.created
    assert second.story.id == first.id
    assert second.story.article_ids == ["a", "b"]
    assert second.story.last_at == NOW + timedelta(hours=2)
    assert first.article_ids == ["a"], "the candidate itself must not change"


def test_russian_report_joins_the_english_story_by_names() -> None:
    first = put(article(SUMMIT)).story
    second = put(article(SUMMIT_RUSSIAN, "b", NOW + timedelta(hours=2)), put(article(FIRE, "c")).story, first)
    assert second.story.id == first.id
    assert second.story.languages == ["en", "ru"]


def test_russian_report_of_something_else_does_not_join() -> None:
    assert put(article(SUMMIT_RUSSIAN, "b"), put(article(FIRE)).story).created


def test_second_meeting_of_the_same_ministers_is_another_story() -> None:
    first = put(article(SUMMIT)).story
    assert put(article(SUMMIT_MONTHS_LATER, "b", NOW + timedelta(days=23)), first).created
    assert put(article(SUMMIT_MONTHS_LATER, "b", NOW), first).created


def test_two_fires_are_two_stories() -> None:
    assert put(article(OTHER_FIRE, "b"), put(article(FIRE)).story).created


def test_other_dates_speak_against_the_same_event() -> None:
    story = put(article(SUMMIT)).story
    said = features(*SUMMIT_OTHER_WORDS, "en", NOW)
    another_day = features(*(part.replace("May 19", "May 29") for part in SUMMIT_OTHER_WORDS), "en", NOW)
    assert likeness(another_day, story) < 0.7 * likeness(said, story)


def test_article_that_is_there_already_changes_nothing() -> None:
    story = put(article(SUMMIT)).story
    again = place(article(SUMMIT), [story], now=NOW + timedelta(days=1))
    assert again == Placement(story, created=False)


def test_copy_joins_its_originals_story_and_leaves_its_terms() -> None:
    story = put(article(SUMMIT)).story
    copied = put(article(FIRE, "b"), story, copies=story.id)
    assert copied.story.article_ids == ["a", "b"]
    assert copied.story.outlets == ["Outlet a", "Outlet b"]
    assert copied.story.terms == story.terms
    assert copied.development is None


def test_order_of_candidates_does_not_matter() -> None:
    stories = [put(article(text, id_)).story for text, id_ in ((SUMMIT, "x"), (FIRE, "y"), (OTHER_FIRE, "z"))]
    results = [put(article(SUMMIT_OTHER_WORDS, "b"), *order) for order in permutations(stories)]
    assert all(result == results[0] for result in results)


def test_stories_that_turn_out_to_be_one_are_merged_into_the_older() -> None:
    older = put(article(SUMMIT, "x", NOW - timedelta(hours=3))).story
    newer = put(article(SUMMIT, "y", NOW - timedelta(hours=1))).story
    joined = put(article(SUMMIT_OTHER_WORDS, "b"), newer, older)
    assert joined.story.id == older.id
    assert set(joined.story.article_ids) == {"x", "y", "b"}
    assert [(story.id, story.merged_into) for story in joined.merged] == [(newer.id, older.id)]
    assert joined.story.told == {"en": 3}


def test_merged_stories_take_nothing_in() -> None:
    story = put(article(SUMMIT)).story.model_copy(update={"merged_into": "2031.05-other"})
    assert put(article(SUMMIT_OTHER_WORDS, "b"), story).created


def test_story_silent_for_weeks_is_over_but_a_long_one_reaches_further() -> None:
    story = put(article(SUMMIT)).story
    late = article(SUMMIT_OTHER_WORDS, "b", NOW + timedelta(days=9))
    assert put(late, story).created
    long_running = story.model_copy(update={"first_at": NOW - timedelta(days=20)})
    assert not put(late, long_running).created
    assert copies_since(late) < NOW
    assert story.open_until == NOW + timedelta(days=5), "what a search for open stories goes by"
    going_on = put(article(SUMMIT_OTHER_WORDS, "c", NOW + timedelta(days=4)), story).story
    assert going_on.open_until == NOW + timedelta(days=4 + 5 + 4)


def test_development_names_what_is_new() -> None:
    first = put(article(SUMMIT)).story
    development = put(article(SUMMIT_OTHER_WORDS, "b"), first).development
    assert development is not None
    assert "300 demonstrators" in development.new
    assert not any("Harlow" in fact for fact in development.new)
    assert put(article(SUMMIT, "c"), first).development is None, "nothing new in the same words"


def test_what_desks_think_is_gathered() -> None:
    def view(relevance: int, topic: str) -> dict[str, DeskView]:
        return {
            "toy": DeskView(
                relevance=relevance,
                topics=[TopicMatch(id=topic, score=0.9, evidence=[])],
                entities=[EntityMatch(id="harlow", name="Margaret Harlow", kind="person")],
                taxonomy="1",
            )
        }

    first = put(article(SUMMIT, desks=view(1, "treaty"))).story
    second = put(article(SUMMIT_OTHER_WORDS, "b", desks=view(2, "talks")), first).story
    assert second.relevance == {"toy": 2}
    assert second.topics == ["toy/treaty", "toy/talks"]
    assert second.entities == ["Margaret Harlow"]


def test_keys_are_few_and_shared_by_reports_of_one_event() -> None:
    keys = candidate_keys(article(SUMMIT_OTHER_WORDS))
    assert len(keys) == 16
    assert len(keys.keys() & set(put(article(SUMMIT)).story.keys)) >= 5
    assert len(set(candidate_keys(article(SUMMIT_RUSSIAN))) & set(put(article(SUMMIT)).story.keys)) >= 3


def test_article_without_words_gets_its_own_story() -> None:
    story = put(article(("", ""))).story
    assert story.terms == {}
    assert put(article(("", ""), "b"), story).created


def test_todays_strike_is_not_yesterdays() -> None:
    yesterday = (
        "Drivers strike in Velland",
        "The train drivers of Velland were on strike on May 19. The railway cancelled most trains to the coast.",
    )
    today = (
        "Velland: another strike",
        "Commuters in Velland waited in vain again on May 20, as the drivers of trains walked out for more pay.",
    )
    assert put(article(today, "b", NOW + timedelta(days=1)), put(article(yesterday)).story).created


def test_more_of_the_same_is_no_development() -> None:
    story = put(article(SUMMIT)).story
    title, body = SUMMIT
    in_other_words = " ".join(
        (
            "Margaret Harlow and Pavel Veresov talked for 4 hours in Oslo on May 19 about the missile treaty, without",
            "a deal. Moscow would extend it by 2 years, Veresov said, if Washington took its launchers out of Poland.",
            "Ingrid Solheim, who hosted the talks, found them frank.",
        )
    )
    assert put(article(("Harlow, Veresov fail to agree", in_other_words), "b"), story).development is None
    later = f"{body} A spokesman, Dmitri Lanskoi, said late at night that 12 launchers would leave Poland in June."
    development = put(article((title, later), "c"), story).development
    assert development is not None
    assert any("12" in fact for fact in development.new)
    assert any("Lanskoi" in fact for fact in development.new)


def test_russian_endings_make_no_new_names() -> None:
    story = put(article(SUMMIT_RUSSIAN)).story
    again = (
        "Переговоры Харлоу с Вересовым",
        "Харлоу встретилась с Вересовым в Осло. Беседу с Ингрид Сольхейм госсекретарь назвала откровенной.",
    )
    assert place(article(again, "b"), [story], into=story.id, now=NOW).development is None
