"""What `hotline parse-feed` prints."""

from pathlib import Path

from hotline.feeds.lines import parse_lines

RSS = """<rss version="2.0"><channel><title>T</title><language>en</language><item><title>A</title><link>/a</link>
<description>Sum</description><author>x@y.example (Ann)</author><pubDate>Tue, 24 Nov 2026 09:20:00 +0300</pubDate>
</item></channel></rss>"""


def test_a_line_an_entry(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(RSS)
    assert list(parse_lines(path, "https://o.example/feed")) == [
        {
            "file": str(path),
            "id": "https://o.example/a",
            "url": "https://o.example/a",
            "title": "A",
            "summary": "Sum",
            "published_at": "2026-11-24T06:20:00Z",
            "updated_at": None,
            "authors": ["Ann"],
            "language": "en",
        }
    ]


def test_without_an_address_relative_links_are_not_given(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(RSS)
    (record,) = parse_lines(path)
    assert record["url"] is None


def test_a_file_that_is_no_feed_is_one_line_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<html><body>no</body></html>")
    assert list(parse_lines(path)) == [{"file": str(path), "error": "it is an HTML page, not a feed"}]
    (missing,) = parse_lines(tmp_path / "missing")
    assert set(missing) == {"file", "error"}
