"""JSON Lines in and out, for the commands that work on files alone."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from hotline.cli.common import UsageError


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
