"""What this machine must have before the stack starts: room in memory and on disk, and its ports."""

import os
import shutil
from pathlib import Path

import psutil

from hotline.local.distribution import find_distribution
from hotline.local.errors import LocalError
from hotline.local.ports import holder, is_free

_GIB = 1 << 30
AIRFLOW_MEMORY = int(1.2 * _GIB)  # as measured, with tasks
ELASTICSEARCH_MEMORY = int(1.6 * _GIB)  # with the heap of 1 GiB that ships
DISK = 3 * _GIB  # Elasticsearch stops writing at half a gigabyte left
DOWNLOAD = int(1.5 * _GIB)


def require_port(variable: str, port: int) -> str:
    """Raise LocalError where the port is taken; `variable` is what changes it."""
    if not is_free(port):
        by = holder(port)
        raise LocalError(
            f"Port {port} of this machine is taken{f' by {by}' if by else ''}.",
            f"Stop that, or set {variable} to another port.",
        )
    return f"free ({variable})"


def require_home(home: Path) -> str:
    """Raise LocalError where `home` cannot be written to."""
    remedy = "Set HOTLINE_HOME to a folder of yours."
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError(f"{home} cannot be made: {error.strerror}.", remedy) from None
    if not os.access(home, os.W_OK | os.X_OK):
        raise LocalError(f"{home} cannot be written to.", remedy)
    return str(home)


def require_memory(*, own_elasticsearch: bool) -> str:
    """Raise LocalError where too little memory is free."""
    free = psutil.virtual_memory().available
    needed = AIRFLOW_MEMORY + (ELASTICSEARCH_MEMORY if own_elasticsearch else 0)
    if free < needed:
        raise LocalError(
            f"{_gib(free)} of memory are free, and the stack needs {_gib(needed)}.",
            "Close something, or set HOTLINE_ELASTICSEARCH_URL to a node on another machine.",
        )
    return f"{_gib(free)} free, {_gib(needed)} needed"


def require_disk(home: Path, *, own_elasticsearch: bool) -> str:
    """Raise LocalError where too little disk is free."""
    free = shutil.disk_usage(home).free
    needed = DISK + (DOWNLOAD if own_elasticsearch and not find_distribution() else 0)
    if free < needed:
        raise LocalError(
            f"{_gib(free)} of disk are free under {home}, and the stack needs {_gib(needed)}.",
            "Free some, or set HOTLINE_HOME to a folder on another disk.",
        )
    return f"{_gib(free)} free"


def _gib(size: int) -> str:
    return f"{size / _GIB:.1f} GiB"
