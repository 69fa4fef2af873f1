"""Pictures of an alert, an update and a digest as a mail program shows them: docs/mail-*.png.

`python scripts/mail_pictures.py` renders made-up letters with the same code that sends them and lets Chromium (found
as `chromium`, `chromium-browser` or `google-chrome`, or named by CHROMIUM) take pictures, at desktop and phone width.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hotline.alerts.channel import Letter, Links, News
from hotline.alerts.digest import Digest, Entry
from hotline.alerts.email import render
from hotline.alerts.query import CLOSE, OPEN
from schemas.alert import Alert, DigestKind, OccasionKind
from schemas.article import Article, ArticleUrl, FeedFacts, Fingerprint, Revision, StoryRef
from schemas.base import Precision, Severity
from schemas.story import Story

DOCS = Path(__file__).parents[1] / "docs"
NOW = datetime(2026, 11, 24, 12, 4, tzinfo=UTC)
LINKS = Links(
    kibana="https://kibana.example/app/discover",
    acknowledge="https://desk.example/answer/x/acknowledge",
    mute="https://desk.example/answer/x/mute",
    judge="https://desk.example/answer/x",
)


def marked(text: str) -> str:
    """The text with what stands between stars marked."""
    pieces = text.split("*")
    return "".join(piece if n % 2 == 0 else f"{OPEN}{piece}{CLOSE}" for n, piece in enumerate(pieces))


def alert(n: int, title: str, publisher: str, **fields: Any) -> Alert:
    """An alert of a made-up rule."""
    known: dict[str, Any] = {
        "@timestamp": NOW,
        "id": f"2026.11-{n}",
        "desk": "us_russia",
        "rule_id": "sanctions",
        "rule_title": "New sanctions",
        "severity": Severity.HIGH,
        "occasion": OccasionKind.STORY,
        "occasion_id": f"2026.11-s{n}",
        "story_id": f"2026.11-s{n}",
        "article_id": f"a{n}",
        "title": title.replace("*", ""),
        "headline": marked(title),
        "url": f"https://news.example/{n}",
        "publisher": publisher,
        "topics": ["sanctions", "economy"],
        "published_at": NOW - timedelta(minutes=4),
        "published_precision": Precision.MINUTE,
        "discovered_at": NOW - timedelta(minutes=1),
    }
    return Alert.model_validate(known | fields)


def article(n: int, title: str, publisher: str) -> Article:
    """An article of a made-up outlet."""
    url = f"https://news.example/{n}"
    return Article.model_validate(
        {
            "@timestamp": NOW,
            "id": f"a{n}",
            "item_id": f"i{n}",
            "url": ArticleUrl(original=url, full=url, key=url, domain="news.example"),
            "title": title,
            "published_at": NOW - timedelta(minutes=n),
            "published_precision": Precision.MINUTE,
            "publisher": publisher,
            "feed": FeedFacts(id="f", title="f"),
            "feed_ids": ["f"],
            "fingerprint": Fingerprint(text_sha256="0"),
            "story": StoryRef(id="2026.11-s1"),
            **dict.fromkeys(("discovered_at", "fetched_at", "ingested_at", "updated_at"), NOW),
        }
    )


def letters() -> dict[str, Letter]:
    """What is pictured."""
    first = alert(
        1,
        "Washington *sanctions* two Russian banks over oil trade",
        "The Harbour Post",
        passages=[
            marked(
                "The Treasury imposed *sanctions* on two Russian *banks* on Tuesday, saying they settled oil trade."
            ),
            marked("Moscow called the *sanctions* a hostile step and promised an answer in kind."),
        ],
    )
    russian = alert(
        2,
        "США ввели *санкции* против двух российских *банков*",
        "Северный вестник",
        rule_title="Banks and payments",
        severity=Severity.NORMAL,
        story_id="2026.11-s1",
        passages=[marked("Министерство финансов США объявило о *санкциях* против двух российских *банков*.")],
        published_precision=Precision.DAY,
    )
    others = [article(n, f"{who} reports it too", who) for n, who in ((3, "Bay Tribune"), (4, "Отдел новостей"))]
    outlets = ["The Harbour Post", "Северный вестник", "Bay Tribune", "Отдел новостей", "Wire Five"]
    story = Story(
        id="2026.11-s1", headline="h", first_at=NOW, last_at=NOW, updated_at=NOW, article_ids=[], outlets=outlets
    )
    basic = {"address": "anna@example.org", "thread_id": "2026.11-t", "subject": first.title, "now": NOW}
    told: dict[str, Any] = {"story": story, "coverage": others, "links": LINKS}
    revision = Revision(
        **{"@timestamp": NOW},
        id="r", article_id="a5", number=1, announced=True, changed=["title", "body"], old_title="o", new_title="n",
        diff="--- before\n+++ after\n-Talks in Geneva end without a date for a summit\n"
        "+Talks in Geneva end with a date for a summit\n@@ -3 +3 @@\n"
        "-The ministers spoke for three hours and did not agree on a place.\n"
        "+The ministers spoke for five hours and agreed on Reykjavik.\n",
    )  # fmt: skip
    changed = alert(5, "Talks in Geneva end with a date for a summit", "Bay Tribune", occasion=OccasionKind.REVISION,
                    occasion_id="a5@1", rule_title="Corrections", severity=Severity.NORMAL)  # fmt: skip
    return {
        "alert": Letter(**basic, number=0, alerts=[first, russian], **told),
        "update": Letter(
            **basic, number=1, alerts=[first], known=frozenset({first.id}),
            news=[News(article(6, "Central bank says five more banks are affected", "Wire Five"),
                       ["five more banks", "Elvira Nabiullina", "“we were prepared”", "9 December"])], **told,
        ),
        "revision": Letter(**basic | {"subject": changed.title}, number=0, alerts=[changed],
                           revisions={changed.id: revision}, links=LINKS),
        "digest": digest(first, russian, changed),
    }  # fmt: skip


def digest(*alerts: Alert) -> Letter:
    """A daily digest."""
    first, russian, changed = alerts
    made = alert(9, "Daily digest", "", occasion=OccasionKind.DIGEST, rule_title="Daily digest")
    content = Digest(
        kind=DigestKind.SCHEDULED,
        every="daily",
        since=NOW.replace(hour=7, minute=0) - timedelta(days=1),
        until=NOW.replace(hour=7, minute=0),
        timezone="Europe/Berlin",
        entries=[
            Entry([first, russian], Severity.HIGH, 5, is_new=False, more_outlets=3, told_at=NOW - timedelta(hours=9),
                  facts=["five more banks", "9 December"]),
            Entry([alert(7, "Envoys meet in Istanbul on embassy staff", "Bay Tribune", rule_title="Diplomats",
                         severity=Severity.NORMAL)],
                  Severity.NORMAL, 2, is_new=True),
            Entry([changed], Severity.NORMAL, 1, is_new=True, told_at=NOW - timedelta(hours=7)),
            Entry([alert(8, "Автор <script>alert(1)</script> и «кавычки»", "Северный вестник",
                         rule_title="Exchanges", severity=Severity.LOW)],
                  Severity.LOW, 1, is_new=True),
        ],
        volume=[0, 1, 0, 2, 3, 5, 9, 14, 11, 8, 12, 17, 21, 16, 9, 7, 10, 6, 4, 3, 1, 1, 0, 0],
        near_misses=[article(10, "Grain shipments through the Black Sea slow down", "Harbour Post"),
                     article(11, "Хоккей: сборные сыграют в марте", "Отдел новостей")],
        muted=[alert(12, "Another day of the trial in Alexandria", "Bay Tribune", rule_title="Trials")],
    )  # fmt: skip
    return Letter("anna@example.org", "2026.11-d", 0, "Daily digest", [made], NOW, digest=content)


def on_phone(page: Path, height: int) -> Path:
    """A page that shows another at a phone's width: Chromium's own windows are never narrower than 500 pixels."""
    frame = f'<iframe src="{page.as_uri()}" width="390" height="{height}" style="border:0"></iframe>'
    phone = page.with_name(f"phone-{page.name}")
    phone.write_text(f'<body style="margin:0;background:#9aa5b1;text-align:center">{frame}', encoding="utf-8")
    return phone


def picture(chromium: str, page: Path, width: int, height: int, to: Path) -> None:
    """Chromium's picture of a page."""
    scale = "--force-device-scale-factor=1.5"
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", scale]
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(  # noqa: S603
            [chromium, *options, f"--user-data-dir={profile}", f"--window-size={width},{height}",
             f"--screenshot={to}", page.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip


def main() -> None:
    """Takes every picture."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = os.environ.get("CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)
    if chromium is None:
        sys.exit("No Chromium found: install it, or name it by CHROMIUM.")
    heights = {"alert": (860, 1040), "update": (640, 0), "revision": (620, 0), "digest": (830, 1100)}
    with tempfile.TemporaryDirectory() as folder:
        for name, letter in letters().items():
            body = render(letter, "Hotline <hotline@desk.example>").get_body(("html",))
            assert body is not None
            page = Path(folder) / f"{name}.html"
            page.write_text(body.get_content(), encoding="utf-8")
            desktop, phone = heights[name]
            picture(chromium, page, 680, desktop, DOCS / f"mail-{name}.png")
            if phone:
                picture(chromium, on_phone(page, phone), 500, phone, DOCS / f"mail-{name}-phone.png")
    print(f"Pictures are in {DOCS}")  # noqa: T201


if __name__ == "__main__":
    main()
