"""The pages behind the links, asked over HTTP as browsers and mail scanners ask."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import urllib3
import uvicorn
from elasticsearch import Elasticsearch

from hotline.alerts.answers import alert_by_id, labels
from hotline.alerts.app import Office, create_app
from hotline.alerts.links import Claim, sign
from hotline.alerts.outbox import SentReport
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Act, Said
from schemas.article import StoryRef
from tests.alerts.conftest import DESK, NOW, make_rule
from tests.alerts.mailbox import Mailbox
from tests.alerts.rig import ANNA, DESKS, fire, put_story, send, text

pytestmark = pytest.mark.elasticsearch
SECRET = b"a secret of this test"


class Desk:
    """A running app, and what it works with; a test may change the office."""

    def __init__(self, store: Store) -> None:
        self.heard: list[Said] = []
        self.office = Office(store, DESKS, {DESK: ["sanctions", "arms_control"]}, lambda: NOW, self.hear)
        self.base = ""
        self.secret = SECRET

    def hear(self, said: Said) -> str:
        self.heard.append(said)
        return f"{said.act.value} was heard"

    def ask(self, path: str, method: str = "GET", form: str | None = None) -> urllib3.BaseHTTPResponse:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return urllib3.request(method, f"{self.base}/answer/{path}", body=form, headers=headers, redirect=False)

    def said(self) -> list[Said]:
        self.office.store.refresh(Kind.SAID)
        return [k.record for k in self.office.store.search(Said, Kind.SAID, {"match_all": {}}, size=100)]


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    desk = Desk(store)
    server = uvicorn.Server(
        uvicorn.Config(create_app(lambda: desk.office, lambda: desk.secret), log_level="error", lifespan="off")
    )
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    desk.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield desk
    server.should_exit = True
    thread.join()
    listener.close()


def token(alert_id: str, recipient: str = "anna") -> str:
    return sign(Claim(alert_id, recipient, NOW + timedelta(days=1)), SECRET)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("chosen", ["", "/acknowledge", "/mute", "/nonsense"])
def test_scanners_that_follow_links_change_nothing(store: Store, desk: Desk, method: str, chosen: str) -> None:
    (alert,) = fire(store)
    answer = desk.ask(token(alert.id) + chosen, method)
    assert answer.status == 200
    assert desk.said() == []
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_page_shows_what_it_is_about_and_hostile_titles_are_harmless(store: Store, desk: Desk) -> None:
    title = "Саммит</h1><script>alert(1)</script>"
    (alert,) = fire(store, make_rule(title="<b>Rule</b>"), title=title)
    page = desk.ask(token(alert.id) + "/mute").data.decode()
    assert "Саммит&lt;/h1&gt;&lt;script&gt;" in page
    assert not re.search(r"<(script|b>Rule|img)", page)
    assert page.index('value="mute"') < page.index('value="acknowledge"')
    actions = set(re.findall(r'action="([^"]+)"', page))
    assert actions == {f"../{token(alert.id)}"}


def test_posted_answer_is_recorded_once_with_who_and_when(store: Store, desk: Desk) -> None:
    (alert,) = fire(store)
    for _ in range(2):  # a double click
        page = desk.ask(token(alert.id), "POST", "act=acknowledge")
        assert page.status == 200
        assert "Recorded: acknowledge. acknowledge was heard" in page.data.decode()
    (said,) = desk.said()
    assert (said.act, said.by, said.via, said.timestamp) == (Act.ACKNOWLEDGE, "anna", "link", NOW)
    assert (said.alert_id, said.thread, said.article_id) == (alert.id, alert.occasion_id, alert.article_id)
    assert desk.heard == [said, said]
    assert "anna: acknowledge" in desk.ask(token(alert.id, "boris")).data.decode()


def test_mute_by_link_holds_for_its_reader_until_something_more_urgent(
    store: Store, desk: Desk, mailbox: Mailbox
) -> None:
    (alert,) = fire(store)
    desk.ask(token(alert.id), "POST", "act=mute&what=story&for=me")
    assert desk.said()[0].until == NOW + timedelta(days=7)
    assert send(store, mailbox) == SentReport(sent=1, muted=1)
    assert mailbox.messages[0]["To"] != ANNA
    fire(store, make_rule("urgent", severity="high"))
    assert send(store, mailbox, 1).sent == 2


def test_mute_of_a_rule_for_the_desk_ends_when_somebody_ends_it(store: Store, desk: Desk, mailbox: Mailbox) -> None:
    (alert,) = fire(store)
    desk.ask(token(alert.id), "POST", "act=mute&what=rule&for=desk")
    other = {"id_": "b1", "story": StoryRef(id="2026.11-other"), "title": "Another"}
    fire(store, make_rule(), make_rule("second"), **other)
    assert send(store, mailbox) == SentReport(sent=2, muted=4)
    assert "Rule sanctions" not in text(mailbox.messages[0])
    desk.office = replace(desk.office, clock=lambda: NOW + timedelta(minutes=1))
    desk.ask(token(alert.id), "POST", "act=unmute&what=rule&for=desk")
    fire(store, id_="c1", story=StoryRef(id="2026.11-third"), title="Third")
    assert send(store, mailbox, 2).sent == 2


def test_mute_ends_after_its_days(store: Store, desk: Desk, mailbox: Mailbox) -> None:
    (alert,) = fire(store)
    desk.ask(token(alert.id), "POST", "act=mute")
    assert send(store, mailbox, 8 * 24 * 60).sent == 2


def test_snooze_defers_to_its_end(store: Store, desk: Desk, mailbox: Mailbox) -> None:
    (alert,) = fire(store)
    desk.ask(token(alert.id), "POST", "act=snooze")
    assert send(store, mailbox) == SentReport(sent=1, deferred=1)
    assert send(store, mailbox, 119).sent == 0
    assert send(store, mailbox, 120).sent == 1


def test_judgements_come_out_as_labelled_articles(store: Store, desk: Desk) -> None:
    put_articles = [{"id_": f"a{n}", "title": f"Title {n}", "story": StoryRef(id=f"2026.11-s{n}")} for n in range(3)]
    alerts = [fire(store, **fields)[0] for fields in put_articles]
    from tests.alerts.conftest import make_article

    put_story(store, [make_article(**fields) for fields in put_articles])
    desk.ask(token(alerts[0].id), "POST", "act=not_relevant&note=about+hockey")
    desk.ask(token(alerts[1].id), "POST", "act=wrong_topic&topic=arms_control&topic=invented")
    desk.ask(token(alerts[2].id), "POST", "act=wrong_story")
    found = {label["id"]: label for label in labels(store, DESK)}
    assert set(found) == {"a0", "a1"}
    assert (found["a0"]["relevance"], found["a0"]["topics"]) == (0, [])
    assert (found["a1"]["relevance"], found["a1"]["topics"]) == (2, ["arms_control"])
    assert set(found["a0"]) == {
        *("id", "url", "publisher", "published", "lang", "title", "text", "relevance", "topics"),
    }
    assert {said.note for said in desk.said()} == {"about hockey", ""}
    assert list(labels(store, "another")) == []


def test_what_is_wrong_with_a_link_is_said_and_nothing_recorded(store: Store, desk: Desk) -> None:
    (alert,) = fire(store)
    late = sign(Claim(alert.id, "anna", NOW), SECRET)
    assert desk.ask(late, "POST", "act=acknowledge").status == 403
    assert b"expired" in desk.ask(late).data
    assert desk.ask("nonsense").status == 403
    assert desk.ask(token("2026.11-gone")).status == 410
    assert desk.ask(token(alert.id), "POST", "act=everything").status == 400
    assert desk.ask(token(alert.id), "POST", "").status == 400
    assert desk.said() == []
    desk.office = replace(desk.office, desks={})
    assert desk.ask(token(alert.id), "POST", "act=acknowledge").status == 410
    assert desk.ask(token(alert.id)).status == 200
    desk.secret = b""
    assert b"HOTLINE_LINK_SECRET" in desk.ask(token(alert.id)).data


def test_archive_out_of_reach_is_said(store: Store, desk: Desk) -> None:
    (alert,) = fire(store)
    with Elasticsearch("http://127.0.0.1:9", max_retries=0, retry_on_timeout=False) as nobody:
        desk.office = replace(desk.office, store=Store(nobody, store.indices))
        answer = desk.ask(token(alert.id), "POST", "act=acknowledge")
    assert answer.status == 503
    assert b"Nothing was recorded" in answer.data


def test_links_in_the_mail_lead_to_the_page(store: Store, desk: Desk, mailbox: Mailbox) -> None:
    from hotline.alerts.links import Post

    (alert,) = fire(store)
    send(store, mailbox, post=Post(desk.base, SECRET))
    link = re.search(r"Acknowledge: (\S+)", text(mailbox.by_recipient()[ANNA][0]))
    assert link
    page = urllib3.request("GET", link[1])
    assert page.status == 200
    assert "You answer as anna" in page.data.decode()
    assert alert_by_id(store, alert.id) == alert
