"""On every batch of captures: entries and pages become articles, then the articles find their stories."""

from airflow.sdk import dag, get_current_context, task

from hotline.line.airflow import ARTICLES, CAPTURES, DEFAULTS, announce, key_of, on_each, owner_of


@dag(
    schedule=on_each(CAPTURES),
    catchup=False,
    max_active_runs=4,
    default_args=DEFAULTS,
    tags=["hotline"],
    doc_md=__doc__,
)
def process_captures() -> None:
    @task
    def process() -> None:
        from hotline.line.context import open_line
        from hotline.line.process import process

        context = get_current_context()
        process(open_line(), key_of(context), owner_of(context))

    @task(pool="stories", outlets=[ARTICLES])
    def place() -> None:
        from hotline.line.context import open_line
        from hotline.line.place import place_batches

        context = get_current_context()
        announce(context, ARTICLES, place_batches(open_line(), key_of(context), owner_of(context)))

    process() >> place()


process_captures()
