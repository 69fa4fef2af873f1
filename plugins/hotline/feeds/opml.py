"""A desk's feeds.opml (http://opml.org/spec2.opml): an <outline> with an xmlUrl is a feed, folders may nest.

What OPML has no attribute for stands in attributes with a prefix (`hotline:publisher`), whether declared or not.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.parsers import expat

from pydantic import ValidationError

from schemas.desk import DeskFileError
from schemas.feed import FeedSource, Ownership

NAMESPACE = "https://hotline.example/opml"
HEADER = "header-"  # hotline:header-Accept-Language="en"
_OWN = ("publisher", "country", "tier", "ownership", "seen_at", "entry_only", "paused", "proxy", "cookie")
_CONNECTION = re.compile(r"[\w.-]+")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2
_SECRET = {"authorization", "cookie", "proxy-authorization"}
_OURS = {"host", "content-length", "transfer-encoding", "connection", "if-none-match", "if-modified-since"}


@dataclass
class Element:
    """An element of an OPML file, and where it stands: bytes from the file's start, lines from 1."""

    name: str
    attributes: dict[str, str]
    folders: tuple[str, ...]  # the outlines around it
    line: int
    start: int  # of the start tag
    end: int = -1  # of the end tag, if it has one (not <outline … />)

    @property
    def is_feed(self) -> bool:
        """Whether it names a feed, or means to."""
        is_meant = self.attributes.get("type", "").lower() == "rss" or "xmlUrl" in self.attributes
        return self.name == "outline" and is_meant

    @property
    def url(self) -> str:
        """The feed's address as it stands there."""
        return self.attributes.get("xmlUrl", "").strip()


def feed_id(url: str) -> str:
    """The id of a feed: a hash of its address in feeds.opml, so that it stays when the feed moves."""
    return hashlib.sha256(url.strip().encode()).hexdigest()[:32]


def read_opml(path: Path) -> list[FeedSource]:
    """The feeds a file names, in its order. Raises: DeskFileError, with the line that is wrong."""
    sources: dict[str, FeedSource] = {}
    lines: dict[str, int] = {}
    for element in elements(path, read_bytes(path)):
        if not element.is_feed:
            continue
        source = source_of(path, element)
        if source.id in sources:
            line = lines[source.id]
            raise DeskFileError(path, element.line, f"{source.url} is named before, in line {line}; remove one")
        sources[source.id], lines[source.id] = source, element.line
    return list(sources.values())


def read_bytes(path: Path) -> bytes:
    """What stands in a desk's file. Raises: DeskFileError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DeskFileError(path, 0, f"cannot be read: {error.strerror}") from error


def elements(path: Path, content: bytes) -> list[Element]:
    """All elements of an OPML file, in its order. Raises: DeskFileError, with the line that is wrong."""
    found: list[Element] = []
    open_elements: list[Element] = []
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        folders = tuple(
            around.attributes.get("text") or around.attributes.get("title") or ""
            for around in open_elements
            if around.name == "outline"
        )
        found.append(Element(name, attributes, folders, parser.CurrentLineNumber, parser.CurrentByteIndex))
        open_elements.append(found[-1])

    def end(_: str) -> None:
        open_elements.pop().end = parser.CurrentByteIndex

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise DeskFileError(path, error.lineno, f"not well-formed XML: {expat.ErrorString(error.code)}") from error
    if found[0].name != "opml":
        raise DeskFileError(path, 1, f"not an OPML file: its first element is <{found[0].name}>")
    return found


def source_of(path: Path, element: Element) -> FeedSource:
    """The feed that an outline names. Raises: DeskFileError, with its line."""
    line, attributes = element.line, element.attributes
    own = {name.partition(":")[2]: value.strip() for name, value in attributes.items() if ":" in name and value.strip()}
    plain = {name: value.strip() for name, value in attributes.items() if value.strip()}
    url = element.url
    if not url:
        raise DeskFileError(path, line, "this feed has no xmlUrl; add its address")
    if not _is_web_address(url):
        raise DeskFileError(path, line, f"xmlUrl={url!r} is not an http or https address")
    title = plain.get("title") or plain.get("text") or url
    record: dict[str, Any] = {name: own[name] for name in _OWN if name in own}
    for name in ("entry_only", "paused"):
        if name in record:
            record[name] = _boolean(path, line, name, record[name])
    _check_connections(path, line, record)
    headers = {name.removeprefix(HEADER): value for name, value in own.items() if name.startswith(HEADER)}
    _check_headers(path, line, headers)
    record |= {
        "headers": headers,
        "id": feed_id(url),
        "url": url,
        "title": title,
        "publisher": own.get("publisher", title),
    }
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


def _check_connections(path: Path, line: int, record: dict[str, Any]) -> None:
    """A desk's files hold no secrets: they name the Airflow connection that does."""
    proxy, cookie = record.get("proxy"), record.get("cookie")
    if cookie is not None and not _CONNECTION.fullmatch(cookie):
        raise DeskFileError(
            path, line, "hotline:cookie is the name of an Airflow connection (its password is the cookie), no cookie"
        )
    if proxy is None or _CONNECTION.fullmatch(proxy):
        return
    if not _is_web_address(proxy) or not proxy.startswith("http://") or urlsplit(proxy).path.strip("/"):
        raise DeskFileError(path, line, f"hotline:proxy={proxy!r}; it is http://host:port or an Airflow connection")
    if "@" in urlsplit(proxy).netloc:
        message = "hotline:proxy holds a password; put it into an Airflow connection and name that connection here"
        raise DeskFileError(path, line, message)


def _check_headers(path: Path, line: int, headers: dict[str, str]) -> None:
    for name, value in headers.items():
        attribute = f"hotline:{HEADER}{name}"
        if name.lower() in _SECRET:
            message = f"{attribute} is a secret; it belongs into an Airflow connection (hotline:cookie, hotline:proxy)"
            raise DeskFileError(path, line, message)
        if name.lower() in _OURS or not _HEADER_NAME.fullmatch(name):
            raise DeskFileError(path, line, f"{attribute}: this header cannot be set")
        if not value.isprintable() or not value.isascii():
            raise DeskFileError(path, line, f"{attribute}: a header's value is printable ASCII")


def _explained(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    allowed = {"ownership": f"one of {', '.join(Ownership)}", "tier": "1, 2 or 3"}.get(name, first["msg"])
    return f"hotline:{name}={first['input']!r}; it is {allowed}" if name in allowed or name in _OWN else first["msg"]
