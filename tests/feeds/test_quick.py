"""The quick reader of well-formed feeds finds exactly what feedparser finds, or leaves the feed to it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.feeds.decode import decode
from hotline.feeds.formats import quick, xmlfeed
from hotline.feeds.guard import checked, root_of
from hotline.feeds.parsed import NotAFeed

CORPUS = Path(__file__).parents[2].parent / "shared" / "eval" / "feeds"
NAMESPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:m="http://search.yahoo.com/mrss/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:dct="http://purl.org/dc/terms/" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:x="http://unknown.example/"'
)


def rss(channel: str, root: str = "") -> str:
    return f'<rss version="2.0" {NAMESPACES} {root}><channel>{channel}</channel></rss>'


def atom(feed: str, root: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:m="http://search.yahoo.com/mrss/" {root}>{feed}</feed>'


def rdf(channel: str, items: str) -> str:
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f'{NAMESPACES}><channel rdf:about="http://o.example/">{channel}</channel>{items}</rdf:RDF>'
    )


def seen(found: quick.Found, text: str) -> dict[str, Any]:
    """All that `xmlfeed` makes of what a reader found."""
    format_ = xmlfeed._format(found.version, root_of(text))
    feed = {key: xmlfeed._text(found.feed, key) for key in ("title", "link", "language")}
    entries = [xmlfeed._entry(one, "https://o.example/", format_, dc_dates="<dc:date" in text) for one in found.entries]
    return feed | {"format": format_, "entries": entries}


def same(text: str) -> bool:
    """Whether the quick reader read it; what it read is compared with feedparser's."""
    found = quick.read(text)
    if found is None:
        return False
    assert seen(found, text) == seen(xmlfeed._parsed(text, "https://o.example/", root_of(text)), text)
    return True


@pytest.mark.parametrize(
    "text",
    [
        rss("<title>T</title><link>http://o.example/</link><language>ru</language><item><title>a</title></item>"),
        rss("<title>T</title><atom:link rel='self' href='http://o.example/rss'/><item><guid>http:////o.example/1</guid></item>"),
        rss("<image><title>I</title><url>u</url><link>l</link></image><title>T</title><item><guid>1</guid></item>"),
        rss("<item><title>a</title><title>b</title><m:title>c</m:title><link/><link>/a?b&amp;amp;c</link></item>"),
        rss("<item><m:title>c</m:title><title>a</title><source url='u'>S</source><m:title>d</m:title></item>"),
        rss("<item><guid isPermaLink='false'>1</guid><guid isPermaLink='true'>2</guid><link>http://o.example/1</link></item>"),
        rss("<item><description>&lt;p&gt;x&lt;/p&gt;</description><content:encoded>y</content:encoded></item>"),
        rss("<item><content:encoded>y</content:encoded><description>x</description><itunes:summary>z</itunes:summary></item>"),
        rss("<item><description>x</description><itunes:summary>z</itunes:summary><description>w</description></item>"),
        rss("<item><author>a@o.example (Anna Lind)</author><dc:creator>B</dc:creator><dc:creator/></item>"),
        rss("<item><category domain='d'>A</category><category>A</category><category/></item>"),
        rss("<item><m:category label='L'>A</m:category><m:keywords>a, b,,</m:keywords></item>"),
        rss("<item><pubDate>x</pubDate><dc:date>y</dc:date><dct:created>z</dct:created><atom:updated/></item>"),
        rss("<item><m:group><m:content url='a' type='IMAGE/PNG'><m:thumbnail url='t'/><m:description>d</m:description>"
            "</m:content></m:group><m:thumbnail>u</m:thumbnail><enclosure url='e' type='audio/mpeg'/></item>"),
        rss("<item><feedburner:origLink>http://o.example/o</feedburner:origLink><x:a><x:b/></x:a><x:y z='1'/></item>"),
        rss("<item><title>\u00d0\u009c\u00d0\u00be\u00d1\u0081</title><description>a\x96b</description></item>"),
        rss("<item><link>a/b</link><guid>c</guid></item>", "xml:base='http://base.example/d/'"),
        rss("<item xml:lang='fr_FR'><title lang='de'>a</title><dc:language>it</dc:language></item>", "xml:lang='en'"),
        rss("<textInput><title>t</title><name>n</name></textInput><item><contributor><name>c</name></contributor></item>"),
        atom("<title>T</title><id>urn:f</id><entry><id>http://o.example/1</id><link href='http://o.example/2'/>"
             "<author><name>A</name><email>a@o.example</email></author><author><name>B</name></author>"
             "<content type='html'>&lt;b&gt;x&lt;/b&gt;</content><summary>s</summary></entry>", "xml:lang='en-GB'"),
        atom("<link rel='hub' href='h'/><link type='text/html' href='a'/><author><name>F</name></author><entry>"
             "<source><id>i</id><title>S</title></source><title>t</title><summary>a</summary><content>b</content>"
             "<link rel='enclosure' href='e' type='audio/mpeg'/><category term='t' label='l'/></entry>"),
        rdf("<title>T</title><items><rdf:Seq><rdf:li resource='u'/></rdf:Seq></items>",
            "<image><title>I</title></image><item rdf:about='http://o.example/1'><title>a</title><dc:date>d</dc:date></item>"),
    ],
)  # fmt: skip
def test_what_is_read_quickly_is_what_feedparser_reads(text: str) -> None:
    assert same(text)


