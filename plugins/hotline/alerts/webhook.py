"""A webhook: a letter as JSON, signed so that its receiver knows who sent it and when."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

import urllib3

from hotline.alerts.channel import Deferred, Letter, Refused, Unavailable
from hotline.alerts.chat import is_permanent, text_of
from hotline.alerts.content import one_line
from hotline.alerts.email import message_id

TIMEOUT_S = 10.0


def payload(letter: Letter, id_: str, name: str) -> dict[str, Any]:
    """What is posted. Texts carry no marks; `text` is what a person would read."""
    title, text = text_of(letter)
    before = message_id(letter.thread_id, letter.number - 1, name) if letter.number else None
    return {
        "id": id_,
        "thread": letter.thread_id,
        "number": letter.number,
        "in_reply_to": before,
        "title": title,
        "text": text,
        "alerts": [
            alert.model_dump(mode="json", by_alias=True)
            | {"headline": one_line(alert.headline), "passages": [one_line(passage) for passage in alert.passages]}
            for alert in letter.alerts
        ],
        "news": [{"article_id": news.article.id, "facts": news.facts} for news in letter.news],
    }


def signature(body: bytes, timestamp: int, secret: bytes) -> str:
    """`v1=` and the hexadecimal HMAC-SHA256 (RFC 2104) of `timestamp.body`: a copy that comes late can be told."""
    return "v1=" + hmac.new(secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


@dataclass
class WebhookChannel:
    """Posts letters to one address. Its receiver drops what has an `Idempotency-Key` that it took already."""

    name: str
    url: str = field(repr=False)
    secret: bytes = field(repr=False)
    timeout: float = TIMEOUT_S  # seconds

    def send(self, letter: Letter) -> str:
        """Posts the letter; returns its id.

        Raises: Refused for 3xx and 4xx (redirects are not followed: the signed text is for one receiver), Deferred
        for 408, 425, 429 and 5xx, Unavailable where nobody answers.
        """
        id_ = message_id(letter.thread_id, letter.number, self.name)
        body = json.dumps(payload(letter, id_, self.name), ensure_ascii=False).encode()
        timestamp = int(letter.now.timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": id_,
            "X-Hotline-Timestamp": str(timestamp),
            "X-Hotline-Signature": signature(body, timestamp, self.secret),
        }
        try:
            with urllib3.PoolManager(timeout=self.timeout, retries=False) as pool:
                answer = pool.request("POST", self.url, body=body, headers=headers, redirect=False)
        except urllib3.exceptions.LocationParseError as error:
            raise Refused(f"{self.name}: the address in the connection is none") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(f"{self.name}: {type(error).__name__}") from error
        if answer.status < 300:
            return id_
        reason = f"{self.name}: {answer.status} {one_line(answer.data[:200].decode('utf-8', 'replace'))}"
        if answer.status < 400 or is_permanent(answer.status):
            raise Refused(reason)
        raise Deferred(reason)
