"""Responses as WARC records (ISO 28500, version 1.1), each a gzip member of its own, so that one can be read alone.

Bodies are stored decoded. The response's headers about its coding (Content-Encoding, Transfer-Encoding, Content-Length)
would then lie to every other reader: they are kept under a prefix, and given back under their names by ours.
"""

import io
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import IO, Any

from schemas.capture import Capture, CaptureKind, CaptureRef

_CODING = ("content-encoding", "transfer-encoding", "content-length")
_PREFIX = "x-hotline-original-"
_CHUNK = 64 * 1024
# Larger than any record we write (bodies end at 15 MiB); a damaged or foreign file must not fill the memory.
MAX_RECORD = 128 * 1024 * 1024


class CaptureError(Exception):
    """A WARC file cannot be read from a certain byte on. What stands before it is whole."""

    def __init__(self, warc: str, offset: int, reason: str) -> None:
        super().__init__(f"{warc}, byte {offset}: {reason}")
        self.warc, self.offset, self.reason = warc, offset, reason


class WarcWriter:
    """Adds responses to a file that is being written."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        from warcio.warcwriter import WARCWriter

        self._file, self._path = file, path
        self._plain = io.BytesIO()
        self._warc: Any = WARCWriter(self._plain, gzip=False, warc_version="1.1")
        self.count = 0

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._file.tell()

    def add(self, capture: Capture, body: bytes) -> Capture:
        """Writes a response and its decoded body; the capture comes back with its place set."""
        from warcio.statusandheaders import StatusAndHeaders

        if not self.count:
            self._write(self._warc.create_warcinfo_record(self._path.rpartition("/")[2], {"software": "Hotline"}))
        offset = self._file.tell()
        headers = [(_stored(name), _one_line(value)) for name, value in capture.headers.items() if name.isascii()]
        headers.append(("content-length", str(len(body))))
        record = self._warc.create_warc_record(
            _one_line(capture.url),
            "response",
            payload=io.BytesIO(body),
            http_headers=StatusAndHeaders(_status_line(capture.status), headers, protocol="HTTP/1.1"),
            warc_headers_dict=_own_headers(capture),
        )
        self._write(record)
        self.count += 1
        return capture.model_copy(update={"ref": CaptureRef(warc=self._path, offset=offset)})

    def _write(self, record: Any) -> None:
        """A record as a gzip member. warcio itself would take level 9: twice the time for one per cent."""
        self._warc.write_record(record)
        pack = zlib.compressobj(6, wbits=31)
        self._file.write(pack.compress(self._plain.getbuffer()) + pack.flush())
        self._plain.seek(0)
        self._plain.truncate()


def _own_headers(capture: Capture) -> dict[str, str]:
    headers = {
        "WARC-Date": capture.fetched_at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "Hotline-Kind": capture.kind.value,
        "Hotline-Final-Url": _one_line(capture.final_url),
        "Hotline-Feed": capture.feed_id,
        "Hotline-Item": capture.item_id,
        "Hotline-Article": capture.article_id,
        "Hotline-Quiet": "1" if capture.quiet else None,
    }
    return {name: value for name, value in headers.items() if value is not None}


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _stored(name: str) -> str:
    return f"{_PREFIX}{name}" if name.lower() in _CODING else name


def _one_line(value: str) -> str:
    return " ".join(value.split())


def records_of(file: IO[bytes], warc: str, offset: int) -> Iterator[tuple[Capture, bytes]]:
    """The responses from `offset` on, where `file` stands. Raises: CaptureError behind the last whole one."""
    pending = b""
    while True:
        raw, pending, length = _member(file, pending, warc, offset)
        if not raw and not length:
            return
        found = _capture(raw, warc, offset)
        if found is not None:
            yield found
        offset += length


def _member(file: IO[bytes], pending: bytes, warc: str, offset: int) -> tuple[bytes, bytes, int]:
    """The next gzip member: its content, what was read beyond it, and its compressed length; 0 at the end."""
    unpack = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    size = length = 0
    chunk = pending or file.read(_CHUNK)
    if not chunk:
        return b"", b"", 0
    while True:
        try:
            parts.append(unpack.decompress(chunk, MAX_RECORD - size + 1))
        except zlib.error as error:
            raise CaptureError(warc, offset, f"the record is damaged ({error})") from error
        size += len(parts[-1])
        if size > MAX_RECORD:
            raise CaptureError(warc, offset, f"the record is larger than {MAX_RECORD // 2**20} MiB")
        if unpack.eof:
            return b"".join(parts), unpack.unused_data, length + len(chunk) - len(unpack.unused_data)
        length += len(chunk)
        chunk = file.read(_CHUNK)
        if not chunk:
            raise CaptureError(warc, offset, "the file ends within the record")


def _capture(raw: bytes, warc: str, offset: int) -> tuple[Capture, bytes] | None:
    """The response in a record; None for records of other types."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    try:
        for record in ArchiveIterator(io.BytesIO(raw), record_types=WarcRecordType.response):
            own, http = record.headers, record.http_headers
            capture = Capture(
                ref=CaptureRef(warc=warc, offset=offset),
                kind=CaptureKind(own["Hotline-Kind"]),
                url=own["WARC-Target-URI"],
                final_url=own["Hotline-Final-Url"],
                status=http.status_code or 0,
                headers=_restored(http),
                fetched_at=datetime.fromisoformat(own["WARC-Date"]).astimezone(UTC),
                feed_id=own.get("Hotline-Feed"),
                item_id=own.get("Hotline-Item"),
                article_id=own.get("Hotline-Article"),
                quiet=own.get("Hotline-Quiet") == "1",
            )
            return capture, record.reader.read()
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise CaptureError(warc, offset, f"the record is none that Hotline wrote ({error!r})") from error
    return None


def _restored(http: Any) -> dict[str, str]:
    headers = {name.lower(): value for name, value in http if name.lower() not in _CODING}
    return {name.removeprefix(_PREFIX): value for name, value in headers.items()}
