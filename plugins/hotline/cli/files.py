"""Commands on files alone: JSON Lines in and out, no server."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hotline.cli.common import DeskFolder, InputFile, OutputFile, UsageError, default_desk
from hotline.cli.lines import each_line, read_lines, replacing, write_lines


def parse_feed(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    url: Annotated[str | None, typer.Option(help="The feed's address, for relative links.")] = None,
) -> None:
    """A line for each entry of the feeds: file, id, url, title, summary, dates, authors, language; or file, error."""
    from hotline.feeds.lines import parse_lines

    for file in files:
        for line in parse_lines(file, url):
            print(json.dumps(line, ensure_ascii=False))


def extract(input: InputFile, output: OutputFile) -> None:
    """Articles out of pages: id, html_path, url (entry) → title, lead, body, captions, dates, authors, …"""
    from hotline.articles.lines import extract_line

    each_line(input, output, extract_line)


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


def cluster(input: InputFile, output: OutputFile) -> None:
    """Stories and near-duplicates of articles, as they would be placed arriving in this order."""
    from hotline.stories.lines import cluster_lines

    with replacing(output) as out:
        write_lines(out, cluster_lines(read_lines(input)))
