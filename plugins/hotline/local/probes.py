"""Asks the components of the stack how they are."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime

_SECONDS = 3  # how long an answer may take


@dataclass(frozen=True)
class Probe:
    """What a component answered. `heartbeat` is the last sign of life that Airflow has of it."""

    healthy: bool
    detail: str = ""
    heartbeat: datetime | None = None


def answers(url: str) -> Probe:
    """Whether something answers there at all."""
    try:
        _get(url)
    except (OSError, ValueError) as error:
        return Probe(False, _reason(error))
    return Probe(True)


def elasticsearch_health(url: str) -> Probe:
    """Whether the node's primary shards are there (its status is green or yellow)."""
    try:
        status = json.loads(_get(f"{url.rstrip('/')}/_cluster/health"))["status"]
    except (OSError, ValueError) as error:
        return Probe(False, _reason(error))
    return Probe(status in {"green", "yellow"}, str(status))


def airflow_health(url: str) -> dict[str, Probe]:
    """Airflow's components by the name of their command, as its API server sees them."""
    try:
        health = json.loads(_get(f"{url}/api/v2/monitor/health"))
    except (OSError, ValueError) as error:
        silent = Probe(False, f"the API server is silent ({_reason(error)})")
        return dict.fromkeys(("api-server", "scheduler", "dag-processor", "triggerer"), silent)
    probes = {"api-server": Probe(health["metadatabase"]["status"] == "healthy")}
    for part in ("scheduler", "dag_processor", "triggerer"):
        beat = health[part].get(f"latest_{part}_heartbeat")
        status = health[part]["status"]
        probes[part.replace("_", "-")] = Probe(
            status == "healthy", str(status or "not seen yet"), datetime.fromisoformat(beat) if beat else None
        )
    return probes


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - addresses of our own settings
        return bytes(answer.read())


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error or type(error).__name__)
