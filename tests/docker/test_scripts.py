"""The image's two small HTTP clients, against a server that answers as Airflow and Kibana do."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.docker.loading import DOCKER, script

OBJECTS = b'{"type": "search", "id": "a"}\n'


class Far:
    """A server that gives one answer and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.answer = 200, {}
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        far = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                far.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(far.status)
                self.end_headers()
                self.wfile.write(json.dumps(far.answer).encode())

            def log_message(self, *_: Any) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def far() -> Iterator[Far]:
    far = Far()
    thread = threading.Thread(target=far.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield far
    far.server.shutdown()
    thread.join()
    far.server.server_close()


def healthy(component: str, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, DOCKER / "healthy.py", component]
    return subprocess.run(command, env={"AIRFLOW_API_URL": url}, capture_output=True, text=True, check=False)


def test_a_healthy_component_is_healthy(far: Far) -> None:
    far.answer = {"scheduler": {"status": "healthy"}, "triggerer": {"status": None}}
    assert healthy("scheduler", far.url).returncode == 0
    assert far.asked[0][0] == "/api/v2/monitor/health"


@pytest.mark.parametrize("component", ["triggerer", "dag_processor"])
def test_a_component_that_never_reported_is_not_healthy(far: Far, component: str) -> None:
    far.answer = {"scheduler": {"status": "healthy"}, "triggerer": {"status": None}}
    assert healthy(component, far.url).returncode == 1


def test_no_answer_is_not_healthy() -> None:
    done = healthy("scheduler", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "no answer from the API" in done.stdout


def test_objects_are_imported_over_those_of_the_same_id(far: Far) -> None:
    far.answer = {"success": True, "successCount": 1}
    assert script("kibana/load.py").load(OBJECTS, f"{far.url}/", {"authorization": "Basic eA=="}) == 1
    path, headers, body = far.asked[0]
    assert path == "/api/saved_objects/_import?overwrite=true"
    assert headers["kbn-xsrf"] == "hotline"
    assert headers["authorization"] == "Basic eA=="
    assert b'filename="saved_objects.ndjson"' in body
    assert OBJECTS in body


def test_an_import_that_leaves_something_out_is_refused_although_kibana_says_200(far: Far) -> None:
    load = script("kibana/load.py")
    far.answer = {
        "success": False,
        "successCount": 0,
        "errors": [{"type": "search", "id": "a", "error": {"type": "missing_references"}}],
    }
    with pytest.raises(load.ImportRefusedError, match=r"search a.*missing_references"):
        load.load(OBJECTS, far.url, {})


def test_a_wrong_password_is_reported_and_not_tried_again(far: Far) -> None:
    load = script("kibana/load.py")
    far.status, far.answer = 401, {"message": "unable to authenticate"}
    with pytest.raises(load.ImportRefusedError, match=r"401.*unable to authenticate"):
        load.load(OBJECTS, far.url, {})
    assert len(far.asked) == 1
