"""Saved feeds and saved pages, served as they are.

A saved feed is `*.xml` or `*.json` in the folder, named by `index.jsonl` (`file`, `outlet`) where that exists. Its
links lead to the real Internet, so its entries are taken as the articles (`entry_only`). Saved pages are offered as
the feed of one outlet, an entry each: `html/` with `evaldata.json` (address → `file`, `title`), or `pages.jsonl`
(`id`, `html_path`, plain or .gz, and optionally `title`).
"""

import gzip
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from tests.newsroom.desk import outline
from tests.newsroom.site import Response, plain

PAGES_FEED = "/pages/feed.xml"


@dataclass(frozen=True)
class SavedPage:
    """A page on disk."""

    name: str
    file: Path
    title: str

    @property
    def path(self) -> str:
        """Where it is served."""
        return f"/pages/{self.name}"


class Replay:
    """A folder of saved feeds and pages as a site. Raises ValueError where the folder holds neither."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ValueError(f"{folder} is no folder; give the one that holds the saved feeds")
        self.base_url = ""
        self.opened_at = datetime.now(UTC)
        self.feeds = {f"/feeds/{path.name}": path for path in _feed_files(folder)}
        self.titles = _feed_titles(folder)
        self.pages = {page.path: page for page in _saved_pages(folder)}
        if not self.feeds and not self.pages:
            raise ValueError(f"{folder} holds no *.xml or *.json feeds, no html/ with evaldata.json, no pages.jsonl")
        self._lock = threading.Lock()
        self._fetches: dict[str, int] = {}

    def answer(self, path: str, headers: Mapping[str, str]) -> Response:
        """The response to a GET of a path: the saved bytes."""
        response = self._find(path)
        if response.status == 200:
            with self._lock:
                self._fetches[path] = self._fetches.get(path, 0) + 1
        return response

    def _find(self, path: str) -> Response:
        if path in self.feeds:
            file = self.feeds[path]
            media_type = "application/feed+json" if file.suffix == ".json" else "application/xml"
            return Response(200, file.read_bytes(), {"Content-Type": media_type})
        if path in self.pages:
            file = self.pages[path].file
            body = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
            return Response(200, body, {"Content-Type": "text/html"})
        if path == PAGES_FEED and self.pages:
            return Response(200, self._pages_feed, {"Content-Type": "application/rss+xml; charset=utf-8"})
        return plain(404, "Not found")

    @cached_property
    def _pages_feed(self) -> bytes:
        items = [
            f"<item><title>{escape(_printable(page.title))}</title><link>{self.base_url}{quote(page.path)}</link>"
            f'<guid isPermaLink="false">{escape(page.name)}</guid></item>'
            for page in self.pages.values()
        ]
        head = f"<title>Saved pages</title><link>{self.base_url}/pages/</link><description>Saved pages.</description>"
        text = f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>{head}\n'
        return (text + "\n".join(items) + "\n</channel></rss>\n").encode()

    def outlines(self) -> list[str]:
        """What a desk that watches the replay names in feeds.opml."""
        found = [
            outline(
                "rss",
                {
                    "text": path.name,
                    "title": path.name,
                    "xmlUrl": f"{self.base_url}{quote(address)}",
                    "hotline:publisher": self.titles.get(path.name, path.stem),
                    "hotline:entry_only": "true",
                },
            )
            for address, path in self.feeds.items()
        ]
        if self.pages:
            pages = {"text": "Saved pages", "title": "Saved pages", "xmlUrl": f"{self.base_url}{PAGES_FEED}"}
            found.append(outline("rss", {**pages, "hotline:publisher": "Saved pages"}))
        return found

    def status(self) -> dict[str, Any]:
        """What GET /_newsroom/status says."""
        feeds = [*self.feeds, *([PAGES_FEED] if self.pages else [])]
        with self._lock:
            fetches = dict(self._fetches)
        unread = [path for path in feeds if path not in fetches]
        unseen = [path for path in self.pages if path not in fetches]
        return {
            "mode": "replay",
            "phase": "waiting" if unread else "running" if unseen else "finished",
            "started_at": self.opened_at.isoformat(),
            "seconds": (datetime.now(UTC) - self.opened_at).total_seconds(),
            "waiting_for": unread,
            "feeds": [{"url": f"{self.base_url}{quote(path)}", "fetches": fetches.get(path, 0)} for path in feeds],
            "pages_not_fetched": len(unseen),
            "expected": {"feeds": len(feeds), "pages": len(self.pages)},
        }


def _printable(text: str) -> str:
    """A title without the control characters that XML forbids."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _feed_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".xml", ".json") and path.name not in _NOT_FEEDS)


_NOT_FEEDS = ("evaldata.json", "MANIFEST.json")


def _json_lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _feed_titles(folder: Path) -> dict[str, str]:
    return {line["file"]: line["outlet"] for line in _json_lines(folder / "index.jsonl") if line.get("outlet")}


def _saved_pages(folder: Path) -> list[SavedPage]:
    listed = [
        SavedPage(f"{line['id']}.html", folder / line["html_path"], line.get("title") or line["id"])
        for line in _json_lines(folder / "pages.jsonl")
    ]
    evaldata = folder / "evaldata.json"
    if not evaldata.is_file():
        return listed
    known = json.loads(evaldata.read_text(encoding="utf-8"))
    return [
        SavedPage(entry["file"], folder / "html" / entry["file"], entry.get("title") or entry["file"])
        for entry in known.values()
    ] + listed
