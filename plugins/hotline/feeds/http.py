"""The one HTTP client for all fetching. The network is hostile: addresses, sizes, redirects and time have limits."""

import ssl
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from importlib.metadata import version
from socket import gaierror
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urldefrag, urljoin, urlsplit

from urllib3 import BaseHTTPResponse, HTTPHeaderDict, PoolManager
from urllib3 import exceptions as u3

from hotline.feeds.address import ForbiddenAddress, resolve
from hotline.feeds.deadline import deadline, pool_manager, proxy_manager, remaining
from hotline.feeds.politeness import HostBusy, Politeness
from hotline.feeds.proxy import Proxy
from hotline.feeds.schedule import http_date
from schemas.desk import Polling

MAX_BYTES = 15 * 1024 * 1024
MAX_HEADER_BYTES = 64 * 1024
MAX_REDIRECTS = 10
_CHUNK = 64 * 1024

type Kind = Literal[
    "dns", "address", "connect", "tls", "timeout", "too-large", "redirect", "protocol", "robots", "busy", "settings"
]


class FetchError(Exception):
    """No response. `kind` says where it failed; `busy` means that nothing was asked, because it was not our turn.

    `settings`: nothing could be asked, because what the desk's files say of the feed does not hold.
    """

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind: Kind = kind
        self.message = message


@dataclass(frozen=True)
class Response:
    """What a server answered, whatever the status."""

    url: str  # asked for
    final_url: str  # that answered
    permanent_url: str | None  # where redirects led, if every one was permanent (301, 308)
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes  # decoded
    fetched_at: datetime  # when it had come in whole, UTC
    elapsed_s: float  # from the first request to the last byte
    retry_after_s: float | None


@dataclass(frozen=True)
class _Hop:
    status: int
    headers: dict[str, str]
    body: bytes


