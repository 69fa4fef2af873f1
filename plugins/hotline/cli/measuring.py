"""`hotline eval …`: measure against labelled sets."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline.cli.common import DeskFolder, default_desk, duration

app = typer.Typer(no_args_is_help=True, help="Measure against labelled sets.")


@app.command("extraction")
def eval_extraction(folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Text, titles, authors and dates against trafilatura and htmldate on a folder with evaldata.json and html/."""
    from hotline.articles.evaluate import report

    print(report(folder))


@app.command("topics")
def eval_topics(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], desk: DeskFolder = None) -> None:
    """Precision, recall and F1 for relevance and each topic, with the worst mistakes."""
    from hotline.topics.evaluate import report

    print(report(file, desk or default_desk()))


@app.command("train-topics")
def train_topics(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)], desk: DeskFolder = None
) -> None:
    """Learn the weights in a desk's topics.yaml from labelled articles; prints the cross-validated scores."""
    from hotline.topics.train import train

    print(train(files, desk or default_desk()))


@app.command("taxonomy")
def eval_taxonomy(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="Articles as JSON Lines; else Elasticsearch's.")
    ] = None,
    since: Annotated[str, typer.Option(help="How far back in Elasticsearch, like 30d.")] = "30d",
    against: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Another topics.yaml: print what it would change.")
    ] = None,
    desk: DeskFolder = None,
) -> None:
    """Names and phrases that the taxonomy lacks and offices without a holder; or what another version would change."""
    from datetime import UTC, datetime

    from hotline.topics.evaluate import labelled
    from hotline.topics.review import comparison, review
    from hotline.topics.tagger import Tagger
    from hotline.topics.taxonomy import load_taxonomy

    now = datetime.now(UTC)
    start = now - duration(since)
    tagger = Tagger(load_taxonomy((desk or default_desk()) / "topics.yaml"))
    other = Tagger(load_taxonomy(against)) if against else None
    if file:
        articles: Iterable[dict[str, Any]] = labelled(file)
    else:
        from hotline.line.articles import articles_since
        from hotline.line.context import open_line

        articles = articles_since(open_line().store, start)
    print(comparison(articles, tagger, other) if other else review(articles, tagger, now.date()))


@app.command("stories")
def eval_stories(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """F1 of “same story” on pairs, or B³ on clusters."""
    from hotline.stories.evaluate import report

    print(report(file))


@app.command("copies")
def eval_copies(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    most: Annotated[int, typer.Option(min=1, help="Articles that variants are made of.")] = 150,
) -> None:
    """Precision and recall of copies, on edited variants made of the articles in the files."""
    from hotline.stories.variants import report

    print(report(files, most=most))


@app.command("rules")
def eval_rules(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], desk: DeskFolder = None) -> None:
    """False alarms, recall and messages of a desk's rules on labelled articles, matched in Elasticsearch."""
    from hotline.line.context import Line, open_line
    from hotline.line.eval_rules import report
    from hotline.search.client import connect

    folder = (desk or default_desk()).resolve()
    line = Line(open_line().settings.model_copy(update={"desks": folder.parent}))
    print(report(file, folder.name, line.desks[folder.name], connect(line.settings)))
