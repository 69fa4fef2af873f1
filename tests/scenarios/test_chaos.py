"""Whatever dies, and in whatever order: nothing is lost, nothing is there twice, everybody is told once."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress

import psutil
import pytest
from elastic_transport import TransportError
from elasticsearch import ApiError

from hotline.local.demo.expectations import adds_up
from tests.line.rig import dump
from tests.newsroom.world import World
from tests.scenarios import world
from tests.scenarios.house import House, running_house, until

pytestmark = [pytest.mark.slow, pytest.mark.airflow, pytest.mark.elasticsearch]


@pytest.fixture
def house() -> Iterator[House]:
    """Sixty outlets without old entries, and an Elasticsearch of the stack's own, which may die."""
    with running_house(World(outlets=world.outlets(), pieces={}, script=[])) as house:
        yield house


def kill(house: House, component: str) -> None:
    """SIGKILL to its largest process, as the kernel does when memory is short; supervisord starts it again."""
    group = next(one.pid for one in house.stack.status() if one.name == component) or 0
    running = [p for p in psutil.Process(group).children(recursive=True) if os.getpgid(p.pid) == group]
    max(running, key=lambda process: process.memory_info().rss).kill()


def kill_tasks(house: House) -> None:
    """SIGKILL to every task that runs at this moment."""
    scheduler = next(one.pid for one in house.stack.status() if one.name == "scheduler")
    for process in psutil.Process(scheduler or 0).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has ended since it was listed
            title = " ".join(process.cmdline())
            if title.startswith("airflow worker") and "LocalExecutor" not in title:
                process.kill()


def every_feed_was_polled(house: House) -> bool:
    with suppress(ApiError, TransportError):  # its indices are being made
        feeds = house.figures().feeds
        return len(feeds) == world.OUTLETS and all(feed.state.polls for feed in feeds)
    return False


def all_healthy(house: House) -> bool:
    return all(one.healthy for one in house.stack.status())


def test_what_dies_is_made_good(house: House) -> None:
    until(lambda: every_feed_was_polled(house), 300)
    refusal = house.stack.mails / "refuse"

    def mail_refused() -> None:
        refusal.write_text("451 4.3.0 later\n")

    troubles: list[Callable[[], None]] = [
        mail_refused,
        lambda: kill(house, "elasticsearch"),
        lambda: kill_tasks(house),
        lambda: kill(house, "scheduler"),
        refusal.unlink,
        lambda: kill(house, "api-server"),
        lambda: kill(house, "dag-processor"),
        lambda: kill(house, "triggerer"),
    ]
    events = [world.piece(f"event-{n}", 3 + 5 * n, text) for n, text in enumerate(world.texts()["events"])]
    for n, event in enumerate(events):
        house.room.publish_piece(event)
        if n < len(troubles):
            time.sleep(8)  # in the middle of the line's work on it
            troubles[n]()
            time.sleep(12)
    until(lambda: all_healthy(house), 300)
    house.settle(600)

    figures = house.figures()
    assert adds_up(figures).ok, adds_up(figures).detail
    assert figures.items == {"indexed": len(events)}
    headlines = {event.headline for event in events}
    assert {article.title for article in figures.articles} == headlines
    told = {to: mails for to, mails in house.mails().items() if to != "operator@example.com"}
    assert told
    for to, mails in told.items():
        # Accepted as its sender died, a message may come again with its Message-ID: mail programs show it once.
        first = {str(mail["Message-ID"]): str(mail["Subject"]) for mail in mails}
        about = Counter(next((h for h in headlines if h in subject), subject) for subject in first.values())
        assert set(about.values()) == {1}, (to, about)
        assert set(about) <= headlines, (to, about)
    heard = max(({str(mail["Subject"]) for mail in mails} for mails in told.values()), key=len)
    assert len(heard) == len(events), silence(house, headlines, heard)


def silence(house: House, headlines: set[str], heard: set[str]) -> str:
    """What is known of the events that nobody heard of."""
    figures = house.figures()
    missing = [a for a in figures.articles if not any(a.title in subject for subject in heard)]
    stories = {a.story.id for a in missing if a.story}
    return dump(
        {
            "articles": [(a.title, a.story and a.story.id, a.quiet, str(a.ingested_at), a.desks) for a in missing],
            "with them": [a.title for a in figures.articles if a.story and a.story.id in stories],
            "alerts": [
                (a.rule_id, a.title, a.occasion, str(a.timestamp)) for a in figures.alerts if a.story_id in stories
            ],
            "deliveries": [
                (d.recipient, d.status, d.held_for, d.attempts, d.last_error)
                for d in figures.deliveries
                if d.thread in stories
            ],
            "unmatched": figures.unmatched,
        }
    )
