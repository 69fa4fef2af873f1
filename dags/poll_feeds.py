"""Every minute: ask which feeds and pages are due, and fetch them in a few coarse batches."""

from typing import Any

from airflow.sdk import dag, get_current_context, task

from hotline.line.airflow import CAPTURES, DEFAULTS, announce, poll_schedule


@dag(
    schedule=poll_schedule(), catchup=False, max_active_runs=1, default_args=DEFAULTS, tags=["hotline"], doc_md=__doc__
)
def poll_feeds() -> None:
    @task(pool="polling")
    def plan() -> list[dict[str, Any]]:
        from hotline.line.context import open_line
        from hotline.line.plan import plan

        return plan(open_line())

    @task(pool="polling", outlets=[CAPTURES], map_index_template="{{ task.op_kwargs['group']['name'] }}")
    def fetch(group: dict[str, Any]) -> None:
        from hotline.line.context import open_line
        from hotline.line.fetch import fetch

        announce(get_current_context(), CAPTURES, fetch(open_line(), group))

    fetch.expand(group=plan())


poll_feeds()
