"""Feeds through a proxy: it is used, logged in to, and never asked for what we would not fetch ourselves."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hotline.feeds.http import Fetcher, FetchError
from hotline.feeds.proxy import Proxy
from hotline.feeds.robots import Robots
from schemas.desk import Polling
from tests.feeds.forwarding import ForwardingProxy, forwarding
from tests.feeds.hostile import Server, serving

NO_PAUSE = datetime.timedelta(0)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def proxy() -> Iterator[ForwardingProxy]:
    with forwarding() as running:
        yield running


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(Polling(allow_private_addresses=True, host_spacing=NO_PAUSE)) as client:
        yield client


@pytest.fixture
def strict() -> Iterator[Fetcher]:
    with Fetcher(Polling(host_spacing=NO_PAUSE)) as client:
        yield client


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """`public.example` is a public address, as far as we know."""
    real = socket.getaddrinfo

    def resolve(host: str, *arguments: Any, **more: Any) -> Any:
        return real("93.184.216.34" if host == "public.example" else host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def fails(fetcher: Fetcher, url: str, kind: str, **options: Any) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.get(url, **options)
    assert caught.value.kind == kind, caught.value
    return caught.value


def test_requests_go_through_the_proxy_with_their_headers(
    server: Server, proxy: ForwardingProxy, fetcher: Fetcher
) -> None:
    url = server.add("/feed?a=1", b"<rss/>")
    response = fetcher.get(url, headers={"X-Own": "1", "user-agent": "Other"}, proxy=Proxy(proxy.url))
    assert response.body == b"<rss/>"
    assert proxy.asked == [f"GET {url} HTTP/1.1"]
    _, sent = server.requests[0]
    assert (sent["x-own"], sent["user-agent"]) == ("1", "Other")
    assert fetcher.get(url).body == b"<rss/>"
    assert len(proxy.asked) == 1  # the others go straight


def test_the_login_is_for_the_proxy_alone_and_never_told(server: Server, fetcher: Fetcher) -> None:
    url = server.add("/feed", b"<rss/>")
    with forwarding("me:secret") as proxy:
        assert fetcher.get(url, proxy=Proxy(proxy.url, "me", "secret")).status == 200
        assert "proxy-authorization" not in server.requests[0][1]
        wrong = Proxy(proxy.url, "me", "guessed")
        assert "guessed" not in str(fails(fetcher, url, "connect", proxy=wrong))
        assert "guessed" not in repr(wrong)
        assert "login" in str(fails(fetcher, url, "connect", proxy=Proxy(proxy.url)))


def test_a_private_target_is_refused_before_the_proxy_hears_of_it(proxy: ForwardingProxy, strict: Fetcher) -> None:
    for url in ("http://127.0.0.1:1/", "http://[::ffff:10.0.0.1]/", "https://169.254.169.254/", "http://localhost/"):
        fails(strict, url, "address", proxy=Proxy(proxy.url))
    assert proxy.asked == []


@pytest.mark.usefixtures("public")
def test_a_redirect_to_a_private_target_is_refused_too(server: Server, proxy: ForwardingProxy, strict: Fetcher) -> None:
    proxy.hosts["public.example"] = "127.0.0.1"
    server.add("/feed", status=302, Location=server.url("/inside"))
    url = server.url("/feed", host="public.example")
    fails(strict, url, "address", proxy=Proxy(proxy.url))
    assert proxy.asked == [f"GET {url} HTTP/1.1"]


def test_a_name_that_does_not_resolve_is_not_left_to_the_proxy(proxy: ForwardingProxy, strict: Fetcher) -> None:
    fails(strict, "http://nowhere.invalid/", "dns", proxy=Proxy(proxy.url))
    assert proxy.asked == []


def test_a_proxy_that_is_down_is_a_failure_to_connect(server: Server, fetcher: Fetcher) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        fails(fetcher, server.add("/feed", b"x"), "connect", proxy=Proxy(url))
        fails(fetcher, "https://127.0.0.1:9/", "connect", proxy=Proxy(url))


def test_the_deadline_holds_through_a_proxy(server: Server, proxy: ForwardingProxy, fetcher: Fetcher) -> None:
    def drip(sock: socket.socket, _: dict[str, str]) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        while not server.stop.wait(0.1):
            sock.sendall(b"x")

    fails(fetcher, server.on("/slow", drip), "timeout", timeout_s=0.5, proxy=Proxy(proxy.url))


def test_robots_txt_is_asked_for_the_same_way(server: Server, proxy: ForwardingProxy, fetcher: Fetcher) -> None:
    server.add("/robots.txt", b"User-agent: *\nDisallow: /no")
    robots = Robots(fetcher)
    assert robots.allowed(server.url("/yes"), Proxy(proxy.url))
    assert not robots.allowed(server.url("/no"), Proxy(proxy.url))
    assert proxy.asked == [f"GET {server.url('/robots.txt')} HTTP/1.1"]


def test_https_goes_through_a_tunnel_and_its_certificate_is_checked(
    proxy: ForwardingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = tls(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/feed"
        threading.Thread(target=answer, args=(listener, context), daemon=True).start()
        polling = Polling(allow_private_addresses=True, host_spacing=NO_PAUSE)
        with Fetcher(polling) as stranger:
            fails(stranger, url, "tls", proxy=Proxy(proxy.url))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with Fetcher(polling) as fetcher:
            assert fetcher.get(url, proxy=Proxy(proxy.url)).body == b"<rss/>"
    assert set(proxy.asked) == {f"CONNECT {url.split('/')[2]} HTTP/1.1"}


def answer(listener: socket.socket, context: ssl.SSLContext) -> None:
    for _ in range(2):
        sock, _ = listener.accept()
        try:
            with context.wrap_socket(sock, server_side=True) as secure:
                secure.recv(65536)
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>")
        except OSError:
            continue


def tls(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A context with a certificate for 127.0.0.1 that nobody trusts, and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = folder / "certificate.pem"
    certificate.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private = folder / "key.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return context, certificate
