"""What the operator is told of the feeds."""

from datetime import UTC, datetime, timedelta

from hotline.health.feeds import failing, silent
from schemas.desk import Health
from schemas.feed import Feed, FeedSource, FeedState

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEALTH = Health()


def feed(name: str, **state: object) -> Feed:
    source = FeedSource(id=name, url=f"https://{name}.example/feed", title=name, publisher=name)
    known = {"last_polled_at": NOW, "first_polled_at": NOW - timedelta(days=30), "last_new_at": NOW} | state
    return Feed(
        id=name,
        source=source,
        state=FeedState(url=source.url, next_poll_at=NOW, interval_s=60, **known),  # type: ignore[arg-type]
    )


def test_without_network_sixty_feeds_are_one_finding_at_once() -> None:
    feeds = [feed(f"f{n}", failures=1, last_error="dns: no such host") for n in range(60)]
    finding = failing(feeds, HEALTH)
    assert finding is not None
    assert "60 of 60" in finding.title
    assert "dns" in finding.title
    assert "network" in finding.text


def test_a_single_feed_is_reported_only_when_it_keeps_failing() -> None:
    healthy = [feed(f"f{n}") for n in range(10)]
    assert failing([*healthy, feed("bad", failures=HEALTH.failing_after - 1, last_error="x")], HEALTH) is None
    finding = failing([*healthy, feed("bad", failures=HEALTH.failing_after, last_error="tls: expired")], HEALTH)
    assert finding is not None
    assert "bad" in finding.text
    assert "tls: expired" in finding.text


def test_feeds_never_polled_are_not_failing() -> None:
    assert failing([feed("new", last_polled_at=None)], HEALTH) is None


def test_a_feed_that_answers_but_brings_nothing_is_silent() -> None:
    old = NOW - HEALTH.silent_after - timedelta(hours=1)
    finding = silent([feed("stale", last_new_at=old), feed("fine")], HEALTH, NOW)
    assert finding is not None
    assert "stale" in finding.text
    assert "fine" not in finding.text


def test_a_feed_known_for_less_than_the_window_is_not_silent_yet() -> None:
    assert silent([feed("young", last_new_at=None, first_polled_at=NOW - timedelta(hours=1))], HEALTH, NOW) is None
