"""What is told of feeds, to whom, how often."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.health.digest import MOST_LINES, PARTLY, PAUSE, coverage, daily
from hotline.health.stop import OVERDUE, cut_off, is_restored, not_polling
from hotline.health.troubles import FRESH, Trouble, failing, flooding, gaps, is_lost, listed, silent
from schemas.desk import Health
from schemas.feed import Feed, FeedSource, FeedState, Habit

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEALTH = Health()
HOUR = timedelta(hours=1)


def feed(name: str, tier: int = 2, host: str | None = None, **state: Any) -> Feed:
    source = FeedSource(id=name, url=f"https://{host or name}.example/{name}", title=name, publisher=name, tier=tier)
    known: dict[str, Any] = {
        "last_polled_at": NOW,
        "first_polled_at": NOW - timedelta(days=30),
        "last_success_at": NOW,
        "last_new_at": NOW,
    }
    return Feed(
        id=name, source=source, state=FeedState(url=source.url, next_poll_at=NOW, interval_s=60, **(known | state))
    )


def down(name: str, error: str = "timeout: no time left", failures: int = 5, **more: Any) -> Feed:
    return feed(name, failures=failures, last_error=error, last_success_at=NOW - 2 * HOUR, **more)


def test_a_feed_is_told_only_when_it_keeps_failing() -> None:
    assert failing([feed("fine"), down("once", failures=HEALTH.failing_after - 1)], HEALTH, None) == []
    (trouble,) = failing([feed("fine"), down("bad", "tls: expired")], HEALTH, None)
    assert (trouble.kind, trouble.keys) == ("failing", {"failing/bad"})
    assert "tls: expired" in trouble.text
    assert "last answer 24 November 10:00 UTC" in trouble.text
    (never,) = failing([feed("new", failures=9, last_error="dns: x", last_success_at=None)], HEALTH, None)
    assert "never answered" in never.text


def test_feeds_of_one_host_are_one_trouble_that_keeps_the_name_of_each() -> None:
    feeds = [down("a", "status 503: x", host="h"), down("b", "status 503: y", host="h"), down("c")]
    alone, host = failing(feeds, HEALTH, None)
    assert (host.kind, host.keys) == ("host", {"failing/a", "failing/b"})
    assert host.text == "h.example: 2 × status 503 (a, b)"
    assert alone.keys == {"failing/c"}


def test_what_failed_in_an_outage_of_ours_is_told_only_when_it_fails_again_afterwards() -> None:
    assert failing([down("a", last_polled_at=NOW - HOUR)], HEALTH, NOW) == []
    assert failing([down("a")], HEALTH, NOW - HOUR) != []
    assert failing([down("a", last_polled_at=None)], HEALTH, None) == []


def test_silence_counts_only_once_the_feed_was_asked_after_it_should_have_spoken() -> None:
    at = NOW - HOUR
    assert silent([feed("asked", silent_at=at)], NOW)[0].keys == {"silent/asked"}
    assert (
        silent([feed("asked", silent_at=at, last_new_at=None)], NOW)[0].text == "asked: nothing new since it was added"
    )
    others = [
        feed("fine", silent_at=NOW + HOUR),
        feed("unknown"),
        feed("resumed", silent_at=at, last_success_at=at - HOUR),
        down("down", silent_at=at),
    ]
    assert silent(others, NOW) == []


def test_floods_and_gaps_are_told_for_a_day() -> None:
    habit = Habit(since=NOW, at=NOW, hours=[0] * 24, weekdays=[0] * 7, day=NOW.date(), days=[3, 90, 4])
    wild = feed("wild", flood_at=NOW - HOUR, habit=habit)
    (flood,) = flooding([wild, feed("calm", habit=habit)], NOW)
    assert flood.text == "wild: 90 entries on a day; the fullest other day of four weeks had 4"
    assert flooding([wild], NOW + FRESH) == []
    (gap,) = gaps([feed("fast", last_gap_at=NOW - HOUR, gaps=1), feed("calm")], NOW)
    assert gap.text == "fast: at 11:00 UTC on 24 November, for the first time"
    assert "3 times so far" in gaps([feed("fast", last_gap_at=NOW, gaps=3)], NOW)[0].text
    assert gaps([feed("fast", last_gap_at=NOW - FRESH)], NOW) == []


def test_a_source_of_the_first_tier_is_lost_when_it_is_silent_or_fails_for_long() -> None:
    assert is_lost(down("a", tier=1, failures=1), HEALTH, NOW)
    assert not is_lost(down("a", tier=2), HEALTH, NOW)
    assert not is_lost(feed("a", tier=1, failures=3, last_success_at=NOW - HOUR / 2), HEALTH, NOW)
    assert not is_lost(feed("a", tier=1, failures=3, last_success_at=None), HEALTH, NOW)  # it never was in sight
    assert is_lost(feed("a", tier=1, silent_at=NOW - HOUR), HEALTH, NOW)
    assert not is_lost(feed("a", tier=1), HEALTH, NOW)


@pytest.mark.parametrize(
    ("error", "hosts", "words"),
    [
        ("dns: no such host", 60, "DNS fails for 60 of 61"),
        ("connect: refused", 60, "the network fails"),
        ("connect: refused", 1, "the host h0.example fails"),
    ],
)
def test_without_a_network_sixty_feeds_are_one_stop_with_its_cause(error: str, hosts: int, words: str) -> None:
    feeds = [down(f"f{n}", error, failures=1, host=f"h{n % hosts}") for n in range(60)]
    stop = cut_off(61, feeds)
    assert stop is not None
    assert words in stop.title
    assert "60 × " in stop.text
    assert not is_restored(61, feeds)
    assert not is_restored(61, feeds[:16])
    assert is_restored(61, feeds[:15])


def test_servers_that_answer_with_errors_prove_the_network() -> None:
    assert cut_off(60, [down(f"f{n}", "status 503: h did not answer") for n in range(60)]) is None
    assert cut_off(6, [down(f"f{n}") for n in range(3)]) is None  # half
    assert cut_off(2, [down(f"f{n}") for n in range(2)]) is None  # too few to tell


def test_polling_has_stopped_when_feeds_are_overdue_and_none_is_asked() -> None:
    assert not_polling(0, NOW - HOUR, NOW) is None
    assert not_polling(5, NOW - OVERDUE / 2, NOW) is None
    assert not_polling(5, None, NOW) is None
    stop = not_polling(5, NOW - HOUR, NOW)
    assert stop is not None
    assert "poll_feeds" in stop.text


NAMES = {"a": "Alpha", "b": "Beta"}
A, B = Trouble("failing", ("a",), "Alpha: x"), Trouble("silent", ("b",), "Beta: quiet")


def test_the_operator_hears_once_a_day_and_only_of_changes() -> None:
    first = daily([A], [], None, NAMES, NOW)
    assert first is not None
    assert (first.title, first.about) == ("1 feed fails", ["failing/a"])
    assert daily([A], first.about, NOW, NAMES, NOW + PAUSE) is None
    assert daily([A, B], first.about, NOW, NAMES, NOW + PAUSE - HOUR) is None
    second = daily([A, B], first.about, NOW, NAMES, NOW + PAUSE)
    assert second is not None
    assert second.title == "1 feed fails, 1 feed is silent"
    assert "– Beta: quiet (new)" in second.text
    assert "– Alpha: x\n" in second.text
    over = daily([], second.about, NOW, NAMES, NOW + PAUSE)
    assert over is not None
    assert (over.title, over.about) == ("Recovered: Alpha, Beta", [])
    assert daily([], [], None, NAMES, NOW) is None


def test_a_trouble_that_changes_its_kind_has_not_recovered_and_an_event_never_does() -> None:
    both = Trouble("host", ("a", "b"), "h: 2 × dns (Alpha, Beta)")
    letter = daily([both], ["silent/a", "failing/b", "gap/a"], None, NAMES, NOW)
    assert letter is not None
    assert letter.title == "1 host fails"
    assert "Recovered" not in letter.text
    assert letter.about == ["failing/a", "failing/b"]
    assert daily([], ["gap/a", "flood/b"], None, NAMES, NOW) is None


def test_a_long_list_is_cut_and_says_so() -> None:
    many = [Trouble("gap", (f"f{n}",), f"feed {n}") for n in range(MOST_LINES + 2)]
    letter = daily(many, [f"failing/x{n}" for n in range(MOST_LINES + 3)], None, {}, NOW)
    assert letter is not None
    assert letter.title == "52 feeds lost entries, recovered: x0, x1, x10 and 50 more"
    assert "– and 2 more" in letter.text
    assert "– and 3 more" in letter.text
    assert listed(["a", "b"]) == "a, b"


def test_analysts_hear_once_what_they_lost_and_once_that_it_is_back() -> None:
    lost = coverage({"a": "no answer since noon"}, [], None, NAMES, NOW)
    assert lost is not None
    assert (lost.title, lost.about) == ("Coverage lost: Alpha", ["a"])
    assert "– Alpha: no answer since noon" in lost.text
    assert coverage({"a": "x"}, ["a"], NOW, NAMES, NOW + PAUSE) is None
    back = coverage({}, ["a"], NOW, NAMES, NOW + HOUR)
    assert back is not None
    assert (back.title, back.about) == ("Coverage is back: Alpha", [])
    assert coverage({}, [], None, NAMES, NOW) is None


def test_a_part_that_is_back_waits_for_the_rest_some_hours_or_goes_with_the_next_loss() -> None:
    assert coverage({"a": "x"}, ["a", "b"], NOW, NAMES, NOW + PARTLY - HOUR) is None
    part = coverage({"a": "x"}, ["a", "b"], NOW, NAMES, NOW + PARTLY)
    assert part is not None
    assert (part.title, part.about) == ("Coverage is back: Beta", ["a"])
    assert "Still lost:\n– Alpha" in part.text
    more = coverage({"b": "x"}, ["a"], NOW, NAMES, NOW)
    assert more is not None
    assert more.title == "Coverage lost: Beta"
    assert "These are seen again:\n– Alpha" in more.text
