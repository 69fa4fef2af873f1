"""The newsroom as one thing: a world, its state, its script and the server that shows it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.newsroom import desk, status
from tests.newsroom.player import Player
from tests.newsroom.replay import Replay
from tests.newsroom.room import Room
from tests.newsroom.server import Server
from tests.newsroom.site import OutletSite
from tests.newsroom.world import World, load


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


class Newsroom(Room):
    """A newsroom on 127.0.0.1, to be used as a context manager.

    Its world is the one in data/, or one that a test has made.
    Without a script it publishes its backlog (unless told not to) and then does what the test says (`publish`, …).
    `script=True` plays the script: by itself, or step by step when `clock` is given and the test calls `player.tick()`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        script: bool = False,
        speed: float = 1.0,
        clock: Callable[[], datetime] | None = None,
        backlog: bool = True,
        world: World | None = None,
    ) -> None:
        super().__init__(world or load(), clock or utc_now, backlog=backlog)
        self.player = Player(self, self.world.script, speed) if script else None
        self._ticks_by_itself = script and clock is None
        self._closed = threading.Event()
        self._server = Server(port)
        self.site = self._server.site = OutletSite(self, self.base_url)
        self._server.status = self.status

    @property
    def base_url(self) -> str:
        """Where it is: `http://127.0.0.1:PORT`."""
        return self._server.base_url

    def url(self, piece_id: str) -> str:
        """Address of a published article. Raises KeyError for one that is not published."""
        return f"{self.base_url}{self.pages[piece_id].path}"

    def feed_url(self, feed_id: str) -> str:
        """Address of a feed, as feeds.opml names it."""
        return f"{self.base_url}{self.shelves[feed_id].path}"

    def status(self) -> dict[str, Any]:
        """What GET /_newsroom/status says."""
        return status.report(self, self.player, self.base_url)

    def write_desk(self, target: Path, template: Path) -> None:
        """Writes a desk that watches this newsroom."""
        desk.write_desk(target, self.base_url, template, self.world)

    def __enter__(self) -> Self:
        self._server.start()
        if self._ticks_by_itself:
            threading.Thread(target=self._tick, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._server.stop()

    def _tick(self) -> None:
        assert self.player
        while not self._closed.wait(0.1):
            self.player.tick()


class ReplayRoom:
    """A folder of saved feeds and pages on 127.0.0.1, to be used as a context manager."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.replay = Replay(folder)
        self._server = Server(port)
        self.replay.base_url = self._server.base_url
        self._server.site = self.replay
        self._server.status = self.replay.status

    @property
    def base_url(self) -> str:
        """Where it is: `http://127.0.0.1:PORT`."""
        return self._server.base_url

    def write_desk(self, target: Path, template: Path) -> None:
        """Writes a desk that watches what is replayed."""
        desk.write_files(target, desk.opml("Replay", self.replay.outlines()), template)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
