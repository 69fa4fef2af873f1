"""What an outlet changed, as its reader sees it."""

import pytest

from hotline.alerts.changes import MOST_CHANGES, Change, changes
from hotline.alerts.chat import text_of
from hotline.alerts.digest import Digest
from hotline.alerts.query import CLOSE, OPEN
from hotline.search.indices import Kind
from hotline.search.store import Store, Write
from schemas.alert import DigestKind
from schemas.article import Revision
from tests.alerts.conftest import NOW, make_rule
from tests.alerts.mailbox import Mailbox
from tests.alerts.rig import fire, send, text
from tests.alerts.test_email import part, words

DIFF = """--- before
+++ after
@@ -1 +1 @@
-Talks end without a date
+Talks end with a date
@@ -3,2 +3,3 @@
 The same.
-They met on Monday.
+They met on Tuesday in Geneva.
+Correction: an earlier version named the wrong day.
"""


def marked(text: str) -> str:
    return text.replace(OPEN, "[").replace(CLOSE, "]")


def test_old_stands_before_new_and_the_words_that_differ_are_marked() -> None:
    assert [(c.came, marked(c.text)) for c in changes(DIFF)] == [
        (False, "Talks end [without] a date"),
        (True, "Talks end [with] a date"),
        (False, "They met on [Monday.]"),
        (True, "They met on [Tuesday in Geneva.]"),
        (True, "Correction: an earlier version named the wrong day."),
    ]


def test_what_only_went_or_only_came_stands_alone_and_a_rewrite_is_cut() -> None:
    assert changes("-gone for good\n") == [Change(False, "gone for good")]
    assert changes("+here\n-gone\n") == [Change(True, "here"), Change(False, "gone")]
    assert changes("") == changes(" same\n-\n+ \n") == []
    rewrite = "".join(f"-old {n}\n+new {n}\n" for n in range(20))
    assert len(changes(rewrite)) == MOST_CHANGES
    (long,) = changes("+" + "word " * 400)
    assert len(long.text) < 340
    assert changes(f"-a{OPEN}b c\n+ab{CLOSE} d\n")[0].text == f"ab {OPEN}c{CLOSE}"


@pytest.mark.elasticsearch
def test_mail_about_a_correction_shows_before_and_now(store: Store, mailbox: Mailbox) -> None:
    revision = Revision(
        **{"@timestamp": NOW},
        id="r1",
        article_id="a1",
        number=2,
        announced=True,
        changed=["title", "body"],
        old_title="Talks end without a date",
        new_title="Talks end with a date",
        diff=DIFF.replace("Monday.", "<b>Monday</b>."),
    )
    store.write([Write(Kind.REVISIONS, revision.id, revision, "2026.11")])
    fire(store, make_rule(kind="revision"), revision=2)
    send(store, mailbox)
    message = mailbox.messages[0]
    assert "- They met on *<b>Monday</b>.*\n\n+ They met on *Tuesday in Geneva.*" in text(message)
    assert "Before They met on" in words(message)
    assert "corrected by the outlet" in words(message)
    assert "<b>Monday" not in part(message, "html")
    assert "The Treasury" not in text(message)  # the passages say less than the change


def test_digest_reads_in_a_chat() -> None:
    from tests.alerts.conftest import make_alert
    from tests.alerts.test_channels import letter

    digest = Digest(DigestKind.CAUGHT_UP, "", NOW, NOW, "UTC", [], muted=[make_alert(title="@all look")])
    title, body = text_of(letter().__class__(**letter().__dict__ | {"digest": digest}))
    assert title.endswith("nothing new")
    assert "an outage kept them" in body
    assert "@all" not in body
