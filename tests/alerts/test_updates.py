"""A told story goes on: its developments answer in the same thread, its merges are silent."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hotline.alerts.outbox import SentReport
from hotline.alerts.raising import ensure
from hotline.alerts.updates import ensure_updates, material, supersede
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert, DeliveryStatus
from schemas.article import Article, StoryRef
from schemas.desk import Alerting
from tests.alerts.conftest import DESK, NOW, make_article, make_desk, make_rule
from tests.alerts.mailbox import Mailbox
from tests.alerts.rig import (
    ANNA,
    DESKS,
    STORY,
    every_delivery,
    fire,
    put_story,
    send,
    statuses,
    text,
    threads,
)

pytestmark = pytest.mark.elasticsearch
FACTS = ["twelve banks", "Elvira Nabiullina", "9 June"]


def article(id_: str, publisher: str = "Second News", **changes: Any) -> Article:
    return make_article(id_, publisher=publisher, title=f"Report {id_}", **changes)


def told(store: Store, mailbox: Mailbox, *outlets: str) -> list[Article]:
    """A story that Anna and Boris know."""
    known = [make_article(), *(article(f"o{n}", outlet) for n, outlet in enumerate(outlets))]
    put_story(store, known)
    fire(store)
    assert send(store, mailbox).sent == 2
    return known


def develop(store: Store, known: list[Article], facts: Mapping[str, list[str]], minutes: float = 20) -> int:
    """The articles of `facts` are placed into the story."""
    later = [article(id_) for id_ in facts]
    put_story(store, [*known, *later], facts)
    return ensure_updates(store, DESKS, later, NOW + timedelta(minutes=minutes))


def test_development_answers_in_the_thread_with_what_is_new(store: Store, mailbox: Mailbox) -> None:
    known = told(store, mailbox)
    assert develop(store, known, {"d1": FACTS}) == 2
    assert send(store, mailbox, 20) == SentReport(sent=2)
    first, update = mailbox.by_recipient()[ANNA]
    assert update["Subject"] == f"Re: {first['Subject']}"
    assert update["In-Reply-To"] == update["References"] == first["Message-ID"]
    body = text(update)
    assert "Report d1\nSecond News" in body
    assert "New in this report: twelve banks · Elvira Nabiullina · 9 June" in body
    assert "The Treasury imposed" not in body  # that was told before
    assert "Rule sanctions" in body
    assert statuses(store) == {DeliveryStatus.SENT}


def test_three_reports_of_one_development_are_one_update_and_doing_it_again_changes_nothing(
    store: Store, mailbox: Mailbox
) -> None:
    known = told(store, mailbox)
    three = {"d1": FACTS, "d2": ["Fitch", "10 June", "May"], "d3": ["Moscow", "3 percent", "June"]}
    assert develop(store, known, three) == 6
    assert develop(store, known, three) == 0
    assert send(store, mailbox, 20) == SentReport(sent=2)
    assert send(store, mailbox, 60) == SentReport()
    assert len(mailbox.by_recipient()[ANNA]) == 2
    assert text(mailbox.by_recipient()[ANNA][1]).count("New in this report") == 3


def test_a_later_development_keeps_its_distance(store: Store, mailbox: Mailbox) -> None:
    known = told(store, mailbox)
    develop(store, known, {"d1": FACTS}, minutes=4)
    assert send(store, mailbox, 5) == SentReport(deferred=2)
    assert send(store, mailbox, 15) == SentReport(sent=2)


def test_what_stood_in_the_first_message_is_no_update(store: Store, mailbox: Mailbox) -> None:
    later = [article("d1")]
    put_story(store, [make_article(), *later], {"d1": FACTS})
    fire(store)
    assert ensure_updates(store, DESKS, later, NOW) == 2  # raised with the alert itself, before it was sent
    assert send(store, mailbox) == SentReport(sent=2, joined=0)
    assert send(store, mailbox, 60) == SentReport()
    assert len(mailbox.messages) == 2


def test_little_news_is_none(store: Store, mailbox: Mailbox) -> None:
    known = told(store, mailbox)
    assert develop(store, known, {"d1": ["one", "two"]}) == 0
    assert ensure_updates(store, DESKS, [make_article("x", story=None)], NOW) == 0


def test_outlets_are_told_of_at_the_numbers_that_the_desk_names(store: Store, mailbox: Mailbox) -> None:
    assert material(put_story(store, [], outlets=list("abc")), [], Alerting(update_outlets=[2, 3, 9])) == [
        "outlets/2",
        "outlets/3",
    ]
    desks = {DESK: make_desk(alerting={"update_outlets": [3]})}
    put_story(store, [make_article()])
    fire(store, desks=desks)
    send(store, mailbox, desks=desks)
    more = [article(f"o{n}", f"Outlet {n}") for n in range(3)]
    put_story(store, [make_article(), *more])
    assert ensure_updates(store, desks, more, NOW + timedelta(minutes=20)) == 2
    assert send(store, mailbox, 20, desks=desks).sent == 2
    assert "4 outlets in all" in text(mailbox.by_recipient()[ANNA][1])
    assert ensure_updates(store, desks, more, NOW + timedelta(minutes=40)) == 0


def test_story_that_many_outlets_had_when_it_was_told_is_not_told_again_for_that(
    store: Store, mailbox: Mailbox
) -> None:
    desks = {DESK: make_desk(alerting={"update_outlets": [2]})}
    both = [make_article(), article("a2")]
    put_story(store, both)
    fire(store, desks=desks)
    ensure_updates(store, desks, both, NOW)
    send(store, mailbox, desks=desks)
    assert send(store, mailbox, 60, desks=desks).sent == 0
    assert len(mailbox.messages) == 2


def test_after_a_week_nobody_is_told_how_it_went_on(store: Store, mailbox: Mailbox) -> None:
    known = told(store, mailbox)
    later = [article("d1")]
    put_story(store, [*known, *later], {"d1": FACTS})
    assert ensure_updates(store, DESKS, later, NOW + timedelta(days=8)) == 0


def test_later_rule_of_the_survivor_goes_on_in_the_thread_that_the_reader_knows(store: Store, mailbox: Mailbox) -> None:
    told(store, mailbox)
    survivor = "2026.11-survivor"
    other = article("s1", story=StoryRef(id=survivor))
    put_story(store, [other], id=survivor)
    put_story(store, [], merged_into=survivor)
    fire(store, id_="s1", title="Report s1", story=StoryRef(id=survivor))
    assert send(store, mailbox, 5) == SentReport(joined=2)
    fire(store, make_rule("urgent", severity="high"), id_="s1", title="Report s1", story=StoryRef(id=survivor))
    assert send(store, mailbox, 6) == SentReport(sent=2)
    first, update = mailbox.by_recipient()[ANNA]
    assert update["In-Reply-To"] == first["Message-ID"]
    assert {thread.messages for thread in threads(store)} == {2}


def test_alert_on_a_story_that_was_merged_yields_to_the_survivors(store: Store, mailbox: Mailbox) -> None:
    survivor = "2026.11-survivor"
    (lost,) = fire(store)
    (stands,) = fire(store, id_="s1", story=StoryRef(id=survivor))
    (alone,) = fire(store, make_rule("other"))
    put_story(store, [], merged_into=survivor)
    placed = article("s2", story=StoryRef(id=survivor))
    put_story(store, [placed], id=survivor)
    ensure_updates(store, DESKS, [placed], NOW)
    known = {
        id_: k.record
        for id_, k in store.get_many(
            Alert, Kind.ALERTS, dict.fromkeys([lost.id, stands.id, alone.id], "2026.11")
        ).items()
    }
    assert known[lost.id].superseded_by == stands.id
    assert known[stands.id].superseded_by is None
    assert known[alone.id].superseded_by is None
    assert send(store, mailbox) == SentReport(sent=2)  # one message a reader for both stories
    supersede(store, {STORY: survivor})
    assert len(mailbox.messages) == 2


def test_alert_and_its_updates_of_two_desks_stay_apart(store: Store, mailbox: Mailbox) -> None:
    known = told(store, mailbox)
    ensure(store, [], [d.model_copy(update={"id": d.id + "x", "desk": "gone"}) for d in every_delivery(store)])
    assert develop(store, known, {"d1": FACTS}) == 2  # nobody follows for a desk that is not watched any more
