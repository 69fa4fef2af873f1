"""What is due, in groups."""

import pytest

from hotline.feeds.opml import feed_id
from hotline.line.context import Line
from hotline.line.plan import Due, grouped, sync_feeds
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.feed import Feed, FeedSource
from tests.line.test_moved_and_indexed import line

__all__ = ["line"]


def test_a_host_stands_in_one_group_so_that_one_process_is_polite_to_it() -> None:
    feeds = {
        "a": Due("https://a.example/1", slow=False),
        "b": Due("https://b.example/1", slow=False),
        "b slow": Due("https://b.example/2", slow=True),
    }
    items = {"of a": "https://a.example/p", "of b": "https://b.example/p", "of c": "https://c.example/p"}
    quick, slow, pages = grouped(feeds, items, {"again": "https://a.example/q"})
    assert (quick.feeds, quick.items, quick.articles) == (["a"], ["of a"], ["again"])
    assert (slow.feeds, slow.items) == (["b", "b slow"], ["of b"])
    assert (pages.feeds, pages.items) == ([], ["of c"])
    assert quick.timeout_s is not None
    assert slow.timeout_s is None


def test_what_is_not_due_makes_no_group() -> None:
    assert grouped({}, {}, {}) == []
    assert [group.name for group in grouped({}, {"x": ""}, {})] == ["pages"]


@pytest.mark.elasticsearch
def test_the_index_follows_the_files(line: Line, store: Store) -> None:
    line.__dict__["store"] = store

    def source(name: str, title: str = "T") -> FeedSource:
        url = f"https://{name}.example/"
        return FeedSource(id=feed_id(url), url=url, title=title, publisher="P", desks=["us_russia"])

    def feeds() -> dict[str, tuple[str, bool]]:
        store.refresh(Kind.FEEDS)
        every = store.get_many(Feed, Kind.FEEDS, store.ids(Kind.FEEDS, {"match_all": {}})).values()
        return {kept.record.source.url[8]: (kept.record.source.title, kept.record.active) for kept in every}

    sync_feeds(line, {one.id: one for one in (source("a"), source("b"))})
    assert feeds() == {"a": ("T", True), "b": ("T", True)}
    sync_feeds(line, {one.id: one for one in (source("a", "New"), source("c"))})
    assert feeds() == {"a": ("New", True), "b": ("T", False), "c": ("T", True)}
    sync_feeds(line, {one.id: one for one in (source("b"),)})
    assert feeds() == {"a": ("New", False), "b": ("T", True), "c": ("T", False)}
