"""The office that the answer pages and commands work with."""

from fastapi import FastAPI

from hotline.alerts.app import Office, create_app
from hotline.line.context import Line, open_line
from hotline.line.deliver import link_secret
from hotline.settings import settings


def office(line: Line) -> Office:
    """What is watched now, and where answers are kept."""
    return Office(
        store=line.store,
        desks={id_: desk.desk for id_, desk in line.desks.items()},
        topics={id_: sorted(desk.taxonomy.topics) for id_, desk in line.desks.items()},
        clock=line.clock,
    )


def answer_app() -> FastAPI:
    """The pages for HOTLINE_PUBLIC_URL, mounted by the Airflow plugin or run by `hotline serve`."""
    return create_app(lambda: office(open_line()), lambda: link_secret(settings()))
