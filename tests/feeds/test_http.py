"""The HTTP client against servers that are wrong, slow or hostile: a clear failure, in bounded time and memory."""

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import brotli
import pytest
from backports import zstd

from hotline.feeds import address
from hotline.feeds.http import MAX_BYTES, Fetcher, FetchError
from schemas.desk import Polling
from tests.feeds.hostile import Server, serving

FREE = Polling(allow_private_addresses=True, host_spacing=timedelta(0), host_concurrency=8)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(FREE, contact="desk@hotline.example") as client:
        yield client


def fails(fetcher: Fetcher, url: str, kind: str, **options: Any) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.get(url, **options)
    assert caught.value.kind == kind, caught.value
    return caught.value


def test_a_response_is_given_whole(server: Server, fetcher: Fetcher) -> None:
    url = server.add("/feed", b"<rss/>", ETag='"a"', X_Twice="1")
    response = fetcher.get(url, headers={"If-None-Match": '"b"'})
    assert (response.status, response.body, response.headers["etag"]) == (200, b"<rss/>", '"a"')
    assert (response.url, response.final_url, response.permanent_url) == (url, url, None)
    assert response.fetched_at.utcoffset() == timedelta(0)
    assert response.elapsed_s > 0
    _, sent = server.requests[0]
    assert sent["if-none-match"] == '"b"'
    assert sent["user-agent"].startswith("Hotline/")
    assert "desk@hotline.example" in sent["user-agent"]


@pytest.mark.parametrize("status", [304, 404, 410, 500])
def test_a_status_is_an_answer_not_an_error(server: Server, fetcher: Fetcher, status: int) -> None:
    assert fetcher.get(server.add("/x", status=status)).status == status


@pytest.mark.parametrize(
    ("name", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd.compress)],
)
def test_compressed_bodies_are_decoded(server: Server, fetcher: Fetcher, name: str, pack: Any) -> None:
    url = server.add("/x", pack(b"news " * 1000), Content_Encoding=name)
    assert fetcher.get(url).body == b"news " * 1000
    assert name in server.requests[0][1]["accept-encoding"]


def test_a_file_that_is_itself_compressed_is_decoded(server: Server, fetcher: Fetcher) -> None:
    assert fetcher.get(server.add("/sitemap.xml.gz", gzip.compress(b"<urlset/>"))).body == b"<urlset/>"


def test_a_body_that_is_no_gzip_though_it_says_so_is_a_protocol_error(server: Server, fetcher: Fetcher) -> None:
    fails(fetcher, server.add("/x", b"plain text", Content_Encoding="gzip"), "protocol")


def test_connections_are_kept(server: Server, fetcher: Fetcher) -> None:
    url = server.add("/keep", b"x")
    for _ in range(3):
        fetcher.get(url)
    assert (server.connections, len(server.requests)) == (1, 3)


def test_a_kept_connection_that_the_server_has_closed_is_opened_again(server: Server, fetcher: Fetcher) -> None:
    url = server.add("/x", b"x")  # closes after each answer, without saying so
    assert [fetcher.get(url).status for _ in range(5)] == [200] * 5


# Redirects


def test_permanent_redirects_alone_give_a_permanent_url(server: Server, fetcher: Fetcher) -> None:
    end = server.add("/end", b"x")
    server.add("/b", status=308, Location="/end")
    assert fetcher.get(server.add("/a", status=301, Location="b")).permanent_url == end
    server.add("/c", status=302, Location="/a")
    response = fetcher.get(server.url("/c"))
    assert (response.final_url, response.permanent_url) == (end, None)


def test_a_redirect_in_a_circle_ends(server: Server, fetcher: Fetcher) -> None:
    server.add("/a", status=302, Location="/b")
    server.add("/b", status=302, Location="/a")
    fails(fetcher, server.url("/a"), "redirect")


def test_a_chain_of_redirects_ends(server: Server, fetcher: Fetcher) -> None:
    for n in range(30):
        server.add(f"/{n}", status=301, Location=f"/{n + 1}")
    fails(fetcher, server.url("/0"), "redirect")
    assert len(server.requests) <= 10


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x/", "http://", "http://[::1"])
def test_a_redirect_to_anything_but_the_web_is_refused(server: Server, fetcher: Fetcher, target: str) -> None:
    fails(fetcher, server.add("/x", status=302, Location=target), "redirect")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "http://", "//host/x", "http://h:99999/", ""])
def test_what_is_no_web_address_is_refused(fetcher: Fetcher, url: str) -> None:
    fails(fetcher, url, "protocol")


def test_a_secret_header_stays_with_its_host(server: Server, fetcher: Fetcher) -> None:
    server.add("/end")
    url = server.add("/x", status=302, Location=server.url("/end", host="localhost"))
    fetcher.get(url, headers={"Cookie": "secret", "Accept-Language": "ru"})
    assert "cookie" in server.requests[0][1]
    assert "cookie" not in server.requests[1][1]
    assert server.requests[1][1]["accept-language"] == "ru"


