"""`hotline …`: the stack, the desks, and the four commands that work on files alone.

Heavy libraries are imported inside the commands, so that `hotline --help` answers at once.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from schemas.desk import DeskFileError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
feeds = typer.Typer(no_args_is_help=True, help="The feeds and how they are.")
evaluate = typer.Typer(no_args_is_help=True, help="Measure against labelled sets.")
app.add_typer(feeds, name="feeds")
app.add_typer(evaluate, name="eval")

InputFile = Annotated[Path, typer.Option("--input", exists=True, dir_okay=False, help="JSON Lines in.")]
OutputFile = Annotated[Path, typer.Option("--output", dir_okay=False, help="JSON Lines out.")]
DeskFolder = Annotated[Path | None, typer.Option(help="The desk's folder; else desks/us_russia.")]


class UsageError(Exception):
    """Bad input to a command; the message says what to do."""


def main() -> None:
    """The entry point: errors that a person can mend are one line, not a traceback."""
    try:
        app()
    except (DeskFileError, UsageError) as error:
        print(f"hotline: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)


# Files alone: JSON Lines in and out, no server.


@app.command("parse-feed")
def parse_feed(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    url: Annotated[str | None, typer.Option(help="The feed's address, for relative links.")] = None,
) -> None:
    """A line for each entry of the feeds: file, id, url, title, summary, dates, authors, language; or file, error."""
    from hotline.feeds.lines import parse_lines

    for file in files:
        for line in parse_lines(file, url):
            print(json.dumps(line, ensure_ascii=False))


@app.command()
def extract(input: InputFile, output: OutputFile) -> None:
    """Articles out of pages: id, html_path, url (entry) → title, lead, body, captions, dates, authors, …"""
    from hotline.articles.lines import extract_line

    each_line(input, output, extract_line)


@app.command()
def tag(
    input: InputFile,
    output: Annotated[Path | None, typer.Option("--output", dir_okay=False, help="JSON Lines out.")] = None,
    desk: DeskFolder = None,
    explain: Annotated[bool, typer.Option("--explain", help="Print why or why not instead.")] = False,
) -> None:
    """Relevance, topics and entities of articles, with the words that say so."""
    from hotline.topics import lines
    from hotline.topics.tagger import Tagger
    from hotline.topics.taxonomy import load_taxonomy

    tagger = Tagger(load_taxonomy((desk or default_desk()) / "topics.yaml"))
    if explain:
        for record in read_lines(input):
            print(lines.explain_line(record, tagger), end="\n\n")
        return
    if output is None:
        raise UsageError("tag: say where the result goes with --output FILE, or use --explain")
    each_line(input, output, lambda record: lines.tag_line(record, tagger))


@app.command()
def cluster(input: InputFile, output: OutputFile) -> None:
    """Stories and near-duplicates of articles, as they would be placed arriving in this order."""
    from hotline.stories.lines import cluster_lines

    with replacing(output) as out:
        write_lines(out, cluster_lines(read_lines(input)))


# The stack.


@app.command()
def up() -> None:
    """Start everything and keep it running until Ctrl-C: Elasticsearch, Airflow, a mailbox to look into."""
    from hotline.local import commands

    raise typer.Exit(commands.up())


@app.command()
def down() -> None:
    """Stop what `up` or `demo` started. Data stay."""
    from hotline.local import commands

    raise typer.Exit(commands.down())


@app.command()
def status() -> None:
    """What runs, and how the items stand."""
    from hotline.local import commands

    raise typer.Exit(commands.status())


@app.command()
def doctor() -> None:
    """Check this machine and the desks' files; every problem comes with its remedy."""
    from hotline.local import commands

    raise typer.Exit(commands.doctor({"Desks": check_desks}))


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Leave when the newsroom's script is through.")] = False,
    replay: Annotated[Path | None, typer.Option(help="Serve a folder of saved feeds or pages instead.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
) -> None:
    """The whole line on the newsroom that comes with the project: no Internet needed."""
    from hotline.local.demo.run import run

    raise typer.Exit(run(once=once, replay=replay, json_file=json_file))


# Records.


@feeds.command("list")
def list_feeds(failing: Annotated[bool, typer.Option("--failing", help="Only those that fail.")] = False) -> None:
    """The feeds with their state."""
    from hotline.line.context import open_line
    from hotline.search.indices import Kind
    from schemas.feed import Feed

    query: dict[str, Any] = {"range": {"state.failures": {"gt": 0}}} if failing else {"match_all": {}}
    sort = [{"source.publisher": {"order": "asc"}}]
    table = Table("feed", "publisher", "every", "last success", "new", "failures", "last error")
    for kept in open_line().store.search(Feed, Kind.FEEDS, query, size=10_000, sort=sort):
        f, s = kept.record, kept.record.state
        since = f"{s.last_success_at:%d %b %H:%M}" if s.last_success_at else "never"
        error = s.last_error or ""
        table.add_row(f.source.title, f.source.publisher, f"{s.interval_s:.0f} s", since, str(s.new_items),
                      str(s.failures), error)  # fmt: skip
    Console().print(table)


@app.command()
def search(query: str, size: Annotated[int, typer.Option(min=1, max=1000)] = 20) -> None:
    """Articles that match a Lucene query, newest first."""
    from hotline.line.context import open_line
    from hotline.search.indices import Kind
    from schemas.article import Article

    sort = [{"@timestamp": {"order": "desc"}}]
    words = {"query_string": {"query": query, "default_operator": "AND"}}
    table = Table("time", "publisher", "title", "relevance", "story")
    for kept in open_line().store.search(Article, Kind.ARTICLES, words, size=size, sort=sort):
        a = kept.record
        relevance = " ".join(f"{desk}:{view.relevance}" for desk, view in a.desks.items())
        table.add_row(f"{a.timestamp:%d %b %H:%M}", a.publisher, a.title, relevance, a.story.id if a.story else "")
    Console().print(table)


@app.command()
def replay(
    start: Annotated[datetime, typer.Option("--from", help="First capture, inclusive (UTC).")],
    end: Annotated[datetime, typer.Option("--to", help="Last capture, exclusive (UTC).")],
) -> None:
    """Read captures again with today's parser and taxonomy. Raises no alerts."""
    from datetime import UTC

    from hotline.line.context import open_line
    from hotline.line.replay import replay as run

    counts = run(open_line(), start.replace(tzinfo=UTC), end.replace(tzinfo=UTC), "hotline replay")
    print(", ".join(f"{name} {count}" for name, count in counts.items()))


@app.command("schemas")
def export_schemas(folder: Path) -> None:
    """Write the JSON Schema of every contract into a folder."""
    from pydantic import BaseModel

    from hotline.search.indices import MODELS
    from schemas.capture import Capture
    from schemas.desk import Desk
    from schemas.rule import Rule
    from schemas.topic import TopicMatch

    folder.mkdir(parents=True, exist_ok=True)
    models: list[type[BaseModel]] = [*MODELS.values(), Capture, Desk, Rule, TopicMatch]
    for model in dict.fromkeys(models):
        schema = json.dumps(model.model_json_schema(by_alias=True), indent=2, ensure_ascii=False)
        (folder / f"{model.__name__.lower()}.json").write_text(schema + "\n", encoding="utf-8")


# Measuring.


@evaluate.command("extraction")
def eval_extraction(folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Text, titles, authors and dates against trafilatura and htmldate on a folder with evaldata.json and html/."""
    from hotline.articles.evaluate import report

    print(report(folder))


@evaluate.command("topics")
def eval_topics(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], desk: DeskFolder = None) -> None:
    """Precision, recall and F1 for relevance and each topic, with the worst mistakes."""
    from hotline.topics.evaluate import report

    print(report(file, desk or default_desk()))


@evaluate.command("train-topics")
def train_topics(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], desk: DeskFolder = None) -> None:
    """Learn the weights in a desk's topics.yaml from labelled articles; prints the cross-validated scores."""
    from hotline.topics.train import train

    print(train(file, desk or default_desk()))


@evaluate.command("stories")
def eval_stories(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """F1 of “same story” on pairs, or B³ on clusters."""
    from hotline.stories.evaluate import report

    print(report(file))


def check_desks() -> str:
    """What the desks' files say, in a line. Raises: LocalError where one of them is broken."""
    from hotline.line.context import open_line
    from hotline.local.errors import LocalError

    try:
        desks = open_line().desks
    except DeskFileError as error:
        raise LocalError(str(error), "Mend that line; the message says what was expected.") from None
    problems = [str(problem) for desk in desks.values() for problem in desk.problems]
    if problems:
        raise LocalError("; ".join(problems), "Mend these lines; until then the last good version is in force.")
    return ", ".join(f"{id_}: {len(d.sources)} feeds, {len(d.rules)} rules" for id_, d in desks.items())


# JSON Lines.


def default_desk() -> Path:
    """The desk that comes with the project."""
    from hotline.settings import settings

    return settings().desks / "us_russia"


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Records of a JSON Lines file. Raises: UsageError naming the line that is none."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                raise UsageError(f"{path}, line {number}: not JSON ({error})") from None
            if not isinstance(record, dict):
                raise UsageError(f"{path}, line {number}: a record is an object, not {type(record).__name__}")
            yield record


def each_line(source: Path, target: Path, work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """A record out for each record in, in the same order."""
    with replacing(target) as out:
        write_lines(out, (work(record) for record in read_lines(source)))


def write_lines(out: IO[str], records: Iterable[dict[str, Any]]) -> None:
    """Records as JSON Lines."""
    for record in records:
        out.write(json.dumps(record, ensure_ascii=False) + "\n")


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A file that takes the place of `path` when all went well, so that no half result is taken for a whole one."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        yield file
    fresh.replace(path)


if __name__ == "__main__":
    main()
