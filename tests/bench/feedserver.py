"""A thousand real feeds on a thousand addresses of this machine, in a process of their own.

`python -m tests.bench.feedserver FEEDS FOLDER|-` prints its port. Feed n stands at http://127.x.y.z:PORT/n, made of a
saved file with other ids and links. One in twenty fails (500), one in twenty answers after a second. None has
validators: an unchanged feed answers 200 with the same body. GET /next/half puts a new entry into every second feed,
/next/all into each.
"""

import asyncio
import re
import sys
from pathlib import Path

EVERY = 20
SLOW_S = 1.0
_SAVED = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?<(?:rss|feed|rdf:RDF)[\s>]")


def host(n: int) -> str:
    """The address of a feed: each has its own, as outlets do."""
    return f"127.{1 + n // 62_500}.{n // 250 % 250}.{1 + n % 250}"


def saved(folder: str) -> list[bytes]:
    """The saved feeds in a folder, or, without one, feeds of the newsroom."""
    if folder != "-":
        return [body for path in sorted(Path(folder).iterdir()) if _SAVED.match(body := path.read_bytes())]
    from tests.bench.pure import gathered

    return [body for _, body in gathered()[0]]


class Feeds:
    """What is answered, by feed."""

    def __init__(self, files: list[bytes]) -> None:
        self.files = files
        self.changes: dict[int, int] = {}
        self.round = 0

    def next(self, which: str, count: int) -> None:
        """Changes every second feed or all."""
        self.round += 1
        for n in range(0, count, 2 if which == "half" else 1):
            self.changes[n] = self.round

    def body(self, n: int) -> bytes:
        """The file with ids and links of its own, and the id of its first entry after its last change."""
        body = self.files[n % len(self.files)]
        mark = b"-%d" % n
        body = body.replace(b"</guid>", mark + b"</guid>").replace(b"</id>", mark + b"</id>")
        body = body.replace(b"</link>", b"?f" + mark + b"</link>")
        if n in self.changes:
            first = re.search(rb"<(?:item|entry)\b", body)
            at = first.end() if first else 0
            end = next((p for t in (b"</guid>", b"</id>", b"</link>") if (p := body.find(t, at)) >= 0), -1)
            change = b"-c%d" % self.changes[n]
            body = body[:end] + change + body[end:] if end >= 0 else body + b"<!--" + change + b"-->"
        return body


async def answer(feeds: Feeds, count: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers the requests of a connection."""
    try:
        while line := await reader.readline():
            path = line.split()[1].decode()
            while (await reader.readline()).strip():
                pass
            status, body = 200, b""
            if path.startswith("/next/"):
                feeds.next(path[6:], count)
            elif not path[1:].isdigit():
                status = 404
            elif int(path[1:]) % EVERY == 0:
                status = 500
            else:
                if int(path[1:]) % EVERY == 1:
                    await asyncio.sleep(SLOW_S)
                body = feeds.body(int(path[1:]))
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main() -> None:
    """Serves until it is ended."""
    count, folder = int(sys.argv[1]), sys.argv[2]
    feeds = Feeds(saved(folder))
    server = await asyncio.start_server(lambda r, w: answer(feeds, count, r, w), "0.0.0.0", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
