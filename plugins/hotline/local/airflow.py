"""Airflow on one machine: its configuration, all of it in the environment, and its components."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import hotline
from hotline.local.errors import LocalError
from hotline.local.keys import Keys, write_private
from hotline.local.supervisor import Program
from hotline.settings import Settings

ROOT = Path(hotline.__file__).parents[2]
_COMPONENTS = {
    "api-server": [],
    "scheduler": ["--skip-serve-logs"],  # the log servers would listen on every interface, and the API reads the files
    "dag-processor": [],
    "triggerer": ["--skip-serve-logs"],
}


def airflow_url(settings: Settings) -> str:
    """Where the user interface and the API are."""
    return f"http://127.0.0.1:{settings.airflow_port}"


def airflow_environment(settings: Settings, keys: Keys, given: Mapping[str, str]) -> dict[str, str]:
    """Airflow's configuration. What is in the environment already (`given`) wins."""
    home = settings.home / "airflow"
    dags = ROOT / "dags"
    if not dags.is_dir():
        raise LocalError(f"No DAGs in {dags}.", "The local stack runs from a checkout of the project: start it there.")
    options: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": dags,
            "plugins_folder": ROOT / "plugins",
            "executor": "LocalExecutor",
            "parallelism": 4,  # at 32 SQLite locks up, from 2 to 8 it does not
            "load_examples": False,
            "dags_are_paused_at_creation": False,  # a consumer that is paused loses its events
            "fernet_key": keys.fernet_key,
            "simple_auth_manager_users": "admin:admin",
            "simple_auth_manager_passwords_file": _passwords(home),
            "execution_api_server_url": f"{airflow_url(settings)}/execution/",
        },
        "database": {"sql_alchemy_conn": f"sqlite:///{home / 'airflow.db'}"},
        "logging": {
            "base_log_folder": settings.home / "logs/tasks",
            "dag_processor_child_process_log_directory": settings.home / "logs/dags",
        },
        "api": {
            "host": "127.0.0.1",
            "port": settings.airflow_port,
            "workers": 1,
            "base_url": airflow_url(settings),
            "secret_key": keys.session_key,
        },
        "api_auth": {"jwt_secret": keys.jwt_secret},
        "dag_processor": {
            "refresh_interval": 15,  # s until a new DAG file is seen; the default is 300
            "parsing_processes": 1,
        },
        "scheduler": {
            # A task whose process is gone is tried again after a minute, not after five.
            "task_instance_heartbeat_timeout": 60,
            "orphaned_tasks_check_interval": 20,
            "scheduler_health_check_threshold": 20,
        },
        "workers": {"max_failed_heartbeats": 8},  # a task outlives a restart of the API server, 40 s
        "usage_data_collection": {"enabled": False},
    }
    environment = {
        f"AIRFLOW__{section}__{option}".upper(): str(value)
        for section, values in options.items()
        for option, value in values.items()
    }
    environment["AIRFLOW_HOME"] = str(home)
    smtp = {"conn_type": "smtp", "host": "127.0.0.1", "port": settings.smtp_port, "extra": {"tls": "none"}}
    environment[smtp_variable(settings)] = json.dumps(smtp)
    environment |= {name: value for name, value in given.items() if name in environment}
    # After what was given: the daily clean-up works on the database in use.
    environment.setdefault("HOTLINE_AIRFLOW_DB", environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    return environment


def smtp_variable(settings: Settings) -> str:
    """The variable by which Airflow is given the connection for e-mail. Where it is set, no mailbox is run."""
    return f"AIRFLOW_CONN_{settings.smtp_connection.upper()}"


def write_passwords(settings: Settings, keys: Keys) -> None:
    """The file from which Airflow's simple auth manager reads the password of `admin`."""
    write_private(_passwords(settings.home / "airflow"), json.dumps({"admin": keys.admin_password}) + "\n")


def airflow_programs() -> list[Program]:
    """Airflow's components, to be started when the database is there."""
    return [
        Program(name, [sys.executable, "-m", "airflow", name, *options], autostart=False)
        for name, options in _COMPONENTS.items()
    ]


def _passwords(home: Path) -> Path:
    return home / "passwords.json"
