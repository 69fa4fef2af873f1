"""Feeds of all formats, whole and broken: what is read, and why not where it is not."""

import time
from contextlib import suppress
from datetime import UTC, datetime

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.feeds.discover import feeds_in_page
from hotline.feeds.parse import MAX_BYTES, NotAFeed, ParsedFeed, SitemapIndex, parse_feed
from hotline.feeds.plain import plain
from schemas.feed import FeedFormat
from schemas.item import Entry

URL = "https://outlet.example/news/feed.xml"
MOSCOW = "Москва и Вашингтон договорились об обмене"
ITEM = '<item><title>{}</title><link>/a?x=1&amp;y=2</link><guid isPermaLink="false">1</guid></item>'


def rss(items: str, encoding: str = "utf-8") -> str:
    head = f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel><title>Outlet</title>'
    return f"{head}<link>https://outlet.example/</link><language>ru-RU</language>{items}</channel></rss>"


def read(document: str | bytes, **headers: str) -> ParsedFeed:
    body = document if isinstance(document, bytes) else document.encode()
    return parse_feed(body, url=URL, headers={name.replace("_", "-"): value for name, value in headers.items()})


def only(document: str | bytes, **headers: str) -> Entry:
    (entry,) = read(document, **headers).entries
    return entry


def why_not(document: str | bytes) -> str:
    with pytest.raises(NotAFeed) as caught:
        read(document)
    return caught.value.reason


# Formats


def test_rss() -> None:
    feed = read(
        rss(
            """<ttl>15</ttl><skipHours><hour>0</hour><hour>24</hour><hour>5</hour></skipHours>
            <skipDays><day>Sunday</day></skipDays><item><title>Talks</title><link>/talks</link>
            <guid isPermaLink="false">tag:7</guid>
            <description>&lt;p&gt;In &lt;b&gt;Geneva&lt;/b&gt;.&lt;/p&gt;</description>
            <pubDate>Tue, 24 Nov 2026 09:20:00 +0300</pubDate><author>a@outlet.example (Anna Lind)</author>
            <category>World</category><category>World</category><enclosure url="/p.jpg" type="image/jpeg"/></item>"""
        )
    )
    assert (feed.format, feed.title, feed.site_url) == (FeedFormat.RSS, "Outlet", "https://outlet.example/")
    assert feed.language == "ru"
    assert (feed.hints.ttl_s, feed.hints.skip_hours, feed.hints.skip_days) == (900, {0, 5}, {6})
    (entry,) = feed.entries
    assert (entry.id, entry.url, entry.title) == ("tag:7", "https://outlet.example/talks", "Talks")
    assert entry.summary == "In Geneva."
    assert entry.published_at == datetime(2026, 11, 24, 6, 20, tzinfo=UTC)
    assert entry.updated_at is None
    assert entry.authors == ["Anna Lind"]
    assert entry.categories == ["World"]
    assert [(m.url, m.type) for m in entry.media] == [("https://outlet.example/p.jpg", "image/jpeg")]


def test_atom_with_bases() -> None:
    feed = read(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://base.example/d/" xml:lang="en">
        <title type="html">The &lt;i&gt;Outlet&lt;/i&gt;</title><entry><id>urn:1</id>
        <title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Talks <b>fail</b></div></title>
        <link href="p1"/><link rel="enclosure" href="a.mp3" type="audio/mpeg"/><updated>2026-11-24T06:20:00Z</updated>
        <content type="html">&lt;p&gt;Text&lt;/p&gt;</content>
        <author><name>A</name></author><author><name>B</name></author>
        </entry></feed>"""
    )
    (entry,) = feed.entries
    assert (feed.format, feed.title, entry.title) == (FeedFormat.ATOM, "The Outlet", "Talks fail")
    assert (entry.url, entry.media[0].url) == ("http://base.example/d/p1", "http://base.example/d/a.mp3")
    assert (entry.published_at, entry.updated_at) == (None, datetime(2026, 11, 24, 6, 20, tzinfo=UTC))
    assert (entry.content, entry.authors, entry.language) == ("<p>Text</p>", ["A", "B"], "en")


def test_rss_1() -> None:
    feed = read(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
        <channel><title>T</title><sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency></channel>
        <item rdf:about="http://x.example/1"><title>A</title><dc:date>2026-11-24T09:20+03:00</dc:date></item></rdf:RDF>"""
    )
    (entry,) = feed.entries
    assert (feed.format, feed.hints.update_period_s) == (FeedFormat.RDF, 1800)
    assert (entry.id, entry.url) == ("http://x.example/1", "http://x.example/1")
    assert (entry.published_at, entry.updated_at) == (datetime(2026, 11, 24, 6, 20, tzinfo=UTC), None)


