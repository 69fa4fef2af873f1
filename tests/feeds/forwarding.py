"""A small HTTP proxy on this machine: forwards absolute requests and CONNECT, and remembers what it was asked."""

import base64
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class ForwardingProxy:
    """What the proxy was asked for; `login` (user:password) is required where it is set."""

    def __init__(self, login: str | None = None) -> None:
        self.login = login
        self.hosts: dict[str, str] = {}  # its own idea of where a name leads
        self.asked: list[str] = []  # request lines
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def forwarding(login: str | None = None) -> Iterator[ForwardingProxy]:
    """A running proxy."""
    proxy = ForwardingProxy(login)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.serve()

        def serve(self) -> None:
            request = self.rfile.readline().decode("latin-1").split()
            if len(request) < 3:
                return
            lines = list(iter(lambda: self.rfile.readline().strip(), b""))
            proxy.asked.append(" ".join(request))
            method, target, _ = request
            wanted = b"proxy-authorization: Basic " + base64.b64encode((proxy.login or "").encode())
            if proxy.login and not any(line.lower() == wanted.lower() for line in lines):
                self.wfile.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            parts = urlsplit(target if "://" in target else f"//{target}")
            host = proxy.hosts.get(parts.hostname or "", parts.hostname or "")
            with socket.create_connection((host, parts.port or 80), timeout=10) as there:
                if method == "CONNECT":
                    self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                else:
                    path = parts.path + (f"?{parts.query}" if parts.query else "")
                    passed = [line for line in lines if not line.lower().startswith((b"proxy-", b"connection:"))]
                    head = b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), *passed, b"Connection: close", b"", b""])
                    there.sendall(head)
                back = threading.Thread(target=pump, args=(there, self.connection), daemon=True)
                back.start()
                if method == "CONNECT":
                    pump(self.connection, there)
                back.join(10)

    class Tcp(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Tcp(("127.0.0.1", 0), Handler) as tcp:
        proxy.port = tcp.server_address[1]
        thread = threading.Thread(target=tcp.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            tcp.shutdown()
            thread.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    """Bytes from one side to the other until it closes."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
