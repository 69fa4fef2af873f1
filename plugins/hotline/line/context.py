"""What every step of the line works with."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from hotline.captures.store import CaptureStore
from hotline.line.desks import LoadedDesk, load_desks
from hotline.search.client import connect
from hotline.search.indices import Indices, install, is_installed
from hotline.search.store import Store
from hotline.settings import Settings, settings

type Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of the line."""
    return datetime.now(UTC)


def digest(*parts: str) -> str:
    """A stable id of 32 hexadecimal digits (128 bits of SHA-256) for the parts, in order."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@dataclass
class Line:
    """The line of one installation: settings, desks, the index and the captures. Cheap until used."""

    settings: Settings
    clock: Clock = utc_now

    @cached_property
    def desks(self) -> dict[str, LoadedDesk]:
        """The desks, read once: a task is short, so changes load with the next one."""
        return load_desks(self.settings.desks, self.settings.home / "last-good")

    @cached_property
    def store(self) -> Store:
        """The records in Elasticsearch. Whichever task comes first makes the indices, or what an upgrade adds."""
        store = Store(connect(self.settings), Indices(self.settings.index_prefix))
        if not is_installed(store.client, store.indices):
            install(store.client, store.indices, self.clock())
        return store

    @cached_property
    def captures(self) -> CaptureStore:
        """The WARC files."""
        return CaptureStore(self.settings.capture_store)


def open_line() -> Line:
    """The line as the environment says."""
    return Line(settings())
