"""Runs one Elasticsearch node for this machine alone: loopback only, security off, as a user that is not root."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hotline.local.accounts import check_reachable, hand_over, server_account
from hotline.local.distribution import EsHome, Progress, prepare
from hotline.local.errors import LocalError
from hotline.settings import default_home

__all__ = ["EsHome", "Node", "Progress", "node_command", "prepare", "running_node", "start_node", "write_config"]

START_SECONDS = 120
_OWN_FOLDERS = ("config", "data", "logs", "snapshots", "tmp")
# Lines of the distribution's JVM options that would litter its own folder.
_UNWANTED = ("-Xlog:gc", "-XX:HeapDump", "-XX:+HeapDump", "-XX:ErrorFile")
_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss.SSS} %-5p %c{1.} %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
logger.deprecation.name = deprecation
logger.deprecation.level = error
"""


@dataclass(frozen=True)
class Node:
    """A node started by `start_node`."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Ask the node to end, and after 20 s make it."""
        stop_group(self.process)


def write_config(es: EsHome, folder: Path, port: int) -> None:
    """Write the node's configuration and make its folders, all of them under `folder`. Port 0: any that is free."""
    check_reachable(folder / "data")
    for name in _OWN_FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    config = folder / "config"
    options = {
        "cluster.name": "hotline",
        "node.name": "local",
        "discovery.type": "single-node",
        "http.host": "127.0.0.1",
        "http.port": port,
        "transport.host": "127.0.0.1",
        "transport.port": 0,
        "path.data": str(folder / "data"),
        "path.logs": str(folder / "logs"),
        "path.repo": [str(folder / "snapshots")],
        "node.portsfile": True,
        "xpack.security.enabled": False,
        "xpack.ml.enabled": False,
        # The default of 90 % would stop a node on a large disk with plenty of room left.
        "cluster.routing.allocation.disk.watermark.low": "2gb",
        "cluster.routing.allocation.disk.watermark.high": "1gb",
        "cluster.routing.allocation.disk.watermark.flood_stage": "500mb",
        "cluster.max_shards_per_node": 3000,  # a month's index a kind, for years
    }
    if (es.path / "modules/ingest-geoip").exists():
        options["ingest.geoip.downloader.enabled"] = False  # nothing calls home
    # JSON is YAML, and quotes what must be quoted.
    (config / "elasticsearch.yml").write_text(
        "".join(f"{key}: {json.dumps(value)}\n" for key, value in options.items())
    )
    (config / "log4j2.properties").write_text(_LOGGING)
    shipped = (es.path / "config/jvm.options").read_text().splitlines(keepends=True)
    kept = [line for line in shipped if not any(option in line for option in _UNWANTED)]
    (config / "jvm.options").write_text("".join(kept))
    hand_over(*(folder / name for name in _OWN_FOLDERS))


def node_command(es: EsHome, folder: Path, heap: str = "1g") -> tuple[list[str], dict[str, str]]:
    """The command that runs the node of `folder` in the foreground, and the variables it needs beside ours."""
    environment = {
        "ES_PATH_CONF": str(folder / "config"),
        "ES_TMPDIR": str(folder / "tmp"),
        # The quick compiler only: it halves the work of a start, and at this size costs nothing (docs/local.md).
        "ES_JAVA_OPTS": f"-Xms{heap} -Xmx{heap} -XX:TieredStopAtLevel=1 -XX:ErrorFile={folder}/logs/jvm-%p.log",
        "HOME": str(folder / "tmp"),
        "JAVA_HOME": "",
    }
    if es.java_home:
        environment["ES_JAVA_HOME"] = str(es.java_home)
    return [str(es.path / "bin/elasticsearch")], environment


def start_node(es: EsHome, folder: Path, port: int = 0, heap: str = "1g") -> Node:
    """Start a node of its own in `folder` and wait until it is green or yellow.

    Its output goes to `folder`/logs/console.log. Raises LocalError with the last lines of it if it does not come up.
    """
    write_config(es, folder, port)
    ports_file = folder / "logs/http.ports"
    ports_file.unlink(missing_ok=True)
    command, variables = node_command(es, folder, heap)
    account = server_account()
    log = folder / "logs/console.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=os.environ | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account and account.pw_uid,
            group=account and account.pw_gid,
            extra_groups=[] if account else None,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if ports_file.exists() and (lines := ports_file.read_text().split()):
            url = f"http://{lines[0]}"
            if is_ready(url):
                return Node(url, process)
        time.sleep(0.2)
    stop_group(process)
    last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise LocalError(f"Elasticsearch did not come up within {START_SECONDS} s; the end of {log}:\n{last}")


def is_ready(url: str) -> bool:
    """Whether the node answers and its primary shards are there."""
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health", timeout=5) as answer:  # noqa: S310 - our own address
            return bool(json.load(answer)["status"] in {"green", "yellow"})
    except (OSError, ValueError):
        return False


@contextmanager
def running_node(folder: Path, port: int = 0, heap: str = "1g") -> Iterator[str]:
    """The address of a node that lives in `folder` while the block runs; what it stored is kept."""
    node = start_node(prepare(default_home(), lambda _: None), folder, port, heap)
    try:
        yield node.url
    finally:
        node.stop()


def stop_group(process: subprocess.Popen[bytes], patience: float = 20) -> None:
    """End a process that leads its own session, and its children: SIGTERM, after `patience` seconds SIGKILL."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
