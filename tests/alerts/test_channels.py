"""Chat, pagers and webhooks, each through real HTTP to a server that stands for the service."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import apprise
import pytest

from hotline.alerts.channel import ChannelError, Deferred, Letter, Refused, Unavailable
from hotline.alerts.chat import AppriseChannel
from hotline.alerts.outbox import SentReport
from hotline.alerts.query import CLOSE, OPEN
from hotline.alerts.webhook import WebhookChannel
from hotline.line.channels import Missing, channel_of
from hotline.search.store import Store
from schemas.alert import DeliveryStatus
from schemas.base import Severity
from schemas.rule import Recipient
from tests.alerts.chat_server import ChatServer, chat_server
from tests.alerts.conftest import DESK, NOW, make_alert, make_desk
from tests.alerts.mailbox import Mailbox
from tests.alerts.rig import ANNA, every_delivery, fire, send

TITLE = "Лавров: *саммит* <b>отложен</b> & [ссылка](https://evil.example)"
SECRET = b"a secret of this test"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """The server; apprise's services with fixed addresses are pointed at it."""
    from apprise.plugins import pagerduty, slack, telegram

    with chat_server() as server:
        monkeypatch.setattr(slack.NotifySlack, "webhook_url", f"{server.url}/services")
        monkeypatch.setattr(telegram.NotifyTelegram, "notify_url", f"{server.url}/bot")
        regions = dict.fromkeys(pagerduty.PAGERDUTY_API_LOOKUP, f"{server.url}/v2")
        monkeypatch.setattr(pagerduty, "PAGERDUTY_API_LOOKUP", regions)
        monkeypatch.setattr(apprise.plugins.NotifyBase, "request_rate_per_sec", 0)
        yield server


def letter(number: int = 0, **changes: Any) -> Letter:
    alert = make_alert(title=TITLE, headline=f"{OPEN}Лавров{CLOSE}: саммит", severity=Severity.HIGH, **changes)
    return Letter("chat", "2026.11-t", number, TITLE, [alert], NOW)


def addresses(host: str) -> dict[str, str]:
    return {
        "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#hotline",
        "mattermost": f"mmost://{host}/3ccdd113474722377935511fc85d3dd4",
        "telegram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
        "pagerduty": "pagerduty://A1BRTD4JD0000000000000000000000A@TIiajkdnlazkcOXrIdevi7FQ000/",
        "rocketchat": f"rocket://{host}/?webhook=web%2Fhook&mode=webhook",
        "json": f"json://{host}/hotline",
    }


@pytest.mark.parametrize("name", ["slack", "mattermost", "telegram", "pagerduty", "json"])
def test_services_get_the_headline_and_the_reason(service: ChatServer, name: str) -> None:
    assert AppriseChannel(name, addresses(service.host)[name]).send(letter()) == f"<2026.11-t.0@{name}>"
    said = json.dumps([json.loads(p.body) for p in service.posted], ensure_ascii=False)
    assert "Лавров" in said
    assert "Rule sanctions" in said or name == "pagerduty"
    assert OPEN not in said
    assert "<b>отложен</b>" not in said or name in ("json", "mattermost", "pagerduty")  # these take no HTML


@pytest.mark.parametrize("name", ["slack", "mattermost", "telegram", "json"])
def test_headline_calls_nobody(service: ChatServer, name: str) -> None:
    alert = make_alert(title="<!channel> @all @Everyone read <@U12345>", headline="")
    AppriseChannel(name, addresses(service.host)[name]).send(Letter("chat", "2026.11-t", 0, alert.title, [alert], NOW))
    said = " ".join(str(json.loads(posted.body)) for posted in service.posted)
    assert "@all" not in said
    assert "@Everyone" not in said
    assert "<!channel>" not in said or name in ("mattermost", "json")  # a call in Slack only
    assert "<@U12345>" not in said or name in ("mattermost", "json")


def test_pager_knows_an_update_as_the_same_incident(service: ChatServer) -> None:
    for number in (0, 1, 1):
        AppriseChannel("pager", addresses(service.host)["pagerduty"]).send(letter(number))
    assert {json.loads(p.body)["dedup_key"] for p in service.posted} == {"2026.11-t"}


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Refused), (403, Refused), (404, Refused), (410, Refused), (429, Deferred), (500, Deferred), (503, Deferred)],
)
@pytest.mark.parametrize("kind", ["mattermost", "webhook"])
def test_refused_for_good_is_told_from_refused_for_now(
    service: ChatServer, kind: str, status: int, error: type[ChannelError]
) -> None:
    service.status, service.body = status, b"no\r\nway"
    channel = (
        WebhookChannel("hook", service.url, SECRET)
        if kind == "webhook"
        else AppriseChannel("chat", addresses(service.host)[kind])
    )
    with pytest.raises(error) as caught:
        channel.send(letter())
    assert str(status) in str(caught.value)
    assert "3ccdd113474722377935511fc85d3dd4" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_service_that_is_down_is_unavailable() -> None:
    with chat_server() as gone:
        pass
    for channel in (AppriseChannel("chat", addresses(gone.host)["mattermost"]), WebhookChannel("h", gone.url, SECRET)):
        with pytest.raises(Unavailable):
            channel.send(letter())


