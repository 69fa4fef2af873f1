"""Hours by a recipient's clock, over midnight and the changes of summer time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hotline.alerts.hours import last_period, quiet_until
from schemas.rule import Digest, Recipient


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def person(**fields: object) -> Recipient:
    return Recipient.model_validate({"name": "anna", "email": "anna@example.org"} | fields)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-24T20:59", None),  # 21:59 in Berlin
        ("2026-11-24T21:00", "2026-11-25T06:00"),
        ("2026-11-25T05:59", "2026-11-25T06:00"),
        ("2026-11-25T06:00", None),
        ("2026-03-28T22:00", "2026-03-29T05:00"),  # the night that loses an hour
        ("2026-10-24T21:00", "2026-10-25T06:00"),  # the night that has one more
    ],
)
def test_quiet_hours_go_past_midnight_and_follow_summer_time(now: str, until: str | None) -> None:
    anna = person(quiet="22:00-07:00", timezone="Europe/Berlin")
    assert quiet_until(anna.quiet, anna.timezone, utc(now)) == (utc(until) if until else None)


def test_quiet_hours_of_one_day() -> None:
    anna = person(quiet="12:00-13:30")
    assert quiet_until(anna.quiet, "UTC", utc("2026-11-24T12:15")) == utc("2026-11-24T13:30")
    assert quiet_until(anna.quiet, "UTC", utc("2026-11-24T11:59")) is None
    assert quiet_until(None, "UTC", utc("2026-11-24T03:00")) is None


@pytest.mark.parametrize(
    ("digest", "zone", "now", "since", "until"),
    [
        ({"every": "hourly"}, "Asia/Kolkata", "2026-11-24T12:10", "2026-11-24T10:30", "2026-11-24T11:30"),
        ({"at": "08:00"}, "Europe/Berlin", "2026-11-24T07:00", "2026-11-23T07:00", "2026-11-24T07:00"),
        ({"at": "08:00"}, "Europe/Berlin", "2026-11-24T06:59", "2026-11-22T07:00", "2026-11-23T07:00"),
        ({"at": "08:00"}, "Europe/Berlin", "2026-03-29T09:00", "2026-03-28T07:00", "2026-03-29T06:00"),  # 23 hours
        ({"at": "08:00"}, "Europe/Berlin", "2026-10-25T09:00", "2026-10-24T06:00", "2026-10-25T07:00"),  # 25 hours
        ({"every": "weekly", "day": "monday"}, "UTC", "2026-11-24T12:00", "2026-11-16T08:00", "2026-11-23T08:00"),
        ({"every": "weekly", "day": "tuesday"}, "UTC", "2026-11-24T07:00", "2026-11-10T08:00", "2026-11-17T08:00"),
    ],
)
def test_digests_cover_the_last_whole_period(
    digest: dict[str, str], zone: str, now: str, since: str, until: str
) -> None:
    wish = Digest.model_validate(digest)
    assert last_period(wish, zone, utc(now)) == (utc(since), utc(until))


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(["hourly", "daily", "weekly"]),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_periods_follow_each_other_without_gap_or_overlap(every: str, zone: str, now: datetime) -> None:
    wish = Digest.model_validate({"every": every, "at": "02:30"})
    since, until = last_period(wish, zone, now)
    assert since < until <= now
    if every != "hourly":
        assert last_period(wish, zone, since) == (last_period(wish, zone, since)[0], since)
        days = timedelta(days=1 if every == "daily" else 7)
        assert abs((until - since) - days) <= timedelta(hours=1)


def test_what_would_be_wrong_in_desk_yaml_is_refused() -> None:
    with pytest.raises(ValidationError, match="no time zone is called 'Berlin'"):
        person(timezone="Berlin")
    with pytest.raises(ValidationError, match="leaves the rest to a digest"):
        person(singly="high")
    with pytest.raises(ValidationError, match="'pager', which is not among"):
        person(digest={"channel": "pager"})
    with pytest.raises(ValidationError, match="quiet"):
        person(quiet="22-7")
