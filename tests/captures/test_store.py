"""The capture store: written whole or not at all, read one by one, damage named."""

import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from hotline.captures.store import CaptureError, CaptureStore, new_batch_id
from schemas.capture import Capture, CaptureKind, CaptureRef

NOW = datetime(2026, 11, 24, 6, 20, 0, 123456, tzinfo=UTC)


def page(n: int = 0, **update: object) -> Capture:
    record = {
        "kind": CaptureKind.PAGE,
        "url": f"https://outlet.example/{n}",
        "final_url": f"https://outlet.example/{n}/",
        "status": 200,
        "headers": {"content-type": "text/html; charset=utf-8", "content-encoding": "gzip", "etag": 'W/"a b"'},
        "fetched_at": NOW,
        "feed_id": "f" * 32,
        "item_id": f"item{n}",
    }
    return Capture.model_validate(record | update)


def fill(store: CaptureStore, *bodies: bytes, batch: str | None = None) -> tuple[str, list[Capture]]:
    with store.writer(batch or new_batch_id(NOW)) as writer:
        added = [writer.add(page(n), body) for n, body in enumerate(bodies)]
        assert writer.count == len(bodies)
        assert writer.size > 0
    assert added[0].ref is not None
    return added[0].ref.warc, added


@pytest.fixture(params=["local", "remote"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> CaptureStore:
    return CaptureStore(str(tmp_path / "store") if request.param == "local" else f"memory://{uuid.uuid4()}/captures")


def test_ids_sort_by_time_and_differ() -> None:
    assert new_batch_id(NOW).startswith("20261124T062000.123456Z-")
    assert new_batch_id(NOW) != new_batch_id(NOW)
    assert new_batch_id(NOW) < new_batch_id(NOW + timedelta(microseconds=1))


def test_what_is_written_is_read_back(store: CaptureStore) -> None:
    bodies = [b"<html>", b"", b"\0\xff" * 200_000]
    warc, added = fill(store, *bodies)
    assert warc.startswith("2026/11/24/")
    assert list(store.list()) == [warc]
    assert list(store.iterate(warc)) == list(zip(added, bodies, strict=True))
    for capture, body in reversed(list(zip(added, bodies, strict=True))):
        assert capture.ref is not None
        assert store.read(capture.ref) == (capture, body)


def test_all_that_rebuilds_an_item_is_in_the_record(store: CaptureStore) -> None:
    capture = page(kind=CaptureKind.RECHECK, article_id="a1", item_id=None, feed_id=None, quiet=True, status=404)
    with store.writer(new_batch_id(NOW)) as writer:
        added = writer.add(capture, b"x")
    assert added.ref is not None
    assert store.read(added.ref)[0] == capture.model_copy(update={"ref": added.ref})


def test_an_empty_batch_leaves_no_file(store: CaptureStore) -> None:
    with store.writer(new_batch_id(NOW)):
        pass
    assert list(store.list()) == []


def test_a_batch_that_fails_leaves_no_file(store: CaptureStore, tmp_path: Path) -> None:
    def interrupted() -> None:
        with store.writer(new_batch_id(NOW)) as writer:
            writer.add(page(), b"x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert list(store.list()) == []
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_id_is_never_used_twice(store: CaptureStore) -> None:
    batch = new_batch_id(NOW)
    warc, _ = fill(store, b"first", batch=batch)
    with pytest.raises(FileExistsError):
        fill(store, b"second", batch=batch)
    assert [body for _, body in store.iterate(warc)] == [b"first"]


def test_files_are_listed_oldest_first_and_deleted(store: CaptureStore) -> None:
    days = [NOW + timedelta(days=n * 20) for n in (2, 0, 1)]
    warcs = [fill(store, b"x", batch=new_batch_id(day))[0] for day in days]
    assert list(store.list()) == sorted(warcs)
    store.delete(warcs[0])
    store.delete(warcs[0])
    assert list(store.list()) == sorted(warcs[1:])


def test_a_store_that_does_not_exist_yet_is_empty(store: CaptureStore) -> None:
    assert list(store.list()) == []


def test_a_file_being_written_is_not_listed_and_one_left_open_is_found(tmp_path: Path) -> None:
    store = CaptureStore(str(tmp_path))
    with store.writer(new_batch_id(NOW)) as writer:
        writer.add(page(), b"x")
        assert list(store.list()) == []
        (left,) = store.stale(timedelta(0))
        assert left.endswith(".open")
        assert list(store.stale(timedelta(hours=1))) == []
    assert list(store.stale(timedelta(0))) == []
    (tmp_path / "2026/11/24/dead.warc.gz.open").write_bytes(b"x")
    os.utime(tmp_path / "2026/11/24/dead.warc.gz.open", (0, 0))
    (dead,) = store.stale(timedelta(days=1))
    store.delete(dead)
    assert list(store.stale(timedelta(0))) == []


def test_other_readers_can_read_the_files(tmp_path: Path) -> None:
    warc, _ = fill(CaptureStore(str(tmp_path)), b"body one", b"body two")
    with (tmp_path / warc).open("rb") as file:
        records = [(r.rec_type, r.content_stream().read()) for r in ArchiveIterator(file, check_digests="raise")]
    assert [kind for kind, _ in records] == ["warcinfo", "response", "response"]
    assert [body for _, body in records[1:]] == [b"body one", b"body two"]


# Damage


@pytest.mark.parametrize("cut", [1, 8, 100])
def test_a_truncated_file_gives_what_is_whole_and_says_where_it_ends(tmp_path: Path, cut: int) -> None:
    store = CaptureStore(str(tmp_path))
    warc, added = fill(store, b"one", b"two", os.urandom(1000))
    path = tmp_path / warc
    path.write_bytes(path.read_bytes()[:-cut])
    responses = store.iterate(warc)
    assert [next(responses)[1], next(responses)[1]] == [b"one", b"two"]
    with pytest.raises(CaptureError, match="ends within") as caught:
        next(responses)
    assert added[2].ref is not None
    assert (caught.value.warc, caught.value.offset) == (warc, added[2].ref.offset)


def test_a_damaged_record_is_named_and_the_others_can_be_read(tmp_path: Path) -> None:
    store = CaptureStore(str(tmp_path))
    warc, added = fill(store, b"one", os.urandom(1000), b"three")
    refs = [capture.ref for capture in added if capture.ref]
    path = tmp_path / warc
    raw = bytearray(path.read_bytes())
    raw[refs[1].offset + 600] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(CaptureError) as caught:
        list(store.iterate(warc))
    assert caught.value.offset == refs[1].offset
    assert store.read(refs[0])[1] == b"one"
    assert store.read(refs[2])[1] == b"three"
    with pytest.raises(CaptureError):
        store.read(refs[1])


def test_a_wrong_place_and_a_file_that_is_gone(tmp_path: Path) -> None:
    store = CaptureStore(str(tmp_path))
    warc, _ = fill(store, b"one")
    with pytest.raises(CaptureError):
        store.read(CaptureRef(warc=warc, offset=3))
    with pytest.raises(CaptureError):
        store.read(CaptureRef(warc=warc, offset=10**9))
    with pytest.raises(FileNotFoundError):
        store.read(CaptureRef(warc="2026/01/01/x.warc.gz", offset=0))


@settings(deadline=None, max_examples=40)
@given(
    body=st.binary(max_size=2000),
    url=st.text(min_size=1, max_size=50),
    headers=st.dictionaries(st.from_regex(r"[a-z-]{1,12}", fullmatch=True), st.text(max_size=40), max_size=5),
)
def test_any_response_can_be_kept(body: bytes, url: str, headers: dict[str, str]) -> None:
    store = CaptureStore(f"memory://{uuid.uuid4()}")
    with store.writer(new_batch_id(NOW)) as writer:
        added = writer.add(page(url=f"https://x.example/{url}", headers=headers), body)
        writer.add(page(1), b"next")
    assert added.ref is not None
    assert store.read(added.ref)[1] == body
    assert [text for _, text in store.iterate(added.ref.warc)] == [body, b"next"]
