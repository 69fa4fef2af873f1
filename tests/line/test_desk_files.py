"""Changing a desk's file: one writer at a time, whole or not at all."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hotline.feeds.opml import feed_id, read_opml
from hotline.feeds.opml_edit import with_feeds
from hotline.line.desk_files import ReadOnlyFile, change
from schemas.desk import DeskFileError
from schemas.feed import FeedSource

EMPTY = b'<opml version="2.0">\n<body>\n</body>\n</opml>\n'


@pytest.fixture
def opml(tmp_path: Path) -> Path:
    folder = tmp_path / "desks" / "d"
    folder.mkdir(parents=True)
    path = folder / "feeds.opml"
    path.write_bytes(EMPTY)
    return path


def add(path: Path, url: str) -> None:
    source = FeedSource(id=feed_id(url), url=url, title=url, publisher=url)
    assert change(path, lambda content: with_feeds(path, content, [([], source)]))


def test_writers_at_the_same_time_lose_nothing(opml: Path) -> None:
    urls = [f"https://{n}.example/" for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda url: add(opml, url), urls))
    assert sorted(source.url for source in read_opml(opml)) == sorted(urls)
    assert [path.name for path in opml.parent.iterdir()] == ["feeds.opml"]


def test_an_edit_that_changes_nothing_writes_nothing(opml: Path) -> None:
    before = opml.stat()
    opml.chmod(0o444)
    assert not change(opml, lambda content: content)
    assert (opml.stat().st_ino, opml.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_change_that_would_break_the_file_is_not_made(opml: Path) -> None:
    with pytest.raises(DeskFileError, match="not changed, it would be broken"):
        change(opml, lambda content: content.replace(b"</body>", b""))
    assert opml.read_bytes() == EMPTY
    assert [path.name for path in opml.parent.iterdir()] == ["feeds.opml"]


def test_a_read_only_file_comes_with_the_patch(opml: Path) -> None:
    opml.chmod(0o444)
    with pytest.raises(ReadOnlyFile, match="read-only") as caught:
        change(opml, lambda content: content.replace(b"<body>", b"<body>\n<!-- x -->"))
    assert caught.value.patch == (
        "--- desks/d/feeds.opml\t\n+++ desks/d/feeds.opml\t\n@@ -1,4 +1,5 @@\n"
        ' <opml version="2.0">\n <body>\n+<!-- x -->\n </body>\n </opml>\n'
    )
    assert opml.read_bytes() == EMPTY


def test_a_file_mounted_by_itself_cannot_be_replaced_and_is_treated_alike(
    opml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise OSError(16, os.strerror(16))

    monkeypatch.setattr(Path, "replace", busy)
    with pytest.raises(ReadOnlyFile) as caught:
        change(opml, lambda content: content.rstrip(b"\n"))
    assert caught.value.patch.endswith("-</opml>\n+</opml>\n\\ No newline at end of file\n")
    assert [path.name for path in opml.parent.iterdir()] == ["feeds.opml"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeskFileError, match="cannot be opened"):
        change(tmp_path / "no" / "feeds.opml", lambda content: content)
