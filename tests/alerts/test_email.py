"""What the mail says, and that nothing in a headline can do harm."""

import html
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest

from hotline.alerts.channel import Letter
from hotline.alerts.content import dated, one_line, safe_url
from hotline.alerts.email import render
from hotline.alerts.query import CLOSE, OPEN
from hotline.alerts.raising import Notice, notice
from schemas.alert import Alert, OccasionKind
from schemas.article import ArticleUrl
from schemas.base import Precision, Severity
from schemas.story import Story
from tests.alerts.conftest import NOW, make_alert, make_article, make_desk

SENDER = "Hotline <hotline@desk.example>"


def mail(*alerts: Alert, **letter: Any) -> EmailMessage:
    """The mail as it arrives: written to bytes and read again."""
    told = list(alerts) or [make_alert()]
    fields = {"address": "anna@example.org", "thread_id": "2026.11-t", "number": 0, "subject": told[0].title}
    message = render(Letter(**fields | {"alerts": told, "now": NOW} | letter), SENDER)
    raw = message.as_bytes()
    raw.decode("ascii")  # every server takes it
    assert max(len(line) for line in raw.splitlines()) <= 998
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def words(message: EmailMessage) -> str:
    """What a reader of the HTML sees."""
    text = re.sub(r"(?s)<!--.*?-->|<style.*?</style>|<title.*?</title>", "", part(message, "html"))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def story(**changes: Any) -> Story:
    fields: dict[str, Any] = {
        "id": "2026.11-story1",
        "headline": "h",
        "first_at": NOW,
        "last_at": NOW,
        "updated_at": NOW,
        "article_ids": ["a1", "a2"],
        "outlets": ["Example News", "Другая газета", "Third"],
    }
    return Story.model_validate(fields | changes)


def other_article(**changes: Any) -> Any:
    return make_article("a2", publisher="Другая газета", title="США ввели санкции", **changes)


def test_mail_says_why() -> None:
    alert = make_alert(
        severity=Severity.HIGH,
        headline=f"Washington {OPEN}sanctions{CLOSE} two Russian banks",
        passages=[f"The Treasury imposed {OPEN}sanctions{CLOSE} on two Russian banks."],
    )
    second = make_alert(id="2026.11-other", rule_title="Banks & money", topics=["business", "arms_control"])
    message = mail(alert, second, story=story(), coverage=[other_article()])
    assert message["Subject"] == "[high] Washington sanctions two Russian banks"
    seen = words(message)
    for text in (seen, part(message, "plain")):
        assert "Example News · Tue, 24 Nov 2026, 11:50 UTC" in text
        assert "Rule sanctions (high)" in text
        assert "Banks & money (normal)" in text
        assert "Topics: sanctions, business, arms control" in text
        assert "3 outlets in all" in text
        assert re.search(r"Другая газета ?: США ввели санкции", text)
        assert "Third" in text
    assert "The Treasury imposed sanctions on two Russian banks." in seen
    assert "> The Treasury imposed *sanctions* on two Russian banks." in part(message, "plain")
    assert "Washington *sanctions* two Russian banks" in part(message, "plain")
    page = part(message, "html")
    assert page.count('font-weight:bold">sanctions</span>') == 2
    assert 'href="https://news.example/a1"' in page
    assert 'href="https://news.example/a2"' in page
    assert "https://news.example/a1" in part(message, "plain")


def test_mail_reads_in_every_client() -> None:
    message = mail(story=story(), coverage=[other_article()])
    page = part(message, "html")
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
    assert not re.search(r"<(script|img|link|iframe|form|style|svg|mark)\b|url\(|@import|@media", page)
    assert "width=device-width" in page
    assert "<!--[if mso]><table" in page
    assert page.count("<table") == page.count("</table>")
    assert not re.search(r"display:\s*(flex|grid)|float:|position:", page)


def test_headers_mark_it_as_sent_by_a_machine() -> None:
    message = mail(make_alert(severity=Severity.CRITICAL))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["List-Id"] == "Hotline us_russia <us-russia.desk.example>"
    assert message["Message-ID"] == "<2026.11-t.0@desk.example>"
    assert message["Importance"] == "high"
    assert message["Date"] == "Tue, 24 Nov 2026 12:00:00 +0000"
    assert message["To"] == "anna@example.org"
    assert mail()["Importance"] is None


def test_update_answers_the_first_message() -> None:
    alert = make_alert(severity=Severity.HIGH, headline="A new headline")
    message = mail(alert, number=2, subject="The first headline")
    assert message["Subject"] == "Re: [high] The first headline"
    assert message["Message-ID"] == "<2026.11-t.2@desk.example>"
    assert message["In-Reply-To"] == "<2026.11-t.1@desk.example>"
    assert message["References"].split() == ["<2026.11-t.0@desk.example>", "<2026.11-t.1@desk.example>"]
    assert "update" in words(message)
    assert "A new headline" in words(message)


