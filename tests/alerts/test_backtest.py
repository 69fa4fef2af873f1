"""When rules would have rung: on a real archive, for each kind, and beside what rings in earnest."""

from datetime import timedelta

import pytest

from hotline.alerts.backtest import RefusedRule, Trial, difference, trial
from hotline.alerts.raising import raised
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.article import Revision, StoryRef
from schemas.rule import Rule
from tests.alerts.conftest import DESK, NOW, make_article, make_rule, make_view
from tests.alerts.test_kinds import (
    DAY,
    FIRST,
    HOUR,
    PAIR,
    SURGE,
    WEEK,
    archive,
    at,
    burst,
    listened,
    naming,
    quiet_rule,
    ring,
    usual_weeks,
    watch,
)

pytestmark = pytest.mark.elasticsearch


def tried(store: Store, rule: Rule, back: timedelta = 30 * DAY) -> Trial:
    return trial(store, watch(rule), NOW - back, NOW)


def told(done: Trial) -> list[str]:
    return [fired.occasion for fired in done.fired]


def story(number: int) -> StoryRef:
    return StoryRef(id=f"2026.11-{number}")


def test_a_match_rule_would_have_rung_once_a_story_and_never_about_the_past(store: Store) -> None:
    archive(
        store,
        [
            at(NOW - 9 * DAY, "a", story=story(1)),
            at(NOW - 8 * DAY, "b", story=story(1)),
            at(NOW - 2 * DAY, "c", story=story(2), title="Sanctioned again"),
            at(NOW - DAY, "old", story=story(3), published_at=NOW - 3 * DAY),
            at(NOW - DAY, "quiet", story=story(4), quiet=True),
            at(NOW - DAY, "other", story=story(5), title="Markets", body="They fell."),
            at(NOW - 40 * DAY, "before", story=story(6)),
        ],
    )
    done = tried(store, make_rule())
    assert told(done) == ["2026.11-1", "2026.11-2"]
    assert done.a_day == pytest.approx(2 / 30)
    assert done.words == {"sanctions": 2, "sanctioned": 1}
    assert [fired.title for fired in done.fired][1] == "Sanctioned again"


def test_two_versions_differ_by_what_is_gained_and_lost(store: Store) -> None:
    archive(
        store,
        [
            at(NOW - 3 * DAY, "a", story=story(1)),
            at(NOW - 2 * DAY, "b", story=story(2), desks={DESK: make_view("energy", relevance=1)}),
            at(NOW - DAY, "c", story=story(3), title="A pipeline", body="Gas flows."),
        ],
    )
    old, new = tried(store, make_rule()), tried(store, make_rule(query="sanctions OR pipeline", relevance=2))
    gained, lost = difference(old, new)
    assert [f.occasion for f in gained] == ["2026.11-3"]
    assert [f.occasion for f in lost] == ["2026.11-2"]


def test_only_the_time_that_the_desk_listened_counts(store: Store) -> None:
    listened(store, NOW - 2 * DAY)
    archive(store, [at(NOW - DAY, "a")])
    assert tried(store, make_rule()).a_day == pytest.approx(0.5)


def test_a_refused_query_is_named(store: Store) -> None:
    with pytest.raises(RefusedRule, match="many"):
        tried(store, make_rule(query="revision:many"))


def test_changes_would_have_rung_each(store: Store) -> None:
    archive(store, [at(NOW - 5 * DAY, "a", revision=2, updated_at=NOW - DAY), at(NOW - DAY, "b")])
    for number in (1, 2):
        change = Revision(
            **{"@timestamp": NOW - (3 - number) * DAY}, id=f"r{number}", article_id="a", number=number,
            announced=False, changed=["title"], old_title="x", new_title="y", diff="",
        )  # fmt: skip
        store.create(Kind.REVISIONS, change.id, change, "2026.11")
    assert told(tried(store, make_rule(kind="revision"))) == ["a@1", "a@2"]


def test_a_story_would_have_rung_when_the_report_came_that_brought_it_far_enough(store: Store) -> None:
    archive(
        store,
        [at(NOW - 5 * HOUR + n * HOUR, f"a{n}", story=story(1), publisher=f"Outlet {n}") for n in range(4)]
        + [at(NOW - HOUR, "b", story=story(2))],
    )
    (fired,) = tried(store, make_rule(kind="story", reach={"outlets": 3})).fired
    assert (fired.at, fired.because) == (NOW - 3 * HOUR, "3 outlets report it.")


def test_first_times_surges_and_silences_agree_with_what_rings_in_earnest(store: Store) -> None:
    listened(store, NOW - 90 * DAY)
    archive(store, [at(NOW - 40 * DAY, "x", desks=naming("lavrov"))])
    articles = [at(NOW - HOUR, "y", desks=naming("lavrov", "witkoff")), at(NOW, "z", desks=naming("lavrov"))]
    rung = ring(store, [FIRST, PAIR], articles)
    for rule in (FIRST, PAIR):
        mine = [m for m in rung.found if m.watch.rule.id == rule.id]
        done = tried(store, rule, HOUR * 2)
        assert [f.because for f in done.fired] == [m.because for m in mine]
        assert len(raised(mine, NOW)[0]) == len(done.fired) == 1


def test_a_surge_would_have_rung_once_while_it_lasts(store: Store) -> None:
    listened(store, NOW - 12 * WEEK)
    usual_weeks(store, "f1", 1)
    earlier = [NOW - HOUR - WEEK * w for w in range(5) for _ in range(1 if w else 5)]
    minutes = [timedelta(minutes=n + 1) for n in range(len(earlier))]
    of_feed = burst("f1", 1)[0].feed
    archive(store, [at(e - m, f"e{m}", feed=of_feed) for e, m in zip(earlier, minutes, strict=True)])
    archive(store, burst("f1", 5))
    done = tried(store, SURGE, 3 * DAY)
    assert [(f.occasion, f.because) for f in done.fired] == [
        ((NOW - 2 * HOUR).isoformat(), "5 reports, usually 1"),
    ]


def test_silences_would_have_rung_after_their_time(store: Store) -> None:
    listened(store, NOW - 30 * DAY)
    hours = (30, 20, 19, 2)
    archive(store, [at(NOW - h * HOUR, f"t{h}", publisher="TASS") for h in hours])
    archive(store, [make_article("other")])
    done = tried(store, quiet_rule(), 29 * HOUR)
    assert [f.at for f in done.fired] == [NOW - 24 * HOUR, NOW - 13 * HOUR]
