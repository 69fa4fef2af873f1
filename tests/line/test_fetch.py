"""A fetch: entries that are known are not looked up, and what is half-written is not lost."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from hotline.captures.store import new_batch_id, warc_path
from hotline.feeds.outcome import PollOutcome
from hotline.line import fetch as fetching
from hotline.line.absorb import FeedResult, Harvest, absorb, absorbed, entries_of, item_id
from hotline.line.context import Line
from hotline.line.network import Network, capture_of
from hotline.line.records import claim_keys, items_by_id
from hotline.search.indices import Kind
from hotline.search.store import Kept, Store, Write
from schemas.capture import Batch, CaptureKind
from schemas.feed import Feed, FeedFormat
from tests.feeds.hostile import Server
from tests.line.test_moved_and_indexed import feed, line, rss, server

__all__ = ["line", "server"]
pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def watched(server: Server, line: Line, store: Store) -> Feed:
    """A feed of three entries in the index."""
    line.__dict__["store"] = store
    one = feed(server.add("/feed", rss("1", "2", "3")))
    one = one.model_copy(update={"source": one.source.model_copy(update={"entry_only": True})})
    store.write([Write(Kind.FEEDS, one.id, one)])
    return one


def read(store: Store, id_: str) -> Kept[Feed]:
    kept = store.get(Feed, Kind.FEEDS, id_)
    assert kept is not None
    return kept


def test_only_entries_that_the_last_document_did_not_hold_are_looked_up(
    watched: Feed, server: Server, line: Line, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = Store.write

    def write(self: Store, writes: Sequence[Write]) -> set[str]:
        asked.extend(1 for one in writes if one.kind is Kind.KEYS)
        return real(self, writes)

    monkeypatch.setattr(Store, "write", write)
    for body, keys in ((rss("1", "2", "3"), 3), (rss("4", "1", "2"), 1), (rss("4", "5", "3"), 2)):
        server.add("/feed", body)
        fetching.fetch(line, {"name": "feeds", "feeds": [watched.id]})
        assert len(asked) == keys
        asked.clear()
    assert read(store, watched.id).record.state.new_items == 5, "what left the document and came back is looked up"


def test_entries_whose_items_a_killed_fetch_did_not_write_are_not_taken_for_known(
    watched: Feed, line: Line, store: Store
) -> None:
    """The killed fetch had claimed their keys; the next poll finds them claimed and remembers them as known."""
    network = Network(line)
    response = network.feed(watched, 5).response
    network.close()
    assert response is not None
    id_ = new_batch_id(line.clock() - timedelta(hours=1))
    with line.captures.writer(id_) as writer:
        writer.add(capture_of(response, CaptureKind.FEED, watched.id), response.body)
    killed = store.create(Kind.BATCHES, id_, Batch(id=id_, warc=warc_path(id_), created_at=line.clock(), captures=1))
    assert killed is not None
    entries = entries_of(response.final_url, response.headers, response.body)
    ids = [item_id(watched.id, entry) for entry in entries]
    claim_keys(line, Kind.ITEMS, id_, ids)

    later = new_batch_id(line.clock())
    batch = store.create(Kind.BATCHES, later, Batch(id=later, warc=None, created_at=line.clock(), captures=0))
    assert batch is not None
    outcome = PollOutcome(status=200, format=FeedFormat.RSS)
    absorb(line, batch, Harvest(feeds=[FeedResult(read(store, watched.id), entries, False, outcome)]))
    assert len(read(store, watched.id).record.state.known) == 3
    assert items_by_id(line, ids) == {}

    absorbed(line, killed)
    assert set(items_by_id(line, ids)) == set(ids)


def test_a_batch_that_cannot_be_written_ends_the_fetch_and_leaves_no_half_file(
    watched: Feed, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the index is full")

    monkeypatch.setattr(fetching, "absorb", broken)
    with pytest.raises(RuntimeError, match="full"):
        fetching.fetch(line, {"name": "feeds", "feeds": [watched.id]})
    assert len(list(line.captures.list())) == 1, "raw first: its capture file is whole and will be recovered"
    assert list(line.captures.stale(timedelta(seconds=-1))) == []
