"""Every minute: send what is due from the outbox. raise_alerts sends at once; this is for what was put off."""

from airflow.sdk import dag, task

from hotline.line.airflow import DEFAULTS


@dag(schedule="* * * * *", catchup=False, max_active_runs=1, default_args=DEFAULTS, tags=["hotline"], doc_md=__doc__)
def deliver_alerts() -> None:
    @task
    def deliver() -> None:
        from hotline.line.context import open_line
        from hotline.line.deliver import deliver

        deliver(open_line())

    deliver()


deliver_alerts()