def test_rss_091_with_its_external_document_type() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.example/rss-0.91.dtd">'
    assert only(f'{doctype}<rss version="0.91"><channel>{ITEM.format("old")}</channel></rss>').title == "old"


def test_json_feed() -> None:
    entry = only(
        """{"version":"https://jsonfeed.org/version/1.1","language":"en","items":[{"id":3,"url":"/j","title":"T",
        "content_text":"x  y","date_published":"2026-11-24T06:20:00Z","authors":[{"name":"A"}],"image":"/i.png",
        "tags":["t"]}]}"""
    )
    assert (entry.id, entry.url, entry.summary) == ("3", "https://outlet.example/j", "x y")
    assert (entry.authors, entry.categories) == (["A"], ["t"])
    assert entry.media[0].url == "https://outlet.example/i.png"
    assert entry.published_at == datetime(2026, 11, 24, 6, 20, tzinfo=UTC)


def test_json_fields_of_a_wrong_type_count_as_not_there() -> None:
    entry = only(
        '{"items":[{"id":["x"],"url":7,"title":{},"authors":"me","tags":[1],"attachments":[2],"date_published":5}]}'
    )
    assert (entry.url, entry.title, entry.authors, entry.published_at) == (None, "", [], None)


def test_a_news_sitemap() -> None:
    feed = read(
        """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
        <url><loc>https://outlet.example/n1</loc><news:news><news:publication><news:language>ru</news:language>
        </news:publication><news:publication_date>2026-11-24T09:20:00+03:00</news:publication_date>
        <news:title>США &amp; РФ</news:title><news:keywords>a, b</news:keywords></news:news></url>
        <url><loc>https://outlet.example/n2</loc><lastmod>2026-11-23</lastmod></url></urlset>"""
    )
    first, second = feed.entries
    assert (feed.format, first.title, first.language) == (FeedFormat.SITEMAP, "США & РФ", "ru")
    assert (first.id, first.url, first.categories) == ("https://outlet.example/n1",) * 2 + (["a", "b"],)
    assert first.published_at == datetime(2026, 11, 24, 6, 20, tzinfo=UTC)
    assert (second.published_at, second.updated_at) == (None, datetime(2026, 11, 23, tzinfo=UTC))


def test_an_index_of_sitemaps_names_its_parts() -> None:
    index = "<sitemapindex><sitemap><loc>https://outlet.example/news.xml</loc></sitemap></sitemapindex>"
    assert "https://outlet.example/news.xml" in why_not(index)


def test_the_parts_of_an_index_come_with_news_first_then_the_newest() -> None:
    dated = [("/a", "2026-11-01"), ("/b", ""), ("/c", "2026-11-24T10:00:00Z"), ("/news", ""), ("ftp://x", "")]
    parts = "".join(f"<sitemap><loc>{loc}</loc><lastmod>{date}</lastmod></sitemap>" for loc, date in dated)
    with pytest.raises(SitemapIndex) as caught:
        read(f"<sitemapindex>{parts}<other/></sitemapindex>")
    assert [part.rpartition("/")[2] for part in caught.value.parts] == ["news", "c", "a", "b"]
    assert "names none" in why_not("<sitemapindex/>")


@pytest.mark.parametrize(
    "broken", ["<urlset><url><loc>https://o.example/1</loc></url>", "<urlset><url/><!-- x --><a&b>"]
)
def test_a_broken_sitemap_gives_what_can_be_read(broken: str) -> None:
    assert len(read(broken).entries) <= 1


# Ids and links


def test_ids_fall_back_to_link_and_text() -> None:
    entries = read(
        rss(
            "<item><title>a</title><link>/a</link></item><item><title>b</title></item>"
            "<item><title>b</title><description>c</description></item><item><title>d</title><guid>12345</guid></item>"
            "<item><guid>https://outlet.example/e</guid></item>"
        )
    ).entries
    assert entries[0].id == "https://outlet.example/a"
    assert entries[1].id.startswith("text:")
    assert entries[1].id != entries[2].id
    assert (entries[3].id, entries[3].url) == ("12345", None)
    assert entries[4].url == "https://outlet.example/e"


def test_an_id_does_not_depend_on_where_the_feed_lives() -> None:
    body = rss("<item><title>a</title><guid>news/1</guid></item>").encode()
    assert parse_feed(body, url=URL).entries[0].id == parse_feed(body, url="https://moved.example/").entries[0].id


def test_entries_with_one_id_are_told_apart_by_their_links() -> None:
    item = '<item><title>{0}</title><link>/{0}</link><guid isPermaLink="false">same</guid></item>'
    ids = [entry.id for entry in read(rss("".join(item.format(name) for name in "abb"))).entries]
    assert ids[0] == "same"
    assert ids[1].startswith("same#")
    assert ids[1] == ids[2]


