"""What tests of several rooms share: a real Elasticsearch for the run, and a prefix of one's own in it."""

import fcntl
import json
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from hotline.search.store import Store

_RUN_FOLDER = "HOTLINE_TEST_RUN_FOLDER"  # made by the first process of the run, inherited by xdist's workers
_NODE_FILE = "node.json"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        # Not pytest's own folder: the account that Elasticsearch runs under, when we are root, may not enter that.
        folder = Path(tempfile.mkdtemp(prefix="hotline-tests-"))
        folder.chmod(0o755)
        os.environ[_RUN_FOLDER] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or _RUN_FOLDER not in os.environ:
        return
    folder = Path(os.environ.pop(_RUN_FOLDER))
    started = folder / _NODE_FILE
    if started.exists():
        _end_group(json.loads(started.read_text())["pid"])
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def elasticsearch_url() -> str:
    """A real node: HOTLINE_TEST_ELASTICSEARCH_URL, else one started once for the run, whichever worker asks first."""
    if url := os.environ.get("HOTLINE_TEST_ELASTICSEARCH_URL"):
        return url
    from hotline.local.elasticsearch import prepare, start_node
    from hotline.settings import default_home

    folder = Path(os.environ[_RUN_FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        started = folder / _NODE_FILE
        if not started.exists():
            node = start_node(prepare(default_home(), print), folder / "elasticsearch")
            started.write_text(json.dumps({"url": node.url, "pid": node.process.pid}))
    return str(json.loads(started.read_text())["url"])


@pytest.fixture
def es_prefix(elasticsearch_url: str) -> Iterator[str]:
    """A prefix for a test's own indices (`Settings.index_prefix`); what was made under it is deleted afterwards."""
    from elasticsearch import Elasticsearch

    prefix = f"test-{uuid.uuid4().hex[:12]}"
    yield prefix
    with Elasticsearch(elasticsearch_url, request_timeout=30) as client:
        remove_all(client, prefix)


@pytest.fixture(scope="session")
def _installed_store(elasticsearch_url: str) -> Iterator["Store"]:
    from elasticsearch import Elasticsearch

    from hotline.search.indices import Indices, install
    from hotline.search.store import Store

    prefix = f"test-{uuid.uuid4().hex[:12]}"
    with Elasticsearch(elasticsearch_url, request_timeout=60) as client:
        indices = Indices(prefix)
        install(client, indices, datetime.now(UTC))
        yield Store(client, indices)
        remove_all(client, prefix)


@pytest.fixture
def store(_installed_store: "Store") -> "Store":
    """An empty store. Its indices are made once a run, since making one takes longer than most tests."""
    from hotline.search.indices import Kind

    client, indices = _installed_store.client, _installed_store.indices
    client.indices.refresh(index=f"{indices.prefix}-*")
    client.delete_by_query(index=f"{indices.prefix}-*", query={"match_all": {}}, refresh=True, conflicts="proceed")
    feeds = indices.name(Kind.FEEDS)
    meta = client.indices.get_mapping(index=feeds)[feeds]["mappings"].get("_meta", {})
    client.indices.put_mapping(index=feeds, meta=meta | {"sources": None})  # the templates stay as they are
    return _installed_store


def remove_snapshots(client: "Elasticsearch", prefix: str) -> None:
    """Deletes an installation's snapshots and their repository."""
    quiet = client.options(ignore_status=404)
    quiet.snapshot.delete(repository=prefix, snapshot="*")
    quiet.snapshot.delete_repository(name=prefix)


def remove_all(client: "Elasticsearch", prefix: str) -> None:
    """Deletes what an installation left in Elasticsearch."""
    for index in client.indices.get(index=f"{prefix}-*", expand_wildcards="all", features=["aliases"]):
        client.indices.delete(index=index, ignore_unavailable=True)
    client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}-*")
    remove_snapshots(client, prefix)


def _end_group(leader: int) -> None:
    try:
        group = [psutil.Process(leader), *psutil.Process(leader).children(recursive=True)]
        os.killpg(leader, signal.SIGTERM)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return
    _, alive = psutil.wait_procs(group, timeout=20)
    for process in alive:
        process.kill()
