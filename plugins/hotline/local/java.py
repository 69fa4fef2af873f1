"""Finds the JDK that an Elasticsearch without one of its own needs."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotline.local.accounts import check_reachable
from hotline.local.errors import LocalError

OLDEST = 21
_PLACES = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/jdk*",
    "/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
)


@dataclass(frozen=True)
class Jdk:
    """A Java installation and its major version."""

    home: Path
    major: int

    @property
    def full(self) -> bool:
        """Whether it is a whole JDK: Elasticsearch's launcher needs the module jdk.jlink."""
        return (self.home / "bin/jlink").exists()


def find_jdk() -> Jdk:
    """A full JDK of version 21 or newer: the one ES_JAVA_HOME or JAVA_HOME names, else the newest found.

    Raises LocalError, naming what was found instead.
    """
    found = list(_installed())
    fit = [jdk for jdk in found if jdk.major >= OLDEST and jdk.full and _reachable(jdk)]
    for variable in ("ES_JAVA_HOME", "JAVA_HOME"):
        for jdk in fit:
            if os.environ.get(variable) == str(jdk.home):
                return jdk
    if fit:
        return max(fit, key=lambda jdk: jdk.major)
    seen = ", ".join(f"Java {jdk.major}{'' if jdk.full else ' (no full JDK)'} in {jdk.home}" for jdk in found)
    raise LocalError(
        f"Elasticsearch needs a full JDK {OLDEST} or newer; found {seen or 'no Java at all'}.",
        f"Install one (Debian and Ubuntu: apt install openjdk-{OLDEST}-jdk-headless; or https://adoptium.net), "
        "or set ES_JAVA_HOME to one, or ES_HOME to an Elasticsearch 9 that brings its own, "
        "or HOTLINE_ELASTICSEARCH_URL to a running one.",
    )


def _installed() -> Iterator[Jdk]:
    seen: set[Path] = set()
    for home in _candidates():
        major = _major(home)
        if major and home.resolve() not in seen:
            seen.add(home.resolve())
            yield Jdk(home, major)


def _candidates() -> Iterator[Path]:
    for variable in ("ES_JAVA_HOME", "JAVA_HOME"):
        if os.environ.get(variable):
            yield Path(os.environ[variable])
    if java := shutil.which("java"):
        yield Path(java).resolve().parent.parent
    for place in _PLACES:
        pattern = Path(place).expanduser()
        yield from sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))))


def _major(home: Path) -> int | None:
    """The major version by the file `release` that every JDK since 9 carries."""
    if not (home / "bin/java").exists():
        return None
    try:
        version = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text(errors="replace"), re.MULTILINE)
    except OSError:
        return None
    return int(version[1]) if version else None


def _reachable(jdk: Jdk) -> bool:
    try:
        check_reachable(jdk.home.resolve() / "bin/java")
    except LocalError:
        return False
    return True
