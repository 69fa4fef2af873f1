"""What an outage delayed: in one digest, with nothing of the past."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from hotline.alerts.late import Gap, Outages, gaps_between, outages
from hotline.alerts.matching import Match, Watch
from hotline.alerts.outbox import SentReport
from hotline.alerts.raising import ensure, raised
from hotline.search.indices import Kind
from hotline.search.store import Store, Write
from schemas.alert import DeliveryStatus
from schemas.article import Article, StoryRef
from schemas.base import Precision
from schemas.capture import Batch
from schemas.desk import Alerting
from tests.alerts.conftest import DESK, NOW, make_article, make_rule
from tests.alerts.mailbox import Mailbox
from tests.alerts.rig import ANNA, DESKS, every_delivery, send, text

WAITS = Alerting()
AWAY = Outages(NOW, [Gap(NOW - timedelta(hours=40), NOW - timedelta(minutes=20))])


def article(id_: str, hours: float, **changes: Any) -> Article:
    """Published so many hours ago, and found ten minutes ago."""
    fields: dict[str, Any] = {
        "published_at": NOW - timedelta(hours=hours),
        "discovered_at": NOW - timedelta(minutes=10),
        "story": StoryRef(id=f"2026.11-{id_}"),
        "title": f"Event {id_}",
    }
    return make_article(id_, **fields | changes)


@pytest.mark.parametrize(
    ("hours", "discovered_hours", "is_delayed"),
    [
        (30, 0.1, True),  # published while nothing was fetched
        (5, 0.1, True),
        (2, 0.1, False),  # not late enough to be told otherwise than singly
        (50, 0.1, False),  # of before: an old entry
        (30, 35, True),  # found in time, but it waited here
        (1, 0.5, False),
    ],
)
def test_delayed_is_what_was_published_or_waited_while_we_were_away(
    hours: float, discovered_hours: float, is_delayed: bool
) -> None:
    found = article("a", hours, discovered_at=NOW - timedelta(hours=discovered_hours))
    assert AWAY.delayed(found, WAITS) is is_delayed
    assert not Outages(NOW).delayed(article("a", hours), WAITS)
    assert not AWAY.delayed(article("a", 5, published_at=None), WAITS)


def test_short_pauses_are_no_outage() -> None:
    night = Outages(NOW, [Gap(NOW - timedelta(hours=8), NOW - timedelta(hours=6))])
    assert not night.delayed(article("a", 7, discovered_at=NOW - timedelta(hours=1)), WAITS)
    watch = Watch(DESK, DESKS[DESK], make_rule())
    assert night.widened(watch) == watch


def test_after_an_outage_older_articles_are_matched_but_only_delayed_ones_ring() -> None:
    watch = AWAY.widened(Watch(DESK, DESKS[DESK], make_rule()))
    assert watch.desk.alerting.max_age == timedelta(hours=40)
    cases = {
        "late": article("late", 30),
        "past": article("past", 39, discovered_at=NOW - timedelta(minutes=10), published_at=NOW - timedelta(hours=41)),
        "today": article("today", 1),
        "day": article("day", 41, published_precision=Precision.DAY, published_at=NOW - timedelta(hours=41)),
    }
    kept = AWAY.sifted([Match(watch, a, {}) for a in cases.values()], {DESK: WAITS})
    assert [m.article.id for m in kept] == ["late", "today", "day"]
    narrow = Watch(DESK, DESKS[DESK], make_rule())
    assert AWAY.sifted([Match(narrow, cases["past"], {})], {DESK: WAITS})  # the query itself has judged its age


def test_gaps_are_between_the_times_of_fetching() -> None:
    at = [NOW, NOW + timedelta(minutes=10), NOW + timedelta(hours=5)]
    assert gaps_between(at) == [Gap(at[1], at[2] + timedelta(minutes=10))]
    assert gaps_between([]) == []


@pytest.mark.elasticsearch
def test_what_an_outage_delayed_comes_as_one_digest_and_what_is_critical_by_itself(
    store: Store, mailbox: Mailbox
) -> None:
    def batch(id_: str, at: datetime) -> Write:
        return Write(Kind.BATCHES, id_, Batch(id=id_, warc=None, created_at=at, captures=0))

    store.write([batch("b1", NOW - timedelta(hours=9)), batch("b2", NOW - timedelta(minutes=5))])
    away = outages(store, NOW)
    assert [(gap.end - gap.start) > timedelta(hours=8) for gap in away.gaps] == [True]
    found = {a.id: a for a in [article("a1", 5), article("a2", 6), article("a3", 0.1)]}
    rules = [(make_rule(recipients=["anna"]), a) for a in found.values()]
    rules.append((make_rule("war", severity="critical", recipients=["anna"]), found["a2"]))
    alerts, made = raised([Match(Watch(DESK, DESKS[DESK], rule), a, {}) for rule, a in rules], NOW)
    ensure(store, alerts, away.held(alerts, made, found, {DESK: WAITS}))
    assert {d.status for d in every_delivery(store)} == {DeliveryStatus.PENDING, DeliveryStatus.HELD}
    assert send(store, mailbox) == SentReport(sent=2)
    assert {m["Subject"] for m in mailbox.messages} == {"[normal] Event a3", "[critical] Event a2"}
    assert send(store, mailbox, 9) == SentReport()
    assert send(store, mailbox, 10) == SentReport(sent=1)
    digest = mailbox.by_recipient()[ANNA][-1]
    assert "Caught up" in digest["Subject"]
    assert "Event a1" in text(digest)
    assert "Event a3" not in text(digest)
    assert {d.status for d in every_delivery(store)} == {DeliveryStatus.SENT}
