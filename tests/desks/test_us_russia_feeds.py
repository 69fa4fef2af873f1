"""What the desk us_russia watches: enough sources of every kind, each saying where its address was seen."""

import re
from collections import Counter
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from hotline.feeds.opml import read_opml
from schemas.feed import FeedSource, Ownership

FILE = Path(__file__).parents[2] / "desks/us_russia/feeds.opml"
LISTS = Path(__file__).parents[2].parent / "shared/reference"
HOTLINE = "{https://hotline.example/opml}"
# These servers speak plain HTTP, or did where their address was seen.
PLAIN_HTTP = {"kremlin.ru", "en.kremlin.ru", "government.ru"}
OFFICIAL = {
    "US Department of State",
    "Treasury: Office of Foreign Assets Control",
    "Commerce: Bureau of Industry and Security",
    "US Department of War",
    "US Department of Justice",
    "The White House",
    "Federal Register",
    "US Congress",
    "US Government Accountability Office",
    "Kremlin",
    "Russian Foreign Ministry",
    "Russian Defence Ministry",
    "NATO",
    "United Nations",
    "OSCE",
    "International Atomic Energy Agency",
    "Council of the European Union",
    "UK FCDO",
    "President of Ukraine",
}


@pytest.fixture(scope="module")
def feeds() -> list[FeedSource]:
    return read_opml(FILE)


def test_there_are_enough_of_each_kind(feeds: list[FeedSource]) -> None:
    kinds = Counter(feed.ownership for feed in feeds)
    assert len(feeds) >= 60
    assert kinds[Ownership.OFFICIAL] >= 15
    assert kinds[Ownership.STATE_CONTROLLED] >= 10
    assert kinds[Ownership.INDEPENDENT] >= 30
    languages = Counter(feed.language for feed in feeds)
    assert languages["ru"] >= 20
    assert languages["en"] >= 40


def test_the_bodies_that_make_relations_are_watched(feeds: list[FeedSource]) -> None:
    named = {feed.publisher for feed in feeds if feed.ownership is Ownership.OFFICIAL}
    assert sorted(OFFICIAL - named) == []


def test_every_feed_says_everything_itself() -> None:
    """In the file, not by default: a default would hide what nobody looked up."""
    for outline in ElementTree.parse(FILE).iterfind(".//outline[@xmlUrl]"):
        for name in ("title", "htmlUrl", "language", *(HOTLINE + n for n in ("publisher", "country", "seen_at"))):
            assert (outline.get(name) or "").strip(), (outline.get("xmlUrl"), name)
        assert outline.get(HOTLINE + "tier") in {"1", "2", "3"}
        assert outline.get(HOTLINE + "ownership") in set(Ownership)
        assert outline.get("text") == outline.get("title")


def test_countries_and_languages_are_codes(feeds: list[FeedSource]) -> None:
    for feed in feeds:
        assert re.fullmatch(r"[A-Z]{2}", feed.country or ""), feed.url
        assert re.fullmatch(r"[a-z]{2}", feed.language or ""), feed.url


def test_nothing_is_there_twice(feeds: list[FeedSource]) -> None:
    addresses = Counter(re.sub(r"^https?://(www\.)?", "", feed.url).rstrip("/").lower() for feed in feeds)
    titles = Counter(feed.title for feed in feeds)
    assert [key for counts in (addresses, titles) for key, n in counts.items() if n > 1] == []
    assert len({feed.id for feed in feeds}) == len(feeds)


def test_addresses_are_https_where_the_server_speaks_it(feeds: list[FeedSource]) -> None:
    assert {urlsplit(feed.url).hostname for feed in feeds if not feed.url.startswith("https://")} == PLAIN_HTTP


def test_an_outlet_goes_by_one_name_and_has_one_seat(feeds: list[FeedSource]) -> None:
    seats: dict[str, set[tuple[str | None, Ownership]]] = {}
    for feed in feeds:
        seats.setdefault(feed.publisher, set()).add((feed.country, feed.ownership))
    assert {publisher: seen for publisher, seen in seats.items() if len(seen) > 1} == {}


def test_an_address_said_to_be_in_a_list_is_in_it(feeds: list[FeedSource]) -> None:
    if not (LISTS / "opml").is_dir():
        pytest.skip("the collection of lists is not beside the repository")
    cited = [feed for feed in feeds if feed.seen_at and feed.seen_at.startswith("opml/")]
    assert len(cited) >= 20
    for feed in cited:
        # As text: some of these lists are not well-formed XML.
        text = unescape((LISTS / str(feed.seen_at)).read_text(encoding="utf-8"))
        listed = {re.sub(r"^https?:", "", address).rstrip("/") for address in re.findall(r'xmlUrl="([^"]+)"', text)}
        assert re.sub(r"^https?:", "", feed.url).rstrip("/") in listed, feed.url
