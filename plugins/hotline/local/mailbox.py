"""A mailbox to look into: an SMTP server that keeps every message as a file, and a page that shows them.

`python -m hotline.local.mailbox --smtp-port 1025 --http-port 8025 --dir mails`; both ports are on loopback only.
A file `refuse` in the folder makes the server answer with its first line (empty: 451), as a server in trouble does.
"""

import argparse
import os
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from hotline.local.ports import free_port

_STAMP = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True)
class Mail:
    """A message that was taken in."""

    path: Path
    received_at: datetime
    message: EmailMessage

    @property
    def name(self) -> str:
        """The file's name without its suffix, unique in the folder."""
        return self.path.stem

    def body(self, kind: str) -> str:
        """The message's `html` or `plain` body, decoded; empty where it has none."""
        part = self.message.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part else ""


def read_mails(folder: Path) -> list[Mail]:
    """The messages in a mailbox, oldest first."""
    return [read_mail(path) for path in sorted(folder.glob("*.eml"))]


def read_mail(path: Path) -> Mail:
    """One message of a mailbox."""
    received_at = datetime.strptime(path.stem.partition("Z")[0], _STAMP).replace(tzinfo=UTC)
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Mail(path, received_at, message)


class _Store:
    """aiosmtpd's handler: one file a message, complete or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002 - aiosmtpd's
        refusal = self._folder / "refuse"
        if refusal.exists():
            return (refusal.read_text().splitlines() or ["451 4.3.2 Not now; try again later"])[0]
        now = datetime.now(UTC)
        # What a mail server adds on delivery (RFC 5321, 4.4); the recipients are not all in the message's own header.
        trace = [f"Return-Path: <{envelope.mail_from}>"]
        trace += [f"Delivered-To: {recipient}" for recipient in envelope.rcpt_tos]
        trace += [f"Received: by localhost; {format_datetime(now)}"]
        content = envelope.original_content
        assert isinstance(content, bytes)
        name = f"{now.strftime(_STAMP)}Z-{secrets.token_hex(4)}"
        partial = self._folder / f"{name}.partial"
        with partial.open("wb") as file:
            file.write("".join(f"{line}\r\n" for line in trace).encode() + content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self._folder / f"{name}.eml")
        return "250 2.0.0 Kept"


@contextmanager
def running_mailbox(folder: Path, smtp_port: int = 0, http_port: int = 0) -> Iterator[tuple[int, int]]:
    """The ports (SMTP, HTTP) of a mailbox that is open while the block runs. Port 0: any that is free."""
    from hotline.local.mailbox_web import serve_pages

    folder.mkdir(parents=True, exist_ok=True)
    # A controller of aiosmtpd connects to its port before it is told which one a 0 became.
    smtp = Controller(_Store(folder), hostname="127.0.0.1", port=smtp_port or free_port(), enable_SMTPUTF8=True)
    smtp.start()
    pages = serve_pages(folder, http_port)
    try:
        yield smtp.port, pages.server_port
    finally:
        pages.shutdown()
        pages.server_close()
        smtp.stop()


def main() -> None:
    """Run a mailbox until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--dir", type=Path, required=True)
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with running_mailbox(options.dir, options.smtp_port, options.http_port) as (smtp, http):
        print(f"SMTP on 127.0.0.1:{smtp}, pages on http://127.0.0.1:{http}/", flush=True)  # noqa: T201
        stop.wait()


if __name__ == "__main__":
    main()
