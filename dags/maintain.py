"""Daily: a snapshot, retention, this month's indices, feeds that have moved, Airflow's own database."""

from datetime import timedelta

from airflow.sdk import dag, task

from hotline.line.airflow import DEFAULTS


@dag(schedule="17 3 * * *", catchup=False, max_active_runs=1, default_args=DEFAULTS, tags=["hotline"], doc_md=__doc__)
def maintain() -> None:
    @task(execution_timeout=timedelta(hours=7))
    def snapshot() -> None:
        from hotline.line.context import open_line
        from hotline.line.maintain import snapshot

        snapshot(open_line())

    @task
    def retention() -> None:
        from hotline.line.context import open_line
        from hotline.line.maintain import retain

        retain(open_line())

    @task
    def lost_feeds() -> None:
        from hotline.line.context import open_line
        from hotline.line.rediscover import rediscover

        rediscover(open_line())

    @task
    def airflow_records() -> None:
        from hotline.line.context import open_line
        from hotline.line.maintain import clean_airflow

        clean_airflow(open_line())

    snapshot()
    retention()
    lost_feeds()
    airflow_records()


maintain()
