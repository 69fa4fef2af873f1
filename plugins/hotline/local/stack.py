"""The local stack: Elasticsearch, Airflow and a mailbox on this machine, kept running by supervisord."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from hotline.local.accounts import server_account
from hotline.local.airflow import (
    airflow_environment,
    airflow_programs,
    airflow_url,
    smtp_variable,
    write_passwords,
)
from hotline.local.checks import require_disk, require_home, require_memory, require_port
from hotline.local.distribution import Progress, prepare
from hotline.local.elasticsearch import node_command, write_config
from hotline.local.errors import LocalError
from hotline.local.keys import Keys, keep_keys
from hotline.local.probes import Probe, airflow_health, answers, elasticsearch_health
from hotline.local.supervisor import Program, Supervisor, tail
from hotline.search.client import address
from hotline.settings import Settings, default_home

READY_SECONDS = 600  # a machine may be slow, or busy with other things
_HOPELESS = 3  # failed starts after which a component is not waited for any more


@dataclass(frozen=True)
class Component:
    """One part of the stack as it is now. `state` is supervisord's: RUNNING, STARTING, BACKOFF, STOPPED, FATAL."""

    name: str
    state: str
    healthy: bool
    detail: str
    pid: int | None


class Stack:
    """One home, one stack. It is configured by `settings` alone; `extra` programs run beside it."""

    def __init__(
        self, settings: Settings, extra: Sequence[Program] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        """`environment` is added to what every component but Elasticsearch gets."""
        home = settings.home.absolute()
        self.settings = settings.model_copy(update={"home": home, "desks": settings.desks.absolute()})
        self.supervisor = Supervisor(home)
        self.new_password: str | None = None  # of `admin`, after the first start of a home
        self._extra = extra
        self._added = dict(environment or {})
        self.own_elasticsearch = "elasticsearch_url" not in settings.model_fields_set
        self._own_mailbox = smtp_variable(settings) not in os.environ

    @property
    def ports(self) -> dict[str, int]:
        """The ports that the stack listens on, by the variable that changes each."""
        settings = self.settings
        ports = {"HOTLINE_AIRFLOW_PORT": settings.airflow_port}
        if self.own_elasticsearch:
            ports["HOTLINE_ELASTICSEARCH_PORT"] = settings.elasticsearch_port
        if self._own_mailbox:
            ports |= {"HOTLINE_SMTP_PORT": settings.smtp_port, "HOTLINE_MAILBOX_PORT": settings.mailbox_port}
        return ports

    @property
    def addresses(self) -> dict[str, str]:
        """What there is to open in a browser."""
        addresses = {"Airflow": airflow_url(self.settings), "Elasticsearch": address(self.settings)}
        if self._own_mailbox:
            addresses["Mailbox"] = f"http://127.0.0.1:{self.settings.mailbox_port}"
        return addresses

    @property
    def mails(self) -> Path:
        """The mailbox's folder."""
        return self.settings.home / "mails"

    def up(self, progress: Progress) -> None:
        """Start everything, and return when all of it is healthy. On a LocalError nothing is left running."""
        if pid := self.supervisor.pid():
            raise LocalError(
                f"Hotline is up already in {self.settings.home} (supervisord is process {pid}).",
                "`hotline status` shows it, `hotline down` stops it.",
            )
        require_home(self.settings.home)
        require_memory(own_elasticsearch=self.own_elasticsearch)
        require_disk(self.settings.home, own_elasticsearch=self.own_elasticsearch)
        for variable, port in self.ports.items():
            require_port(variable, port)
        keys, made = keep_keys(self.settings.home / "airflow/keys.json")
        self.new_password = keys.admin_password if made else None
        write_passwords(self.settings, keys)
        environment = self._environment(keys)
        setup = self._start_setup(environment)
        try:
            programs = self._programs(progress)
            self.supervisor.start(programs, environment)
            if setup:
                progress("Preparing Airflow's database")
                self._finish_setup(setup)
            for program in airflow_programs():
                self.supervisor.start_program(program.name)
            self.wait_ready(progress)
        except BaseException:
            if setup and setup.poll() is None:
                setup.kill()
            self.down()
            raise

    def wait_ready(self, progress: Progress) -> None:
        """Wait until every component is healthy. Raises LocalError, with the end of its log, for one that is not."""
        deadline = time.monotonic() + READY_SECONDS
        failures: dict[str, set[int]] = {}
        while waiting := [component for component in self.status() if not component.healthy]:
            progress("Waiting for " + ", ".join(component.name for component in waiting))
            for component in waiting:
                if component.state in {"BACKOFF", "FATAL", "EXITED"}:
                    failures.setdefault(component.name, set()).add(hash(component.detail))
            broken = next((name for name, seen in failures.items() if len(seen) >= _HOPELESS), None)
            if broken or time.monotonic() > deadline:
                name = broken or waiting[0].name
                problem = "does not start" if broken else f"is not healthy after {READY_SECONDS} s"
                log = self.supervisor.log_of(name)
                raise LocalError(f"{name} {problem}; the end of {log}:\n{tail(log)}")
            if self.supervisor.has_ended():
                raise LocalError("It was stopped before it was up.")
            time.sleep(0.3)

    def status(self) -> list[Component]:
        """Every component as it is now; empty if the stack is down."""
        processes = self.supervisor.processes()
        if not processes:
            return []
        probes = self._probes()
        return [_component(process, probes.get(process["name"])) for process in processes]

    def down(self) -> bool:
        """Stop everything; data stay. Returns whether anything ran."""
        return self.supervisor.stop()

    def environment(self) -> dict[str, str]:
        """What a command needs to work beside the stack as one of its components does."""
        keys, _ = keep_keys(self.settings.home / "airflow/keys.json")
        return self._environment(keys)

    def _environment(self, keys: Keys) -> dict[str, str]:
        own = {
            f"HOTLINE_{name}".upper(): str(value)
            for name, value in self.settings.model_dump(exclude={"elasticsearch_api_key", "airflow_db"}).items()
        }
        shared = os.environ | own | {"PYTHONUNBUFFERED": "1"} | self._added
        shared.pop("PYTHONDONTWRITEBYTECODE", None)  # without bytecode each start of Airflow takes seconds longer
        return shared | airflow_environment(self.settings, keys, shared)

    def _programs(self, progress: Progress) -> list[Program]:
        programs = [*airflow_programs(), *self._extra]
        if self.own_elasticsearch:
            es = prepare(default_home(), progress)
            folder = self.settings.home / "elasticsearch/node"
            write_config(es, folder, self.settings.elasticsearch_port)
            command, variables = node_command(es, folder, self.settings.elasticsearch_heap)
            account = server_account()
            user = account.pw_name if account else None
            bare = {"PATH": os.environ.get("PATH", os.defpath)} | variables
            programs.append(Program("elasticsearch", command, environment=bare, user=user))
        if self._own_mailbox:
            ports = ["--smtp-port", str(self.settings.smtp_port), "--http-port", str(self.settings.mailbox_port)]
            command = [sys.executable, "-m", "hotline.local.mailbox", *ports, "--dir", str(self.mails)]
            programs.append(Program("mailbox", command))
        return programs

    def _probes(self) -> dict[str, Probe]:
        settings = self.settings
        probes = airflow_health(airflow_url(settings))
        probes["elasticsearch"] = elasticsearch_health(settings.elasticsearch_url)
        probes["mailbox"] = answers(f"http://127.0.0.1:{settings.mailbox_port}/")
        return probes

    def _start_setup(self, environment: dict[str, str]) -> subprocess.Popen[bytes] | None:
        """Bring Airflow's database up to date, beside all the rest; None if this version's setup is done already."""
        if self._stamp.exists() and self._stamp.read_text() == _setup_version():
            return None
        log = self.supervisor.log_of("airflow-setup")
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "hotline.local.airflow_setup"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def _finish_setup(self, setup: subprocess.Popen[bytes]) -> None:
        if setup.wait():
            log = self.supervisor.log_of("airflow-setup")
            raise LocalError(f"Airflow's database could not be prepared; the end of {log}:\n{tail(log)}")
        self._stamp.write_text(_setup_version())

    @property
    def _stamp(self) -> Path:
        return self.settings.home / "airflow/setup-done"


def _setup_version() -> str:
    return version("apache-airflow")


def _component(process: dict[str, object], probe: Probe | None) -> Component:
    state, pid = str(process["statename"]), int(str(process["pid"]))
    started = datetime.fromtimestamp(int(str(process["start"])), UTC)
    healthy = state == "RUNNING"
    detail = str(process["description"])
    if probe and healthy:
        healthy = probe.healthy and (probe.heartbeat is None or probe.heartbeat > started)
        detail = probe.detail or detail
    return Component(str(process["name"]), state, healthy, detail, pid or None)
