"""Dates as outlets write them; what is not said is not invented."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.feeds.dates import parse_date

NOON = "2026-11-24 09:20:00"


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        ("Tue, 24 Nov 2026 12:20:00 +0300", NOON),
        ("Mon, 24 Nov 2026 09:20:00 GMT", NOON),  # wrong weekday
        ("24 Nov 26 09:20 UT", NOON),
        ("Tue, 24 Nov 2026 04:20:00 EST", NOON),
        ("Tue, 24 Nov 2026 12:20:00 MSK", NOON),
        ("Tue, 24 Nov 2026 09:20:00", NOON),
        ("Tue, 24 November 2026 09:20:00 Z", NOON),
        ("Tue Nov 24 09:20:00 2026", NOON),
        ("Tue Nov 24 12:20:00 MSK 2026", NOON),
        ("Nov 24, 2026 9:20 AM", NOON),
        ("November 24th, 2026 09:20pm GMT", "2026-11-24 21:20:00"),
        ("2026-11-24T12:20:00+03:00", NOON),
        ("2026-11-24T09:20:00.123Z", NOON),
        ("2026-11-24T12:20+03", NOON),
        ("20261124T092000Z", NOON),
        ("2026-11-24 09:20:00", NOON),
        ("2026-11-24T09:20:00 GMT+00:00", NOON),
        ("2026/11/24 09:20", NOON),
        ("24.11.2026 09:20", NOON),
        ("24/11/2026 09:20", NOON),
        ("11/24/2026 9:20", NOON),
        ("24 ноября 2026 12:20 МСК", NOON),
        ("Вт, 24 ноя 2026 12:20:00 +0300", NOON),
        ("24 листопада 2026, 11:20 EET", NOON),
        ("24. November 2026, 10:20 MEZ", NOON),
        ("mar, 24 nov 2026 10:20:00 +0100", NOON),  # Spanish Tuesday, no March
        ("24 de noviembre de 2026 09:20", NOON),
        ("24 novembre 2026 10:20 CET", NOON),
        ("wto, 24 lis 2026 10:20:00 +0100", NOON),
        ("2026년 11월 24일 09:20", NOON),
        ("2026年11月24日 下午 09:20", "2026-11-24 21:20:00"),
        ("1795512000", "2026-11-24 09:20:00"),
        ("2026-11-24", "2026-11-24 00:00:00"),
        ("Tue, 24 Nov 2026", "2026-11-24 00:00:00"),
        ("Tue, 24 Nov 2026 24:00:00 GMT", "2026-11-25 00:00:00"),
        ("Tue, 24 Nov 2026 31:71:00 GMT", "2026-11-24 00:00:00"),
        ("Tue, 24 Nov 2126 09:20:00 GMT", "2126-11-24 09:20:00"),  # the feed says so
        ("24 Nov 99 09:20 GMT", "1999-11-24 09:20:00"),
    ],
)
def test_dates_that_are_said(raw: str, utc: str) -> None:
    assert parse_date(raw) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "", "today", "November 2026", "2026-11", "2026", "31 Feb 2026", "2026-13-01", "Thu, 01 Jan 1970 00:00:00 GMT",
        "0001-01-01T00:00:00Z", "05/06/2026", "0", "24 Foo 2026", "09:20", "-1", "99999999999999",
    ],
)  # fmt: skip
def test_dates_that_are_not_said(raw: str) -> None:
    assert parse_date(raw) is None


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60) | st.from_regex(r"[0-9 :/.,+TZ-]{0,40}", fullmatch=True))
def test_any_text_gives_a_date_in_utc_or_none(raw: str) -> None:
    found = parse_date(raw)
    assert found is None or found.utcoffset() == UTC.utcoffset(None)


@settings(deadline=None, max_examples=100)
@given(st.integers(631152000, 4070908800))  # 1990 to 2099
def test_what_is_written_by_the_standards_is_read_back(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert parse_date(moment.isoformat()) == moment
    assert parse_date(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment
