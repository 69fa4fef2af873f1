"""What Airflow loads of Hotline: the answer pages in the API server, and a head start for every task.

The scheduler's LocalExecutor forks its workers, and those fork a process a task. What the scheduler has imported
before, no task has to import again: they start two seconds sooner. Elsewhere it would only cost memory.
"""

import sys
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/hotline"
"""Where the API server shows the pages behind the links in messages: HOTLINE_PUBLIC_URL ends with it."""


def _apps() -> list[dict[str, Any]]:
    if "api-server" not in sys.argv:
        return []
    from hotline.line.answers import answer_app

    return [{"app": answer_app(), "url_prefix": PREFIX, "name": "Hotline answers"}]


class HotlinePlugin(AirflowPlugin):
    """Known to Airflow by this name."""

    name = "hotline"
    fastapi_apps: ClassVar[list[dict[str, Any]]] = _apps()


if "scheduler" in sys.argv:
    from hotline.line import deliver, fetch, place, plan, process, raising  # noqa: F401
