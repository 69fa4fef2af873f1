"""The whole stack, by its commands, on real servers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from hotline.local.ports import free_port
from hotline.local.stack import Stack
from hotline.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.airflow]

HOTLINE = [sys.executable, "-c", "from hotline.cli import main; main()"]


class House:
    """A home with an environment of its own, as somebody at a terminal has it."""

    def __init__(self, home: Path, elasticsearch_url: str) -> None:
        ports = {name: free_port() for name in ("airflow_port", "smtp_port", "mailbox_port")}
        self.settings = Settings(home=home, elasticsearch_url=elasticsearch_url, index_prefix="stacktest", **ports)
        values = {f"HOTLINE_{name}".upper(): str(value) for name, value in ports.items()}
        values |= {"HOTLINE_HOME": str(home), "HOTLINE_ELASTICSEARCH_URL": elasticsearch_url}
        self.environment = os.environ | values | {"HOTLINE_INDEX_PREFIX": "stacktest", "PYTHONUNBUFFERED": "1"}
        self.stack = Stack(self.settings)

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*HOTLINE, *command], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def call(self, *command: str) -> tuple[int, str]:
        done = subprocess.run(
            [*HOTLINE, *command], env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def healthy(self) -> bool:
        components = self.stack.status()
        return bool(components) and all(component.healthy for component in components)


@pytest.fixture
def house(tmp_path: Path, elasticsearch_url: str) -> Iterator[House]:
    house = House(tmp_path / "home", elasticsearch_url)
    yield house
    house.stack.down()


def until(look: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_up_keeps_everything_running_until_it_is_told_to_stop(house: House) -> None:
    code, text = house.call("status")
    assert (code, "down" in text) == (3, True)

    up = house.start("up")
    until(house.healthy, 300)
    members = psutil.Process(house.stack.supervisor.pid() or 0).children(recursive=True)
    until(lambda: house.call("status")[0] == 0, 60)  # a busy machine's API server may be silent for a moment

    # A second one says so and harms nothing.
    code, text = house.call("up")
    assert (code, "is up already" in text) == (1, True)

    # What dies is started again, and its workers do not stay (a running task has a group of its own).
    before = {component.name: component.pid for component in house.stack.status()}
    scheduler = psutil.Process(before["scheduler"] or 0)
    group = [child for child in scheduler.children(recursive=True) if os.getpgid(child.pid) == scheduler.pid]
    next(child for child in group if "scheduler" in child.cmdline()).kill()
    until(lambda: not scheduler.is_running(), 30)
    until(lambda: not any(alive(child) for child in group), 5)
    until(house.healthy, 180)
    after = {component.name: component.pid for component in house.stack.status()}
    assert {name for name in after if after[name] != before[name]} == {"scheduler"}

    started = time.monotonic()
    up.send_signal(signal.SIGTERM)
    output, _ = up.communicate(timeout=60)
    assert time.monotonic() - started < 30
    assert up.returncode == 0
    assert "user is admin, password" in output
    assert not any(alive(child) for child in members)

    # Data survive: no second password, the same database.
    up = house.start("up")
    until(house.healthy, 300)
    assert house.call("down")[0] == 0
    output, _ = up.communicate(timeout=60)
    assert up.returncode == 0
    assert "password" not in output
    assert "was stopped" in output
