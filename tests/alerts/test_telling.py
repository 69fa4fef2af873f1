"""The outbox's decisions: what is told, what joins, when it is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.alerts.telling import Ear, after_failure, decide, sent
from schemas.alert import Delivery, DeliveryStatus, Thread
from schemas.base import Severity
from schemas.desk import Alerting
from tests.alerts.conftest import NOW

ALERTING = Alerting(retry=timedelta(minutes=1), retry_ceiling=timedelta(minutes=10), give_up_after=timedelta(hours=6))

EAR = Ear(None, ALERTING)


def delivery(alert: str = "a", severity: Severity = Severity.NORMAL, attempts: int = 0) -> Delivery:
    return Delivery(
        **{"@timestamp": NOW},
        id=f"2026.11-{alert}",
        alert_id=alert,
        thread="s",
        severity=severity,
        recipient="anna",
        address="anna@example.org",
        channel="email",
        attempts=attempts,
        next_try_at=NOW,
    )


def thread(**fields: object) -> Thread:
    known = {"@timestamp": NOW, "id": "t", "thread": "s", "address": "anna@example.org", "channel": "email"}
    return Thread.model_validate(known | {"subject": "h"} | fields)


def test_first_message_tells_every_rule_that_fired() -> None:
    both = [delivery("a"), delivery("b", Severity.HIGH)]
    assert decide(thread(), both, EAR, NOW).send == both


@pytest.mark.parametrize(
    ("told", "fires", "goes"),
    [
        (Severity.NORMAL, Severity.LOW, False),
        (Severity.NORMAL, Severity.NORMAL, False),
        (Severity.NORMAL, Severity.HIGH, True),
        (Severity.CRITICAL, Severity.CRITICAL, False),
    ],
)
def test_later_rule_joins_unless_it_is_more_urgent(told: Severity, fires: Severity, goes: bool) -> None:
    late = delivery("late", fires)
    decision = decide(thread(messages=1, severity=told, told=["first"]), [late], EAR, NOW)
    assert (decision.send, decision.join) == (([late], []) if goes else ([], [late]))


def test_what_a_dead_sender_told_or_joined_is_only_marked() -> None:
    known = thread(messages=1, severity=Severity.LOW, told=["a"], joined=["b"])
    decision = decide(known, [delivery("a", Severity.HIGH), delivery("b", Severity.HIGH)], EAR, NOW)
    assert decision.send == []
    assert [d.alert_id for d in decision.told] == ["a"]
    assert [d.alert_id for d in decision.join] == ["b"]


def test_update_tells_what_had_joined() -> None:
    before = thread(messages=1, severity=Severity.LOW, told=["a"], joined=["b"], last_message_id="<0>")
    after = sent(before, ["c", "b"], [delivery("c", Severity.HIGH)], message_id="<1>", now=NOW)
    assert (after.messages, after.severity, after.told, after.joined) == (2, Severity.HIGH, ["a", "c", "b"], [])
    assert (after.last_message_id, after.last_sent_at) == ("<1>", NOW)


severities = st.lists(st.sampled_from(Severity), min_size=1, max_size=8)


@settings(deadline=None)
@given(severities)
def test_messages_about_a_story_are_never_more_than_the_severities(fired: list[Severity]) -> None:
    state = thread()
    for n, severity in enumerate(fired):
        one = delivery(f"a{n}", severity)
        decision = decide(state, [one], EAR, NOW)
        assert len(decision.send) + len(decision.join) == 1
        if decision.send:
            state = sent(state, [one.alert_id, *state.joined], decision.send, message_id="<>", now=NOW)
        else:
            state.joined.append(one.alert_id)
    assert state.messages <= len(set(fired))
    assert state.severity is max(fired, key=lambda s: s.rank)
    assert sorted(state.told + state.joined) == [f"a{n}" for n in range(len(fired))]


def test_waits_double_up_to_the_ceiling() -> None:
    waits = []
    state = delivery()
    for _ in range(6):
        state = after_failure(state, "451 busy", final=False, alerting=ALERTING, now=NOW)
        waits.append((state.next_try_at - NOW) / timedelta(minutes=1))
    assert waits == [1, 2, 4, 8, 10, 10]
    assert (state.status, state.attempts, state.last_error) == (DeliveryStatus.RETRYING, 6, "451 busy")
    assert after_failure(delivery(attempts=10_000), "x", final=False, alerting=ALERTING, now=NOW).next_try_at > NOW


def test_delivery_is_given_up_when_refused_or_when_it_failed_too_long() -> None:
    def status(final: bool, hours: float) -> DeliveryStatus:
        at = NOW + timedelta(hours=hours)
        return after_failure(delivery(), "x", final=final, alerting=ALERTING, now=at).status

    assert status(final=True, hours=0) is DeliveryStatus.FAILED
    assert status(final=False, hours=5.9) is DeliveryStatus.RETRYING
    assert status(final=False, hours=6) is DeliveryStatus.FAILED
