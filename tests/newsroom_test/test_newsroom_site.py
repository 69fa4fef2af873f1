"""What a reader of the newsroom gets."""

import gzip
import json

import feedparser
import pytest
from lxml import etree, html

from tests.newsroom import Newsroom
from tests.newsroom.world import load
from tests.newsroom_test.conftest import Clock, Reader

WORLD = load()
XML_FEEDS = [
    f"{outlet.id}/{feed.id}"
    for outlet in WORLD.outlets.values()
    for feed in outlet.feeds
    if feed.format in ("rss", "rdf", "atom")
]


def _text(page: bytes) -> str:
    return " ".join("".join(map(str, html.fromstring(page).itertext())).split())


@pytest.mark.parametrize("feed_id", XML_FEEDS)
def test_feeds_are_well_formed_and_carry_the_backlog(room: Newsroom, reader: Reader, feed_id: str) -> None:
    response = reader.feed(feed_id)
    parsed = feedparser.parse(response.data, response_headers={"content-type": response.headers["Content-Type"]})
    expected = [item.piece for item in room.shelves[feed_id].items]
    assert not parsed.bozo
    assert [entry.title for entry in parsed.entries] == [piece.headline for piece in expected]
    assert all(entry.get("published_parsed") or entry.get("updated_parsed") for entry in parsed.entries)


def test_json_feed_and_news_sitemap_carry_the_backlog(room: Newsroom, reader: Reader) -> None:
    feed = json.loads(reader.feed("the-baltic-dispatch/all").data)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert {entry["url"] for entry in feed["items"]} == {
        room.url(item.piece.id) for item in room.shelves["the-baltic-dispatch/all"].items
    }
    sitemap = etree.fromstring(reader.feed("pacific-ledger/news").data)
    titles = sitemap.findall(".//{http://www.google.com/schemas/sitemap-news/0.9}title")
    assert {title.text for title in titles} == {
        item.piece.headline for item in room.shelves["pacific-ledger/news"].items
    }


def test_every_page_carries_its_whole_article_and_the_notice(room: Newsroom, reader: Reader) -> None:
    for piece in WORLD.pieces.values():
        if piece.age is None:
            room.publish(piece.id)
    for piece in WORLD.pieces.values():
        response = reader.page(piece.id)
        text = _text(response.data)
        assert response.status == 200
        assert piece.headline in text
        assert all(paragraph in text for paragraph in piece.paragraphs)
        assert " ".join(WORLD.outlets[piece.outlet].notice.split()) in text


def test_weekdays_fit_the_day_on_which_the_newsroom_opens(clock: Clock) -> None:
    clock.move(2 * 86400)
    with Newsroom(clock=clock) as room:  # on a Thursday
        for piece_id in ("helsinki-talks-open", "peregovory-v-helsinki", "hafenkraene", "bains-des-paquis"):
            room.publish(piece_id)
        english, russian, german, french = (
            _text(room.site.answer(room.pages[piece_id].path, {}).body)
            for piece_id in ("helsinki-talks-open", "peregovory-v-helsinki", "hafenkraene", "bains-des-paquis")
        )
    assert "in the Finnish capital on Thursday" in english
    assert "announced as soon as Friday" in english
    assert "Марко Рубио в четверг начали" in russian
    assert "объявить уже в пятницу" in russian
    assert "am Donnerstag grünes Licht" in german
    assert "a annoncé jeudi" in french


def test_front_page_leads_to_the_feeds(room: Newsroom, reader: Reader) -> None:
    front = html.fromstring(reader.get(f"{room.base_url}/the-potomac-herald/").data)
    links = [link.get("href") for link in front.iter("link") if link.get("rel") == "alternate"]
    assert links == [room.feed_url("the-potomac-herald/news"), room.feed_url("the-potomac-herald/world")]


def test_unchanged_feed_is_answered_304(reader: Reader, clock: Clock) -> None:
    first = reader.feed("harbor-wire/top")
    url = reader.room.feed_url("harbor-wire/top")
    clock.move(60)
    assert reader.get(url, If_None_Match=first.headers["ETag"]).status == 304
    assert reader.get(url, If_Modified_Since=first.headers["Last-Modified"]).status == 304
    reader.room.publish("bombers-off-alaska")
    assert reader.get(url, If_None_Match=first.headers["ETag"]).status == 200
    assert reader.get(url, If_Modified_Since=first.headers["Last-Modified"]).status == 200


def test_an_outlet_without_validators_never_sends_the_same_bytes(reader: Reader, clock: Clock) -> None:
    first = reader.feed("palouse-courier/all")
    clock.move(1)
    second = reader.feed("palouse-courier/all")
    assert "ETag" not in first.headers
    assert "Last-Modified" not in first.headers
    assert first.data != second.data


def test_compressed_where_accepted(room: Newsroom, reader: Reader) -> None:
    url = room.feed_url("the-potomac-herald/news")
    plain = reader.get(url).data
    packed = reader.pool.request("GET", url, headers={"Accept-Encoding": "gzip"}, decode_content=False)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain


def test_russian_portal_is_windows_1251(room: Newsroom, reader: Reader) -> None:
    room.publish("peregovory-v-helsinki")
    assert "Лавров и Рубио" in reader.page("peregovory-v-helsinki").data.decode("windows-1251")
    assert "Лавров и Рубио" in reader.feed("moskovsky-obozrevatel/all").data.decode("windows-1251")


