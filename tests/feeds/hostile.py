"""A server on a free port of this machine that answers raw bytes, as slowly and as wrongly as a test wants."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

type Answer = Callable[[socket.socket, dict[str, str]], None]


class Server:
    """Paths and what is done when they are asked for; every request is kept."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.connections = 0
        self.stop = threading.Event()
        self.port = 0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def add(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        """A plain answer that keeps the connection; underscores in names of headers become dashes."""
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        raw = "\r\n".join([*lines, "", ""]).encode() + body
        self.answers[path] = lambda sock, _: sock.sendall(raw)
        return self.url(path)

    def on(self, path: str, answer: Answer) -> str:
        self.answers[path] = answer
        return self.url(path)


@contextmanager
def serving() -> Iterator[Server]:
    """A running server."""
    server = Server()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            server.connections += 1
            with suppress(OSError):
                while line := self.rfile.readline():
                    path = line.split()[1].decode()
                    headers = {}
                    while line := self.rfile.readline().strip():
                        name, _, value = line.decode("latin-1").partition(":")
                        headers[name.lower()] = value.strip()
                    server.requests.append((path, headers))
                    server.answers[path](self.connection, headers)
                    if not path.startswith("/keep"):
                        return

    class Tcp(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        request_queue_size = 64

    with Tcp(("127.0.0.1", 0), Handler) as tcp:
        server.port = tcp.server_address[1]
        thread = threading.Thread(target=tcp.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stop.set()
            tcp.shutdown()
            thread.join()
