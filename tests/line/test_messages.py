"""What lands in the mailbox: a wire story in forty outlets and ten events of a day, through the line step by step.

The same as tests/scenarios, which needs the scheduler and the whole stack, in a minute.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hotline.alerts.channel import Channel
from hotline.alerts.email import EmailChannel
from hotline.line import deliver as delivering
from hotline.line.context import Line
from hotline.line.deliver import deliver
from hotline.search.store import Store
from hotline.settings import Settings
from tests.alerts.mailbox import Mailbox, smtp_server
from tests.line.rig import ROOT, Rig
from tests.newsroom import Newsroom
from tests.newsroom.world import World
from tests.scenarios import world

pytestmark = [pytest.mark.elasticsearch, pytest.mark.slow]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server(Mailbox()) as served:
        yield served


@pytest.fixture
def line(
    store: Store, elasticsearch_url: str, tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rig]:
    """Sixty outlets without old entries, all polled once; mail goes to the mailbox."""

    @contextmanager
    def channels(*_: object) -> Iterator[dict[str, Channel]]:
        with EmailChannel("127.0.0.1", mailbox.port, "Hotline <hotline@desk.example>") as email:
            yield {"email": email}

    monkeypatch.setattr(delivering, "channels", channels)
    with Newsroom(world=World(outlets=world.outlets(), pieces={}, script=[])) as room:
        room.write_desk(tmp_path / "desks/us_russia", ROOT / "desks/us_russia")
        settings = Settings(
            home=tmp_path / "home",
            desks=tmp_path / "desks",
            elasticsearch_url=elasticsearch_url,
            index_prefix=store.indices.prefix,
            kibana_url="https://kibana.example",
        )
        made = Rig(Line(settings), room)
        made.line.clock = made.now
        made.line.__dict__["store"] = store
        made.poll()
        yield made


def come(line: Rig) -> None:
    """Everything published comes in, is raised and sent."""
    for _ in range(3):
        line.round()
        deliver(line.fresh())


def test_a_wire_story_in_forty_outlets_is_one_message_and_one_update(line: Rig, mailbox: Mailbox) -> None:
    original = world.piece("wire", 0, world.texts()["wire"][0])
    first, *copies = world.wire_copies(original)
    line.room.publish_piece(first)
    come(line)
    told = {to: len(mails) for to, mails in mailbox.by_recipient().items()}
    assert told
    assert set(told.values()) == {1}
    for copy in copies:
        line.room.publish_piece(copy)
    come(line)
    for n, text in enumerate(world.texts()["development"]):
        line.room.publish_piece(world.piece(f"development-{n}", 7 + 9 * n, text))
    come(line)
    for mails in mailbox.by_recipient().values():
        assert [str(mail["In-Reply-To"]) for mail in mails[1:]] == [str(mails[0]["Message-ID"])]
        body = str(mails[1].get_body(("plain",)).get_content())  # type: ignore[union-attr]
        assert "Margaret Alder" in body
        assert "https://kibana.example/app/discover" in body
    assert set(mailbox.by_recipient()) == set(told)


def test_ten_events_with_the_same_ministers_and_place_are_ten_messages(line: Rig, mailbox: Mailbox) -> None:
    texts = world.texts()["events"]
    for n, text in enumerate(texts):
        line.room.publish_piece(world.piece(f"event-{n}", 3 + 5 * n, text))
    come(line)
    fullest = max(mailbox.by_recipient().values(), key=len)
    assert len(fullest) == len(texts)
    assert {str(mail["In-Reply-To"]) for mail in fullest} == {"None"}
    headlines = {text["headline"] for text in texts}
    assert headlines == {next(h for h in headlines if h in str(mail["Subject"])) for mail in fullest}
