"""A newsroom of sixty outlets, the whole stack and the shipped rules: what lands in the analysts' mailboxes.

One stack for three scenarios, in this order: old entries and a retag of everything ring nothing; ten events of one day
ring ten times; a wire story in forty outlets rings once, and once more when it develops.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.scenarios import world
from tests.scenarios.house import House, running_house

pytestmark = [pytest.mark.slow, pytest.mark.airflow, pytest.mark.elasticsearch]


@pytest.fixture(scope="module")
def house(elasticsearch_url: str) -> Iterator[House]:
    with running_house(world.world(), elasticsearch_url) as house:
        yield house


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
