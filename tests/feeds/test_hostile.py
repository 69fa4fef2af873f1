"""Everything that a server may do to us, asked for and read as the line does it.

One clear failure each, in bounded time and memory, and the next feed comes as if nothing had been.
"""

import gzip
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.feeds import address
from hotline.feeds.http import Fetcher, FetchError
from hotline.feeds.parse import NotAFeed, parse_feed
from hotline.feeds.schedule import fresh_for, http_date
from schemas.desk import Polling
from tests.feeds.hostile import Server, serving
from tests.feeds.test_schedule import NOW

PATIENCE_S = 1.0  # for a response
SECONDS = 12.0  # for all of it, with memory traced, on a machine that does other things too
MIB = 100
RSS = b"<rss version='2.0'><channel><title>T</title>%s</channel></rss>"
GOOD = RSS % b"<item><guid isPermaLink='false'>1</guid><title>fine</title></item>"
FREE = Polling(allow_private_addresses=True, host_spacing=timedelta(0))

type Act = Callable[[Server, socket.socket], None]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@contextmanager
def bounded() -> Iterator[None]:
    tracemalloc.start()
    began = time.monotonic()
    try:
        yield
        assert time.monotonic() - began < SECONDS
        assert tracemalloc.get_traced_memory()[1] < MIB * 2**20
    finally:
        tracemalloc.stop()


def ask_and_read(fetcher: Fetcher, url: str, timeout_s: float) -> None:
    response = fetcher.get(url, timeout_s=timeout_s)
    parse_feed(response.body, url=response.final_url, headers=response.headers)


def whole(body: bytes, *headers: bytes) -> Act:
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers]
    return lambda _, sock: sock.sendall(b"\r\n".join([*lines, b"", b""]) + body)


def pouring(head: bytes, piece: bytes, pause_s: float = 0.0) -> Act:
    def act(server: Server, sock: socket.socket) -> None:
        sock.sendall(head)
        while not server.stop.wait(pause_s):
            sock.sendall(piece)

    return act


def redirect(to: str) -> Act:
    return lambda server, sock: sock.sendall(
        f"HTTP/1.1 301 M\r\nLocation: {to.format(port=server.port)}\r\nContent-Length: 0\r\n\r\n".encode()
    )


_LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
_OK = b"HTTP/1.1 200 OK\r\n\r\n"
ATTACKS: dict[str, tuple[Act, str]] = {
    "a redirect in a circle": (redirect("/attack"), "redirect"),
    "a redirect to a file": (redirect("file:///etc/passwd"), "redirect"),
    "a redirect to another protocol": (redirect("gopher://127.0.0.1:{port}/"), "redirect"),
    "a gzip bomb": (whole(gzip.compress(bytes(2**20)) * 200, b"Content-Encoding: gzip"), "too-large"),
    "a gzip bomb in a gzip bomb": (
        whole(gzip.compress(gzip.compress(bytes(2**20)) * 200), b"Content-Encoding: gzip, gzip"),
        "too-large",
    ),
    "a bomb that is a file": (whole(gzip.compress(bytes(30 * 2**20))), "too-large"),
    "an endless body": (pouring(_OK, b"x" * 65536), "too-large"),
    "an endless body in chunks": (
        pouring(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"8000\r\n" + b"x" * 32768 + b"\r\n"),
        "too-large",
    ),
    "100 MB that are announced": (
        lambda _, sock: sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 65536),
        "too-large",
    ),
    "one byte now and then": (pouring(_OK, b"x", 0.1), "timeout"),
    "headers one byte now and then": (pouring(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.1), "timeout"),
    "nothing at all": (pouring(b"", b"", 3.0), "timeout"),
    "a header of 1 MB": (whole(GOOD, b"X: " + b"y" * 2**20), "protocol"),
    "endless headers": (pouring(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000), "protocol"),
    "a chunk of no size": (
        whole(b"", b"Transfer-Encoding: chunked", b"", b"-5\r\nx"),
        "protocol",
    ),
    "elements 10,000 deep": (whole(RSS % (b"<a>" * 10_000 + b"</a>" * 10_000)), "nested"),
    "elements 10,000 deep in an entry": (whole(RSS % (b"<item>" + b"<a>" * 10_000)), "nested"),
    "10,000 deep in a sitemap": (whole(b"<urlset>" + b"<url>" * 10_000), "nested"),
    "10,000 deep in JSON": (whole(b'{"items": ' + b"[" * 10_000), "cannot be read"),
    "a billion laughs": (
        whole(b'<!DOCTYPE rss [<!ENTITY l0 "lol">' + _LAUGHS + b"]>" + RSS % b"<item><title>&l9;</title></item>"),
        "entity",
    ),
    "a large entity very often": (
        whole(b'<!DOCTYPE rss [<!ENTITY a "%s">]>' % (b"a" * 10**5) + RSS % (b"&a;" * 10**5)),
        "entity",
    ),
    "a million elements": (whole(RSS % (b"<a/>" * 1_000_000)), "tags"),
}


