"""On every batch of articles: which rules match what waits; the alerts are raised and sent."""

from airflow.sdk import dag, task

from hotline.line.airflow import ARTICLES, DEFAULTS, on_each


@dag(
    schedule=on_each(ARTICLES),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["hotline"],
    doc_md=__doc__,
)
def raise_alerts() -> None:
    @task
    def match() -> None:
        from hotline.line.context import open_line
        from hotline.line.raising import raise_alerts

        raise_alerts(open_line())

    @task
    def deliver() -> None:
        from hotline.line.context import open_line
        from hotline.line.deliver import deliver

        deliver(open_line())

    match() >> deliver()


raise_alerts()
