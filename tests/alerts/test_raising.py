"""Alerts and deliveries: their ids, whom they reach, and that doing it twice does nothing twice."""

from datetime import UTC, datetime, timedelta

import pytest

from hotline.alerts.matching import Match, Watch
from hotline.alerts.raising import Notice, alert_for, deliveries_for, ensure, notice, raised
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import OccasionKind
from schemas.article import StoryRef
from schemas.base import Precision, Severity
from schemas.rule import Recipient, Rule
from tests.alerts.conftest import DESK, NOW, make_article, make_desk, make_rule

OLD_STORY = StoryRef(id="2026.10-abc")


def match(rule: Rule | None = None, **article: object) -> Match:
    return Match(Watch(DESK, make_desk(), rule or make_rule()), make_article(**article), {})


def test_alert_is_one_for_a_rule_and_a_story_whatever_the_article() -> None:
    one, other = make_article("a1", story=OLD_STORY), make_article("a2", story=OLD_STORY)
    first = alert_for(DESK, make_rule(), one, {}, NOW)
    assert first.id == alert_for(DESK, make_rule(title="Renamed"), other, {}, NOW + timedelta(hours=1)).id
    assert first.id.startswith("2026.10-")
    ids = {
        first.id,
        alert_for(DESK, make_rule("another"), one, {}, NOW).id,
        alert_for("us_china", make_rule(), one, {}, NOW).id,
        alert_for(DESK, make_rule(), make_article(), {}, NOW).id,
    }
    assert len(ids) == 4


def test_revision_alert_is_one_for_a_rule_and_a_revision() -> None:
    rule = make_rule(kind="revision")
    first = alert_for(DESK, rule, make_article(revision=1), {}, NOW)
    second = alert_for(DESK, rule, make_article(revision=2, story=OLD_STORY), {}, NOW)
    assert (first.occasion, first.occasion_id) == (OccasionKind.REVISION, "a1@1")
    assert first.id != second.id
    assert second.id.startswith("2026.11-"), "the month of the article, which no story changes"


def test_alert_says_what_a_reader_wants_to_know() -> None:
    alert = alert_for(DESK, make_rule(severity="high"), make_article(), {"body": ["x"]}, NOW)
    assert alert.title == "Washington sanctions two Russian banks"
    assert alert.url == "https://news.example/a1"
    assert alert.publisher == "Example News"
    assert alert.published_precision is Precision.MINUTE
    assert (alert.topics, alert.passages, alert.severity) == (["sanctions"], ["x"], Severity.HIGH)


def test_article_in_no_story_is_not_rung_for() -> None:
    with pytest.raises(ValueError, match="no story yet"):
        alert_for(DESK, make_rule(), make_article(story=None), {}, NOW)


def test_everyone_but_operators_is_told_unless_the_rule_names_people() -> None:
    alert = alert_for(DESK, make_rule(), make_article(), {}, NOW)

    def told(*names: str) -> list[str]:
        return [d.address for d in deliveries_for(alert, make_desk(), make_rule(recipients=names), NOW)]

    assert told() == ["anna@example.org", "boris@example.org"]
    assert told("boris", "op") == ["boris@example.org", "op@example.org"]
    assert told("gone") == []


def test_delivery_follows_its_alert_s_month_and_is_due_at_once() -> None:
    alert = alert_for(DESK, make_rule(), make_article(story=OLD_STORY), {}, NOW)
    first, second = deliveries_for(alert, make_desk(), make_rule(), NOW)
    assert first.id.startswith("2026.10-")
    assert first.id != second.id
    assert first.thread == "2026.10-abc"
    assert first.next_try_at == NOW


def test_earliest_article_of_a_story_speaks_for_it() -> None:
    earlier = datetime(2026, 11, 24, 9, tzinfo=UTC)
    found = [match(), match(id_="a0", **{"@timestamp": earlier}), match(rule=make_rule("other"))]
    alerts, deliveries = raised(found, NOW)
    assert [(a.rule_id, a.article_id) for a in alerts] == [("sanctions", "a0"), ("other", "a1")]
    assert len(deliveries) == 4


def test_notices_reach_operators_once_each_and_all_of_a_desk_without_any() -> None:
    shared = Recipient(name="boss", email="op@example.org", operator=True)
    lone = Recipient(name="zoe", email="zoe@example.org")
    desks = [make_desk(), make_desk(shared), make_desk(lone)]
    since = datetime(2026, 10, 31, tzinfo=UTC)
    alert, deliveries = notice(Notice("silent/f1", "Silent", "One.\n\nTwo.", Severity.HIGH, since), desks, NOW)
    assert [d.address for d in deliveries] == ["op@example.org", "zoe@example.org"]
    assert (alert.desk, alert.rule_id, alert.passages) == (None, "health/silent", ["One.", "Two."])
    again, _ = notice(Notice("silent/f1", "Silent", "", Severity.LOW, since), [], NOW + timedelta(days=30))
    assert again.id == alert.id
    assert alert.id.startswith("2026.10-")


def test_a_notice_about_what_a_desk_can_see_goes_to_its_analysts_only() -> None:
    note = Notice("coverage/x", "Coverage lost: TASS", "Since noon.", about=["failing/f1"], analysts_of="us_russia")
    boss = Recipient(name="boss", email="op@example.org", operator=True)
    ann = Recipient(name="ann", email="ann@example.org")
    alert, deliveries = notice(note, [make_desk(boss, ann)], NOW)
    assert [d.recipient for d in deliveries] == ["ann"]
    assert (alert.desk, alert.about) == ("us_russia", ["failing/f1"])
    assert notice(note, [make_desk(boss)], NOW)[1] == []


@pytest.mark.elasticsearch
def test_raising_again_changes_nothing_and_makes_up_for_what_a_killed_run_left_out(store: Store) -> None:
    alerts, deliveries = raised([match(), match(rule=make_rule("other"), story=OLD_STORY)], NOW)
    assert ensure(store, alerts, deliveries[:1]) == (2, 1)
    assert ensure(store, alerts, deliveries) == (0, 3)
    later, again = raised([match(), match(rule=make_rule("other"), story=OLD_STORY)], NOW + timedelta(hours=1))
    assert ensure(store, later, again) == (0, 0)
    store.refresh(Kind.ALERTS, Kind.DELIVERIES)
    assert store.count(Kind.ALERTS) == 2
    assert store.count(Kind.DELIVERIES) == 4
    assert store.count(Kind.ALERTS, {"range": {"@timestamp": {"gt": NOW.isoformat()}}}) == 0
