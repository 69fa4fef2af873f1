"""The compose file as docker compose itself reads it. Nothing is started: there may be no engine."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest

from hotline.settings import Settings
from tests.docker.loading import DOCKER, REPOSITORY

ONE_SHOTS = {"migrate", "snapshots-folder", "search-setup", "kibana-setup"}


def compose(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["docker", "compose", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    if shutil.which("docker") is None or compose("version").returncode != 0:
        pytest.skip("needs docker with its compose plugin (no engine)")
    done = compose("--env-file", "docker/.env.example", "-f", "docker/compose.yaml", "config", "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def services(config: dict[str, Any]) -> dict[str, Any]:
    return config["services"]


def test_it_can_be_read_without_an_env_file(services: dict[str, Any]) -> None:
    done = compose("--env-file", "/dev/null", "-f", "docker/compose.yaml", "config", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")


def test_everything_that_the_design_names_is_there(services: dict[str, Any]) -> None:
    airflow = {"api-server", "scheduler", "dag-processor", "triggerer", "migrate"}
    assert set(services) == airflow | ONE_SHOTS | {"postgres", "elasticsearch", "kibana", "mailpit"}


def test_ports_are_bound_to_loopback(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 4
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_what_runs_comes_back_and_says_how_it_is(services: dict[str, Any]) -> None:
    for name in set(services) - ONE_SHOTS:
        assert services[name]["restart"] == "unless-stopped", name
        assert services[name]["healthcheck"]["test"], name


def test_one_shots_end(services: dict[str, Any]) -> None:
    assert {services[name]["restart"] for name in ONE_SHOTS} == {"on-failure:3"}


def test_images_are_pinned(services: dict[str, Any]) -> None:
    for name, service in services.items():
        tag = service["image"].rpartition(":")[2]
        assert re.match(r"v?\d+\.\d+", tag), f"{name}: {service['image']}"


def test_elasticsearch_is_the_version_that_the_tests_run_on(services: dict[str, Any]) -> None:
    from hotline.local.distribution import VERSION

    named = ("elasticsearch", "snapshots-folder", "search-setup", "kibana")
    tags = {services[name]["image"].rpartition(":")[2] for name in named}
    assert tags == {VERSION}


def test_hotline_s_variables_are_settings(services: dict[str, Any]) -> None:
    known = {f"HOTLINE_{name.upper()}" for name in Settings.model_fields}
    dockerfile = set(re.findall(r"\bHOTLINE_[A-Z_]+(?==)", (DOCKER / "Dockerfile").read_text()))
    assert dockerfile
    for name in ("scheduler", "migrate"):
        given = {key for key in services[name]["environment"] if key.startswith("HOTLINE_")}
        assert given | dockerfile <= known


def test_airflow_s_variables_are_options_of_airflow(services: dict[str, Any]) -> None:
    from airflow.configuration import conf

    known = {
        f"AIRFLOW__{section}__{option}".upper()
        for section, options in conf.configuration_description.items()
        for option in options["options"]
    }
    given = {key for key in services["migrate"]["environment"] if key.startswith("AIRFLOW__")}
    assert given
    assert given <= known


def test_scheduler_runs_tasks_itself_and_new_dags_start(services: dict[str, Any]) -> None:
    environment = services["scheduler"]["environment"]
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert environment["AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"] == "false"
    assert json.loads(environment["AIRFLOW_CONN_HOTLINE_SMTP"])["host"] == "mailpit"


def test_all_airflow_components_share_what_they_trust_each_other_by(services: dict[str, Any]) -> None:
    for secret in ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__CORE__FERNET_KEY"):
        components = ("api-server", "scheduler", "dag-processor", "triggerer")
        assert len({services[name]["environment"][secret] for name in components}) == 1


def test_no_secret_stands_in_the_compose_file(config: dict[str, Any]) -> None:
    given = (DOCKER / ".env.example").read_text()
    secrets = re.findall(r"^(\w*(?:PASSWORD|SECRET|KEY))=", given, flags=re.MULTILINE)
    assert len(secrets) == 8
    text = (DOCKER / "compose.yaml").read_text()
    for name in secrets:
        assert set(re.findall(rf"\$\{{{name}([^}}]*)\}}", text)) == {"-"}, f"{name} has a default"


def test_every_pool_that_a_dag_asks_for_is_made() -> None:
    asked = {
        pool for path in (REPOSITORY / "dags").glob("*.py") for pool in re.findall(r'pool="(\w+)"', path.read_text())
    }
    made = dict(re.findall(r"^airflow pools set (\w+) (\d+)", (DOCKER / "migrate.sh").read_text(), flags=re.MULTILINE))
    assert asked <= set(made)
    assert (made["polling"], made["stories"]) == ("4", "1")


def test_polling_always_finds_room(services: dict[str, Any]) -> None:
    made = dict(re.findall(r"^airflow pools set (\w+) (\d+)", (DOCKER / "migrate.sh").read_text(), flags=re.MULTILINE))
    assert sum(map(int, made.values())) == int(services["scheduler"]["environment"]["AIRFLOW__CORE__PARALLELISM"])


@pytest.mark.parametrize("path", ["migrate.sh", "elasticsearch/setup.sh"])
def test_a_missing_secret_is_named_with_the_remedy(path: str) -> None:
    done = subprocess.run(
        ["sh", DOCKER / path], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "PASSWORD is empty: copy docker/.env.example to docker/.env" in done.stderr


def test_the_image_copies_only_what_exists() -> None:
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    sent = [line[1:] for line in ignored if line.startswith("!")]
    for line in re.findall(r"^COPY (?!--from)(.+)$", (DOCKER / "Dockerfile").read_text(), flags=re.MULTILINE):
        for source in line.split()[:-1]:
            there = source.rpartition("/")[0] if "*" in source else source
            assert (REPOSITORY / there).exists(), source
            assert any(source == path or source.startswith(f"{path}/") for path in sent), f"{source} is not sent"