def test_every_entry_counts() -> None:
    one = "<item><title>{0}</title><link>/{0}</link><pubDate>Tue, 24 Nov 2026 09:20:00 +0300</pubDate></item>"
    assert len({entry.id for entry in read(rss("".join(one.format(n) for n in range(500)))).entries}) == 500


def test_the_address_behind_a_tracker() -> None:
    item = (
        '<item xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><link>http://tracker.example/~r/1</link>'
        "<feedburner:origLink>https://outlet.example/1</feedburner:origLink></item>"
    )
    assert only(rss(item)).url == "https://outlet.example/1"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "mailto:a@b.example", "http://", "http://[::1", ""]
)
def test_what_is_no_web_address_is_no_link(link: str) -> None:
    assert only(rss(f"<item><title>a</title><link>{link}</link></item>")).url is None


# Text


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("<![CDATA[<b>Big</b> &amp; small]]>", "Big & small"),
        ("&lt;b&gt;Big&lt;/b&gt;", "Big"),
        ("A &amp;lt;i&amp;gt;x&amp;lt;/i&amp;gt; B", "A x B"),
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("AT&T & others", "AT&T & others"),
        ("1 &lt; 2", "1 < 2"),
        ("a&nbsp;b &eacute; &#8220;c&#8221;", "a b é “c”"),
        ("a&#11;b&#0;", "ab"),
        ("  two\n  lines ", "two lines"),
        ("<![CDATA[x<script>evil()</script>y]]>", "xy"),
        ("&unknown; x", "&unknown; x"),
    ],
)
def test_titles_are_without_markup(written: str, title: str) -> None:
    assert only(rss(f"<item><title>{written}</title><link>/a</link></item>")).title == title


# Encodings


@pytest.mark.parametrize(
    ("declared", "real", "content_type"),
    [
        ("utf-8", "utf-8", ""),
        ("windows-1251", "windows-1251", ""),
        ("utf-8", "windows-1251", ""),
        ("windows-1251", "utf-8", ""),
        ("utf-8", "koi8-r", "text/xml; charset=koi8-r"),
        ("utf-8", "utf-8", "text/xml; charset=windows-1251"),
        ("utf-16", "utf-16", ""),
        ("utf-16", "utf-16-le", ""),
        ("utf-16", "utf-16-be", ""),
        ("utf-8", "utf-8-sig", ""),
        ("no-such-charset", "utf-8", ""),
        ("rot13", "utf-8", ""),
    ],
)
def test_encodings_wrong_and_right(declared: str, real: str, content_type: str) -> None:
    body = rss(ITEM.format(MOSCOW), declared).encode(real)
    assert only(body, Content_Type=content_type).title == MOSCOW


def test_text_encoded_twice() -> None:
    twice = rss(ITEM.format("“Résumé” – naïve")).encode().decode("latin-1")
    assert only(twice).title == "“Résumé” – naïve"


def test_a_few_broken_bytes_do_not_spoil_the_rest() -> None:
    body = rss(ITEM.format(MOSCOW * 3)).encode().replace(MOSCOW.encode(), MOSCOW.encode() + b"\xd0", 1)
    assert only(body).title.startswith(MOSCOW)


# Broken documents


@pytest.mark.parametrize(
    "document",
    [
        "\ufeff\n\n " + rss(ITEM.format("x")),
        "<br />\n<b>Warning</b>: include(/x.php) on line <b>3</b><br />" + rss(ITEM.format("x")),
        rss(ITEM.format("x")) + "<!-- cached --> junk & <script>",
        rss(ITEM.format("x").replace("</item>", "<foo:bar>undeclared</foo:bar></item>")),
        rss(ITEM.format("x")).replace("</channel>", ""),
        rss(ITEM.format("x")).replace("</channel></rss>", ""),
        rss(ITEM.format("x\0\x0b")),
        rss(ITEM.format("x")).replace("<rss", "<!-- never closed <rss", 1),
        rss(ITEM.format("x").replace("</item>", "<description><![CDATA[never closed</description></item>")),
    ],
)
def test_broken_documents_give_their_entries(document: str) -> None:
    assert only(document).title == "x"


