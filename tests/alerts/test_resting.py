"""A rule's own quiet hours, throttle and channels."""

from datetime import timedelta

import pytest

from hotline.alerts.links import Post
from hotline.alerts.outbox import SentReport
from hotline.search.store import Store
from schemas.alert import DigestKind
from schemas.article import StoryRef
from schemas.rule import Recipient, Rule
from tests.alerts.conftest import DESK, make_desk, make_rule
from tests.alerts.mailbox import Mailbox
from tests.alerts.rig import ANNA, every_delivery, fire, send

pytestmark = pytest.mark.elasticsearch
DESKS = {DESK: make_desk(Recipient(name="anna", email=ANNA, timezone="Europe/Berlin"))}


def run(store: Store, mailbox: Mailbox, minutes: float, *rules: Rule) -> SentReport:
    post = Post(rules={(DESK, rule.id): rule for rule in rules})
    return send(store, mailbox, minutes, desks=DESKS, post=post)


def ring(store: Store, n: int, *rules: Rule) -> None:
    fire(store, *rules, desks=DESKS, id_=f"a{n}", title=f"Event {n}", story=StoryRef(id=f"2026.11-s{n}"))


def test_rule_rests_in_its_hours_by_the_recipients_clock(store: Store, mailbox: Mailbox) -> None:
    resting, other = make_rule(quiet="12:00-14:00"), make_rule("other")
    ring(store, 1, resting)
    ring(store, 2, resting, other)
    assert run(store, mailbox, 0, resting, other) == SentReport(sent=1, deferred=1)  # 13:00 in Berlin
    assert mailbox.messages[0]["Subject"] == "[normal] Event 2"
    assert run(store, mailbox, 59, resting, other) == SentReport()
    assert run(store, mailbox, 60, resting, other) == SentReport(sent=1)


def test_throttle_leaves_the_rest_to_a_digest_and_then_the_rule_tells_again(store: Store, mailbox: Mailbox) -> None:
    rule = make_rule(throttle="30m")
    ring(store, 1, rule)
    assert run(store, mailbox, 0, rule) == SentReport(sent=1)
    for n in (2, 3):
        ring(store, n, rule)
    assert run(store, mailbox, 5, rule) == SentReport(sent=1, held=2)
    assert mailbox.messages[1]["Subject"].endswith(": 2 stories")
    assert {d.held_for for d in every_delivery(store) if d.held_for} == {DigestKind.FLOOD}
    ring(store, 4, rule)
    assert run(store, mailbox, 36, rule) == SentReport(sent=1)


def test_what_is_critical_does_not_rest(store: Store, mailbox: Mailbox) -> None:
    rule = make_rule(quiet="00:00-23:59", throttle="1h", severity="critical")
    for n in (1, 2):
        ring(store, n, rule)
    assert run(store, mailbox, 0, rule) == SentReport(sent=2)


def test_rule_names_its_channels(store: Store) -> None:
    fire(store, make_rule(channels=["email", "pager"]), desks=DESKS)
    assert {(d.channel, d.address) for d in every_delivery(store)} == {("email", ANNA), ("pager", "pager")}


def test_durations_of_a_rule_carry_their_unit() -> None:
    assert make_rule(throttle="30m").throttle == timedelta(minutes=30)
