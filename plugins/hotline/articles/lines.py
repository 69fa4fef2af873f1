"""What stands behind `hotline extract`: a record of a JSON Lines file to a record."""

import gzip
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hotline.articles.extract import extract
from hotline.articles.page import MAX_BYTES, NotAnArticle, Page
from schemas.article import Extracted
from schemas.item import Entry

_FIELDS = (
    "title",
    "lead",
    "body",
    "captions",
    "published_at",
    "published_from",
    "published_precision",
    "modified_at",
    "authors",
    "language",
)


def extract_line(record: dict[str, Any]) -> dict[str, Any]:
    """The extracted fields of one record, or `id` and `error`; raises nothing for bad input.

    In: `id`, `html_path` (a file, plain or .gz), `url`, optionally `entry` (any fields of an entry) and `fetched_at`
    (ISO 8601; else now). Out: `id` and the fields that the issue "The whole line" names.
    """
    ident = record.get("id") if isinstance(record, dict) else None
    try:
        entry = _entry(record)
        page = _page(record)
        result = extract(entry, page, now=page.fetched_at if page else datetime.now(UTC))
    except NotAnArticle as finding:
        return {"id": ident, "error": finding.reason}
    except (OSError, EOFError, ValidationError, ValueError, TypeError, AttributeError) as error:
        return {"id": ident, "error": f"{type(error).__name__}: {error}"[:500]}
    return {"id": ident, **_as_json(result)}


def _as_json(result: Extracted) -> dict[str, Any]:
    data = result.model_dump(mode="json")
    return {name: data[name] for name in _FIELDS} | {
        "body": main_text(result),
        "canonical_url": data["url"]["canonical"],
    }


def main_text(result: Extracted) -> str:
    """The text as its readers see it: the key points, which have a field of their own, stand before the paragraphs."""
    return "\n\n".join([*result.key_points, result.body])


def _entry(record: dict[str, Any]) -> Entry | None:
    given = record.get("entry")
    if not isinstance(given, dict) or not given:
        return None
    fields = {name: value for name, value in given.items() if name in Entry.model_fields and value is not None}
    fields.setdefault("url", record.get("url"))
    fields.setdefault("id", fields["url"] or hashlib.sha256(str(given).encode()).hexdigest())
    return Entry.model_validate(fields)


def _page(record: dict[str, Any]) -> Page | None:
    path = record.get("html_path")
    if not path:
        return None
    body = _read(Path(path))
    url = str(record.get("url") or "")
    at = record.get("fetched_at")
    fetched = datetime.fromisoformat(at) if isinstance(at, str) else datetime.now(UTC)
    return Page(
        url=url,
        final_url=url,
        body=body,
        headers={},
        fetched_at=fetched if fetched.tzinfo else fetched.replace(tzinfo=UTC),
    )


def _read(path: Path) -> bytes:
    """At most a little more than is parsed, of a file or of what a .gz holds."""
    with path.open("rb") as plain:
        magic = plain.read(2)
    with gzip.open(path) if magic == b"\x1f\x8b" else path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
