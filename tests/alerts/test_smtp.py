"""The way to an SMTP server: login, TLS, and connections that were dropped meanwhile."""

import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.alerts.channel import Letter, Unavailable
from hotline.alerts.email import EmailChannel, Tls
from tests.alerts.conftest import NOW, make_alert
from tests.alerts.mailbox import Mailbox, authenticator, smtp_server

SENDER = "Hotline <hotline@desk.example>"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server(Mailbox()) as served:
        yield served


def letter(number: int = 0) -> Letter:
    return Letter("anna@example.org", "2026.11-t", number, "Headline", [make_alert()], NOW)


def test_one_connection_carries_a_run(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    real = smtplib.SMTP.connect
    monkeypatch.setattr(smtplib.SMTP, "connect", lambda self, *a, **k: opened.append(1) or real(self, *a, **k))
    with EmailChannel("127.0.0.1", mailbox.port, SENDER) as channel:
        for number in range(3):
            channel.send(letter(number))
    assert len(mailbox.messages) == 3
    assert len(opened) == 1


def test_dropped_connection_is_opened_again(mailbox: Mailbox) -> None:
    with EmailChannel("127.0.0.1", mailbox.port, SENDER) as channel:
        channel.send(letter())
        assert channel._connection is not None
        assert channel._connection.sock is not None
        channel._connection.sock.close()
        channel.send(letter(1))
    assert len(mailbox.messages) == 2


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_login_is_used_and_a_wrong_password_is_told_without_showing_it() -> None:
    check = authenticator("hotline", "good")
    with smtp_server(Mailbox(), authenticator=check, auth_required=True, auth_require_tls=False) as mailbox:
        with EmailChannel("127.0.0.1", mailbox.port, SENDER, login="hotline", password="good") as channel:
            channel.send(letter())
        assert len(mailbox.messages) == 1
        with (
            EmailChannel("127.0.0.1", mailbox.port, SENDER, login="hotline", password="s3cret") as channel,
            pytest.raises(Unavailable, match="535") as caught,
        ):
            channel.send(letter())
        assert "s3cret" not in str(caught.value) + repr(channel)
        with EmailChannel("127.0.0.1", mailbox.port, SENDER) as channel, pytest.raises(Unavailable, match="530"):
            channel.send(letter())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


def server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def test_starttls_is_used_and_an_unknown_certificate_is_refused(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server(Mailbox(), tls_context=server_context(certificate), require_starttls=True) as mailbox:
        with (
            EmailChannel("127.0.0.1", mailbox.port, SENDER, tls=Tls.STARTTLS) as channel,
            pytest.raises(Unavailable, match="certificate"),
        ):
            channel.send(letter())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        with EmailChannel("127.0.0.1", mailbox.port, SENDER, tls=Tls.STARTTLS) as channel:
            channel.send(letter())
        assert len(mailbox.messages) == 1


def test_starttls_that_the_server_does_not_offer_sends_nothing_in_the_clear(mailbox: Mailbox) -> None:
    with (
        EmailChannel("127.0.0.1", mailbox.port, SENDER, tls=Tls.STARTTLS) as channel,
        pytest.raises(Unavailable, match="STARTTLS"),
    ):
        channel.send(letter())
    assert mailbox.messages == []


def test_server_that_never_answers_is_left_after_the_timeout() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with EmailChannel("127.0.0.1", port, SENDER, timeout=0.3) as channel, pytest.raises(Unavailable, match="timed"):
            channel.send(letter())