def test_an_entry_that_was_cut_off_before_its_link_is_left_for_the_next_time() -> None:
    whole = rss(ITEM.format("one") + ITEM.format("two"))
    assert [entry.title for entry in read(whole[: whole.index("two")]).entries] == ["one"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("<!-- x -->", "no XML element"),
        ("just text", "no XML element"),
        ("<foo><bar/></foo>", "<foo>"),
        ("<!DOCTYPE html><html><body>Not found</body></html>", "HTML"),
        ('{"a": 1}', "items"),
        ('{"items": [1, 2]}', "items"),
        ('{"items": ', "cannot be read"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_what_is_no_feed_says_why(document: str, reason: str) -> None:
    assert reason in why_not(document)


def test_whatever_feedparser_raises_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedparser, "parse", lambda *_, **__: int("x"))
    assert "ValueError" in why_not(rss("<item><title>not <b>plain</b></title></item>"))


def test_an_html_page_names_its_feeds() -> None:
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><body></body></html>'
    assert "https://outlet.example/rss" in why_not(page)


def test_the_feeds_that_a_page_names() -> None:
    page = """<html><head><base href="/b/"><link rel="stylesheet" href="x.css"><link rel="alternate" href="/no-type">
    <link rel="Alternate home" type="application/RSS+xml; charset=utf-8" href="rss" title=" News ">
    <link rel="alternate" type="application/feed+json" href="https://o.example/json"><link rel="alternate"
    type="application/rss+xml" href="rss"><link rel="alternate" type="application/atom+xml" href="mailto:x"></head>"""
    found = [(one.url, one.title) for one in feeds_in_page(page, URL)]
    assert found == [("https://outlet.example/b/rss", "News"), ("https://o.example/json", "")]
    assert feeds_in_page("", URL) == feeds_in_page("<!-- -->", URL) == feeds_in_page("<?x?>", URL) == []


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("<b><!-- c -->a</b><style>no</style>b", "ab"),
        ("<p>one</p><p>two<br>three</p>", "one two three"),
        ("&lt;iframe&gt;no&lt;/iframe&gt;x", "x"),
        ("<b>a</b>" + "\0", "a"),
        ("<?php echo ?><i>a</i>", "a"),
    ],
)
def test_markup_in_text(written: str, title: str) -> None:
    assert plain(written) == title


def test_characters_that_no_one_declared_are_guessed() -> None:
    text = rss(ITEM.format(MOSCOW * 4)).encode("koi8-r")
    assert "осква" in only(text, Content_Type="text/xml; charset=ascii").title.lower() or only(text).title


# Hostile documents


def hostile() -> dict[str, bytes]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    entry = ITEM.format("&l9;")
    return {
        "billion laughs": f'<!DOCTYPE rss [<!ENTITY l0 "lol">{laughs}]>{rss(entry)}'.encode(),
        "quadratic blowup": f'<!DOCTYPE rss [<!ENTITY a "{"a" * 100_000}">]>{rss("&a;" * 100_000)}'.encode(),
        "10,000 deep": rss("<a>" * 10_000 + "</a>" * 10_000).encode(),
        "10,000 deep, never closed": rss("<item><a>" * 10_000).encode(),
        "100 MB": rss("x" * 100_000_000).encode(),
        "tags": rss("<a/>" * 1_000_000).encode(),
        "references": rss("&a;" * 3_000_000).encode(),
    }


@pytest.mark.parametrize("name", list(hostile()))
def test_documents_made_to_hurt_are_refused_in_bounded_time(name: str) -> None:
    body = hostile()[name]
    started = time.process_time()
    why_not(body)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("unit", ["<!--", "<![CDATA[", "<?", "]]>", "<!", "<a b='", "<!DOCTYPE a [", "<!ENTITY a '"])
def test_repeated_openings_cost_no_more_than_their_length(unit: str) -> None:
    body = rss(ITEM.format("x") + unit * 50_000).encode()
    started = time.process_time()
    with suppress(NotAFeed):
        read(body)
    assert time.process_time() - started < 5


def test_external_entities_are_not_loaded() -> None:
    doctype = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]>'
    assert only(doctype + rss(ITEM.format("a&x;b"))).title == "a&x;b"


def test_harmless_entities_are_resolved() -> None:
    assert only('<!DOCTYPE rss [<!ENTITY co "Co &#169;">]>' + rss(ITEM.format("x &co;"))).title == "x Co ©"


def test_more_than_the_limit_is_refused() -> None:
    assert "MiB" in why_not(b" " * (MAX_BYTES + 1))


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 400), st.sampled_from(["", "text/xml; charset=utf-16", "x; charset=\0"]))
def test_any_bytes_give_a_feed_or_a_reason(junk: bytes, at: int, content_type: str) -> None:
    whole = rss(ITEM.format(MOSCOW)).encode()
    for body in (junk, whole[:at] + junk + whole[at:]):
        with suppress(NotAFeed):
            assert all(entry.id for entry in parse_feed(body, url=URL, headers={"content-type": content_type}).entries)
