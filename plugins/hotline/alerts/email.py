"""E-mail: a letter as a message that reads well on a phone and in Outlook, and the way to an SMTP server."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from functools import cache
from types import TracebackType
from typing import Self

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from hotline.alerts.channel import Deferred, Letter, Refused, Unavailable
from hotline.alerts.content import Content, content_of, one_line
from hotline.alerts.digest_content import DigestContent, digest_content_of
from hotline.alerts.passages import segments
from schemas.base import Severity

# 7 bit: every server takes it, and no relay has to re-encode Russian text.
POLICY = SMTP.clone(cte_type="7bit")
LONGEST_SUBJECT = 160  # characters; clients show far less
GIVEN_UP = 500  # SMTP reply codes from here are permanent (RFC 5321, 4.2.1)
COLOURS = {"low": "#5b6b7a", "normal": "#1f5fa8", "high": "#c2410c", "critical": "#b3131b"}
SHUTTING_DOWN = 421  # the server closes the connection (RFC 5321, 4.2.3)


def render(letter: Letter, sender: str) -> EmailMessage:
    """A letter as an e-mail from `sender` (`Name <address>`): plain text and HTML, saying the same."""
    content: Content | DigestContent
    if letter.digest:
        content, template = digest_content_of(letter, letter.digest), "digest"
        subject = _cut(content.subject)
    else:
        content, template = content_of(letter), "alert"
        subject = subject_of(letter)
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = letter.address
    message["Subject"] = subject
    message["Date"] = format_datetime(letter.now)
    domain = _domain(sender)
    message["Message-ID"] = message_id(letter.thread_id, letter.number, domain)
    if letter.number:
        earlier = [message_id(letter.thread_id, number, domain) for number in range(letter.number)]
        message["In-Reply-To"] = earlier[-1]
        message["References"] = " ".join([earlier[0], *earlier[-9:]] if len(earlier) > 10 else earlier)
    # RFC 3834: nobody's holiday notice should answer; Outlook wants its own word for it.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    list_name = content.desk or "health"
    message["List-Id"] = f"Hotline {list_name} <{list_name.replace('_', '-')}.{domain}>"
    if content.severity is Severity.CRITICAL:
        message["Importance"] = "high"
        message["X-Priority"] = "1"
    message.set_content(written(f"{template}.txt", content))
    message.add_alternative(written(f"{template}.html", content), subtype="html")
    return message


def written(template: str, content: Content | DigestContent) -> str:
    """What a template makes of the content."""
    return _templates().get_template(template).render(c=content)


def subject_of(letter: Letter) -> str:
    """Severity and headline. An update answers the first message's headline, so that clients keep them together."""
    return f"{'Re: ' if letter.number else ''}{headline_of(letter)}"


def headline_of(letter: Letter) -> str:
    """Severity and headline of the first message."""
    return f"[{letter.alerts[0].severity}] {_cut(one_line(letter.subject))}"


def _cut(headline: str) -> str:
    if len(headline) <= LONGEST_SUBJECT:
        return headline
    return headline[:LONGEST_SUBJECT].rpartition(" ")[0] + " …"


def message_id(thread_id: str, number: int, domain: str) -> str:
    """The Message-ID of a thread's message: the same whenever that message is tried (RFC 5322, 3.6.4)."""
    return f"<{thread_id}.{number}@{domain}>"


class Tls(StrEnum):
    """How the connection to the SMTP server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    SSL = "ssl"  # from the first byte (port 465)


@dataclass
class EmailChannel:
    """Sends letters over one SMTP connection; use it as a context manager. A lost connection is opened again."""

    host: str
    port: int
    sender: str
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls = Tls.NONE
    timeout: float = 20.0  # seconds for each step of the exchange
    _connection: smtplib.SMTP | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, letter: Letter) -> str:
        """Hands the letter to the SMTP server; returns its Message-ID.

        Raises: Refused for a 5xx reply to the recipient or the message; Deferred for 4xx; Unavailable where the
        server cannot be reached or used: no connection, login or TLS, sender not accepted.
        """
        message = render(letter, self.sender)
        where = f"SMTP server {self.host}:{self.port}"
        try:
            self._connected().send_message(message, from_addr=parseaddr(self.sender)[1], to_addrs=[letter.address])
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = error.recipients[letter.address]
            raise self._refusal(code, reply) from error
        except smtplib.SMTPDataError as error:
            raise self._refusal(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPResponseException as error:
            self._close()
            raise Unavailable(f"{where}: {error.smtp_code} {_text(error.smtp_error)}") from error
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise Unavailable(f"{where}: {error}") from error
        return str(message["Message-ID"])

    def _refusal(self, code: int, reply: bytes | str) -> Refused | Deferred | Unavailable:
        words = f"{code} {_text(reply)}"
        if code == SHUTTING_DOWN:
            self._close()
            return Unavailable(f"SMTP server {self.host}:{self.port}: {words}")
        return Refused(words) if code >= GIVEN_UP else Deferred(words)

    def _connected(self) -> smtplib.SMTP:
        """A connection that answers: servers drop those that were idle."""
        if self._connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                if self._connection.noop()[0] == 250:
                    return self._connection
            self._close()
        self._connection = self._connect()
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        if self.tls is Tls.SSL:
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        if self.tls is Tls.STARTTLS:
            connection.starttls(context=ssl.create_default_context())
        if self.login:
            connection.login(self.login, self.password or "")
        return connection

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._connection.quit()
            self._connection.close()
        self._connection = None


def _text(reply: bytes | str) -> str:
    return one_line(reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply)


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


def _marked_html(text: str) -> Markup:
    """Marked words on yellow. A span with its own style: Outlook does not know <mark>."""
    style = "background-color:#ffe58f;color:#1f1f1f;font-weight:bold"
    return Markup("").join(
        Markup('<span style="{}">{}</span>').format(style, piece) if marked else piece
        for piece, marked in segments(text)
    )


def _marked_text(text: str) -> str:
    return "".join(f"*{piece}*" if marked else piece for piece, marked in segments(text))


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("hotline.alerts"),
        autoescape=select_autoescape(["html"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"colours": COLOURS, "font": "font-family:'Segoe UI',Helvetica,Arial,sans-serif"}
    environment.filters |= {"marked_html": _marked_html, "marked_text": _marked_text}
    return environment