@pytest.mark.parametrize("name", list(ATTACKS))
def test_an_attack_is_one_clear_failure(server: Server, name: str) -> None:
    act, reason = ATTACKS[name]
    url = server.on("/attack", lambda sock, _: act(server, sock))
    good = server.add("/good", GOOD)
    with Fetcher(FREE) as fetcher:
        with bounded(), pytest.raises((FetchError, NotAFeed)) as caught:
            ask_and_read(fetcher, url, PATIENCE_S if reason == "timeout" else 10.0)
        assert reason in str(caught.value)
        assert parse_feed(fetcher.get(good).body, url=good).entries[0].title == "fine"


def test_external_entities_and_file_links_lead_nowhere() -> None:
    doctype = b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]>'
    item = b"<item><title>a&x;b</title><link>file:///etc/passwd</link><enclosure url='file:///etc/shadow'/></item>"
    (entry,) = parse_feed(doctype + RSS % item, url="https://outlet.example/").entries
    assert (entry.title, entry.url, entry.media) == ("a&x;b", None, [])


@pytest.mark.parametrize(
    "answer",
    ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"],
)
def test_a_name_for_a_private_address_is_not_connected_to_wherever_it_stands(
    server: Server, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """The second hop's name means a private address; the first one, this machine, is made to count as public."""
    family = socket.AF_INET6 if ":" in answer else socket.AF_INET
    look_up = socket.getaddrinfo

    def answers(host: str, port: int, **more: int) -> list[tuple[object, ...]]:
        if host == "inside.example":
            return [(family, socket.SOCK_STREAM, 6, "", (answer, port))]
        return list(look_up(host, port, **more))

    public = address.is_public
    hops: list[str] = []

    def first_is_public(ip: str) -> bool:
        hops.append(ip)
        return len(hops) == 1 or public(ip)

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    monkeypatch.setattr(address, "is_public", first_is_public)
    url = server.on("/inside", lambda sock, _: redirect("http://inside.example:{port}/")(server, sock))
    with Fetcher(Polling(host_spacing=timedelta(0))) as careful, pytest.raises(FetchError) as caught:
        careful.get(url)
    assert caught.value.kind == "address"
    assert hops[:2] == ["127.0.0.1", answer]


_NAMES = st.sampled_from(
    ["Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Location", "Retry-After", "ETag",
     "Last-Modified", "Cache-Control", "Expires", "Age", "Connection", "X", "", " ", "Set-Cookie"]
)  # fmt: skip
_VALUES = st.binary(max_size=40) | st.sampled_from(
    [b"gzip", b"br", b"zstd", b"chunked", b"identity, gzip", b"-1", b"9" * 30, b"text/xml; charset=utf-16", b"http://[",
     b"Tue, 99 Foo 2026 25:61:61 GMT", b"max-age=-1, max-age=\"", b"0x10", b"\xff\xfe"]
)  # fmt: skip


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=st.sampled_from([b"200 OK", b"301 M", b"304", b"429 T", b"204 N", b"999 X", b"-1", b"", b"\xff"]),
    headers=st.lists(st.tuples(_NAMES, _VALUES), max_size=6),
    body=st.binary(max_size=60) | st.just(GOOD),
)
def test_whatever_the_headers_say_there_is_an_answer_or_a_clear_failure(
    server: Server, status: bytes, headers: list[tuple[str, bytes]], body: bytes
) -> None:
    lines = [b"HTTP/1.1 " + status, *(name.encode() + b": " + value for name, value in headers), b"", body]
    url = server.on("/fuzz", lambda sock, _: sock.sendall(b"\r\n".join(lines)))
    began = time.monotonic()
    with Fetcher(FREE) as fetcher, suppress(FetchError, NotAFeed):
        response = fetcher.get(url, timeout_s=1.0)
        assert fresh_for(response.headers, NOW) >= 0
        assert (response.retry_after_s or 0) >= 0
        parse_feed(response.body, url=response.final_url, headers=response.headers)
    assert time.monotonic() - began < 6


@settings(deadline=None, max_examples=300)
@given(
    st.text(max_size=40)
    | st.from_regex(r"(max-age|s-maxage|no-cache|max-age=)[ =,\"0-9a-z-]{0,20}", fullmatch=True)
    | st.from_regex(
        r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,5} \d{1,3}:\d{2}(:\d{2})? ([A-Z]{3}|[+-]\d{4,6})", fullmatch=True
    )
)
def test_dates_and_ages_in_headers_never_raise(text: str) -> None:
    date = http_date(text)
    assert date is None or date.utcoffset() == timedelta(0)
    for name in ("cache-control", "expires", "age"):
        assert fresh_for({"cache-control": "max-age=10", name: text}, NOW) >= 0
