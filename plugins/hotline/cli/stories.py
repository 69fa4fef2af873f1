"""`hotline stories …`: look at a story, and say where placing was wrong."""

import getpass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hotline.cli.common import UsageError

app = typer.Typer(no_args_is_help=True, help="Look at a story; split it, or say that two are one.")
By = Annotated[str, typer.Option("--by", help="Who says so.", default_factory=getpass.getuser)]


@app.command("show")
def show(story: str) -> None:
    """Its articles, what each added, and what analysts decided."""
    from hotline.line.context import open_line
    from hotline.line.judge import story_of
    from hotline.line.records import articles_by_id
    from hotline.stories.judge import Misjudged

    line = open_line()
    try:
        told = story_of(line, story).record
    except Misjudged as error:
        raise UsageError(str(error)) from error
    added = {entry.article_id: ", ".join(entry.new) for entry in told.development}
    table = Table("article", "time", "publisher", "title", "new")
    articles = articles_by_id(line, told.article_ids)
    for id_ in told.article_ids:
        if id_ in articles:
            a = articles[id_].record
            new = "copy" if a.near_duplicate_of else added.get(id_, "")
            table.add_row(id_, f"{a.timestamp:%d %b %H:%M}", a.publisher, a.title, new)
    Console().print(f"{told.id}: {told.headline}", table)
    for entry in told.judgements:
        print(f"{entry.at:%Y-%m-%d %H:%M} {entry.by}: {entry.kind} {entry.story_id} {' '.join(entry.article_ids)}")


@app.command("split")
def split(story: str, articles: list[str], by: By) -> None:
    """Make a story of its own of some articles of a story."""
    from hotline.line.context import open_line
    from hotline.line.judge import split_story
    from hotline.stories.judge import Misjudged

    try:
        print(split_story(open_line(), story, articles, by))
    except Misjudged as error:
        raise UsageError(str(error)) from error


@app.command("same")
def same(story: str, other: str, by: By) -> None:
    """Say that two stories are one: the older takes the other over."""
    from hotline.line.context import open_line
    from hotline.line.judge import same_story
    from hotline.stories.judge import Misjudged

    try:
        print(same_story(open_line(), story, other, by))
    except Misjudged as error:
        raise UsageError(str(error)) from error