class Fetcher:
    """Fetches for one process; any number of threads may share it."""

    def __init__(self, polling: Polling, contact: str = "") -> None:
        self._polling = polling
        self._agent = f"Hotline/{version('hotline')} (news monitoring{f'; {contact}' if contact else ''})"
        self._pools: dict[Proxy | None, PoolManager] = {
            None: pool_manager(allow_private=polling.allow_private_addresses, per_host=polling.host_concurrency)
        }
        self._politeness = Politeness(polling.host_concurrency, polling.host_spacing.total_seconds())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that were kept."""
        for pools in self._pools.values():
            pools.clear()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = {},
        timeout_s: float | None = None,
        max_bytes: int = MAX_BYTES,
        proxy: Proxy | None = None,
    ) -> Response:
        """The response to a GET, redirects followed.

        `timeout_s` (default: the desk's) is for the whole exchange, all hops together; waiting for the host's turn
        does not count, but is held to as much again. Raises: FetchError.
        """
        limit = timeout_s if timeout_s is not None else self._polling.timeout.total_seconds()
        current, permanent, seen = _checked(url), True, set[str]()
        spent = 0.0
        while True:
            if current in seen or len(seen) >= MAX_REDIRECTS:
                raise FetchError("redirect", f"{url} redirects in a circle or more than {MAX_REDIRECTS} times")
            seen.add(current)
            hop, took = self._hop(current, headers, limit, spent, max_bytes, proxy)
            spent += took
            if proxy is not None and hop.status == 407:
                raise FetchError("connect", f"{url}: the proxy {proxy.url} does not accept our login")
            if hop.status not in (301, 302, 303, 307, 308) or "location" not in hop.headers:
                break
            permanent = permanent and hop.status in (301, 308)
            target = _redirected(current, hop.headers["location"])
            if urlsplit(target).netloc != urlsplit(current).netloc:
                headers = {k: v for k, v in headers.items() if k.lower() not in ("authorization", "cookie")}
            current = target
        now = datetime.now(UTC)
        retry_after_s = _retry_after(hop.headers, now)
        if hop.status in (429, 503):
            self._politeness.rest(_host(current), min(retry_after_s or 60.0, 3600.0))
        return Response(
            url=url,
            final_url=current,
            permanent_url=current if permanent and len(seen) > 1 else None,
            status=hop.status,
            headers=hop.headers,
            body=hop.body,
            fetched_at=now,
            elapsed_s=spent,
            retry_after_s=retry_after_s,
        )

    def _hop(
        self, url: str, headers: Mapping[str, str], limit: float, spent: float, max_bytes: int, proxy: Proxy | None
    ) -> tuple[_Hop, float]:
        """One request and its response, and the seconds it took."""
        try:
            with self._politeness.turn(_host(url), limit), deadline(limit - spent):
                started = time.monotonic()
                return self._exchange(url, headers, max_bytes, proxy), time.monotonic() - started
        except HostBusy as error:
            raise FetchError("busy", str(error)) from error

    def _exchange(self, url: str, headers: Mapping[str, str], max_bytes: int, proxy: Proxy | None) -> _Hop:
        try:
            response = self._request(url, headers, proxy)
            try:
                return _read(response, url, max_bytes)
            except BaseException:
                response.close()  # what is left of the body is not waited for
                raise
            finally:
                response.release_conn()
        except (u3.HTTPError, HTTPException, OSError, ValueError) as error:
            raise _fetch_error(error, url) from error

    def _request(self, url: str, headers: Mapping[str, str], proxy: Proxy | None) -> BaseHTTPResponse:
        """The response up to its headers. A connection that was kept may just have been closed: then once more."""
        sent = HTTPHeaderDict({"User-Agent": self._agent, "Accept": "*/*"})
        sent.update({"Accept-Encoding": "gzip, deflate, br, zstd", **headers})
        pools = self._through(proxy, url)
        for last in (False, True):
            remaining()
            try:
                return pools.request("GET", url, headers=sent, redirect=False, retries=False, preload_content=False)
            except u3.ProtocolError as error:
                if last or not any(isinstance(one, ConnectionResetError | BrokenPipeError) for one in error.args):
                    raise
        raise AssertionError

    def _through(self, proxy: Proxy | None, url: str) -> PoolManager:
        """The connections to use. What a proxy is asked for is checked here: it would fetch anything for us."""
        if proxy is None:
            return self._pools[None]
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        allow_private = self._polling.allow_private_addresses
        resolve(parts.hostname or "", port, allow_private=allow_private, timeout_s=remaining())
        if proxy not in self._pools:
            self._pools[proxy] = proxy_manager(proxy, per_host=self._polling.host_concurrency)
        return self._pools[proxy]


def _read(response: BaseHTTPResponse, url: str, max_bytes: int) -> _Hop:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if sum(len(name) + len(value) for name, value in headers.items()) > MAX_HEADER_BYTES:
        raise FetchError("too-large", f"{url} sent more than {MAX_HEADER_BYTES // 1024} KiB of headers")
    if response.status in (301, 302, 303, 307, 308):
        max_bytes = _CHUNK  # nobody reads it
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:18]) > max_bytes:
        raise _too_large(url, max_bytes)
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read(_CHUNK, decode_content=True):
        remaining()
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(url, max_bytes)
        chunks.append(chunk)
    body = b"".join(chunks)
    return _Hop(response.status, headers, _gunzipped(body, url, max_bytes) if body[:3] == b"\x1f\x8b\x08" else body)


def _gunzipped(body: bytes, url: str, max_bytes: int) -> bytes:
    """The content of a file that is itself compressed (sitemap.xml.gz), as it is where it cannot be read."""
    unpack = zlib.decompressobj(wbits=31)
    try:
        content = unpack.decompress(body, max_bytes + 1)
    except zlib.error:
        return body
    if len(content) > max_bytes:
        raise _too_large(url, max_bytes)
    return content


def _too_large(url: str, max_bytes: int) -> FetchError:
    return FetchError("too-large", f"{url} sent more than {max_bytes / 2**20:.3g} MiB")


def _fetch_error(error: BaseException, url: str) -> FetchError:
    """What went wrong, in our words. urllib3 wraps errors in errors: the innermost that we know counts."""
    chain: list[BaseException] = []
    while error not in chain:
        chain.append(error)
        inner = error.__cause__ or error.__context__ or getattr(error, "reason", None)
        error = inner if isinstance(inner, BaseException) else error
    kinds: list[tuple[tuple[type[BaseException], ...], Kind]] = [
        ((ForbiddenAddress,), "address"),
        ((gaierror, UnicodeError), "dns"),
        ((TimeoutError, u3.TimeoutError), "timeout"),
        ((ssl.SSLError, u3.SSLError), "tls"),
        ((OSError,), "connect"),
    ]
    for types, kind in kinds:
        for one in chain:
            if isinstance(one, types):
                return FetchError(kind, f"{url}: {one}")
    return FetchError("protocol", f"{url}: {chain[0]}")


def _checked(url: str) -> str:
    """The URL without its fragment, if it is one that may be fetched."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise FetchError("protocol", f"{url!r} is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise FetchError("protocol", f"{url!r} is not an http or https address")
    return urldefrag(url).url


def _redirected(url: str, location: str) -> str:
    with suppress(UnicodeError):  # servers send raw UTF-8 here, which http.client reads as Latin-1
        location = location.encode("latin-1").decode("utf-8")
    try:
        return _checked(urljoin(url, location.strip()))
    except (FetchError, ValueError) as error:
        raise FetchError("redirect", f"{url} redirects to {location[:200]!r}, which is not followed") from error


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().rpartition("@")[2]


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait as the server asks (RFC 9110, 10.2.3): a number or a date; None where it asks nothing."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value[:9])
    date = http_date(value)
    return max(0.0, (date - now).total_seconds()) if date else None
