"""The pages in Airflow's API server, and its connections as channels."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_plugin_mounts_the_pages_in_the_api_server_only() -> None:
    code = (
        "import sys; sys.argv[1:] = [{argument!r}]; import hotline_plugin as p\n"
        "print([(a['url_prefix'], type(a['app']).__name__) for a in p.HotlinePlugin.fastapi_apps])"
    )
    paths = f"{ROOT / 'plugins'}{os.pathsep}{ROOT}"
    for argument, expected in (("api-server", "[('/hotline', 'FastAPI')]"), ("triggerer", "[]")):
        printed = subprocess.run(
            [sys.executable, "-c", code.format(argument=argument)],
            env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        assert printed.stdout.strip().splitlines()[-1] == expected


@pytest.mark.airflow
def test_channels_are_airflows_connections(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_HOTLINE_SMTP", '{"conn_type": "smtp", "host": "mail.example", "port": 2525}')
    monkeypatch.setenv("AIRFLOW_CONN_CHAT", '{"conn_type": "apprise", "password": "mmost://chat.example/token12345"}')
    from hotline.alerts.chat import AppriseChannel
    from hotline.alerts.email import EmailChannel
    from hotline.line.channels import Missing, channels
    from hotline.settings import Settings

    with channels(Settings(), ["email", "chat", "nobody"]) as ready:
        assert set(ready) == {"email", "chat", "nobody"}
        assert isinstance(ready["email"], EmailChannel)
        assert ready["email"].port == 2525
        assert isinstance(ready["chat"], AppriseChannel)
        assert "token12345" not in repr(ready)
        assert isinstance(ready["nobody"], Missing)
        assert "no connection nobody" in ready["nobody"].reason
