"""Changing a feeds.opml as a careful person would: what is not meant stays as it is, byte for byte. Pure.

An edit is made in the text, at the place that the XML parser names; nothing is written anew.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from hotline.feeds.opml import HEADER, NAMESPACE, Element, elements
from schemas.desk import DeskFileError
from schemas.feed import FeedSource, Ownership

type Edit = tuple[int, int, bytes]
"""From, to, and what stands there instead."""

_ATTRIBUTE = re.compile(rb"(\s+)([^\s=/>]+)\s*=\s*(\"[^\"]*\"|'[^']*')")


def with_feeds(path: Path, content: bytes, feeds: Iterable[tuple[Sequence[str], FeedSource]]) -> bytes:
    """The file with more feeds, each at the end of its folder.

    A folder is the texts of its outlines, outermost first; what is missing of it is made. `path` is for messages.
    Raises: DeskFileError.
    """
    groups: dict[tuple[str, ...], list[FeedSource]] = {}
    for folders, source in feeds:
        groups.setdefault(tuple(folders), []).append(source)
    for folders, sources in groups.items():
        content = _with_group(path, content, folders, sources)
    return content


def _with_group(path: Path, content: bytes, folders: Sequence[str], sources: Sequence[FeedSource]) -> bytes:
    found = elements(path, content)
    body = next((element for element in found if element.name == "body"), None)
    if body is None:
        raise DeskFileError(path, 0, "has no <body>; add one, feeds stand in it")
    inside, missing = body, list(folders)
    while missing and (folder := _folder(found, tuple(folders[: len(folders) - len(missing)]), missing[0])):
        inside = folder
        missing.pop(0)
    spread = any(b"\n" in _tag(content, element) for element in found if element.is_feed)
    lines = _nested(missing, [line for source in sources for line in outline(source, spread=spread)])
    edits = [_insertion(content, found, inside, lines)]
    return _applied(path, content, [*edits, *_declaration(content, found[0], needed="hotline:" in "".join(lines))])


def with_paused(path: Path, content: bytes, url: str, *, paused: bool) -> bytes:
    """The file with a feed paused, or polled again. Raises: DeskFileError; LookupError where it names no such feed."""
    found = elements(path, content)
    feed = next((e for e in found if e.is_feed and e.url == url), None)
    if feed is None:
        raise LookupError(f"{path} names no feed {url}")
    edit, needs_prefix = _paused(content, feed, paused=paused)
    return _applied(path, content, [*edit, *_declaration(content, found[0], needed=needs_prefix)])


def document(title: str, feeds: Iterable[tuple[Sequence[str], FeedSource]]) -> str:
    """An OPML 2.0 file with these feeds in their folders."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:hotline="{NAMESPACE}">',
        f"  <head><title>{escape(title)}</title></head>",
        "  <body>",
    ]
    open_folders: tuple[str, ...] = ()
    for folders, source in feeds:
        lines += _turned(open_folders, tuple(folders))
        open_folders = tuple(folders)
        lines += ["  " * (len(folders) + 2) + line for line in outline(source, spread=False)]
    return "\n".join([*lines, *_turned(open_folders, ()), "  </body>", "</opml>", ""])


def outline(source: FeedSource, *, spread: bool) -> list[str]:
    """A feed as an outline, on one line, or spread over some as people write long ones."""
    plain: dict[str, str | None] = {"type": "rss", "text": source.title, "title": source.title}
    where: dict[str, str | None] = {"xmlUrl": source.url}
    about: dict[str, str | None] = {"htmlUrl": source.site_url, "language": source.language}
    own = {
        "publisher": source.publisher if source.publisher != source.title else None,
        "country": source.country,
        "tier": str(source.tier) if source.tier != 2 else None,
        "ownership": source.ownership if source.ownership is not Ownership.INDEPENDENT else None,
        "entry_only": "true" if source.entry_only else None,
        "paused": "true" if source.paused else None,
        "proxy": source.proxy,
        "cookie": source.cookie,
        **{f"{HEADER}{name}": value for name, value in source.headers.items()},
    }
    groups = [plain, where, about, {f"hotline:{name}": value for name, value in own.items()}]
    if source.seen_at:
        groups.append({"hotline:seen_at": source.seen_at})
    lines = [written for group in groups if (written := _attributes(group))]
    if spread:
        return [f"<outline {lines[0]}", *(f"         {line}" for line in lines[1:-1]), f"         {lines[-1]}/>"]
    return [f"<outline {' '.join(lines)}/>"]


