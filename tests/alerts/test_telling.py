"""The outbox's decisions: what is told, what joins, when it is tried again."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.alerts.telling import Ear, Hush, after_failure, decide, sent
from schemas.alert import Cause, Delivery, DeliveryStatus, DigestKind, Thread
from schemas.base import Severity
from schemas.desk import Alerting
from schemas.rule import Digest, Recipient
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


ANNA = Recipient(name="anna", email="anna@example.org", quiet="22:00-07:00")
NIGHT = NOW.replace(hour=23)
KNOWN = thread(messages=1, severity=Severity.NORMAL, told=["first"], last_sent_at=NOW - timedelta(minutes=5))


def update(development: str = "a2", severity: Severity = Severity.NORMAL) -> Delivery:
    made = delivery("first", severity)
    return made.model_copy(update={"id": f"u-{development}", "cause": Cause.DEVELOPMENT, "development": development})


def test_at_night_it_waits_for_the_morning_unless_it_is_critical() -> None:
    ear = Ear(ANNA, ALERTING)
    waiting = decide(thread(), [delivery()], ear, NIGHT)
    assert (waiting.send, len(waiting.defer)) == ([], 1)
    assert waiting.until == NIGHT.replace(hour=7) + timedelta(days=1)
    both = [delivery("a"), delivery("b", Severity.CRITICAL)]
    assert decide(thread(), both, ear, NIGHT).send == both
    assert decide(thread(), [delivery()], ear, NOW).send


def test_development_waits_for_its_distance_and_then_answers() -> None:
    waits = Ear(ANNA, Alerting(update_spacing=timedelta(minutes=15)))
    early = decide(KNOWN, [update(), delivery("late")], waits, NOW)
    assert early.until == NOW + timedelta(minutes=10)
    assert [d.development for d in early.defer] == ["a2"]
    assert [d.alert_id for d in early.join] == ["late"]
    assert decide(KNOWN, [update()], waits, NOW + timedelta(minutes=10)).send == [update()]


def test_development_is_no_news_where_it_was_told_already_or_the_story_never_was() -> None:
    told = KNOWN.model_copy(update={"told": ["first", "a2"]})
    later = NOW + timedelta(hours=1)
    assert decide(told, [update()], EAR, later).told == [update()]
    assert decide(thread(), [update()], EAR, later).join == [update()]


def test_mute_holds_until_something_more_urgent_and_snooze_until_its_end() -> None:
    until = NOW + timedelta(hours=2)
    muted = Ear(ANNA, ALERTING, [Hush(Severity.NORMAL, until)])
    assert decide(thread(), [delivery()], muted, NOW).mute == [delivery()]
    urgent = delivery("b", Severity.HIGH)
    assert decide(thread(), [urgent], muted, NOW).send == [urgent]
    snoozed = decide(thread(), [delivery()], Ear(ANNA, ALERTING, [Hush(Severity.HIGH, until, snooze=True)]), NOW)
    assert (snoozed.defer, snoozed.until) == ([delivery()], until)
    both = [Hush(Severity.NORMAL, until, snooze=True), Hush(Severity.NORMAL, NOW + timedelta(hours=1))]
    assert decide(thread(), [delivery()], Ear(ANNA, ALERTING, both), NOW).mute


def test_flood_is_held_for_a_digest_but_not_what_is_critical() -> None:
    flooded = Ear(ANNA, ALERTING, flooded=True)
    held = decide(thread(), [delivery()], flooded, NOW)
    assert (held.hold, held.held_for) == ([delivery()], DigestKind.FLOOD)
    critical = delivery("b", Severity.CRITICAL)
    assert decide(thread(), [critical], flooded, NOW).send == [critical]


def test_what_is_not_urgent_enough_waits_for_the_digest_of_its_recipient() -> None:
    boris = Recipient(name="boris", email="b@example.org", singly=Severity.HIGH, digest=Digest())
    ear = Ear(boris, ALERTING)
    assert decide(thread(), [delivery()], ear, NOW).held_for is DigestKind.SCHEDULED
    assert decide(thread(), [delivery("b", Severity.HIGH)], ear, NOW).send
    # A story that they heard of singly goes on in its thread.
    assert decide(KNOWN, [update()], ear, NOW + timedelta(hours=1)).send == [update()]


def test_digest_comes_at_the_hour_that_was_asked_for_and_a_flood_waits_for_the_morning() -> None:
    ear = Ear(ANNA, ALERTING, flooded=True)
    made = delivery().model_copy(update={"cause": Cause.DIGEST, "held_for": DigestKind.SCHEDULED})
    assert decide(thread(), [made], ear, NIGHT).send == [made]
    flood = made.model_copy(update={"held_for": DigestKind.FLOOD})
    assert decide(thread(), [flood], ear, NIGHT).defer == [flood]


def test_escalation_is_told_to_who_knows_the_story_too() -> None:
    made = delivery("first", Severity.CRITICAL).model_copy(update={"cause": Cause.ESCALATION})
    known = KNOWN.model_copy(update={"severity": Severity.CRITICAL})
    assert decide(known, [made], Ear(ANNA, ALERTING, flooded=True), NIGHT).send == [made]


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            lambda a, s, c: delivery(a, s).model_copy(update={"id": a + c, "cause": c, "development": a}),
            st.sampled_from("abc"),
            st.sampled_from(list(Severity)),
            st.sampled_from([Cause.ALERT, Cause.DEVELOPMENT, Cause.ESCALATION]),
        ),
        unique_by=lambda d: d.id,
    ),
    st.sampled_from(
        [EAR, Ear(ANNA, ALERTING), Ear(ANNA, ALERTING, [Hush(Severity.HIGH, NIGHT)]), Ear(ANNA, ALERTING, flooded=True)]
    ),
    st.sampled_from([thread(), KNOWN]),
    st.sampled_from([NOW, NIGHT]),
)
def test_every_delivery_gets_exactly_one_outcome(made: list[Delivery], ear: Ear, state: Thread, now: datetime) -> None:
    d = decide(state, made, ear, now)
    outcome = [x.id for part in (d.send, d.join, d.told, d.mute, d.hold, d.defer) for x in part]
    assert sorted(outcome) == sorted(x.id for x in made)
    assert bool(d.defer) == (d.until is not None)
    assert bool(d.hold) == (d.held_for is not None)


def test_waits_that_ship() -> None:
    shipped = {name: str(value) for name, value in Alerting().model_dump(mode="json").items()}
    assert shipped == {
        "max_age": "P1D",
        "retry": "PT1M",
        "retry_ceiling": "PT1H",
        "give_up_after": "P3D",
        "update_facts": "3",
        "update_outlets": "[50, 200]",
        "update_spacing": "PT15M",
        "follow": "P7D",
        "flood_messages": "20",
        "flood_window": "PT1H",
        "escalate_after": "PT30M",
        "escalate_to": "[]",
        "mute_for": "P7D",
        "snooze_for": "PT2H",
        "links_valid": "P14D",
        "caught_up_after": "PT3H",
        "caught_up_wait": "PT10M",
    }
