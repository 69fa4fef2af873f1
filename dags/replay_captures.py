"""By hand: run a span of captures through the line again (new taxonomy, fixed parser). Raises no alerts."""

from airflow.sdk import Param, dag, get_current_context, task

from hotline.line.airflow import DEFAULTS, owner_of


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    params={
        "from": Param(
            "2026-01-01T00:00:00Z", type="string", format="date-time", description="First capture, inclusive."
        ),
        "to": Param("2026-01-02T00:00:00Z", type="string", format="date-time", description="Last capture, exclusive."),
    },
    tags=["hotline"],
    doc_md=__doc__,
)
def replay_captures() -> None:
    @task(execution_timeout=None)
    def replay() -> dict[str, int]:
        from datetime import datetime

        from hotline.line.context import open_line
        from hotline.line.replay import replay

        context = get_current_context()
        start, end = (datetime.fromisoformat(context["params"][name]) for name in ("from", "to"))
        return replay(open_line(), start, end, owner_of(context))

    replay()


replay_captures()
