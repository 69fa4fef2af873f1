"""What Airflow loads of Hotline: nothing to see, but every task starts two seconds sooner.

The scheduler's LocalExecutor forks its workers, and those fork a process a task. What the scheduler has imported
before, no task has to import again. Elsewhere (API server, DAG processor) it would only cost memory.
"""

import sys

from airflow.plugins_manager import AirflowPlugin


class HotlinePlugin(AirflowPlugin):
    """Known to Airflow by this name."""

    name = "hotline"


if "scheduler" in sys.argv:
    from hotline.line import deliver, fetch, place, plan, process, raising  # noqa: F401
