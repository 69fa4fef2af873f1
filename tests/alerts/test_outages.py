"""Senders killed for real, servers away for half an hour, an index that fails: nothing is lost or told twice."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from hotline.search.store import Store
from schemas.alert import DeliveryStatus
from schemas.article import StoryRef
from tests.alerts.conftest import DESK, NOW, make_desk, make_rule
from tests.alerts.mailbox import Mailbox, smtp_server
from tests.alerts.rig import ANNA, DESKS, every_delivery, fire, send, statuses, threads

pytestmark = pytest.mark.elasticsearch

SENDER = """
import os, signal, sys
from datetime import timedelta
from elasticsearch import Elasticsearch
from hotline.alerts.email import EmailChannel
from hotline.alerts.outbox import send_due
from hotline.search.indices import Indices, Kind
from hotline.search.store import Store
from tests.alerts.conftest import DESK, NOW, make_desk

url, prefix, port, step = sys.argv[1:]
real = EmailChannel.send

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def send(self, letter):
    if step == "before it is sent":
        die()
    id_ = real(self, letter)
    if step == "after it is sent":
        die()
    if step == "after the record":
        Store.write = die
    return id_

EmailChannel.send = send
store = Store(Elasticsearch(url), Indices(prefix))
with EmailChannel("127.0.0.1", int(port), "Hotline <hotline@desk.example>") as channel:
    send_due(store, {DESK: make_desk()}, {"email": channel}, NOW, lease=timedelta(minutes=2))
"""


@pytest.mark.parametrize(
    ("step", "taken", "in_the_end"),
    [("before it is sent", 0, 1), ("after it is sent", 1, 2), ("after the record", 1, 1)],
)
def test_killed_by_sigkill_only_the_moment_before_the_record_sends_again_and_with_the_same_id(
    store: Store, mailbox: Mailbox, elasticsearch_url: str, step: str, taken: int, in_the_end: int
) -> None:
    fire(store, make_rule(recipients=["anna"]))
    root = Path(__file__).parents[2]
    sender = subprocess.run(
        [sys.executable, "-c", SENDER, elasticsearch_url, store.indices.prefix, str(mailbox.port), step],
        env=os.environ | {"PYTHONPATH": f"{root / 'plugins'}:{root}"}, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    assert sender.returncode == -signal.SIGKILL, sender.stderr
    assert len(mailbox.messages) == taken
    send(store, mailbox, 1)  # its lease still holds
    send(store, mailbox, 2)
    send(store, mailbox, 10)
    assert len(mailbox.messages) == in_the_end
    assert len({str(message["Message-ID"]) for message in mailbox.messages}) == 1
    assert statuses(store) == {DeliveryStatus.SENT}


def test_mail_server_away_for_half_an_hour_loses_and_doubles_nothing(store: Store, mailbox: Mailbox) -> None:
    gone = Mailbox()
    with smtp_server(gone):
        pass
    for minute in range(0, 30, 3):
        if minute % 6 == 0:
            story = StoryRef(id=f"2026.11-s{minute}")
            fire(store, id_=f"a{minute}", title=f"Event {minute}", story=story, at=NOW + timedelta(minutes=minute))
        report = send(store, gone, minute)
        assert (report.sent, report.failed) == (0, 0)
        assert report.retrying <= 1  # one message finds out, the others are not tried in vain
    sent = 0
    for minute in range(30, 95, 4):
        sent += send(store, mailbox, minute).sent
    assert sent == 10
    assert len({str(message["Message-ID"]) for message in mailbox.messages}) == len(mailbox.messages) == 10
    assert statuses(store) == {DeliveryStatus.SENT}
    # What had not been tried went in the first minute, what had been within the hour that waits may reach.
    assert max(d.sent_at for d in every_delivery(store) if d.sent_at) <= NOW + timedelta(minutes=94)


class Failing:
    """An Elasticsearch client whose n-th request from now fails like a server that restarts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
        from elasticsearch import ConnectionError as Gone

        self.left = after
        real = Elasticsearch.perform_request

        def perform(client: Elasticsearch, *args: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise Gone("restarting")
            return real(client, *args, **options)

        monkeypatch.setattr(Elasticsearch, "perform_request", perform)


def test_index_that_fails_at_any_request_of_a_run_loses_nothing(
    store: Store, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from elasticsearch import ConnectionError as Gone

    desks = {DESK: make_desk(DESKS[DESK].recipients[0])}
    failed = 0
    for n in range(1, 40):
        mailbox.messages.clear()
        fire(store, desks=desks, id_=f"a{n}", title=f"Event {n}", story=StoryRef(id=f"2026.11-s{n}"))
        with monkeypatch.context() as patch:
            Failing(patch, n)
            try:
                send(store, mailbox, n * 60, desks=desks)
            except Gone:
                failed += 1
        send(store, mailbox, n * 60 + 6, desks=desks)  # its lease is over
        ids = {str(message["Message-ID"]) for message in mailbox.messages}
        assert len(ids) == 1, f"request {n}"
        # Twice only where the record of what was sent failed.
        assert len(mailbox.messages) <= 2
        if n > 5 and failed < n:
            break
    assert failed >= 10
    assert statuses(store) == {DeliveryStatus.SENT}
    assert {thread.address for thread in threads(store)} == {ANNA}
