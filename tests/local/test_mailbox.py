"""The mailbox: what it keeps, shows and refuses."""

import http.client
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from hotline.local.mailbox import read_mails, running_mailbox


class Box:
    """An open mailbox and a way to it."""

    def __init__(self, folder: Path, smtp_port: int, http_port: int) -> None:
        self.folder, self.smtp_port, self.http_port = folder, smtp_port, http_port

    def send(self, subject: str, html: str = "", to: str = "ana@example.org", bcc: str = "") -> None:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = subject, "Горячая линия <hotline@example.org>", to
        message["Message-ID"] = "<one@example.org>"
        message.set_content("Текст письма\n")
        if html:
            message.add_alternative(html, subtype="html")
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as smtp:
            smtp.send_message(message, to_addrs=[to, *filter(None, [bcc])])

    def get(self, path: str, host: str = "localhost") -> tuple[int, str, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=10)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body, dict(answer.headers)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with running_mailbox(tmp_path / "mails") as (smtp_port, http_port):
        yield Box(tmp_path / "mails", smtp_port, http_port)


def test_a_russian_mail_is_kept_and_read_as_it_was_sent(box: Box) -> None:
    box.send("Новые санкции: США и Россия", bcc="boris@example.org")
    (mail,) = read_mails(box.folder)
    assert mail.message["Subject"] == "Новые санкции: США и Россия"
    assert mail.message["From"] == "Горячая линия <hotline@example.org>"
    assert mail.body("plain") == "Текст письма\n"
    assert mail.body("html") == ""
    assert mail.message.get_all("Delivered-To") == ["ana@example.org", "boris@example.org"]
    assert abs(datetime.now(UTC) - mail.received_at) < timedelta(seconds=20)


def test_mails_are_in_the_order_of_their_arrival_and_nothing_half_written_lies_about(box: Box) -> None:
    for number in range(5):
        box.send(f"mail {number}")
    assert [mail.message["Subject"] for mail in read_mails(box.folder)] == [f"mail {number}" for number in range(5)]
    assert {path.suffix for path in box.folder.iterdir()} == {".eml"}


def test_the_page_lists_and_shows_mails(box: Box) -> None:
    assert "No mail yet" in box.get("/")[1]
    box.send("Срочно", html="<p>Привет</p>")
    (mail,) = read_mails(box.folder)
    status, page, _ = box.get("/")
    assert status == 200
    assert f'href="/mail/{mail.name}">Срочно</a>' in page
    assert "Текст письма" in box.get(f"/mail/{mail.name}")[1]
    assert "<p>Привет</p>" in box.get(f"/mail/{mail.name}/html")[1]
    assert "Message-ID: <one@example.org>" in box.get(f"/mail/{mail.name}/raw")[1]


def test_a_hostile_mail_runs_nothing(box: Box) -> None:
    box.send("<script>alert(1)</script>", html="<script>alert(2)</script>")
    (mail,) = read_mails(box.folder)
    for path in ("/", f"/mail/{mail.name}"):
        assert "<script>" not in box.get(path)[1]
    assert '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"' in box.get(f"/mail/{mail.name}")[1]
    policy = box.get(f"/mail/{mail.name}/html")[2]["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy


@pytest.mark.parametrize("path", ["/mail/none", "/mail/../../secret", "/mail/%2e%2e%2fsecret/raw", "/mail/a/html/b"])
def test_no_path_leads_out_of_the_folder(box: Box, path: str) -> None:
    (box.folder.parent / "secret.eml").write_text("Subject: secret\n\nsecret")
    assert box.get(path)[0] == 404


def test_the_page_answers_to_this_machine_only(box: Box) -> None:
    assert box.get("/", host="evil.example")[0] == 421


def test_a_file_makes_it_refuse_mail_until_it_is_gone(box: Box) -> None:
    refusal = box.folder / "refuse"
    for reply, code in (("", 451), ("554 5.7.1 Not from you\n", 554)):
        refusal.write_text(reply)
        with pytest.raises(smtplib.SMTPDataError) as raised:
            box.send("refused")
        assert raised.value.smtp_code == code
    assert read_mails(box.folder) == []
    refusal.unlink()
    box.send("accepted")
    assert [mail.message["Subject"] for mail in read_mails(box.folder)] == ["accepted"]
