"""`hotline eval …`: measure against labelled sets."""

from pathlib import Path
from typing import Annotated

import typer

from hotline.cli.common import DeskFolder, default_desk

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
def train_topics(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], desk: DeskFolder = None) -> None:
    """Learn the weights in a desk's topics.yaml from labelled articles; prints the cross-validated scores."""
    from hotline.topics.train import train

    print(train(file, desk or default_desk()))


@app.command("stories")
def eval_stories(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """F1 of “same story” on pairs, or B³ on clusters."""
    from hotline.stories.evaluate import report

    print(report(file))
