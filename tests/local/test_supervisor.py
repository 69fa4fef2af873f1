"""What supervisord does with the stack's programs; real processes throughout."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from hotline.local.errors import LocalError
from hotline.local.supervisor import Program, Supervisor

# Writes its process number and its child's, and lives until it is told to end.
PARENT = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
target = pathlib.Path(sys.argv[1])
target.with_suffix(".new").write_text(f"{os.getpid()} {child.pid}")
target.with_suffix(".new").rename(target)
time.sleep(600)
"""
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)

SHOW = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(repr((sys.argv[2], dict(os.environ))))
time.sleep(600)
"""


def until[T](look: Callable[[], T], seconds: float = 15) -> T:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


def pids(file: Path) -> list[int]:
    return [int(pid) for pid in file.read_text().split()] if file.exists() else []


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    one = Supervisor(tmp_path / "home")
    yield one
    one.stop()


def test_what_is_killed_is_started_again_and_leaves_no_child_behind(supervisor: Supervisor, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    supervisor.start([Program("parent", [sys.executable, "-c", PARENT, str(file)])], dict(os.environ))
    parent, child = until(lambda: pids(file))
    file.unlink()
    os.kill(parent, 9)
    again = until(lambda: pids(file))
    assert parent not in again
    until(lambda: gone(child))


def test_stopping_ends_everything_also_what_does_not_listen(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.local.supervisor.STOP_SECONDS", 1)
    file = tmp_path / "pids"
    stubborn = [Program(f"stubborn-{number}", [sys.executable, "-c", STUBBORN]) for number in range(3)]
    supervisor.start([Program("parent", [sys.executable, "-c", PARENT, str(file)]), *stubborn], dict(os.environ))
    children = psutil.Process(supervisor.pid() or 0).children(recursive=True)
    until(lambda: pids(file))
    until(lambda: all("up" in supervisor.log_of(program.name).read_text() for program in stubborn))
    started = time.monotonic()
    assert supervisor.stop()
    assert time.monotonic() - started < 6  # all at once, not one second after the other
    assert all(gone(pid) for pid in (*pids(file), *(child.pid for child in children)))
    assert supervisor.pid() is None
    assert not supervisor.stop()


def test_stopping_ends_also_what_left_its_group(supervisor: Supervisor, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    loose = PARENT.replace("import os, ", "import os\nos.setpgid(0, 0)\nimport ")
    supervisor.start([Program("loose", [sys.executable, "-c", loose, str(file)])], dict(os.environ))
    until(lambda: pids(file))
    supervisor.stop()
    until(lambda: all(gone(pid) for pid in pids(file)), 5)


def test_arguments_and_environment_arrive_as_they_were_given(supervisor: Supervisor, tmp_path: Path) -> None:
    told = tmp_path / "told"
    odd = """50% of 'this' "and" $HOME; # that"""
    program = Program("odd", [sys.executable, "-c", SHOW, str(told), odd], environment={"ONLY": "a b%c"})
    supervisor.start([program], dict(os.environ) | {"SECRET": "x"})
    argument, environment = eval(until(lambda: told.exists() and told.read_text()))
    assert argument == odd
    assert environment["ONLY"] == "a b%c"
    assert "SECRET" not in environment


def test_a_program_waits_to_be_started_where_it_is_told_to(supervisor: Supervisor) -> None:
    supervisor.start([Program("later", ["sh", "-c", "echo up; exec sleep 600"], autostart=False)], dict(os.environ))
    assert [process["statename"] for process in supervisor.processes()] == ["STOPPED"]
    supervisor.start_program("later")
    until(lambda: "up" in supervisor.log_of("later").read_text())
    assert supervisor.processes()[0]["statename"] in {"STARTING", "RUNNING"}


def test_only_its_owner_may_talk_to_it(supervisor: Supervisor) -> None:
    supervisor.start([], dict(os.environ))
    assert supervisor.socket.stat().st_mode & 0o077 == 0


def test_a_home_with_a_long_path_has_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = Supervisor(tmp_path / ("d" * 120))
    assert len(os.fsencode(deep.socket)) < 104
    assert deep.socket != Supervisor(tmp_path / ("e" * 120)).socket


def test_a_supervisor_that_cannot_start_says_why(supervisor: Supervisor) -> None:
    with pytest.raises(LocalError, match="supervisord did not start"):
        supervisor.start([Program("x", ["true"], user="no-such-user")], dict(os.environ))
