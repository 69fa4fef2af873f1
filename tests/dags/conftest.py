"""A real Airflow for `dag.test()`: a migrated database of its own, with the pools that the DAGs name."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.search.store import Store
from tests.line.rig import ROOT, Rig, rig

# Airflow reads its configuration when it is first imported, which other tests may have caused already: so the DAGs
# run in a process of their own, as they do in service.
RUN = """
import sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(dag_folder=sys.argv[1])
assert not bag.import_errors, bag.import_errors
run = bag.dags[sys.argv[2]].test(run_conf=eval(sys.argv[3]))
states = {f"{ti.task_id}[{ti.map_index}]": str(ti.state) for ti in run.get_task_instances()}
print("STATES", states)
sys.exit(0 if str(run.state) == "success" else 1)
"""


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an Airflow whose database is ready."""
    home = tmp_path_factory.mktemp("airflow")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "HOTLINE", "PYTHONDONTWRITE"))}
    environment |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
    }
    subprocess.run(
        [sys.executable, "-m", "hotline.local.airflow_setup"], env=environment, check=True, capture_output=True
    )
    return environment


@pytest.fixture
def world(store: Store, elasticsearch_url: str, tmp_path: Path) -> Iterator[Rig]:
    """A newsroom whose backlog has not been polled yet."""
    with rig(store, elasticsearch_url, tmp_path, [ROOT / "desks/us_russia"]) as made:
        yield made


def run_dag(airflow: dict[str, str], world: Rig, dag_id: str, conf: dict[str, str] | None = None) -> str:
    """`dag.test()` of a DAG in service's environment; returns the line with its tasks' states."""
    settings = world.line.settings
    environment = airflow | {
        "HOTLINE_HOME": str(settings.home),
        "HOTLINE_DESKS": str(settings.desks),
        "HOTLINE_ELASTICSEARCH_URL": settings.elasticsearch_url,
        "HOTLINE_INDEX_PREFIX": settings.index_prefix,
        "AIRFLOW_CONN_HOTLINE_SMTP": os.environ.get("TEST_SMTP", "smtp://127.0.0.1:9"),
    }
    command = [sys.executable, "-c", RUN, str(ROOT / "dags"), dag_id, repr(conf)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return next(line for line in done.stdout.splitlines() if line.startswith("STATES"))
