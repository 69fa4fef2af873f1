"""Feeds in files to JSON Lines: what `hotline parse-feed` prints."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hotline.feeds.parse import MAX_BYTES, NotAFeed, parse_feed


def parse_lines(path: Path, url: str | None = None) -> Iterator[dict[str, Any]]:
    """A record an entry of the feed in a file; one record with `error` where the file is no feed. Never raises.

    `url` is where the feed came from; without it, links that are relative are not given.
    """
    try:
        with path.open("rb") as file:
            feed = parse_feed(file.read(MAX_BYTES + 1), url=url or "")
    except OSError as error:
        yield {"file": str(path), "error": f"cannot be read: {error.strerror}"}
    except NotAFeed as error:
        yield {"file": str(path), "error": error.reason}
    else:
        for entry in feed.entries:
            record = entry.model_dump(mode="json", include=_FIELDS)
            record["language"] = entry.language or feed.language
            yield {"file": str(path)} | {name: record[name] for name in _FIELDS}


_FIELDS = dict.fromkeys(("id", "url", "title", "summary", "published_at", "updated_at", "authors", "language"), True)
