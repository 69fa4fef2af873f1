"""robots.txt (RFC 9309), for pages only: a feed is published to be polled."""

import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from hotline.feeds.http import Fetcher, FetchError
from hotline.feeds.proxy import Proxy

AGENT = "Hotline"
KEEP_S = 24 * 3600.0  # RFC 9309, 2.4: not longer than a day
KEEP_FAILURE_S = 600.0
MAX_BYTES = 512 * 1024  # RFC 9309, 2.5: at least 500 KiB


@dataclass(frozen=True)
class _Known:
    rules: Protego | None  # None: everything is allowed
    until: float


class Robots:
    """Whether pages may be fetched. Answers are kept for a day; threads may share it."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._known: dict[str, _Known] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def allowed(self, url: str, proxy: Proxy | None = None) -> bool:
        """Whether robots.txt of the URL's host lets Hotline fetch it. Fetches it where it is not known."""
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            lock = self._locks.setdefault(root, threading.Lock())
        with lock:  # one fetch a host, the others wait for it
            known = self._known.get(root)
            if known is None or known.until < time.monotonic():
                known = self._known[root] = self._fetched(root, proxy)
        return known.rules is None or bool(known.rules.can_fetch(url, AGENT))

    def _fetched(self, root: str, proxy: Proxy | None) -> _Known:
        """RFC 9309, 2.3.1: a file that is not there allows all. One that cannot be had should forbid all, but then a
        page would fail for its neighbour's fault: the page's own answer decides, and we ask again soon."""
        now = time.monotonic()
        try:
            response = self._fetcher.get(f"{root}/robots.txt", max_bytes=MAX_BYTES, proxy=proxy)
        except FetchError:
            return _Known(None, now + KEEP_FAILURE_S)
        if response.status == 200:
            return _Known(Protego.parse(response.body.decode("utf-8", "replace")), now + KEEP_S)
        return _Known(None, now + (KEEP_S if 400 <= response.status < 500 else KEEP_FAILURE_S))