@pytest.mark.parametrize(
    "text",
    [
        rss("<item><title>a <b>c</b></title></item>"),
        rss("<item><title type='xhtml'>a</title></item>"),
        rss("<item><title mode='base64'>YQ==</title></item>"),
        rss("<item xml:base='http://a.example/'><link>b</link></item>"),
        rss("<item href='a'><title>b</title></item>"),
        rss("<title>a</title><title>b</title>"),
        rss("<item><image><url>u</url></image></item>"),
        rss("<item><date>x</date></item>"),
        rss("<item><x:a><link>b</link></x:a></item>"),
        rss("<item><link><a/></link></item>"),
        rss("<item><link href='a'><title>b</title></link></item>"),
        rss("<item><enclosure url='a'><title>b</title></enclosure></item>"),
        rss("<item><m:keywords a='b'>c</m:keywords></item>"),
        rss("<item><m:content x:url='b'/></item>"),
        rss("<item><feedburner:origLink a='b'>c</feedburner:origLink></item>"),
        rss("<itunes:summary>a</itunes:summary><description>b</description>"),
        rss("<image><foo/></image>"),
        rss("</channel><channel>"),
        rss("", "xmlns='http://purl.org/rss/1.0/'"),
        atom("<entry><author><email>a@o.example</email></author></entry>"),
        "<item><title>a</title></item>",
        rss("<item>"),
    ],
)
def test_what_is_unusual_is_left_to_feedparser(text: str) -> None:
    assert quick.read(text) is None


_TEXT = st.sampled_from(
    ["", "a", " b ", "http://o.example/1", "/p", "&lt;i&gt;c&lt;/i&gt;", "1 &amp;lt; 2", "a@o.example (N M)", "é\x96"]
)
_NAMES = st.sampled_from(
    [
        "title", "m:title", "description", "m:description", "summary", "itunes:summary", "content:encoded", "link",
        "atom:content", "atom:link", "guid", "atom:id", "pubDate", "dc:date", "atom:updated", "atom:published",
        "author", "dc:creator", "itunes:author", "category", "dc:subject", "m:category", "m:keywords", "enclosure",
        "m:content", "m:group", "m:thumbnail", "source", "x:other", "language", "comments", "thumbnail",
    ]
)  # fmt: skip
_ATTRIBUTES = st.sampled_from(
    [
        "", "", "", "isPermaLink='false'", "href='http://o.example/h'", "rel='self'", "url='u' type='image/JPEG'",
        "rel='alternate' type='text/html' href='/r'", "type='html'", "type='text'", "term='t'", "label='l' scheme='s'",
        "xml:lang='ru'", "domain='d'",
    ]
)  # fmt: skip
_LEAVES = st.builds(lambda n, a, t: f"<{n} {a}>{t}</{n}>", _NAMES, _ATTRIBUTES, _TEXT)
_ELEMENTS = st.recursive(
    _LEAVES,
    lambda inner: st.builds(
        lambda n, a, c: f"<{n} {a}>{''.join(c)}</{n}>", _NAMES, _ATTRIBUTES, st.lists(inner, max_size=3)
    ),
    max_leaves=4,
)


@settings(deadline=None, max_examples=400)
@given(
    st.lists(_ELEMENTS, max_size=8),
    st.lists(_LEAVES, max_size=3),
    st.sampled_from(["", "xml:lang='en'", "xml:base='http://b.example/c/'"]),
)
def test_any_mixture_of_elements_is_read_alike(item: list[str], channel: list[str], root: str) -> None:
    same(rss(f"{''.join(channel)}<item>{''.join(item)}</item>", root))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus ../shared/eval/feeds is not here")
@pytest.mark.parametrize("part", [0, pytest.param(slice(None), marks=pytest.mark.slow)])
def test_saved_feeds_are_read_alike_and_most_of_them_quickly(part: int | slice) -> None:
    read = []
    for path in sorted(CORPUS.iterdir())[slice(part, None, 15) if isinstance(part, int) else part]:
        try:
            text = checked(decode(path.read_bytes()))
        except NotAFeed:
            continue
        if text.lstrip().startswith("<") and root_of(text) not in ("urlset", "sitemapindex"):
            read.append(same(text))
    assert sum(read) >= 0.8 * len(read)
