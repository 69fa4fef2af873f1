"""A newsroom and the whole stack that watches it, for tests that need the scheduler, the index and the mailbox."""

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError

from hotline.local.demo.figures import Figures, read
from hotline.local.ports import free_port
from hotline.local.stack import Stack
from hotline.search.client import connect
from hotline.search.indices import Indices, Kind
from hotline.search.store import Store
from hotline.settings import Settings
from tests.conftest import remove_all
from tests.line.rig import ROOT
from tests.newsroom import Newsroom
from tests.newsroom.world import World


class House:
    """A newsroom and a stack that watches it."""

    def __init__(self, room: Newsroom, stack: Stack) -> None:
        self.room, self.stack = room, stack
        self.store = Store(connect(stack.settings), Indices(stack.settings.index_prefix))

    def figures(self) -> Figures:
        return read(self.store, self.stack.mails)

    def mails(self) -> dict[str, list[EmailMessage]]:
        """The mailbox, by recipient, oldest first."""
        found: dict[str, list[EmailMessage]] = defaultdict(list)
        for path in sorted(self.stack.mails.glob("*.eml"), key=lambda path: path.stat().st_mtime):
            mail = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
            assert isinstance(mail, EmailMessage)
            found[str(mail["To"])].append(mail)
        return found

    def published(self) -> int:
        return len(self.room.pages)

    def caught_up(self) -> bool:
        """Everything published is an article, and nothing is under way."""
        with suppress(ApiError, TransportError):  # it may have been killed, or its indices are being made
            feeds_read = not self.room.unfetched()
            return feeds_read and self.store.count(Kind.ARTICLES) >= self.published() and self.figures().quiet
        return False

    def settle(self, seconds: float, still: float = 20) -> None:
        """Waits until the line has caught up and stays so for `still` seconds."""
        until(self.caught_up, seconds)
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < still:
            time.sleep(2)
            if not self.caught_up():
                until(self.caught_up, seconds)
                quiet_since = time.monotonic()


def until(look: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(1)


@contextmanager
def running_house(world: World, elasticsearch_url: str | None = None) -> Iterator[House]:
    """The desk us_russia on a newsroom of this world. Without a URL the stack runs an Elasticsearch of its own."""
    options: dict[str, Any] = {name: free_port() for name in ("airflow_port", "smtp_port", "mailbox_port")}
    if elasticsearch_url:
        options |= {"elasticsearch_url": elasticsearch_url, "index_prefix": f"scenarios-{os.getpid()}"}
    else:
        options["elasticsearch_port"] = free_port()
    with tempfile.TemporaryDirectory(prefix="hotline-scenarios-") as folder, Newsroom(world=world) as room:
        Path(folder).chmod(0o755)  # the account that Elasticsearch runs under, when we are root, must enter it
        room.write_desk(Path(folder) / "desks/us_russia", ROOT / "desks/us_russia")
        stack = Stack(Settings(home=Path(folder) / "home", desks=Path(folder) / "desks", poll_seconds=15, **options))
        stack.up(print)
        house = House(room, stack)
        try:
            yield house
        finally:
            stack.down()
            if elasticsearch_url:
                remove_all(house.store.client, house.store.indices.prefix)
