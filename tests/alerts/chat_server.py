"""A real HTTP server that stands for the chat services: it keeps what it is sent and answers as a test says."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Posted:
    """A request."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class ChatServer:
    """`status`: what it answers with; `body`: what with it."""

    url: str = ""
    status: int = 200
    body: bytes = b"ok"
    posted: list[Posted] = field(default_factory=list)

    @property
    def host(self) -> str:
        """Host and port."""
        return self.url.removeprefix("http://")


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """A server on a port of the system's choice."""
    server = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.posted.append(Posted(self.path, dict(self.headers), body))
            self.send_response(server.status)
            self.send_header("Location", server.url)
            self.send_header("Content-Length", str(len(server.body)))
            self.end_headers()
            self.wfile.write(server.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
