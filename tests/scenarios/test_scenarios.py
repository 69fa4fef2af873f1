"""A newsroom of sixty outlets, the whole stack and the shipped rules: what lands in the analysts' mailboxes.

One stack for three scenarios, in this order: old entries and a retag of everything ring nothing; ten events of one day
ring ten times; a wire story in forty outlets rings once, and once more when it develops.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from hotline.local.demo.figures import Figures, read
from hotline.local.ports import free_port
from hotline.local.stack import Stack
from hotline.search.client import connect
from hotline.search.indices import Indices, Kind
from hotline.search.store import Store
from hotline.settings import Settings
from tests.line.rig import ROOT
from tests.newsroom import Newsroom
from tests.scenarios import world

pytestmark = [pytest.mark.slow, pytest.mark.airflow, pytest.mark.elasticsearch]


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
        feeds_read = not self.room.unfetched()
        return feeds_read and self.store.count(Kind.ARTICLES) >= self.published() and self.figures().quiet

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


@pytest.fixture(scope="module")
def house(elasticsearch_url: str) -> Iterator[House]:
    with (
        tempfile.TemporaryDirectory(prefix="hotline-scenarios-") as folder,
        Newsroom(world=world.world()) as room,
        Elasticsearch(elasticsearch_url, request_timeout=60) as client,
    ):
        room.write_desk(Path(folder) / "desks/us_russia", ROOT / "desks/us_russia")
        ports = {name: free_port() for name in ("airflow_port", "smtp_port", "mailbox_port")}
        prefix = f"scenarios-{os.getpid()}"
        settings = Settings(
            home=Path(folder) / "home",
            desks=Path(folder) / "desks",
            elasticsearch_url=elasticsearch_url,
            index_prefix=prefix,
            poll_seconds=15,
            **ports,
        )
        stack = Stack(settings)
        stack.up(print)
        try:
            yield House(room, stack)
        finally:
            stack.down()
            for index in client.indices.get(index=f"{prefix}-*", features=["aliases"]):
                client.indices.delete(index=index)
            client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}-*")


def test_sixty_feeds_of_old_entries_and_a_retag_ring_nothing(house: House) -> None:
    house.settle(900)
    figures = house.figures()
    assert len(figures.articles) == world.OUTLETS * world.OLD_EACH
    assert figures.relevant("us_russia") > world.OUTLETS * world.OLD_EACH / 4  # they would ring if they were new
    span = [f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}" for days in (-1, 1)]
    retag = subprocess.run(
        [sys.executable, "-m", "hotline.cli", "replay", "--from", span[0], "--to", span[1]],
        env=house.stack.environment(), capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert retag.returncode == 0, retag.stdout + retag.stderr
    assert f"items {world.OUTLETS * world.OLD_EACH}" in retag.stdout
    house.settle(300)
    assert not house.figures().alerts
    assert not house.mails()


def test_ten_events_with_the_same_ministers_and_place_are_ten_messages(house: House) -> None:
    before = {to: len(mails) for to, mails in house.mails().items()}
    texts = world.texts()["events"]
    for n, text in enumerate(texts):
        house.room.publish_piece(world.piece(f"event-{n}", 3 + 5 * n, text))
        time.sleep(3)
    house.settle(300)
    fresh = {to: mails[before.get(to, 0) :] for to, mails in house.mails().items()}
    headlines = {text["headline"] for text in texts}
    assert fresh
    for to, mails in fresh.items():
        about = [next((h for h in headlines if h in str(mail["Subject"])), None) for mail in mails]
        assert None not in about, (to, [str(mail["Subject"]) for mail in mails])
        assert len(set(about)) == len(about), (to, about)  # each event in a message of its own
        assert all(mail["In-Reply-To"] is None for mail in mails)
    assert max(len(mails) for mails in fresh.values()) == len(texts)


def test_a_wire_story_in_forty_outlets_is_one_message_and_one_update(house: House) -> None:
    before = {to: len(mails) for to, mails in house.mails().items()}
    original = world.piece("wire", 0, world.texts()["wire"][0])
    for n, copy in enumerate(world.wire_copies(original)):
        house.room.publish_piece(copy)
        time.sleep(8 if n == 0 else 0.5)
    house.settle(300)
    first = {to: mails[before.get(to, 0) :] for to, mails in house.mails().items() if len(mails) > before.get(to, 0)}
    assert first
    assert {to: len(mails) for to, mails in first.items()} == dict.fromkeys(first, 1)
    for n, text in enumerate(world.texts()["development"]):
        house.room.publish_piece(world.piece(f"development-{n}", 7 + 9 * n, text))
    house.settle(300)
    for to, (told,) in first.items():
        later = house.mails()[to][before.get(to, 0) + 1 :]
        assert [mail["In-Reply-To"] for mail in later] == [told["Message-ID"]], (to, [str(m["Subject"]) for m in later])
        assert str(told["Message-ID"]) in str(later[0]["References"])
