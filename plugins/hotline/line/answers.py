"""The office that the answer pages and commands work with."""

from fastapi import FastAPI

from hotline.alerts.app import Office, create_app
from hotline.line.batches import BatchBusy
from hotline.line.context import Line, open_line
from hotline.line.deliver import link_secret
from hotline.line.judge import wrong_story
from hotline.line.records import Conflict
from hotline.settings import settings
from hotline.stories.judge import Misjudged
from schemas.alert import Act, Said


def office(line: Line) -> Office:
    """What is watched now, and where answers are kept."""
    return Office(
        store=line.store,
        desks={id_: desk.desk for id_, desk in line.desks.items()},
        topics={id_: sorted(desk.taxonomy.topics) for id_, desk in line.desks.items()},
        clock=line.clock,
        heard=lambda said: heard(line, said),
    )


def heard(line: Line, said: Said) -> str:
    """Acts on an answer: an article in the wrong story gets one of its own. Returns what came of it."""
    if said.act is not Act.WRONG_STORY or said.article_id is None:
        return ""
    try:
        wrong_story(line, said.article_id, said.by)
    except (Misjudged, BatchBusy, Conflict) as error:
        return f"The story stays as it is: {error}."
    return "The article has a story of its own now."


def answer_app() -> FastAPI:
    """The pages for HOTLINE_PUBLIC_URL, mounted by the Airflow plugin or run by `hotline alerts serve`."""
    return create_app(lambda: office(open_line()), lambda: link_secret(settings()))