HOSTILE = [
    'Summit</h1><script>alert(1)</script><img src="https://evil.example/x.png" onerror="x">',
    "Summit\r\nBcc: everyone@example.org\r\n\r\nbody",
    "Summit\u2028\u202egnp.exe \u0000\u001b[31m",
    "{{ 7 * 7 }} {% raw %} ${x} %s {0}",
    f"{CLOSE}{OPEN}{OPEN}<b>Summit",
    "=?utf-8?q?Summit?= " + "x" * 4000,
    "\ud800 Summit",
    "   ",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_do_no_harm(title: str) -> None:
    alert = make_alert(title=title, headline=title, passages=[title, title], publisher=title, rule_title=title)
    message = mail(alert, story=story(outlets=[title]), coverage=[other_article()])
    page = part(message, "html")
    assert not re.search(r"<(script|img|b>Summit)", page)
    assert message["Bcc"] is None
    assert len(message["Subject"]) < 200
    assert message.get_content_type() == "multipart/alternative"
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u0000\u001b\ue000\ue001\ud800]", page + part(message, "plain"))
    assert "49" not in words(message)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        'https://a.example/"onclick="x',
        "https://a.example/\nX: y",
        "//a.example/x",
        "https://[::1",
        "",
        None,
    ],
)
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert safe_url(url) is None
    other = other_article(url=ArticleUrl(original="x", full=url or "", key="x", domain="x"))
    message = mail(make_alert(url=url), story=story(), coverage=[other])
    assert "href" not in part(message, "html")
    assert "США ввели санкции" in words(message)


def test_address_with_query_arrives_as_it_was() -> None:
    url = "https://news.example/путь?a=1&b=2&copy=3#x"
    page = part(mail(make_alert(url=url)), "html")
    (link,) = set(re.findall(r'href="([^"]*)"', page))
    assert urlsplit(html.unescape(link)) == urlsplit(url)


def test_russian_arrives_intact() -> None:
    title = "Лавров: «США — ненадёжный партнёр» и ещё о съезде №5"
    message = mail(make_alert(title=title, headline=title, passages=[title]))
    assert message["Subject"] == f"[normal] {title}"
    assert title in words(message)
    assert title in part(message, "plain")


def test_long_russian_subject_is_cut_at_a_word() -> None:
    message = mail(make_alert(title="Переговоры " * 60))
    assert message["Subject"].endswith("Переговоры …")
    assert len(message["Subject"]) < 180


def test_date_says_how_exact_it_is() -> None:
    assert dated(NOW, Precision.SECOND) == "Tue, 24 Nov 2026, 12:00 UTC"
    assert dated(NOW.replace(day=5), Precision.DAY) == "Thu, 5 Nov 2026 (time not given)"
    assert dated(None, None) == "date unknown"
    assert "time not given" in words(mail(make_alert(published_precision=Precision.DAY)))


def test_two_articles_of_a_story_are_shown_apart_and_one_only_once() -> None:
    same = make_alert(id="2026.11-x", rule_title="Second rule")
    other = make_alert(id="2026.11-y", article_id="a2", title="Другое", headline="Другое", publisher="Другая газета")
    message = mail(make_alert(), same, other, story=story(), coverage=[make_article(), other_article()])
    assert part(message, "html").count("<h1") == 2
    assert "ALSO ON THIS STORY" in words(message)  # Third, without a link
    assert part(message, "plain").count("Другая газета") == 1


def test_revision_says_so() -> None:
    assert "changed by the outlet" in words(mail(make_alert(occasion=OccasionKind.REVISION)))


def test_notice_to_the_operator() -> None:
    note = Notice("silent/f1", "Feed silent: <Example>", "Since Monday.\n\nLook at it.", Severity.HIGH)
    alert, _ = notice(note, [make_desk()], NOW)
    message = mail(alert)
    assert message["Subject"] == "[high] Feed silent: <Example>"
    assert message["List-Id"] == "Hotline health <health.desk.example>"
    assert "Since Monday. Look at it." in words(message)
    assert "WHY YOU GET THIS" not in words(message)
    assert part(message, "plain").startswith("HIGH\n\nFeed silent: <Example>\n\nSince Monday.\n\nLook at it.\n")


def test_a_notice_shows_all_its_lines_even_equal_ones() -> None:
    lines = [f"– feed {n % 9}" for n in range(12)]
    note = Notice("coverage/x", "Coverage lost", "\n".join(lines), analysts_of="us_russia")
    alert, _ = notice(note, [make_desk()], NOW)
    text = part(mail(alert), "plain")
    assert [line for line in text.splitlines() if line.startswith("–")] == lines
    assert "About what the desk can see, to its analysts." in text


def test_one_line_keeps_every_visible_character() -> None:
    assert one_line(" a\tb\nЁ “q” 🇺🇸\u200d ") == "a b Ё “q” 🇺🇸\u200d"
