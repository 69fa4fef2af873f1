"""A desk's feeds.opml: what is read, and errors that name file and line."""

from pathlib import Path

import pytest

from hotline.feeds.opml import feed_id, read_opml
from schemas.desk import DeskFileError
from schemas.feed import Ownership

HEAD = '<opml version="2.0" xmlns:hotline="https://hotline.example/opml">\n<body>\n'


def write(folder: Path, outlines: str, head: str = HEAD) -> Path:
    path = folder / "feeds.opml"
    path.write_text(f"{head}{outlines}\n</body>\n</opml>\n")
    return path


def test_feeds_in_nested_folders(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '<outline text="Folder"><outline text="Inner"><outline text="A" title="Outlet A" xmlUrl="https://a.example/f" '
        'htmlUrl="https://a.example/" language="ru-RU" hotline:publisher="A House" hotline:country="ru" '
        'hotline:tier="1" hotline:ownership="state-controlled" hotline:seen_at="a list" hotline:entry_only="true" '
        'hotline:paused="false" hotline:proxy="squid" hotline:cookie="paper" hotline:header-Accept-Language="ru"/>'
        '</outline></outline>\n<outline text="B" xmlUrl="http://b.example/f"/>',
    )
    first, second = read_opml(path)
    assert first.model_dump(exclude={"desks"}) == {
        "id": feed_id("https://a.example/f"),
        "url": "https://a.example/f",
        "title": "Outlet A",
        "site_url": "https://a.example/",
        "publisher": "A House",
        "country": "RU",
        "language": "ru",
        "tier": 1,
        "ownership": Ownership.STATE_CONTROLLED,
        "seen_at": "a list",
        "entry_only": True,
        "paused": False,
        "proxy": "squid",
        "headers": {"Accept-Language": "ru"},
        "cookie": "paper",
    }
    assert (second.title, second.publisher, second.tier, second.country) == ("B", "B", 2, None)


def test_a_prefix_need_not_be_declared(tmp_path: Path) -> None:
    path = write(
        tmp_path, '<outline text="A" xmlUrl="https://a.example/" hotline:tier="3"/>', '<opml version="2.0">\n<body>'
    )
    assert read_opml(path)[0].tier == 3


@pytest.mark.parametrize(
    ("outlines", "line", "words"),
    [
        ('<outline text="A" xmlUrl="https://a.example/" hotline:tier="9"/>', 3, "tier"),
        ('\n<outline text="A" xmlUrl="https://a.example/" hotline:ownership="mine"/>', 4, "state-controlled"),
        ('<outline text="A" xmlUrl="https://a.example/" hotline:paused="maybe"/>', 3, "true or false"),
        ('<outline text="A" xmlUrl="file:///etc/passwd"/>', 3, "http"),
        ('<outline text="A" type="rss"/>', 3, "xmlUrl"),
        ('<outline text="A" xmlUrl="http://[1"/>', 3, "http"),
        ('<outline text="A" xmlUrl="http://a/"/>\n<outline text="B" xmlUrl="http://a/"/>', 4, "line 3"),
        ("<outline", 4, "well-formed"),
        ('<outline text="A" xmlUrl="http://a/" hotline:proxy="http://me:secret@p:1"/>', 3, "Airflow connection"),
        ('<outline text="A" xmlUrl="http://a/" hotline:proxy="socks5://p:1"/>', 3, "http://host:port"),
        ('<outline text="A" xmlUrl="http://a/" hotline:proxy="http://p:1/path"/>', 3, "http://host:port"),
        ('<outline text="A" xmlUrl="http://a/" hotline:cookie="session=1"/>', 3, "no cookie"),
        ('<outline text="A" xmlUrl="http://a/" hotline:header-Authorization="Basic x"/>', 3, "a secret"),
        ('<outline text="A" xmlUrl="http://a/" hotline:header-Host="b"/>', 3, "cannot be set"),
        ('<outline text="A" xmlUrl="http://a/" hotline:header-X="a&#10;b"/>', 3, "printable ASCII"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, outlines: str, line: int, words: str) -> None:
    path = write(tmp_path, outlines)
    with pytest.raises(DeskFileError, match=words) as caught:
        read_opml(path)
    assert (caught.value.path, caught.value.line) == (path, line)


def test_what_is_no_opml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    with pytest.raises(DeskFileError):
        read_opml(path)
    path.write_text("<rss/>")
    with pytest.raises(DeskFileError, match="rss"):
        read_opml(path)


def test_an_id_is_the_hash_of_the_address() -> None:
    assert feed_id("https://a.example/f") == feed_id(" https://a.example/f ") != feed_id("https://a.example/g")
    assert len(feed_id("x")) == 32