def test_page_that_fails_comes_back_counted_from_its_first_refusal(
    room: Newsroom, reader: Reader, clock: Clock
) -> None:
    room.publish("uranium-waiver-extended")
    room.fail("uranium-waiver-extended", 503, seconds=25)
    clock.move(100)
    assert reader.page("uranium-waiver-extended").status == 503
    clock.move(24)
    assert reader.page("uranium-waiver-extended").status == 503
    clock.move(2)
    assert reader.page("uranium-waiver-extended").status == 200


def test_page_fails_until_healed(room: Newsroom, reader: Reader, clock: Clock) -> None:
    room.publish("white-russian-revisited")
    room.fail("white-russian-revisited", 500)
    clock.move(10_000)
    assert reader.page("white-russian-revisited").status == 500
    room.heal("white-russian-revisited")
    assert reader.page("white-russian-revisited").status == 200


def test_page_that_is_gone_stays_in_the_feed(room: Newsroom, reader: Reader) -> None:
    room.publish("lost-marathon-result")
    room.gone("lost-marathon-result")
    assert reader.page("lost-marathon-result").status == 404
    assert room.url("lost-marathon-result").encode() in reader.feed("the-daily-trumpet/all").data


def test_moved_feed_redirects_for_good(room: Newsroom, reader: Reader) -> None:
    room.move_feed("gulf-coast-ledger/all", "feeds/latest.rss")
    response = reader.feed("gulf-coast-ledger/all")
    assert response.status == 301
    assert response.headers["Location"] == f"{room.base_url}/gulf-coast-ledger/feeds/latest.rss"
    assert len(feedparser.parse(reader.get(response.headers["Location"]).data).entries) == 3


def test_broken_feed_is_mended_with_what_was_published_meanwhile(room: Newsroom, reader: Reader, clock: Clock) -> None:
    before = reader.feed("treaty-watch/all")
    room.break_feed("treaty-watch/all", seconds=20)
    room.publish("inspections-may-resume")
    url = room.feed_url("treaty-watch/all")
    broken = reader.get(url, If_None_Match=before.headers["ETag"])
    assert broken.status == 200
    assert "ETag" not in broken.headers
    assert feedparser.parse(broken.data).bozo
    clock.move(21)
    mended = feedparser.parse(reader.get(url, If_None_Match=before.headers["ETag"]).data)
    assert not mended.bozo
    assert mended.entries[0].title == WORLD.pieces["inspections-may-resume"].headline


def test_correction_changes_the_page_and_adds_an_entry(room: Newsroom, reader: Reader, clock: Clock) -> None:
    room.publish("tanker-insurers-sanctioned")
    before = feedparser.parse(reader.feed("the-potomac-herald/news").data).entries
    clock.move(60)
    room.revise("tanker-insurers-sanctioned")
    after = feedparser.parse(reader.feed("the-potomac-herald/news").data).entries
    text = _text(reader.page("tanker-insurers-sanctioned").data)
    assert "Correction: An earlier version" in text
    assert "with them 11 tankers" in text
    assert len(after) == len(before) + 1
    assert after[0].link == after[1].link
    assert after[0].id != after[1].id
    assert "11 tankers" in after[0].title
    assert "14 tankers" in after[1].title
    with pytest.raises(ValueError, match="no further change"):
        room.revise("tanker-insurers-sanctioned")


def test_silent_edit_updates_its_entry(room: Newsroom, reader: Reader, clock: Clock) -> None:
    room.publish("bombers-off-alaska")
    before = feedparser.parse(reader.feed("harbor-wire/top").data).entries
    clock.move(60)
    room.revise("bombers-off-alaska")
    after = feedparser.parse(reader.feed("harbor-wire/top").data).entries
    assert "four Tu-95 bombers" in _text(reader.page("bombers-off-alaska").data)
    assert [entry.id for entry in after] == [entry.id for entry in before]
    assert after[0].published == before[0].published
    assert after[0].updated_parsed > before[0].updated_parsed


def test_new_advertisements_change_the_page_but_not_the_article(room: Newsroom, reader: Reader) -> None:
    room.publish("helsinki-talks-open")
    before = reader.page("helsinki-talks-open")
    again = reader.page("helsinki-talks-open")
    room.new_ads("helsinki-talks-open")
    after = reader.page("helsinki-talks-open")
    assert before.data == again.data != after.data
    assert before.headers["ETag"] != after.headers["ETag"]
    texts = [
        ["".join(map(str, one.itertext())) for one in html.fromstring(page.data).iter("p")] for page in (before, after)
    ]
    assert texts[0] == texts[1]


def test_an_entry_in_two_feeds_of_one_outlet(room: Newsroom, reader: Reader) -> None:
    room.publish("helsinki-talks-open")
    news = feedparser.parse(reader.feed("the-potomac-herald/news").data).entries[0]
    world = feedparser.parse(reader.feed("the-potomac-herald/world").data).entries[0]
    assert news.title == world.title
    assert world.link == f"{news.link}?utm_source=rss&utm_medium=world"
    assert reader.get(world.link).status == 200


def test_what_does_not_exist_is_404_and_robots_may_read(room: Newsroom, reader: Reader) -> None:
    assert reader.get(f"{room.base_url}/nowhere").status == 404
    assert reader.get(f"{room.base_url}/harbor-wire/no-section").status == 404
    assert b"Disallow: /_newsroom/" in reader.get(f"{room.base_url}/robots.txt").data