# Addresses


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(ip: str) -> None:
    assert not address.is_public(ip)


@pytest.mark.parametrize("ip", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_that_are_public(ip: str) -> None:
    assert address.is_public(ip)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"])
def test_a_private_address_is_not_connected_to(server: Server, host: str) -> None:
    server.add("/x")
    with Fetcher(Polling()) as careful:
        fails(careful, server.url("/x", host=host), "address")
    assert server.connections == 0


def test_a_redirect_to_a_private_address_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first hop is made to look public, the second is looked at as it is."""
    server.add("/x", status=302, Location=server.url("/secret", host="localhost"))
    server.add("/secret", b"secret")
    public = address.is_public
    monkeypatch.setattr(address, "is_public", lambda ip: ip == "127.0.0.1" and not seen.append(ip) and len(seen) == 1)
    seen: list[str] = []
    with Fetcher(Polling(host_spacing=timedelta(0))) as careful:
        fails(careful, server.url("/x"), "address")
    assert [path for path, _ in server.requests] == ["/x"]
    assert not public("127.0.0.1")


def test_a_name_that_changes_its_answer_is_used_as_it_was_checked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: a public address for the check, a private one for the connection. There is one look-up only."""
    answers = iter(["203.0.113.1", "127.0.0.1"])
    asked: list[str] = []

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    connected: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(address, "is_public", lambda ip: ip == "203.0.113.1")
    monkeypatch.setattr(socket.socket, "connect", lambda _, to: connected.append(to) or (_ for _ in ()).throw(OSError))
    server.add("/x", b"secret")
    with Fetcher(Polling(host_spacing=timedelta(0))) as careful:
        fails(careful, server.url("/x", host="rebinding.example"), "connect")
    assert asked == ["rebinding.example"]
    assert connected == [("203.0.113.1", server.port)]


def test_a_name_with_a_private_and_a_public_address_is_reached_at_the_public_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    infos = [(socket.AF_INET, 1, 6, "", (ip, 80)) for ip in ("10.0.0.1", "8.8.8.8")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: infos)
    assert address.resolve("x", 80, allow_private=False, timeout_s=1) == [(socket.AF_INET, ("8.8.8.8", 80))]


def test_a_name_that_does_not_exist(fetcher: Fetcher) -> None:
    fails(fetcher, "http://no-such-host.invalid/", "dns")
    fails(fetcher, f"http://{'a' * 80}.example/", "dns")


def test_a_resolver_that_does_not_answer_is_not_waited_for(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    hang = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: hang.wait(20) and [])
    started = time.monotonic()
    fails(fetcher, "http://slow.example/", "timeout", timeout_s=0.3)
    assert time.monotonic() - started < 2
    hang.set()


# Time


def test_one_byte_at_a_time_does_not_outlast_the_deadline(server: Server, fetcher: Fetcher) -> None:
    def drip(sock: socket.socket, _: object) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.stop.wait(0.05):
            sock.sendall(b"x")

    started = time.monotonic()
    fails(fetcher, server.on("/x", drip), "timeout", timeout_s=0.5)
    assert time.monotonic() - started < 2


def test_headers_one_byte_at_a_time_do_not_outlast_the_deadline(server: Server, fetcher: Fetcher) -> None:
    def drip(sock: socket.socket, _: object) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not server.stop.wait(0.05):
            sock.sendall(b"x")

    started = time.monotonic()
    fails(fetcher, server.on("/x", drip), "timeout", timeout_s=0.5)
    assert time.monotonic() - started < 2


def test_endless_interim_responses_do_not_outlast_the_deadline(server: Server, fetcher: Fetcher) -> None:
    def interim(sock: socket.socket, _: object) -> None:
        while not server.stop.wait(0.01):
            sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    fails(fetcher, server.on("/x", interim), "timeout", timeout_s=0.5)


def test_the_deadline_is_for_all_hops_together(server: Server, fetcher: Fetcher) -> None:
    for n in range(9):

        def slow(sock: socket.socket, _: object, n: int = n) -> None:
            server.stop.wait(0.2)
            sock.sendall(f"HTTP/1.1 302 F\r\nLocation: /{n + 1}\r\nContent-Length: 0\r\n\r\n".encode())

        server.on(f"/{n}", slow)
    started = time.monotonic()
    fails(fetcher, server.url("/0"), "timeout", timeout_s=0.5)
    assert time.monotonic() - started < 1.5


def test_a_handshake_that_never_comes_does_not_outlast_the_deadline(server: Server, fetcher: Fetcher) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    started = time.monotonic()
    fails(fetcher, f"https://127.0.0.1:{silent.getsockname()[1]}/", "timeout", timeout_s=0.4)
    assert time.monotonic() - started < 2
    silent.close()


def test_a_server_without_tls(server: Server, fetcher: Fetcher) -> None:
    server.add("/x")
    fails(fetcher, server.url("/x").replace("http:", "https:"), "tls", timeout_s=2)


def test_a_closed_port(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    fails(fetcher, f"http://127.0.0.1:{port}/", "connect")


def test_a_connection_that_breaks_off_is_no_answer(server: Server, fetcher: Fetcher) -> None:
    url = server.on("/x", lambda sock, _: sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
    fails(fetcher, url, "protocol")
    fails(fetcher, server.on("/nothing", lambda *_: None), "connect")
    fails(fetcher, server.on("/junk", lambda sock, _: sock.sendall(b"\0\1\2 junk\r\n\r\n")), "protocol")


# Size


def test_a_bomb_is_not_unpacked(server: Server, fetcher: Fetcher) -> None:
    bomb = gzip.compress(b"\0" * 1_000_000) * 400
    for name, body in [("gzip", bomb), ("gzip, gzip", gzip.compress(bomb))]:
        url = server.add("/x", body, Content_Encoding=name)
        tracemalloc.start()
        fails(fetcher, url, "too-large")
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BYTES
        tracemalloc.stop()


def test_a_compressed_file_that_is_a_bomb_is_not_unpacked(server: Server, fetcher: Fetcher) -> None:
    fails(fetcher, server.add("/x.gz", gzip.compress(b"\0" * 20_000_000)), "too-large")


def test_an_endless_body_ends(server: Server, fetcher: Fetcher) -> None:
    def pour(sock: socket.socket, _: object) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.stop.is_set():
            sock.sendall(b"x" * 65536)

    fails(fetcher, server.on("/x", pour), "too-large")


def test_a_body_that_is_announced_as_too_large_is_not_read(server: Server, fetcher: Fetcher) -> None:
    url = server.on("/x", lambda sock, _: sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"))
    fails(fetcher, url, "too-large")
    fails(fetcher, server.add("/small", b"x" * 101), "too-large", max_bytes=100)


def test_headers_have_a_limit(server: Server, fetcher: Fetcher) -> None:
    fails(fetcher, server.add("/line", X="y" * 1_000_000), "protocol")
    fails(fetcher, server.add("/many", **{f"X{n}": "y" * 2000 for n in range(60)}), "too-large")
    fails(fetcher, server.add("/more", **{f"X{n}": "y" for n in range(2000)}), "protocol")


def test_a_failure_is_noticed_by_nobody_else(server: Server, fetcher: Fetcher) -> None:
    def drip(sock: socket.socket, _: object) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        server.stop.wait(5)

    slow, good = server.on("/slow", drip), server.add("/good", b"fine")
    errors: list[FetchError] = []
    threads = [threading.Thread(target=lambda: errors.append(fails(fetcher, slow, "timeout", timeout_s=1)))]
    threads[0].start()
    started = time.monotonic()
    assert fetcher.get(good).body == b"fine"
    assert time.monotonic() - started < 0.8
    threads[0].join()
    assert len(errors) == 1


# Politeness


def test_requests_to_a_host_keep_their_distance(server: Server) -> None:
    url = server.add("/x")
    with Fetcher(Polling(allow_private_addresses=True, host_spacing=timedelta(seconds=0.2))) as polite:
        started = time.monotonic()
        for _ in range(3):
            polite.get(url)
        assert time.monotonic() - started >= 0.4


def test_few_requests_at_a_time_to_a_host(server: Server) -> None:
    at_once: list[int] = []
    lock, now = threading.Lock(), 0

    def count(sock: socket.socket, _: object) -> None:
        nonlocal now
        with lock:
            now += 1
            at_once.append(now)
        server.stop.wait(0.1)
        with lock:
            now -= 1
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    url = server.on("/x", count)
    desk = Polling(allow_private_addresses=True, host_spacing=timedelta(0), host_concurrency=2)
    with Fetcher(desk) as polite:
        threads = [threading.Thread(target=polite.get, args=(url,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(at_once) == 8
    assert max(at_once) == 2


def test_a_host_that_says_too_many_is_left_alone(server: Server, fetcher: Fetcher) -> None:
    response = fetcher.get(server.add("/x", status=429, Retry_After="120"))
    assert response.retry_after_s == 120
    fails(fetcher, server.add("/y"), "busy", timeout_s=0.2)
    assert len(server.requests) == 1


def test_retry_after_may_be_a_date(server: Server, fetcher: Fetcher) -> None:
    url = server.add("/x", status=404, Retry_After="Fri, 31 Dec 2100 23:59:59 GMT")
    assert (fetcher.get(url).retry_after_s or 0) > 1e9
    assert fetcher.get(server.add("/y", status=404, Retry_After="soon")).retry_after_s is None
