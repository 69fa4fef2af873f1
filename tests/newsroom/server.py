"""The web server: threads on 127.0.0.1, HTTP/1.1 with keep-alive. What it answers comes from a site."""

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from tests.newsroom.site import Response, Site, plain


class Server(ThreadingHTTPServer):
    """Serves a site, and the status under /_newsroom/status. Port 0: one that the system chooses."""

    daemon_threads = True
    request_queue_size = 256
    site: Site
    status: Callable[[], dict[str, Any]]

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.base_url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def start(self) -> None:
        """Begins to answer, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stops answering and frees the port."""
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "newsroom"
    wbufsize = -1  # head and body leave in one write: without this each answer waits for a delayed ACK
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        self._send(self._answer(), with_body=True)

    def do_HEAD(self) -> None:
        self._send(self._answer(), with_body=False)

    def _answer(self) -> Response:
        server = cast("Server", self.server)
        path = unquote(urlsplit(self.path).path)
        if path == "/_newsroom/status":
            body = json.dumps(server.status(), ensure_ascii=False, indent=1).encode()
            return Response(200, body, {"Content-Type": "application/json; charset=utf-8"})
        if path == "/robots.txt":
            return plain(200, "User-agent: *\nDisallow: /_newsroom/\n")
        return server.site.answer(path, {name.lower(): value for name, value in self.headers.items()})

    def _send(self, response: Response, *, with_body: bool) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Nothing: the status says who asked for what."""
