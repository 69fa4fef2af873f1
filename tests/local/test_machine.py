"""What is asked of the machine, and what is said where it has less."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from hotline.local import accounts, checks
from hotline.local.doctor import examine
from hotline.local.errors import LocalError
from hotline.local.keys import keep_keys
from hotline.local.ports import free_port, holder, is_free
from hotline.local.stack import Stack
from hotline.settings import Settings


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    ports = {f"{name}_port": free_port() for name in ("airflow", "elasticsearch", "smtp", "mailbox")}
    return Stack(Settings(home=tmp_path, **ports))


def test_a_taken_port_is_named_with_its_holder_and_the_variable(taken: int) -> None:
    assert not is_free(taken)
    assert "process" in holder(taken)
    with pytest.raises(LocalError, match=rf"Port {taken} .* taken by .*process \d+") as raised:
        checks.require_port("HOTLINE_AIRFLOW_PORT", taken)
    assert "set HOTLINE_AIRFLOW_PORT" in raised.value.remedy


def test_a_free_port_is_free(taken: int) -> None:
    port = free_port()
    assert is_free(port)
    assert checks.require_port("HOTLINE_SMTP_PORT", port) == "free (HOTLINE_SMTP_PORT)"


def test_too_little_memory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.psutil, "virtual_memory", lambda: SimpleNamespace(available=2 << 30))
    with pytest.raises(LocalError, match=r"2\.0 GiB of memory are free, .* needs 2\.8 GiB") as raised:
        checks.require_memory(own_elasticsearch=True)
    assert "HOTLINE_ELASTICSEARCH_URL" in raised.value.remedy
    assert checks.require_memory(own_elasticsearch=False)


def test_too_little_disk_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda path: SimpleNamespace(free=1 << 30))
    with pytest.raises(LocalError, match=r"1\.0 GiB of disk are free") as raised:
        checks.require_disk(tmp_path, own_elasticsearch=False)
    assert "HOTLINE_HOME" in raised.value.remedy


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match="cannot be made") as raised:
        checks.require_home(tmp_path / "file/home")
    assert "HOTLINE_HOME" in raised.value.remedy


def test_as_root_a_home_behind_a_locked_door_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(accounts.os, "geteuid", lambda: 0)
    (tmp_path / "locked").mkdir(mode=0o700)
    with pytest.raises(LocalError, match=r"cannot enter .*") as raised:
        accounts.check_reachable(tmp_path / "locked/home")
    assert "HOTLINE_HOME" in raised.value.remedy


def test_secrets_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    keys, made = keep_keys(tmp_path / "keys.json")
    assert made
    assert keep_keys(tmp_path / "keys.json") == (keys, False)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert len(keys.jwt_secret.encode()) == 64
    assert keys != keep_keys(tmp_path / "others.json")[0]


def test_the_doctor_finds_the_taken_port_and_goes_on(stack: Stack, taken: int) -> None:
    stack = Stack(stack.settings.model_copy(update={"smtp_port": taken}))

    def broken() -> str:
        raise LocalError("feeds.opml is no XML.", "Mend line 3.")

    findings = {found.check: found for found in examine(stack, {"Desks": broken})}
    assert not findings[f"Port {taken}"].ok
    assert "HOTLINE_SMTP_PORT" in findings[f"Port {taken}"].remedy
    assert (findings["Desks"].text, findings["Desks"].remedy) == ("feeds.opml is no XML.", "Mend line 3.")
    assert findings["Python"].ok
    assert findings["Home"].ok


def test_up_refuses_a_taken_port_and_leaves_nothing_running(stack: Stack, taken: int) -> None:
    stack = Stack(stack.settings.model_copy(update={"airflow_port": taken}))
    with pytest.raises(LocalError, match=f"Port {taken}"):
        stack.up(print)
    assert stack.supervisor.pid() is None


def test_an_elasticsearch_elsewhere_and_a_mail_server_elsewhere_are_not_started_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_ELASTICSEARCH_URL", "https://search.example:9200")
    monkeypatch.setenv("AIRFLOW_CONN_HOTLINE_SMTP", "smtp://mail.example:587")
    stack = Stack(Settings(home=tmp_path))
    assert stack.ports == {"HOTLINE_AIRFLOW_PORT": 8080}
    environment = stack.environment()
    assert environment["HOTLINE_ELASTICSEARCH_URL"] == "https://search.example:9200"
    assert environment["AIRFLOW_CONN_HOTLINE_SMTP"] == "smtp://mail.example:587"


def test_components_get_the_settings_and_stay_on_loopback(stack: Stack) -> None:
    environment = stack.environment()
    settings = stack.settings
    assert environment["HOTLINE_HOME"] == str(settings.home)
    assert environment["HOTLINE_ELASTICSEARCH_URL"] == f"http://127.0.0.1:{settings.elasticsearch_port}"
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "4"
    assert Path(environment["AIRFLOW__CORE__DAGS_FOLDER"], "poll_feeds.py").exists()
    assert Path(environment["HOTLINE_DESKS"]).is_absolute()
    assert Settings.model_fields.keys() >= {
        name.removeprefix("HOTLINE_").lower() for name in environment if name.startswith("HOTLINE_")
    } - {name.removeprefix("HOTLINE_").lower() for name in environment if name.startswith("HOTLINE_TEST_")}
