"""Stories that spread, first times, surges and silences: what rings, what doesn't, and once."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.alerts.channel import Letter
from hotline.alerts.content import content_of
from hotline.alerts.kinds import Rung, evaluate, in_words, learning_until, listening_since, spread
from hotline.alerts.matching import MatchingError, Watch
from hotline.alerts.query import CLOSE, OPEN
from hotline.alerts.raising import Ring, alert_for_ring, ensure, explained, raised
from hotline.alerts.windows import silences, usual, window_of
from hotline.search.indices import Kind, month_of
from hotline.search.store import Store, Write
from schemas.alert import OccasionKind
from schemas.article import Article, FeedFacts, StoryRef
from schemas.feed import Feed, FeedSource, FeedState
from schemas.rule import Reach, Rule, Surge
from schemas.story import Story
from schemas.topic import DeskView, EntityMatch
from tests.alerts.conftest import DESK, NOW, make_article, make_desk, make_rule

pytestmark = pytest.mark.elasticsearch
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def watch(rule: Rule) -> Watch:
    return Watch(DESK, make_desk(), rule)


def at(when: datetime, id_: str, **changes: Any) -> Article:
    """An article published, found and indexed then."""
    times = dict.fromkeys(("@timestamp", "published_at", "discovered_at", "ingested_at", "updated_at"), when)
    return make_article(id_, **times | changes)


def archive(store: Store, articles: Iterable[Article]) -> None:
    store.write([Write(Kind.ARTICLES, a.id, a, month_of(NOW)) for a in articles])
    store.refresh(Kind.ARTICLES)


def listened(store: Store, since: datetime) -> None:
    source = FeedSource(id="f1", url="https://f.example/", title="F", publisher="F", desks=[DESK])
    state = FeedState(url=source.url, next_poll_at=NOW, interval_s=60, first_polled_at=since)
    store.create(Kind.FEEDS, "f1", Feed(id="f1", source=source, state=state))


def ring(store: Store, rules: list[Rule], articles: list[Article], now: datetime = NOW) -> Rung:
    """What line.raising does with articles that wait; they are in the archive too."""
    archive(store, articles)
    store.write([Write(Kind.UNMATCHED, a.id, a, blind=True) for a in articles])
    store.refresh(Kind.UNMATCHED)
    rung = evaluate(store, [watch(rule) for rule in rules], {a.id: a for a in articles}, now)
    ensure(store, *raised(explained(store, store.indices.name(Kind.UNMATCHED), rung.found), now, rung.rings))
    store.delete((k.record.id, k) for k in store.search(Article, Kind.UNMATCHED, {"match_all": {}}, size=1000))
    return rung


# Stories


def make_story(store: Store, id_: str, outlets: int, countries: int = 1) -> None:
    story = Story(
        id=id_, headline="H", first_at=NOW, last_at=NOW, updated_at=NOW, article_ids=["a"],
        outlets=[f"o{n}" for n in range(outlets)], countries=[f"c{n}" for n in range(countries)],
    )  # fmt: skip
    store.create(Kind.STORIES, id_, story, id_[:7])


def test_a_story_rings_when_it_has_spread_and_any_of_its_articles_is_asked_for(store: Store) -> None:
    rule = make_rule("spread", kind="story", reach={"outlets": 5, "countries": 3})
    make_story(store, "2026.11-wide", 5)
    make_story(store, "2026.11-far", 3, 3)
    make_story(store, "2026.11-small", 4, 2)
    make_story(store, "2026.11-other", 9)
    old = NOW - 3 * DAY  # a story may take days to spread
    archive(store, [at(old, "first", story=StoryRef(id="2026.11-wide"), title="Sanctions of old")])
    plain = {"title": "Markets fall", "body": "They fell."}
    rung = ring(
        store,
        [rule],
        [
            make_article("tenth", story=StoryRef(id="2026.11-wide"), **plain),
            make_article("abroad", story=StoryRef(id="2026.11-far")),
            make_article("few", story=StoryRef(id="2026.11-small")),
            make_article("else", story=StoryRef(id="2026.11-other"), **plain),
        ],
    )
    found = {m.article.id: m.because for m in rung.found}
    assert found == {"first": "5 outlets report it.", "abroad": "3 outlets in 3 countries report it."}
    alert = next(a for a in raised(rung.found, NOW)[0] if a.article_id == "first")
    assert (alert.occasion, alert.story_id) == (OccasionKind.STORY, "2026.11-wide")
    assert alert.passages[0] == "5 outlets report it."


def test_what_spread_long_ago_does_not_ring(store: Store) -> None:
    make_story(store, "2026.11-wide", 9)
    rule = make_rule("spread", kind="story", reach={"outlets": 5})
    story = StoryRef(id="2026.11-wide")
    assert ring(store, [rule], [at(NOW - 2 * DAY, "late", story=story)]).found == []
    assert ring(store, [rule], [make_article("quiet", quiet=True, story=story)]).found == []


def test_words_of_a_story_s_first_article_are_marked_though_it_is_not_among_what_waits(store: Store) -> None:
    make_story(store, "2026.11-wide", 5)
    archive(store, [at(NOW - DAY, "first", story=StoryRef(id="2026.11-wide"))])
    rule = make_rule("spread", kind="story", reach={"outlets": 5})
    rung = ring(store, [rule], [make_article("new", story=StoryRef(id="2026.11-wide"), title="X", body="Y")])
    unmatched = store.indices.name(Kind.UNMATCHED)
    assert explained(store, unmatched, rung.found)[0].highlight == {}  # its alert is known: nothing is marked anew
    another = watch(rule.model_copy(update={"id": "another"}))
    (match,) = explained(store, unmatched, [replace(rung.found[0], watch=another)])
    assert match.highlight["title"] == [f"Washington {OPEN}sanctions{CLOSE} two Russian banks"]


def test_how_far_a_story_has_spread_in_words() -> None:
    assert spread(Reach(countries=2), 2, 1) is None
    assert spread(Reach(outlets=2), 2, 1) == "2 outlets report it."
    assert spread(Reach(outlets=9, countries=2), 2, 2) == "2 outlets in 2 countries report it."


# First times


def naming(*ids: str) -> dict[str, DeskView]:
    entities = [EntityMatch(id=id_, name=id_.title(), kind="person") for id_ in ids]
    return {DESK: DeskView(relevance=2, entities=entities, taxonomy="t")}


FIRST = make_rule("first", kind="first", query="*", first={"of": "entity", "unseen": "30d"})
PAIR = make_rule("pair", kind="first", query="*", first={"of": "pair", "unseen": "30d"})


def test_what_was_not_seen_for_so_long_rings_with_its_name(store: Store) -> None:
    listened(store, NOW - 31 * DAY)
    archive(store, [at(NOW - 29 * DAY, "known", desks=naming("lavrov"), quiet=True)])
    archive(store, [at(NOW - 31 * DAY, "forgotten", desks=naming("witkoff", "putin"))])
    rung = ring(store, [FIRST, PAIR], [make_article("now", desks=naming("lavrov", "witkoff"))])
    assert {(m.watch.rule.id, m.because) for m in rung.found} == {
        ("first", "For the first time in 30 days: Witkoff."),
        ("pair", "For the first time in 30 days: Lavrov with Witkoff."),
    }


def test_a_first_time_rings_once_whatever_order_and_batch_it_comes_in(store: Store) -> None:
    listened(store, NOW - 90 * DAY)
    one, two, three = (at(NOW - timedelta(minutes=30 - n), f"a{n}", desks=naming("witkoff")) for n in range(3))
    rung = ring(store, [FIRST], [three, two])
    assert [m.article.id for m in rung.found] == ["a1"]
    again = ring(store, [FIRST], [three, two])  # killed before it was taken away
    assert [m.article.id for m in again.found] == ["a1"]
    late = one.model_copy(update={"ingested_at": NOW})  # found first, indexed last: its page was late
    assert ring(store, [FIRST], [late]).found == []
    revised = at(NOW - DAY, "old", desks=naming("witkoff"), revision=1, updated_at=NOW)
    assert ring(store, [FIRST], [revised]).found == []


def test_first_and_surge_say_learning_until_history_covers_their_window(store: Store) -> None:
    surge = make_rule("surge", kind="surge", surge={"window": "1h", "weeks": 4, "least": 2})
    article = make_article("now", desks=naming("witkoff"))
    rung = ring(store, [FIRST, surge], [article])
    assert sorted(w.rule.id for w in rung.learning) == ["first", "surge"]
    listened(store, NOW - 29 * DAY)
    rung = ring(store, [FIRST, surge], [article])
    assert [w.rule.id for w in rung.learning] == ["first"]
    assert rung.found == []
    since = listening_since(store)
    assert since == {DESK: NOW - 29 * DAY}
    assert learning_until(FIRST, since[DESK], NOW) == NOW + DAY
    assert learning_until(surge, since[DESK], NOW) is None
    assert learning_until(FIRST, None, NOW) == NOW + 30 * DAY


# Surges


def feed(id_: str) -> FeedFacts:
    return FeedFacts(id=id_, title=id_)


def usual_weeks(store: Store, feed_id: str, each: int, weeks: Iterable[int] = range(1, 5)) -> None:
    archive(
        store,
        [
            at(NOW - WEEK * w - timedelta(minutes=n + 1), f"{feed_id}-{w}-{n}", feed=feed(feed_id))
            for w in weeks
            for n in range(each)
        ],
    )


SURGE = make_rule("surge", kind="surge", surge={"window": "1h", "times": 3, "least": 4, "weeks": 4})


def burst(feed_id: str, number: int, start: int = 0) -> list[Article]:
    return [
        at(NOW - timedelta(minutes=n + 1), f"now-{feed_id}-{n}", feed=feed(feed_id))
        for n in range(start, start + number)
    ]


def test_far_more_than_usual_rings_once_and_says_how_much(store: Store) -> None:
    listened(store, NOW - 5 * WEEK)
    usual_weeks(store, "f1", 2)
    assert ring(store, [SURGE], burst("f1", 5)).rings == []
    (found,) = ring(store, [SURGE], burst("f1", 1, start=5)).rings
    assert (found.occasion, found.since, found.goes_on) == (OccasionKind.WINDOW, NOW - HOUR, False)
    assert found.title == "Rule surge: 6 reports"
    assert "6 reports between 11:00 and 12:00 UTC on Tuesday 24 November, usually 2" in found.lines[0]
    assert found.lines[1] == "Washington sanctions two Russian banks (6)"
    (again,) = ring(store, [SURGE], burst("f1", 1, start=6)).rings
    alerts = [alert_for_ring(one, NOW) for one in (found, again)]
    assert alerts[0].id == alerts[1].id
    assert alerts[0].occasion_id == f"{DESK}/surge@2026-11-24T11:00:00+00:00"
    assert len(raised([], NOW, [found])[1]) == 2


def test_a_surge_that_goes_on_is_recorded_and_told_no_more(store: Store) -> None:
    listened(store, NOW - 5 * WEEK)
    usual_weeks(store, "f1", 1)
    hour_later = [at(NOW + timedelta(minutes=n), f"later-{n}", feed=feed("f1")) for n in range(5)]
    assert [r.goes_on for r in ring(store, [SURGE], burst("f1", 5)).rings] == [False]
    rings = ring(store, [SURGE], hour_later, NOW + HOUR).rings
    assert [r.goes_on for r in rings] == [True]
    assert raised([], NOW, rings)[1] == []
    assert [r.goes_on for r in ring(store, [SURGE], hour_later, NOW + HOUR).rings] == [True]


def test_feeds_that_were_not_there_throughout_are_no_surge(store: Store) -> None:
    listened(store, NOW - 5 * WEEK)
    usual_weeks(store, "f1", 2)
    usual_weeks(store, "away", 1, weeks=[1, 3, 4])
    assert ring(store, [SURGE], burst("new", 20) + burst("away", 20) + burst("f1", 2)).rings == []


def test_late_documents_count_for_their_own_window(store: Store) -> None:
    listened(store, NOW - 5 * WEEK)
    usual_weeks(store, "f1", 1)
    late = [a.model_copy(update={"discovered_at": NOW + 3 * HOUR}) for a in burst("f1", 5)]
    (found,) = ring(store, [SURGE], late, NOW + 3 * HOUR).rings
    assert found.since == NOW - HOUR


def test_what_counts_as_far_more() -> None:
    surge = Surge(times=3, least=10)
    assert usual(surge, 9, [0, 0, 0, 0]) is None
    assert usual(surge, 10, [0, 0, 0, 9]) == 0
    assert usual(surge, 29, [10, 10, 10, 10]) is None
    assert usual(surge, 30, [10, 10, 10, 500]) == 10
    assert window_of(datetime(2026, 11, 24, 11, 59, tzinfo=UTC), 6 * HOUR) == datetime(2026, 11, 24, 6, tzinfo=UTC)


# Silences


def quiet_rule(**changes: Any) -> Rule:
    return make_rule("quiet", kind="silence", silence="6h", publishers=["TASS"], query="*", **changes)


def silent(store: Store, rule: Rule, now: datetime = NOW) -> list[Ring]:
    rings, broken = silences(store, [watch(rule)], listening_since(store), now)
    assert broken == []
    return rings


def test_a_silence_rings_once_while_others_are_heard(store: Store) -> None:
    listened(store, NOW - 2 * DAY)
    archive(store, [at(NOW - 7 * HOUR, "last", publisher="TASS", title="Last word"), at(NOW - 4 * HOUR, "x")])
    assert silent(store, quiet_rule()) == []  # nothing at all in the second half: the line may be deaf
    archive(store, [at(NOW - HOUR, "y")])
    (found,) = silent(store, quiet_rule())
    assert found.title == "Rule quiet: nothing for 7 hours"
    assert found.lines == ["The last was “Last word” (TASS), Tuesday 24 November, 05:00 UTC."]
    archive(store, [at(NOW + HOUR / 2, "z")])
    (later,) = silent(store, quiet_rule(), NOW + HOUR)
    assert alert_for_ring(found, NOW).id == alert_for_ring(later, NOW).id
    archive(store, [at(NOW, "back", publisher="TASS")])
    assert silent(store, quiet_rule(), NOW + HOUR) == []


def test_a_silence_needs_history_and_what_was_never_heard_is_silent_since_then(store: Store) -> None:
    archive(store, [at(NOW - 4 * HOUR, "x"), at(NOW - HOUR, "y")])
    assert silent(store, quiet_rule()) == []
    listened(store, NOW - 5 * HOUR)
    assert silent(store, quiet_rule()) == []
    (found,) = silent(store, quiet_rule(), NOW + HOUR)
    assert found.lines[0].startswith("There was none since the desk began")


def test_rules_that_elasticsearch_refuses_stop_no_others(store: Store) -> None:
    listened(store, NOW - 5 * WEEK)
    make_story(store, "2026.11-story1", 9)
    archive(store, [at(NOW - 4 * HOUR, "x"), at(NOW - HOUR, "y")])
    bad: dict[str, Any] = {"query": "revision:many"}
    rules = [
        make_rule("a", kind="story", reach={"outlets": 5}, **bad),
        make_rule("b", kind="story", reach={"outlets": 5}),
    ]
    rules += [make_rule("c", kind="first", first={}, **bad), make_rule("d")]
    rung = ring(store, rules, [make_article("now")])
    assert sorted(b.watch.rule.id for b in rung.broken) == ["a", "c"]
    assert sorted(m.watch.rule.id for m in rung.found) == ["b", "d"]
    unread = {"dsl": {"nonsense": {"a": "b"}}}
    rung = ring(store, [make_rule("a", kind="story", reach={"outlets": 5}, **unread), *rules[1:2]], [make_article("x")])
    assert [b.watch.rule.id for b in rung.broken] == ["a"]
    assert [m.watch.rule.id for m in rung.found] == ["b"]
    two = [watch(make_rule("s", kind="silence", silence="6h", **unread)), watch(quiet_rule())]
    rings, broken = silences(store, two, listening_since(store), NOW)
    assert [r.watch.rule.id for r in rings] == ["quiet"]
    assert [b.watch.rule.id for b in broken] == ["s"]


def test_no_answer_is_an_error_and_no_silence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    listened(store, NOW - 2 * DAY)
    answer = {"status": 503, "error": {"root_cause": [], "type": "x", "reason": "all shards failed"}}
    since = listening_since(store)
    monkeypatch.setattr(store.client, "msearch", lambda searches, filter_path: {"responses": [answer] * 3})
    with pytest.raises(MatchingError):
        silences(store, [watch(quiet_rule())], since, NOW)


def test_expired_and_paused_rules_ring_no_more(store: Store) -> None:
    today, yesterday = NOW.date(), (NOW - DAY).date()
    rules = [make_rule("today", expires=today), make_rule("over", expires=yesterday), make_rule("off", enabled=False)]
    assert [m.watch.rule.id for m in ring(store, rules, [make_article()]).found] == ["today"]


def test_spans_in_words() -> None:
    spans = (90 * DAY, DAY, 6 * HOUR, timedelta(minutes=90), timedelta(minutes=15), timedelta(seconds=5))
    assert [in_words(s) for s in spans] == ["90 days", "1 day", "6 hours", "1.5 hours", "15 minutes", "5 seconds"]


def test_a_surge_and_a_silence_are_told_without_an_article() -> None:
    rings = [
        Ring(watch(SURGE), OccasionKind.WINDOW, NOW, "Far more: 40", ["40 reports, usually 3.", "A headline (9)"]),
        Ring(watch(quiet_rule()), OccasionKind.SILENCE, NOW, "Nothing for 7 hours", ["The last was “x”."]),
    ]
    for one, footer in zip(rings, ("One message for each surge.", "One message for each silence."), strict=True):
        alert = alert_for_ring(one, NOW)
        told = content_of(Letter("a@example.org", "t", 0, alert.title, [alert], NOW))
        assert told.subject == one.title
        assert told.articles[0].passages == list(one.lines)
        assert (told.articles[0].url, told.articles[0].date) == (None, "")
        assert told.footer == footer
