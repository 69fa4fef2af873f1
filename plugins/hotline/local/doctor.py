"""Looks for what would keep the stack from running, and says what to do about it."""

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

from hotline.line.index_away import trouble
from hotline.local.checks import require_disk, require_home, require_memory, require_port
from hotline.local.distribution import find_distribution
from hotline.local.errors import LocalError
from hotline.local.java import find_jdk
from hotline.local.stack import Stack
from hotline.search.client import address
from hotline.settings import Settings

type Check = Callable[[], str]


@dataclass(frozen=True)
class Finding:
    """What a check found: `ok`, what it saw or what is wrong, and the remedy where something is."""

    check: str
    ok: bool
    text: str
    remedy: str = ""


def examine(stack: Stack, more: dict[str, Check] | None = None) -> list[Finding]:
    """Every check of this machine and this configuration; `more` adds some, each by its name.

    A check returns what it saw and raises LocalError for what must be mended.
    """
    settings = stack.settings
    running = bool(stack.supervisor.pid())
    checks: dict[str, Check] = {"Python": _python, "Home": lambda: require_home(settings.home)}
    if not running:  # its own ports are taken and its own memory is used
        checks["Memory"] = lambda: require_memory(own_elasticsearch=stack.own_elasticsearch)
        for variable, port in stack.ports.items():
            checks[f"Port {port}"] = lambda variable=variable, port=port: require_port(variable, port)  # type: ignore[misc]
    checks["Disk"] = lambda: require_disk(settings.home, own_elasticsearch=stack.own_elasticsearch)
    if stack.own_elasticsearch:
        checks["Elasticsearch"] = _distribution
    if running or not stack.own_elasticsearch:
        checks["Elasticsearch node"] = lambda: _node(settings)
    return [_finding(name, check) for name, check in (checks | (more or {})).items()]


def _finding(name: str, check: Check) -> Finding:
    try:
        return Finding(name, True, check())
    except LocalError as error:
        return Finding(name, False, error.problem, error.remedy)


def _python() -> str:
    if sys.version_info < (3, 12) or sys.version_info >= (3, 14):
        raise LocalError(f"Python {platform.python_version()} runs this.", "It must be 3.12 or 3.13; `make` finds one.")
    return platform.python_version()


def _distribution() -> str:
    """An Elasticsearch that is there, or what fetching one needs."""
    if found := find_distribution():
        java = f", Java in {found.java_home}" if found.java_home else ""
        return f"{found.version} in {found.path}{java}"
    jdk = find_jdk()
    if not shutil.which("mvn"):
        raise LocalError(
            "Elasticsearch is not here yet, nor Maven for the case that artifacts.elastic.co is out of reach.",
            "Nothing need be done where there is Internet; else install Maven (apt install maven) or set ES_HOME.",
        )
    return f"fetched at the first start (950 MB at most); Java {jdk.major} and Maven are there"


def _node(settings: Settings) -> str:
    if reason := trouble(settings):
        raise LocalError(f"{reason}.", "Start it, or mend HOTLINE_ELASTICSEARCH_URL and HOTLINE_ELASTICSEARCH_API_KEY.")
    return f"serves at {address(settings)}"
