"""supervisord: its configuration, and the conversation with it over its socket (supervisord.org)."""

import hashlib
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from hotline.local.errors import LocalError

STOP_SECONDS = 8  # how long a component may take to end before it is killed
_LONGEST_SOCKET = 100  # bytes of a socket's path; the system's limit is 104 or 108
# Runs a command as a group that ends as one: whatever a killed server leaves behind (Elasticsearch's Java, the
# scheduler's workers) would hold the port and the data that its successor needs. A file of its own for each program,
# since no quoting saves a semicolon from supervisord's reader.
_AS_ONE = """\
#!/bin/sh
trap ended=1 TERM INT
{command} &
[ "$ended" ] || wait $! || wait $!
kill -KILL 0
"""


@dataclass(frozen=True)
class Program:
    """A command that is kept running. It gets the supervisor's environment, or only `environment` where given."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] | None = None
    user: str | None = None
    autostart: bool = True


@dataclass
class Supervisor:
    """One supervisord, known by the folder of the stack it belongs to."""

    home: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def socket(self) -> Path:
        """Where it listens; in a temporary folder where the home's path is too long for a socket."""
        path = self.home.absolute() / "run/supervisor.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET:
            return path
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"hotline-{os.getuid()}-{digest}.sock"

    def log_of(self, program: str) -> Path:
        """The file with a program's output."""
        return self.home.absolute() / "logs" / f"{program}.log"

    def pid(self) -> int | None:
        """The process number of the one that runs; None if none answers."""
        try:
            return int(self._call("getPID"))
        except OSError:
            return None

    def start(self, programs: Sequence[Program], environment: dict[str, str]) -> None:
        """Start it with `programs`, out of reach of the terminal's Ctrl-C. Raises LocalError if it does not come up."""
        for folder in (self.home / "run", self.home / "logs"):
            folder.mkdir(parents=True, exist_ok=True)
        (self.home / "run").chmod(0o755)  # the account that Elasticsearch runs under reads its script there
        for program in programs:
            self._script_of(program.name).write_text(_AS_ONE.format(command=_shell_command(program)))
            self._script_of(program.name).chmod(0o755)
        config = self.home / "run/supervisord.conf"
        config.write_text(self.render(programs))
        log = self.log_of("supervisord")
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 20
        while self.pid() != self._process.pid:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise LocalError(f"supervisord did not start; the end of {log}:\n{tail(log)}")
            time.sleep(0.1)

    def render(self, programs: Sequence[Program]) -> str:
        """The configuration file."""
        home = self.home.absolute()
        _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
        main: dict[str, object] = {
            "nodaemon": "true",
            "silent": "true",
            "logfile": home / "logs/supervisord.log",
            "logfile_maxbytes": "5MB",
            "logfile_backups": 2,
            "pidfile": home / "run/supervisord.pid",
            "minfds": min(most_files, 65536) if most_files != resource.RLIM_INFINITY else 65536,
        }
        if os.geteuid() == 0:
            main["user"] = "root"  # said on purpose: it warns otherwise
        sections: dict[str, dict[str, object]] = {
            "unix_http_server": {"file": self.socket, "chmod": "0700"},
            "rpcinterface:supervisor": {
                "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
            },
            "supervisord": main,
        }
        for program in programs:
            sections[f"program:{program.name}"] = self._section(program)
        # In one group, all are stopped at the same time; otherwise one after the other.
        sections["group:hotline"] = {"programs": ",".join(program.name for program in programs)}
        return "\n".join(
            f"[{name}]\n" + "".join(f"{key} = {str(value).replace('%', '%%')}\n" for key, value in options.items())
            for name, options in sections.items()
        )

    def _section(self, program: Program) -> dict[str, object]:
        section: dict[str, object] = {
            "command": shlex.join(["/bin/sh", str(self._script_of(program.name))]),
            "directory": self.home.absolute(),
            "autostart": str(program.autostart).lower(),
            "autorestart": "true",
            "startsecs": 3,
            "startretries": 1_000_000,  # with a second more between tries each time
            "stopasgroup": "true",
            "killasgroup": "true",
            "stopwaitsecs": STOP_SECONDS,
            "redirect_stderr": "true",
            "stdout_logfile": self.log_of(program.name),
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": 3,
        }
        return section | ({"user": program.user} if program.user else {})

    def _script_of(self, program: str) -> Path:
        return self.home.absolute() / "run" / f"{program}.sh"

    def start_program(self, name: str) -> None:
        """Start a program that was configured with `autostart=False`; returns at once."""
        self._call("startProcess", f"hotline:{name}", False)

    def processes(self) -> list[dict[str, Any]]:
        """What supervisord says of each program (its `getAllProcessInfo`); empty if it does not run."""
        try:
            answer = self._call("getAllProcessInfo")
        except OSError:
            return []
        assert isinstance(answer, list)
        return answer

    def has_ended(self) -> bool:
        """Whether the supervisord that this object started is gone."""
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> bool:
        """Stop it and all it runs, and wait for that. Returns whether one ran."""
        pid = self.pid()
        if pid is None:
            return False
        process = psutil.Process(pid)
        self._call("shutdown")
        try:
            process.wait(STOP_SECONDS + 20)
        except psutil.TimeoutExpired:
            raise LocalError(
                f"supervisord (process {pid}) does not end.", f"See {self.log_of('supervisord')}."
            ) from None
        if self._process:
            self._process.wait()
        # Airflow gives each task a process group of its own; what belongs to us still is of supervisord's session.
        for left in psutil.process_iter():
            with suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getsid(left.pid) == pid:
                    left.kill()
        return True

    def _call(self, method: str, *arguments: Any) -> Any:
        from supervisor.xmlrpc import SupervisorTransport

        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)


def _shell_command(program: Program) -> str:
    command = list(program.command)
    if program.environment is not None:
        command = ["/usr/bin/env", "-i", *(f"{key}={value}" for key, value in program.environment.items()), *command]
    return shlex.join(command)


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    if not log.exists():
        return "(nothing)"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
