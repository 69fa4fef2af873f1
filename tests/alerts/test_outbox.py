"""The outbox on a real Elasticsearch and a real SMTP server: told once, and nothing lost however a sender ends."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hotline.alerts.channel import Channel, Letter, Refused
from hotline.alerts.email import EmailChannel
from hotline.alerts.outbox import SentReport, due, send_due
from hotline.alerts.raising import Notice, ensure, notice
from hotline.search.indices import Kind
from hotline.search.store import Store, Write
from schemas.alert import Delivery, DeliveryStatus, Thread
from schemas.article import StoryRef
from schemas.base import Severity
from schemas.key import Key
from schemas.story import Story
from tests.alerts.conftest import NOW, make_article, make_rule
from tests.alerts.mailbox import Mailbox, smtp_server
from tests.alerts.rig import ANNA, BORIS, DESKS, deliveries, email, fire, send, statuses, text

pytestmark = pytest.mark.elasticsearch


def test_each_recipient_gets_one_message_that_lists_every_rule(store: Store, mailbox: Mailbox) -> None:
    fire(store, make_rule("one"), make_rule("two", severity="high"))
    assert send(store, mailbox) == SentReport(sent=2)
    received = mailbox.by_recipient()
    assert {to: len(messages) for to, messages in received.items()} == {ANNA: 1, BORIS: 1}
    (message,) = received[ANNA]
    assert "Rule two (high)\n- Rule one (normal)" in text(message).replace("\r\n", "\n")
    assert message["Message-ID"] != received[BORIS][0]["Message-ID"]
    for delivery in deliveries(store).values():
        assert delivery.status is DeliveryStatus.SENT
        assert delivery.sent_at == NOW
        assert delivery.message_id == received[delivery.address][0]["Message-ID"]
    assert send(store, mailbox) == SentReport()
    assert len(mailbox.messages) == 2


def test_later_rule_joins_and_a_more_urgent_one_answers_with_all_that_joined(store: Store, mailbox: Mailbox) -> None:
    fire(store, make_rule("one"))
    send(store, mailbox)
    fire(store, make_rule("one"), make_rule("two"), id_="a2", title="A second report")
    assert send(store, mailbox, 5) == SentReport(joined=2)
    assert len(mailbox.messages) == 2
    fire(store, make_rule("three", severity="critical"), id_="a3", title="It escalates")
    assert send(store, mailbox, 10) == SentReport(sent=2)
    first, update = mailbox.by_recipient()[ANNA]
    assert update["In-Reply-To"] == update["References"] == first["Message-ID"]
    assert update["Subject"] == "Re: [critical] Washington sanctions two Russian banks"
    assert "It escalates" in text(update)
    assert "Rule three (critical)" in text(update)
    assert "Rule two (normal)" in text(update)
    assert "Rule one" not in text(update)
    known = deliveries(store)
    assert known["anna", "two"].status is DeliveryStatus.JOINED
    assert known["anna", "three"].message_id == update["Message-ID"]


def test_stories_are_told_apart(store: Store, mailbox: Mailbox) -> None:
    fire(store)
    fire(store, id_="a2", title="Another story", story=StoryRef(id="2026.10-story2"))
    assert send(store, mailbox) == SentReport(sent=4)
    assert len({str(message["Message-ID"]) for message in mailbox.messages}) == 4


def test_message_names_the_other_outlets_of_the_story(store: Store, mailbox: Mailbox) -> None:
    second = make_article("a2", publisher="Другая газета", title="США ввели санкции")
    story = Story(
        id="2026.11-story1",
        headline="h",
        first_at=NOW,
        last_at=NOW,
        updated_at=NOW,
        article_ids=["a1", "a2"],
        outlets=["Example News", "Другая газета"],
    )
    key = Key(month="2026.11", kind="article", batch_id="b", created_at=NOW)
    writes = [Write(Kind.STORIES, story.id, story, "2026.11"), Write(Kind.KEYS, "a2", key)]
    store.write([*writes, Write(Kind.ARTICLES, "a2", second, "2026.11")])
    fire(store)
    send(store, mailbox)
    assert "Другая газета: США ввели санкции" in text(mailbox.messages[0])


def test_one_refused_recipient_fails_alone(store: Store, mailbox: Mailbox) -> None:
    mailbox.recipients[ANNA] = "550 5.1.1 no such user"
    fire(store)
    assert send(store, mailbox) == SentReport(sent=1, failed=1)
    known = deliveries(store)
    assert known["anna", "sanctions"].status is DeliveryStatus.FAILED
    assert known["anna", "sanctions"].last_error == "550 5.1.1 no such user"
    assert known["boris", "sanctions"].status is DeliveryStatus.SENT


def test_temporary_refusal_is_tried_again_after_its_wait_and_keeps_its_message_id(
    store: Store, mailbox: Mailbox
) -> None:
    mailbox.recipients[ANNA] = "451 4.7.1 greylisted"
    fire(store)
    assert send(store, mailbox) == SentReport(sent=1, retrying=1)
    assert send(store, mailbox, 0.9) == SentReport()
    assert send(store, mailbox, 1) == SentReport(retrying=1)
    anna = deliveries(store)["anna", "sanctions"]
    assert (anna.status, anna.attempts, anna.last_error) == (DeliveryStatus.RETRYING, 2, "451 4.7.1 greylisted")
    assert anna.next_try_at == NOW + timedelta(minutes=3)
    mailbox.recipients.clear()
    assert send(store, mailbox, 3) == SentReport(sent=1)
    assert deliveries(store)["anna", "sanctions"].last_error is None


def test_what_waits_for_a_retry_goes_with_the_next_message_of_its_story(store: Store, mailbox: Mailbox) -> None:
    mailbox.recipients[ANNA] = "451 later"
    fire(store, make_rule("one", recipients=["anna"]))
    send(store, mailbox)
    mailbox.recipients.clear()
    fire(store, make_rule("two", recipients=["anna"]))
    assert send(store, mailbox, 0.5) == SentReport(sent=1)
    assert "Rule one" in text(mailbox.messages[0])
    assert "Rule two" in text(mailbox.messages[0])


def test_content_refused_for_good_fails_and_for_now_waits(store: Store, mailbox: Mailbox) -> None:
    mailbox.contents = ["554 5.7.1 spam", "452 4.3.1 disk full"]
    fire(store)
    assert send(store, mailbox) == SentReport(failed=1, retrying=1)


@pytest.mark.parametrize("trouble", ["down", "sender", "shutting down"])
def test_server_in_trouble_is_asked_once_and_loses_nothing(store: Store, mailbox: Mailbox, trouble: str) -> None:
    fire(store)
    fire(store, id_="a2", story=StoryRef(id="2026.11-story2"))
    broken = mailbox
    if trouble == "down":
        broken = Mailbox()
        with smtp_server(broken):
            pass
    elif trouble == "sender":
        mailbox.senders = ["553 sender not allowed"]
    else:
        mailbox.recipients = dict.fromkeys((ANNA, BORIS), "421 shutting down")
    assert send(store, broken) == SentReport(retrying=1)
    tried = [d for d in deliveries(store).values() if d.attempts]
    assert len(tried) == 1
    assert f"SMTP server 127.0.0.1:{broken.port}: " in (tried[0].last_error or "")
    mailbox.recipients.clear()
    assert send(store, mailbox, 1) == SentReport(sent=4)
    assert statuses(store) == {DeliveryStatus.SENT}


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the outbox catches it."""


