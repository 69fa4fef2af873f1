"""Links in messages: to the search in Kibana, and signed ones by which a reader answers without an account."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from hotline.alerts.channel import Links
from hotline.alerts.query import rule_query
from schemas.alert import Alert, OccasionKind
from schemas.desk import Desk
from schemas.rule import Rule
from schemas.story import Story

_AROUND = timedelta(hours=1)  # Kibana shows this much after the alert
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./~")


class BadLink(ValueError):
    """A link that was not made here; the message is for its reader."""


@dataclass(frozen=True)
class Claim:
    """What a link says: this recipient, about this alert, until then."""

    alert_id: str
    recipient: str
    expires: datetime


def sign(claim: Claim, secret: bytes) -> str:
    """The claim as a token for an address: its JSON and an HMAC-SHA256 (RFC 2104), in base64url without padding."""
    body = json.dumps([claim.alert_id, claim.recipient, int(claim.expires.timestamp())], ensure_ascii=False).encode()
    return f"{_base64(body)}.{_base64(_mac(body, secret))}"


def verify(token: str, secret: bytes) -> Claim:
    """The claim of a token; whether it has expired is for the caller. Raises BadLink where `secret` did not sign it."""
    body, _, mac = token.partition(".")
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        given = base64.urlsafe_b64decode(mac + "=" * (-len(mac) % 4))
    except ValueError:
        raise BadLink("This link is not complete. Copy the whole of it from the message.") from None
    if not hmac.compare_digest(_mac(raw, secret), given):
        raise BadLink("This link was not made here, or is not complete. Copy the whole of it from the message.")
    alert_id, recipient, expires = json.loads(raw)
    return Claim(alert_id, recipient, datetime.fromtimestamp(expires, UTC))


def _mac(body: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"hotline-link\0" + body, hashlib.sha256).digest()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class Post:
    """What this installation can link to. Without an address or a secret there are no such links."""

    public_url: str = ""
    secret: bytes = field(default=b"", repr=False)
    kibana_url: str = ""
    rules: Mapping[tuple[str, str], Rule] = field(default_factory=dict)  # by desk and id

    def links(self, alert: Alert, desk: Desk | None, story: Story | None, recipient: str, now: datetime) -> Links:
        """The links of a message to a recipient. Notices about the line have none: there is nothing to answer."""
        if desk is None or alert.occasion in (OccasionKind.HEALTH, OccasionKind.DIGEST):
            return Links()
        kibana = self._kibana(alert, desk, story)
        if not self.public_url or not self.secret:
            return Links(kibana=kibana)
        token = sign(Claim(alert.id, recipient, now + desk.alerting.links_valid), self.secret)
        page = f"{self.public_url.rstrip('/')}/answer/{token}"
        return Links(kibana, f"{page}/acknowledge", f"{page}/mute", page)

    def _kibana(self, alert: Alert, desk: Desk, story: Story | None) -> str:
        """Discover, with the rule's own query and filters, over the time in which it could ring for this alert."""
        if not self.kibana_url:
            return ""
        start = alert.timestamp - desk.alerting.max_age
        if alert.published_at:
            start = min(start, alert.published_at - _AROUND)
        rule = self.rules.get((alert.desk or "", alert.rule_id))
        if rule:
            query = rule_query(alert.desk or "", rule, max_age=desk.alerting.max_age, now=alert.timestamp)
        else:  # no longer in rules.yaml: the story
            query = {"term": {"story.id": story.id if story else alert.story_id}}
        state = {
            "dataSource": {"type": "dataView", "dataViewId": "hotline-articles"},
            "filters": [{"meta": {"alias": alert.rule_title, "disabled": False, "negate": False, "type": "custom"},
                         "query": query}],
        }  # fmt: skip
        times = {"time": {"from": _stamp(start), "to": _stamp(alert.timestamp + _AROUND)}}
        where = f"_g={quote(rison(times), safe=_SAFE)}&_a={quote(rison(state), safe=_SAFE)}"
        return f"{self.kibana_url.rstrip('/')}/app/discover#/?{where}"


_SAFE = "(),:!*@$"


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"


def rison(value: Any) -> str:
    """A JSON value as Rison, the form of state in Kibana's addresses (https://github.com/Nanonid/rison)."""
    if value is None or isinstance(value, bool):
        return {None: "!n", True: "!t", False: "!f"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "(" + ",".join(f"{rison(str(key))}:{rison(value[key])}" for key in value) + ")"
    if isinstance(value, list | tuple):
        return "!(" + ",".join(rison(item) for item in value) + ")"
    text = str(value)
    is_plain = text and text[0] not in "-0123456789" and _PLAIN.issuperset(text)
    return text if is_plain else "'" + text.replace("!", "!!").replace("'", "!'") + "'"
