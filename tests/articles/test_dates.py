from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.articles.dates import CLOCK_ERROR, choose, date_in_url, read_stamp
from hotline.articles.extract import extract
from schemas.article import DateFrom
from schemas.base import Precision
from schemas.item import Entry
from tests.articles.pages import NOW, URL, news, page


@pytest.mark.parametrize(
    ("text", "at", "precision", "offset"),
    [
        ("2026-11-23T18:05:07+03:00", datetime(2026, 11, 23, 15, 5, 7, tzinfo=UTC), Precision.SECOND, 180),
        ("2026-11-23T18:05Z", datetime(2026, 11, 23, 18, 5, tzinfo=UTC), Precision.MINUTE, 0),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC), Precision.DAY, None),
        ("2026-11-23T00:00:00Z", datetime(2026, 11, 23, tzinfo=UTC), Precision.DAY, 0),
        ("Mon, 23 Nov 2026 18:05:00 GMT", datetime(2026, 11, 23, 18, 5, tzinfo=UTC), Precision.SECOND, 0),
        ("November 23, 2026 at 6:05 p.m. EST", datetime(2026, 11, 23, 23, 5, tzinfo=UTC), Precision.MINUTE, -300),
        ("23 ноября 2026, 18:05", datetime(2026, 11, 23, 18, 5, tzinfo=UTC), Precision.MINUTE, None),
        ("23.11.2026 18:05", datetime(2026, 11, 23, 18, 5, tzinfo=UTC), Precision.MINUTE, None),
        ("Stand: 23. November 2026", datetime(2026, 11, 23, tzinfo=UTC), Precision.DAY, None),
        ("1795543507", datetime.fromtimestamp(1795543507, UTC), Precision.SECOND, 0),
    ],
)
def test_dates_as_outlets_write_them(text, at, precision, offset):
    stamp = read_stamp(text, DateFrom.META)
    assert stamp is not None
    assert (stamp.at, stamp.precision, stamp.offset) == (at, precision, offset)


@pytest.mark.parametrize("text", ["", None, "yesterday", "32.13.2026", "2026-02-30", "version 1.2.3"])
def test_what_is_no_date_gives_none(text):
    assert read_stamp(text, DateFrom.META) is None


@given(st.text(max_size=60))
def test_no_text_makes_reading_fail(text):
    read_stamp(text, DateFrom.TEXT)


def test_day_in_the_address():
    stamp = date_in_url(URL)
    assert stamp is not None
    assert (stamp.at, stamp.precision) == (datetime(2026, 11, 23, tzinfo=UTC), Precision.DAY)
    assert date_in_url("https://example.com/2026/13/45/x") is None


def test_the_future_is_no_date_beyond_the_clocks_error():
    def at(wait: timedelta):
        return read_stamp((NOW + wait).isoformat(), DateFrom.META)

    assert choose([at(CLOCK_ERROR / 2)], NOW) is not None
    assert choose([at(CLOCK_ERROR * 2)], NOW) is None


def test_a_day_gives_way_to_a_minute_of_the_same_day_only():
    day = read_stamp("2026-11-20", DateFrom.JSON_LD)
    same, other = (read_stamp(text, DateFrom.TIME_ELEMENT) for text in ("2026-11-20T09:30Z", "2026-11-21T09:30Z"))
    assert choose([day, other, same], NOW) is same
    assert choose([day, other], NOW) is day


def test_provenance_precision_and_offset_are_kept():
    head = """<script type="application/ld+json">[{"@graph":[{"@type":["NewsArticle"],"headline":"Envoys meet",
    "datePublished":"2026-11-23T18:05:07+03:00","dateModified":"2026-11-23T19:00:00+03:00",}]}]</script>"""
    result = extract(None, page(news(head=head)), now=NOW)
    assert result.published_at == datetime(2026, 11, 23, 15, 5, 7, tzinfo=UTC)
    assert (result.published_from, result.published_precision) == (DateFrom.JSON_LD, Precision.SECOND)
    assert (result.published_offset_minutes, result.modified_from) == (180, DateFrom.JSON_LD)


@pytest.mark.parametrize(
    ("head", "source"),
    [
        ('<meta property="article:published_time" content="2026-11-23T10:00:00Z">', DateFrom.META),
        ("", DateFrom.URL),
    ],
)
def test_sources_in_their_order(head, source):
    assert extract(None, page(news(head=head)), now=NOW).published_from is source


def test_the_feed_goes_before_the_address():
    entry = Entry(id="1", url=URL, published_at=datetime(2026, 11, 22, 8, 30, tzinfo=UTC))
    assert extract(entry, page(news()), now=NOW).published_from is DateFrom.FEED


def test_no_date_is_never_today():
    result = extract(
        None, page(news().replace("/2026/11/23", ""), url="https://example-herald.com/envoys-meet-in-geneva"), now=NOW
    )
    assert result.published_at is None


def test_a_change_before_the_publication_is_dropped():
    head = """<meta property="article:published_time" content="2026-11-23T10:00:00Z">
    <meta property="article:modified_time" content="2026-11-01T10:00:00Z">"""
    assert extract(None, page(news(head=head)), now=NOW).modified_at is None
