"""The capture store: every response as it came, in WARC files (ISO 28500), one a batch. Raw first.

A file is written beside its place under a name that ends in `.open`, closed, synced and renamed (or uploaded). A file
without that ending is therefore whole, and is never changed again.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from hotline.captures.records import CaptureError, WarcWriter, records_of
from schemas.capture import Capture, CaptureRef

__all__ = ["CaptureError", "CaptureStore", "WarcWriter", "batch_stamp", "new_batch_id"]

OPEN = ".open"


def new_batch_id(now: datetime) -> str:
    """An id that sorts by time and is never used again, like 20261124T062000.123456Z-1a2b3c4d."""
    return f"{batch_stamp(now)}-{secrets.token_hex(4)}"


def batch_stamp(at: datetime) -> str:
    """How the id of a batch of that time begins: ids compare with it as times do."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"


def warc_path(batch_id: str) -> str:
    """Where the file of a batch stands, relative to the store."""
    return f"{batch_id[:4]}/{batch_id[4:6]}/{batch_id[6:8]}/{batch_id}.warc.gz"


class CaptureStore:
    """WARC files in a local folder or under an fsspec URL (s3://bucket/prefix)."""

    def __init__(self, location: str) -> None:
        self._fs, root = fsspec.core.url_to_fs(location)
        self._root = root.rstrip("/")
        self._local = isinstance(self._fs, LocalFileSystem)

    @contextmanager
    def writer(self, batch_id: str) -> Iterator[WarcWriter]:
        """A writer for a new batch. The file is there, whole, once the block ends well and something was added."""
        path = warc_path(batch_id)
        if self._local:
            yield from self._written_locally(path)
        else:
            yield from self._uploaded(path)

    def read(self, ref: CaptureRef) -> tuple[Capture, bytes]:
        """One response. Raises: CaptureError; FileNotFoundError where the file is gone."""
        with self._opened(ref.warc) as file:
            file.seek(ref.offset)
            for capture, body in records_of(file, ref.warc, ref.offset):
                return capture, body
        raise CaptureError(ref.warc, ref.offset, "no response begins here")

    def iterate(self, warc: str) -> Iterator[tuple[Capture, bytes]]:
        """All responses of a file, in order. Raises: CaptureError behind the last one that is whole."""
        with self._opened(warc) as file:
            yield from records_of(file, warc, 0)

    def list(self) -> Iterator[str]:
        """The paths of all files, relative to the store, oldest first. Only one day's names are held at a time."""
        yield from self._walk("", 3)

    def delete(self, warc: str) -> None:
        """Removes a file; nothing happens where it is gone already."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(f"{self._root}/{warc}")

    def free(self) -> int | None:
        """Bytes that are free on the store's disk; None where it is no local folder, or not made yet."""
        return shutil.disk_usage(self._root).free if self._local and Path(self._root).is_dir() else None

    def stale(self, older_than: timedelta, now: datetime | None = None) -> "Iterator[str]":
        """Files left open by writers that died, older than `older_than`; `delete` removes them. Local stores only."""
        now = now or datetime.now(UTC)
        if not self._local:
            return
        for path in sorted(Path(self._root).rglob(f"*{OPEN}")):
            with suppress(FileNotFoundError):
                if now.timestamp() - path.stat().st_mtime > older_than.total_seconds():
                    yield str(path.relative_to(self._root))

    def _written_locally(self, path: str) -> Iterator[WarcWriter]:
        final = Path(self._root) / path
        temporary = final.with_name(final.name + OPEN)
        final.parent.mkdir(parents=True, exist_ok=True)
        if final.exists():
            raise FileExistsError(f"{final} exists: ids of batches are never used twice")
        try:
            with temporary.open("xb") as file:
                writer = WarcWriter(file, path)
                yield writer
                file.flush()
                os.fsync(file.fileno())
            if writer.count:
                temporary.rename(final)
                _sync_folder(final.parent)
        finally:
            temporary.unlink(missing_ok=True)

    def _uploaded(self, path: str) -> Iterator[WarcWriter]:
        with TemporaryFile() as file:
            writer = WarcWriter(file, path)
            yield writer
            if not writer.count:
                return
            if self._fs.exists(f"{self._root}/{path}"):
                raise FileExistsError(f"{path} exists in the store: ids of batches are never used twice")
            file.seek(0)
            # Object stores show an object once it is whole: closing the stream is what renaming is on a disk.
            with self._fs.open(f"{self._root}/{path}", "wb") as target:
                while chunk := file.read(1024 * 1024):
                    target.write(chunk)

    def _opened(self, warc: str) -> IO[bytes]:
        opened: IO[bytes] = self._fs.open(f"{self._root}/{warc}", "rb")
        return opened

    def _walk(self, folder: str, depth: int) -> Iterator[str]:
        try:
            found: Any = self._fs.ls(f"{self._root}/{folder}".rstrip("/"), detail=True)
        except FileNotFoundError:
            return
        for one in sorted(found, key=lambda info: info["name"]):
            name = one["name"].rstrip("/").rpartition("/")[2]
            if depth and one["type"] == "directory":
                yield from self._walk(f"{folder}{name}/", depth - 1)
            elif not depth and name.endswith(".warc.gz"):
                yield f"{folder}{name}"


def _sync_folder(folder: Path) -> None:
    """Makes a rename last: on POSIX the folder's own entry needs a sync."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
