"""A critical alert that nobody acknowledges goes on to somebody else."""

from datetime import timedelta

import pytest

from hotline.alerts.answers import Answer, record, said_of
from hotline.alerts.escalate import escalate
from hotline.alerts.outbox import SentReport
from hotline.search.store import Store
from schemas.alert import Act
from schemas.article import StoryRef
from schemas.desk import Desk
from schemas.rule import Recipient
from tests.alerts.conftest import DESK, NOW, make_desk, make_rule
from tests.alerts.mailbox import Mailbox
from tests.alerts.rig import ANNA, fire, send, text

pytestmark = pytest.mark.elasticsearch
CHIEF = "chief@example.org"
WAR = make_rule("war", severity="critical", recipients=["anna"])


def desks(to: list[str]) -> dict[str, Desk]:
    people = (Recipient(name="anna", email=ANNA), Recipient(name="chief", email=CHIEF))
    return {DESK: make_desk(*people, alerting={"escalate_to": to, "escalate_after": "15m"})}


def test_unanswered_critical_alert_goes_on_once_and_says_since_when(store: Store, mailbox: Mailbox) -> None:
    watched = desks(["chief", "anna"])
    fire(store, WAR, desks=watched)
    fire(store, make_rule("other", recipients=["anna"]), desks=watched, id_="b", story=StoryRef(id="2026.11-b"))
    send(store, mailbox, desks=watched)
    assert escalate(store, watched, NOW + timedelta(minutes=14)) == 0
    assert escalate(store, watched, NOW + timedelta(minutes=15)) == 2
    assert escalate(store, watched, NOW + timedelta(minutes=16)) == 0
    assert send(store, mailbox, 16, desks=watched) == SentReport(sent=2)
    (told,) = mailbox.by_recipient()[CHIEF]
    assert "Nobody has acknowledged this since Tue, 24 Nov 2026, 12:00 UTC." in text(told)
    first, again = [m for m in mailbox.by_recipient()[ANNA] if "critical" in m["Subject"]]
    assert again["In-Reply-To"] == first["Message-ID"]
    assert escalate(store, watched, NOW + timedelta(hours=2)) == 0
    assert escalate(store, watched, NOW + timedelta(days=2)) == 0


def test_any_answer_stops_it(store: Store, mailbox: Mailbox) -> None:
    watched = desks(["chief"])
    (alert,) = fire(store, WAR, desks=watched)
    send(store, mailbox, desks=watched)
    record(store, said_of(alert, Answer(Act.ACKNOWLEDGE, "anna", "link"), watched[DESK].alerting, NOW))
    assert escalate(store, watched, NOW + timedelta(minutes=20)) == 0


def test_without_anybody_to_go_to_it_stays(store: Store, mailbox: Mailbox) -> None:
    watched = desks([])
    fire(store, WAR, desks=watched)
    send(store, mailbox, desks=watched)
    assert escalate(store, watched, NOW + timedelta(minutes=20)) == 0
    assert escalate(store, desks(["chief"]) | {"empty": make_desk()}, NOW + timedelta(minutes=20)) == 1
