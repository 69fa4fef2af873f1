"""Digests: those asked for, those that a flood makes, and what stands in them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.alerts.answers import Answer, record, said_of
from hotline.alerts.digest import Outlets, bars, entries
from hotline.alerts.digesting import ensure_scheduled
from hotline.alerts.email import EmailChannel
from hotline.alerts.outbox import SentReport
from hotline.alerts.raising import ensure
from hotline.alerts.updates import ensure_updates
from hotline.search.store import Store
from schemas.alert import Act, Cause, DeliveryStatus, DigestKind
from schemas.article import StoryRef
from schemas.base import Severity
from schemas.desk import Desk
from schemas.rule import Recipient
from schemas.story import Development
from tests.alerts.conftest import DESK, NOW, make_alert, make_article, make_desk, make_rule, make_view
from tests.alerts.mailbox import Mailbox
from tests.alerts.rig import (
    ANNA,
    every_delivery,
    fire,
    put_articles,
    put_story,
    send,
    statuses,
    text,
    threads,
)
from tests.alerts.test_email import part, words

MORNING = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)  # eight o'clock in Berlin
LATER = (MORNING - NOW).total_seconds() / 60  # minutes


def desks(**anna: Any) -> dict[str, Desk]:
    fields = {"name": "anna", "email": ANNA, "timezone": "Europe/Berlin", "digest": {"every": "daily"}}
    return {DESK: make_desk(Recipient.model_validate(fields | anna))}


def story_id(n: int) -> str:
    return f"2026.11-s{n}"


def fire_many(store: Store, count: int, watched: dict[str, Desk], rule: Any = None, start: int = 0) -> None:
    for n in range(start, start + count):
        alerts = {"id_": f"a{n}", "title": f"Event {n}", "story": StoryRef(id=story_id(n))}
        fire(store, rule or make_rule(), desks=watched, **alerts)


def digest_mail(mailbox: Mailbox) -> Any:
    (mail,) = [m for m in mailbox.messages if "igest" in str(m["Subject"]) or "Many alerts" in str(m["Subject"])]
    return mail


def test_entries_are_stories_by_severity_then_outlets_with_what_changed() -> None:
    from tests.alerts.test_email import story
    from tests.alerts.test_telling import delivery

    one, two, three = (make_alert(id=f"2026.11-{n}", story_id=f"s{n}") for n in "123")
    two = two.model_copy(update={"severity": Severity.HIGH})
    alerts = {a.id: a for a in (one, two, three)}
    made = [
        delivery(a.id).model_copy(update={"alert_id": a.id, "thread": f"s{n}"})
        for n, a in zip("1233", (one, two, three, one), strict=True)
    ]
    told = Development(at=NOW, article_id="x", new=["five banks"])
    old = Development(at=NOW - timedelta(days=2), article_id="y", new=["old"])
    stories = {"s1": story(id="s1"), "s2": story(id="s2", outlets=["A"], development=[old, told])}
    outlets = {"s1": Outlets(), "s2": Outlets(frozenset("AB"), frozenset("BC"))}
    found = entries(made, alerts, stories, outlets, NOW - timedelta(days=1))
    assert [(e.alerts[0].id, e.outlets, e.is_new) for e in found] == [
        ("2026.11-2", 1, False),
        ("2026.11-1", 3, True),
        ("2026.11-1", 1, True),
    ]
    assert (found[0].more_outlets, found[0].facts) == (1, ["five banks"])
    assert len(found[2].alerts) == 2


def test_bars_are_in_proportion_and_what_is_not_nothing_shows() -> None:
    assert bars([0, 1, 100, 50], 48) == [0, 1, 48, 24]
    assert bars([0, 0], 48) == [0, 0]
    assert bars([], 48) == []


@pytest.mark.elasticsearch
def test_daily_digest_comes_at_the_recipients_hour_once_with_all_that_rang(store: Store, mailbox: Mailbox) -> None:
    watched = desks()
    put_story(store, [make_article(), make_article("a2", publisher="Вторая газета")])
    fire(store, make_rule("one"), make_rule("two", severity="high"), desks=watched)
    send(store, mailbox, desks=watched)
    near = make_view(relevance=0).model_copy(update={"score": 0.4})
    far = make_view(relevance=0).model_copy(update={"score": 0.05})
    put_articles(
        store,
        make_article("near", title="Почти о нас", desks={DESK: near}, story=None),
        make_article("far", title="Football", desks={DESK: far}, story=None),
    )
    assert ensure_scheduled(store, watched, MORNING - timedelta(minutes=1)) == 1  # of the day before: empty
    assert send(store, mailbox, LATER - 1, desks=watched) == SentReport()
    assert statuses(store) == {DeliveryStatus.SENT, DeliveryStatus.SKIPPED}
    assert ensure_scheduled(store, watched, MORNING) == 1
    assert ensure_scheduled(store, watched, MORNING + timedelta(hours=1)) == 0
    assert send(store, mailbox, LATER, desks=watched) == SentReport(sent=1)
    assert send(store, mailbox, LATER + 1, desks=watched) == SentReport()
    mail = digest_mail(mailbox)
    assert mail["Subject"] == "Daily digest, Wed 25 Nov 08:00: 1 story"
    assert mail["In-Reply-To"] is None
    for seen in (words(mail), text(mail)):
        assert "Tue 24 Nov 08:00 to Wed 25 Nov 08:00 (Europe/Berlin)" in seen
        assert "HIGH · new · 2 outlets · told Tue 24 Nov 13:00" in seen
        assert "Washington sanctions two Russian banks" in seen
        assert "Rule two, Rule one" in seen
        assert re.search("Почти о нас", seen)
        assert "Football" not in seen
        assert "2 relevant articles" in seen
    page = part(mail, "html")
    assert page.count('bgcolor="#1f5fa8" style="height:48px') == 1
    assert not re.search(r"<(script|img|link|svg|style)\b|url\(", page)
    assert page.count("<table") == page.count("</table>")


@pytest.mark.elasticsearch
def test_next_digest_says_what_changed_since_and_that_the_rest_is_muted(store: Store, mailbox: Mailbox) -> None:
    watched = desks()
    known = [make_article(ingested_at=NOW - timedelta(days=2)), make_article("a2", publisher="Second", ingested_at=NOW)]
    put_story(store, known, {"a2": ["five banks", "Fitch"]}, first_at=NOW - timedelta(days=2))
    (alert,) = fire(store, desks=watched)
    send(store, mailbox, desks=watched)
    record(store, said_of(alert, Answer(Act.MUTE, "anna", "link", for_desk=True), watched[DESK].alerting, NOW))
    fire(store, make_rule("urgent", severity="high"), desks=watched)  # not muted: more urgent
    other = {"id_": "b1", "title": "Muted <b>one</b>", "story": StoryRef(id=story_id(9))}
    (quiet,) = fire(store, make_rule("second"), desks=watched, **other)
    record(store, said_of(quiet, Answer(Act.MUTE, "anna", "command"), watched[DESK].alerting, NOW))
    assert send(store, mailbox, 1, desks=watched) == SentReport(sent=1, muted=1)
    ensure_scheduled(store, watched, MORNING)
    send(store, mailbox, LATER, desks=watched)
    body = text(digest_mail(mailbox))
    assert "2 outlets, 1 more than before · told" in body
    assert "New: five banks · Fitch" in body
    assert "Muted: you would have heard of these\n- Example News: Muted <b>one</b> (Rule second)" in body
    assert "Muted &lt;b&gt;one" in part(digest_mail(mailbox), "html")


@pytest.mark.elasticsearch
def test_empty_digest_is_left_out_or_says_so_as_chosen(store: Store, mailbox: Mailbox) -> None:
    watched = desks(digest={"every": "daily", "when_empty": True})
    ensure_scheduled(store, watched, MORNING)
    assert send(store, mailbox, LATER, desks=watched) == SentReport(sent=1)
    assert digest_mail(mailbox)["Subject"].endswith("nothing new")
    assert "No rule fired in this time." in words(digest_mail(mailbox))


@pytest.mark.elasticsearch
def test_what_is_below_the_recipients_severity_is_told_by_the_digest_only(store: Store, mailbox: Mailbox) -> None:
    watched = desks(singly="high")
    fire_many(store, 2, watched)
    fire_many(store, 1, watched, make_rule("urgent", severity="high"), start=2)
    assert send(store, mailbox, desks=watched) == SentReport(sent=1, held=2)
    ensure_scheduled(store, watched, MORNING)
    assert send(store, mailbox, LATER, desks=watched) == SentReport(sent=1)
    body = text(digest_mail(mailbox))
    assert all(f"Event {n}" in body for n in range(3))
    assert statuses(store) == {DeliveryStatus.SENT}
    # A later rule of the same severity does not tell it again.
    fire_many(store, 2, watched, make_rule("again"))
    assert send(store, mailbox, LATER + 1, desks=watched) == SentReport(joined=2)


@pytest.mark.elasticsearch
def test_flood_becomes_one_digest_that_lists_every_hit(store: Store, mailbox: Mailbox) -> None:
    watched = {DESK: make_desk(Recipient(name="anna", email=ANNA), alerting={"flood_messages": 3})}
    fire_many(store, 2, watched)
    assert send(store, mailbox, desks=watched) == SentReport(sent=2)
    fire_many(store, 8, watched, start=2)
    fire_many(store, 1, watched, make_rule("war", severity="critical"), start=10)
    report = send(store, mailbox, 5, desks=watched)
    assert (report.sent, report.held) == (2, 8)
    mail = digest_mail(mailbox)
    assert mail["Subject"].endswith(": 8 stories")
    assert all(f"Event {n}\n" in text(mail) for n in range(2, 10))
    assert [m["Subject"] for m in mailbox.messages if "Event 10" in m["Subject"]] == ["[critical] Event 10"]
    assert statuses(store) == {DeliveryStatus.SENT}
    # More of the same waits for the window's end; then there is room again.
    fire_many(store, 4, watched, start=20)
    assert send(store, mailbox, 10, desks=watched) == SentReport(held=4)
    assert send(store, mailbox, 64, desks=watched) == SentReport()
    assert send(store, mailbox, 65, desks=watched) == SentReport(sent=1)
    fire_many(store, 3, watched, start=30)
    assert send(store, mailbox, 130, desks=watched) == SentReport(sent=3)


@pytest.mark.elasticsearch
def test_flood_of_one_recipient_is_none_of_the_others(store: Store, mailbox: Mailbox) -> None:
    watched = {DESK: make_desk(alerting={"flood_messages": 3})}
    fire_many(store, 4, watched, make_rule(recipients=["anna"]))
    fire_many(store, 3, watched, make_rule("b", recipients=["boris"]))
    assert send(store, mailbox, desks=watched) == SentReport(sent=4, held=4)
    assert {to: len(mails) for to, mails in mailbox.by_recipient().items()} == {ANNA: 1, "boris@example.org": 3}


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.mark.elasticsearch
@pytest.mark.parametrize("after", ["thread", "mark"])
def test_killed_in_a_digest_nothing_is_lost_and_nothing_told_twice(
    store: Store, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    watched = {DESK: make_desk(Recipient(name="anna", email=ANNA), alerting={"flood_messages": 1})}
    fire_many(store, 3, watched)
    with monkeypatch.context() as patch:
        if after == "mark":
            patch.setattr("hotline.alerts.outbox.settle_held", killing)
        else:
            real = EmailChannel.send
            patch.setattr(EmailChannel, "send", lambda self, letter: (real(self, letter), killing()))
        with pytest.raises(Killed):
            send(store, mailbox, desks=watched)
    assert len(mailbox.messages) == 1
    assert {d.status for d in every_delivery(store) if d.cause is Cause.ALERT} == {DeliveryStatus.HELD}
    send(store, mailbox, 6, desks=watched)  # its lease is over
    send(store, mailbox, 70, desks=watched)
    ids = [str(m["Message-ID"]) for m in mailbox.messages]
    assert len(set(ids)) == 1
    assert len(ids) == (2 if after == "thread" else 1)  # before the record: once more, with the same id
    assert statuses(store) <= {DeliveryStatus.SENT, DeliveryStatus.SKIPPED}


def killing(*_: Any, **__: Any) -> Any:
    raise Killed


@pytest.mark.elasticsearch
def test_recipient_who_left_gets_what_was_held_all_the_same(store: Store, mailbox: Mailbox) -> None:
    watched = {DESK: make_desk(Recipient(name="anna", email=ANNA))}
    fire(store, desks=watched)
    held = [d.model_copy(update={"id": d.id + "h", "recipient": "left", "status": DeliveryStatus.HELD,
                                 "held_for": DigestKind.FLOOD}) for d in every_delivery(store)]  # fmt: skip
    ensure(store, [], held)
    send(store, mailbox, desks=watched)
    assert digest_mail(mailbox)["To"] == ANNA


@pytest.mark.elasticsearch
def test_held_update_stands_in_the_digest(store: Store, mailbox: Mailbox) -> None:
    watched = {DESK: make_desk(Recipient(name="anna", email=ANNA), alerting={"flood_messages": 2})}
    put_story(store, [make_article()])
    fire(store, desks=watched)
    send(store, mailbox, desks=watched)
    later = [make_article("d1", publisher="Second")]
    put_story(store, [make_article(), *later], {"d1": ["five banks", "Fitch", "June"]})
    assert ensure_updates(store, watched, later, NOW + timedelta(minutes=20)) == 1
    fire_many(store, 3, watched)
    report = send(store, mailbox, 20, desks=watched)
    assert (report.held, report.sent) == (4, 1)
    assert "Washington sanctions two Russian banks" in text(digest_mail(mailbox))
    assert all("d1" in t.told for t in threads(store) if t.thread == "2026.11-story1")