def _attributes(values: Mapping[str, str | None]) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in values.items() if value)


def _folder(found: Sequence[Element], around: tuple[str, ...], text: str) -> Element | None:
    folders = (one for one in found if one.name == "outline" and not one.is_feed and one.folders == around)
    return next((one for one in folders if text in (one.attributes.get("text"), one.attributes.get("title"))), None)


def _nested(folders: Sequence[str], lines: Sequence[str]) -> list[str]:
    """The lines within new folders."""
    for folder in reversed(folders):
        lines = [f"<outline text={quoteattr(folder)}>", *(f"  {line}" for line in lines), "</outline>"]
    return list(lines)


def _turned(before: tuple[str, ...], after: tuple[str, ...]) -> list[str]:
    """End tags of the folders that are left, and start tags of those that are entered."""
    same = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    left = ["  " * (n + 2) + "</outline>" for n in reversed(range(same, len(before)))]
    return left + ["  " * (n + 2) + f"<outline text={quoteattr(after[n])}>" for n in range(same, len(after))]


def _insertion(content: bytes, found: Sequence[Element], inside: Element, lines: Sequence[str]) -> Edit:
    """Where the lines go: before the end tag of `inside`, indented like what stands there."""
    newline = b"\r\n" if b"\r\n" in content else b"\n"
    own = _indent(content, inside.start)
    first = next(
        (e for e in found if inside.start < e.start < inside.end and _indent(content, e.start) is not None), None
    )
    indent = _indent(content, first.start) if first else None
    if indent is None:
        indent = (own or b"") + b"  "
    block = b"".join(indent + _encoded(content, line) + newline for line in lines)
    tag = _tag(content, inside)
    if tag.endswith(b"/>"):
        closing = b"</" + inside.name.encode() + b">"
        block = tag[:-2].rstrip() + b">" + newline + block + (own or b"") + closing
        return inside.start, inside.start + len(tag), block
    if _indent(content, inside.end) is None:  # the end tag shares its line
        return inside.end, inside.end, newline + block + (own or b"")
    line_start = content.rfind(b"\n", 0, inside.end) + 1
    return line_start, line_start, block


def _indent(content: bytes, at: int) -> bytes | None:
    """The white space before what stands at `at`; None where something else is on its line before it."""
    before = content[content.rfind(b"\n", 0, at) + 1 : at]
    return before if not before.strip() else None


def _tag(content: bytes, element: Element) -> bytes:
    """The start tag, from < to >."""
    at = element.start + 1
    while content[at : at + 1] != b">":
        quote = content[at : at + 1]
        at = content.index(quote, at + 1) + 1 if quote in (b'"', b"'") else at + 1
    return content[element.start : at + 1]


def _paused(content: bytes, feed: Element, *, paused: bool) -> tuple[list[Edit], bool]:
    """The edits of the feed's tag, and whether they write an attribute of ours that was not there."""
    tag = _tag(content, feed)
    at = re.match(rb"<[^\s/>]+", tag).end()  # type: ignore[union-attr]  # a start tag begins so
    while (attribute := _ATTRIBUTE.match(tag, at)) is not None:
        at = attribute.end()
        if attribute[2].endswith(b":paused"):
            if not paused:
                return [(feed.start + attribute.start(), feed.start + at, b"")], False
            return [(feed.start + attribute.start(3), feed.start + at, b'"true"')], False
    return ([(feed.start + at, feed.start + at, b' hotline:paused="true"')], True) if paused else ([], False)


def _declaration(content: bytes, root: Element, *, needed: bool) -> list[Edit]:
    """The prefix is declared once it is used: other readers are stricter than we are."""
    if not needed or "xmlns:hotline" in root.attributes:
        return []
    at = root.start + len(_tag(content, root)) - 1
    return [(at, at, f' xmlns:hotline="{NAMESPACE}"'.encode())]


def _encoded(content: bytes, text: str) -> bytes:
    """The text in the file's encoding; in one that is not UTF-8, what is not ASCII as references."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return text.encode("ascii", "xmlcharrefreplace")
    return text.encode()


def _applied(path: Path, content: bytes, edits: Iterable[Edit]) -> bytes:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DeskFileError(path, 0, "is UTF-16, which is not edited here; store it as UTF-8")
    for start, end, text in sorted(edits, reverse=True):
        content = content[:start] + text + content[end:]
    return content
