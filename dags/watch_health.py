"""Every ten minutes: silent and failing feeds, broken desk files, and whatever got stuck is set going again."""

from airflow.sdk import dag, get_current_context, task

from hotline.line.airflow import CAPTURES, DEFAULTS, announce


@dag(schedule="*/10 * * * *", catchup=False, max_active_runs=1, default_args=DEFAULTS, tags=["hotline"], doc_md=__doc__)
def watch_health() -> None:
    @task(outlets=[CAPTURES])
    def watch() -> None:
        from hotline.line.context import open_line
        from hotline.line.watch import watch

        announce(get_current_context(), CAPTURES, watch(open_line()))

    @task
    def sweep() -> None:
        from hotline.line.context import open_line
        from hotline.line.raising import raise_alerts

        raise_alerts(open_line())

    watch()
    sweep()


watch_health()