def test_address_that_is_none_fails_and_shows_no_secret() -> None:
    for channel in (AppriseChannel("chat", "nonsense://s3cret"), WebhookChannel("hook", "http://[s3cret", SECRET)):
        with pytest.raises(Refused, match="address in the connection") as caught:
            channel.send(letter())
        assert "s3cret" not in str(caught.value) + repr(channel)


def test_webhook_is_signed_with_its_time_and_says_which_letter_it_is(service: ChatServer) -> None:
    id_ = WebhookChannel("hook", service.url, SECRET).send(letter(1))
    (posted,) = service.posted
    stamp = posted.headers["X-Hotline-Timestamp"]
    expected = hmac.new(SECRET, f"{stamp}.".encode() + posted.body, hashlib.sha256).hexdigest()
    assert posted.headers["X-Hotline-Signature"] == f"v1={expected}"
    assert posted.headers["Idempotency-Key"] == id_ == "<2026.11-t.1@hook>"
    assert int(stamp) == int(NOW.timestamp())
    body = json.loads(posted.body)
    assert (body["thread"], body["number"], body["in_reply_to"]) == ("2026.11-t", 1, "<2026.11-t.0@hook>")
    assert body["alerts"][0]["headline"] == "Лавров: саммит"
    assert body["title"].startswith("[high] Лавров")


def test_webhook_follows_no_redirect(service: ChatServer) -> None:
    service.status = 302
    with pytest.raises(Refused):
        WebhookChannel("hook", service.url, SECRET).send(letter())
    assert len(service.posted) == 1


def test_connection_says_what_the_channel_is() -> None:
    assert isinstance(channel_of("a", "apprise", "mmost://h/t", {}), AppriseChannel)
    assert channel_of("a", "generic", "", {"url": "mmost://h/t"}) == AppriseChannel("a", "mmost://h/t")
    assert channel_of("h", "HTTP", "s", {"url": "https://x"}) == WebhookChannel("h", "https://x", b"s")
    lacking = channel_of("h", "http", "", {"url": "https://x"})
    assert isinstance(lacking, Missing)
    with pytest.raises(Unavailable, match="secret as password"):
        lacking.send(letter())


@pytest.mark.elasticsearch
def test_one_of_three_channels_fails_for_good_and_the_others_do_not_notice(
    store: Store, mailbox: Mailbox, service: ChatServer
) -> None:
    anna = Recipient(name="anna", email=ANNA, channels=["email", "chat", "hook"])
    desks = {DESK: make_desk(anna)}
    fire(store, desks=desks)
    with chat_server() as broken:
        broken.status = 404
        others = {
            "chat": AppriseChannel("chat", addresses(broken.host)["mattermost"]),
            "hook": WebhookChannel("hook", service.url, SECRET),
        }
        assert send(store, mailbox, desks=desks, others=others) == SentReport(sent=2, failed=1)
        assert send(store, mailbox, 60, desks=desks, others=others) == SentReport()
        assert len(broken.posted) == 1
    known = {d.channel: d for d in every_delivery(store)}
    assert known["chat"].status is DeliveryStatus.FAILED
    assert "404" in (known["chat"].last_error or "")
    assert (known["email"].status, known["hook"].status) == (DeliveryStatus.SENT, DeliveryStatus.SENT)
    assert (len(mailbox.messages), len(service.posted)) == (1, 1)


@pytest.mark.elasticsearch
def test_channel_that_is_down_waits_on_its_own(store: Store, mailbox: Mailbox, service: ChatServer) -> None:
    desks = {DESK: make_desk(Recipient(name="anna", email=ANNA, channels=["email", "chat"]))}
    fire(store, desks=desks)
    missing = {"chat": Missing("Airflow has no connection chat")}
    assert send(store, mailbox, desks=desks, others=missing) == SentReport(sent=1, retrying=1)
    mended = {"chat": AppriseChannel("chat", addresses(service.host)["mattermost"])}
    assert send(store, mailbox, 1, desks=desks, others=mended) == SentReport(sent=1)
    assert len(mailbox.messages) == 1
    assert {d.last_error for d in every_delivery(store)} == {None}
