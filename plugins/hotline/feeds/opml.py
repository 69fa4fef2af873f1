"""A desk's feeds.opml (http://opml.org/spec2.opml): an <outline> with an xmlUrl is a feed, folders may nest.

What OPML has no attribute for stands in attributes with a prefix (`hotline:publisher`), whether declared or not.
"""

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.parsers import expat

from pydantic import ValidationError

from schemas.desk import DeskFileError
from schemas.feed import FeedSource, Ownership

_OWN = ("publisher", "country", "tier", "ownership", "seen_at", "entry_only", "paused")


def feed_id(url: str) -> str:
    """The id of a feed: a hash of its address in feeds.opml, so that it stays when the feed moves."""
    return hashlib.sha256(url.strip().encode()).hexdigest()[:32]


def read_opml(path: Path) -> list[FeedSource]:
    """The feeds a file names, in its order. Raises: DeskFileError, with the line that is wrong."""
    outlines = _outlines(path)
    sources: dict[str, FeedSource] = {}
    lines: dict[str, int] = {}
    for line, attributes in outlines:
        source = _source(path, line, attributes)
        if source.id in sources:
            raise DeskFileError(path, line, f"{source.url} is named before, in line {lines[source.id]}; remove one")
        sources[source.id], lines[source.id] = source, line
    return list(sources.values())


def _outlines(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Line and attributes of every outline that is a feed."""
    found: list[tuple[int, dict[str, str]]] = []
    roots: list[str] = []
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        roots[:] = roots or [name]
        if name == "outline" and "xmlUrl" in attributes:
            found.append((parser.CurrentLineNumber, attributes))
        elif name == "outline" and attributes.get("type", "").lower() == "rss":
            raise DeskFileError(path, parser.CurrentLineNumber, "this feed has no xmlUrl; add its address")

    parser.StartElementHandler = start
    try:
        parser.Parse(path.read_bytes(), True)
    except expat.ExpatError as error:
        raise DeskFileError(path, error.lineno, f"not well-formed XML: {expat.ErrorString(error.code)}") from error
    except OSError as error:
        raise DeskFileError(path, 0, f"cannot be read: {error.strerror}") from error
    if roots != ["opml"]:
        raise DeskFileError(path, 1, f"not an OPML file: its first element is <{roots[0]}>")
    return found


def _source(path: Path, line: int, attributes: dict[str, str]) -> FeedSource:
    own = {name.partition(":")[2]: value.strip() for name, value in attributes.items() if ":" in name and value.strip()}
    plain = {name: value.strip() for name, value in attributes.items() if value.strip()}
    url = plain.get("xmlUrl", "")
    if not _is_web_address(url):
        raise DeskFileError(path, line, f"xmlUrl={url!r} is not an http or https address")
    title = plain.get("title") or plain.get("text") or url
    record: dict[str, Any] = {name: own[name] for name in _OWN if name in own}
    for name in ("entry_only", "paused"):
        if name in record:
            record[name] = _boolean(path, line, name, record[name])
    record |= {"id": feed_id(url), "url": url, "title": title, "publisher": own.get("publisher", title)}
    if "htmlUrl" in plain:
        record["site_url"] = plain["htmlUrl"]
    if "language" in plain:
        record["language"] = plain["language"].lower()[:2]
    if "country" in record:
        record["country"] = record["country"].upper()
    try:
        return FeedSource.model_validate(record)
    except ValidationError as error:
        raise DeskFileError(path, line, _explained(error)) from error


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _boolean(path: Path, line: int, name: str, value: str) -> bool:
    if value.lower() not in ("true", "false", "1", "0", "yes", "no"):
        raise DeskFileError(path, line, f"hotline:{name}={value!r}; it is true or false")
    return value.lower() in ("true", "1", "yes")


def _explained(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    allowed = {"ownership": f"one of {', '.join(Ownership)}", "tier": "1, 2 or 3"}.get(name, first["msg"])
    return f"hotline:{name}={first['input']!r}; it is {allowed}" if name in allowed or name in _OWN else first["msg"]
