"""Commands on what Elasticsearch holds, and the contracts of its records."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


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