def test_killed_before_the_server_took_it_nothing_is_lost(
    store: Store, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    fire(store, make_rule(recipients=["anna"]))
    with monkeypatch.context() as patch:
        patch.setattr(EmailChannel, "send", killing)
        with pytest.raises(Killed):
            send(store, mailbox, lease=timedelta(minutes=2))
    assert send(store, mailbox, 1) == SentReport()  # its lease still holds
    assert send(store, mailbox, 2) == SentReport(sent=1)


def killing(*_: Any, **__: Any) -> Any:
    raise Killed


def test_killed_between_acceptance_and_record_it_repeats_with_the_same_message_id(
    store: Store, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    fire(store, make_rule(recipients=["anna"]))
    with monkeypatch.context() as patch:
        real = EmailChannel.send

        def send_and_die(self: EmailChannel, letter: Letter) -> str:
            real(self, letter)
            raise Killed

        patch.setattr(EmailChannel, "send", send_and_die)
        with pytest.raises(Killed):
            send(store, mailbox, lease=timedelta(minutes=2))
    fire(store, make_rule("another", recipients=["anna"]))  # meanwhile
    assert send(store, mailbox, 2) == SentReport(sent=1)
    first, repeated = mailbox.messages
    assert first["Message-ID"] == repeated["Message-ID"]
    assert send(store, mailbox, 10) == SentReport()


def test_killed_after_the_record_it_is_not_told_again(
    store: Store, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    fire(store, make_rule(recipients=["anna"]))
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", killing)
        with pytest.raises(Killed):
            send(store, mailbox)
    assert deliveries(store)["anna", "sanctions"].status is DeliveryStatus.PENDING
    assert send(store, mailbox, 1) == SentReport()
    (message,) = mailbox.messages
    marked = deliveries(store)["anna", "sanctions"]
    assert (marked.status, marked.message_id, marked.sent_at) == (DeliveryStatus.SENT, message["Message-ID"], NOW)


def test_killed_while_a_rule_joins_it_joins_all_the_same(
    store: Store, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    fire(store, make_rule("one", recipients=["anna"]))
    send(store, mailbox)
    fire(store, make_rule("two", recipients=["anna"]))
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", killing)
        with pytest.raises(Killed):
            send(store, mailbox)
    assert send(store, mailbox) == SentReport(joined=1)
    assert len(mailbox.messages) == 1


def test_senders_at_the_same_time_tell_nothing_twice(store: Store, mailbox: Mailbox) -> None:
    for n in range(6):
        fire(store, make_rule("one"), make_rule("two"), id_=f"a{n}", story=StoryRef(id=f"2026.11-s{n}"))
    start = threading.Barrier(3)
    reports: list[SentReport] = []

    def work() -> None:
        start.wait()
        reports.append(send(store, mailbox))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.sent for report in reports) == len(mailbox.messages) == 12
    assert len({str(message["Message-ID"]) for message in mailbox.messages}) == 12
    assert statuses(store) == {DeliveryStatus.SENT}


def test_lease_that_was_lost_records_nothing(store: Store, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    fire(store, make_rule(recipients=["anna"]))
    real = EmailChannel.send

    def slow(self: EmailChannel, letter: Letter) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(EmailChannel, "send", real)
            assert send(store, mailbox, 5) == SentReport(sent=1)  # another sender, after our lease's end
        return real(self, letter)

    monkeypatch.setattr(EmailChannel, "send", slow)
    assert send(store, mailbox) == SentReport()
    assert len({str(message["Message-ID"]) for message in mailbox.messages}) == 1
    store.refresh(Kind.THREADS)
    (kept,) = store.search(Thread, Kind.THREADS, {"match_all": {}}, size=10)
    assert kept.record.messages == 1


class OtherChannel:
    """A channel that takes nothing."""

    def send(self, letter: Letter) -> str:
        raise Refused("revoked")


def test_channels_fail_on_their_own_and_an_unknown_one_waits(store: Store, mailbox: Mailbox) -> None:
    fire(store)
    for delivery in deliveries(store).values():
        for channel in ("chat", "pager"):
            copy = delivery.model_copy(update={"id": f"{delivery.id}-{channel}", "channel": channel})
            store.create(Kind.DELIVERIES, copy.id, copy, "2026.11")
    with email(mailbox) as channel:
        channels: Mapping[str, Channel] = {"email": channel, "chat": OtherChannel()}
        assert send_due(store, DESKS, channels, NOW) == SentReport(sent=2, failed=2)
    waiting = due(store, ["email", "chat", "pager"], NOW, 10)
    assert [d.channel for group in waiting for d in group] == ["pager", "pager"]


def test_run_that_is_out_of_time_leaves_the_rest_due(store: Store, mailbox: Mailbox) -> None:
    fire(store)
    assert send(store, mailbox, budget=timedelta(seconds=-1)) == SentReport()
    assert send(store, mailbox) == SentReport(sent=2)


def test_delivery_without_its_alert_fails_with_the_reason(store: Store, mailbox: Mailbox) -> None:
    fire(store)
    store.refresh(Kind.ALERTS)
    alerts = store.indices.name(Kind.ALERTS)
    store.client.delete_by_query(index=alerts, query={"match_all": {}}, refresh=True)
    assert send(store, mailbox) == SentReport(failed=2)
    store.refresh(Kind.DELIVERIES)
    found = store.search(Delivery, Kind.DELIVERIES, {"match_all": {}}, size=10)
    assert {kept.record.last_error for kept in found} == {"its alert is not in the index any more"}


def test_notice_reaches_the_operator_once(store: Store, mailbox: Mailbox) -> None:
    for _ in range(2):
        alert, told = notice(Notice("k", "Silent", "Text", Severity.HIGH), DESKS.values(), NOW)
        ensure(store, [alert], told)
        send(store, mailbox)
    assert [message["To"] for message in mailbox.messages] == ["op@example.org"]
