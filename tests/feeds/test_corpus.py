"""Saved feeds of real outlets and of other readers' tests, where they lie beside the repository.

Entries are at least what feedparser finds by itself. Known differences, all of them more: JSON Feeds, which it does
not read. An index file in JSON Lines is no feed for either.
"""

from pathlib import Path

import feedparser
import pytest

from hotline.feeds.lines import parse_lines
from hotline.feeds.parse import NotAFeed, parse_feed

FEEDS = Path(__file__).parents[2].parent / "shared" / "eval" / "feeds"
pytestmark = pytest.mark.skipif(not FEEDS.is_dir(), reason="the corpus ../shared/eval/feeds is not here")


@pytest.mark.slow
def test_no_entry_that_feedparser_finds_is_missed() -> None:
    fewer, more = [], []
    for path in sorted(FEEDS.iterdir()):
        body = path.read_bytes()
        theirs = len(feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False).entries)
        try:
            ours = len(parse_feed(body, url="https://outlet.example/").entries)
        except NotAFeed:
            ours = 0
        if ours < theirs:
            fewer.append((path.name, theirs, ours))
        elif ours > theirs and path.suffix != ".json":
            more.append((path.name, theirs, ours))
    assert (fewer, more) == ([], [])


def test_a_sample_of_the_files_gives_entries_or_a_reason() -> None:
    for path in sorted(FEEDS.iterdir())[::12]:
        records = list(parse_lines(path, "https://outlet.example/"))
        assert all(record["file"] == str(path) for record in records)
        assert all(record.get("error") or record["id"] for record in records)
