"""Chat services and pagers by apprise: a letter as plain text, and what their answers mean."""

import logging
import re
from dataclasses import dataclass, field

from hotline.alerts.channel import Deferred, Letter, Refused, Unavailable
from hotline.alerts.content import content_of, one_line
from hotline.alerts.digest_content import digest_content_of
from hotline.alerts.email import headline_of, message_id, written
from schemas.base import Severity

PASSING = frozenset({408, 425, 429})
"""HTTP answers below 500 after which another try may succeed (RFC 9110, 15.5.9; RFC 8470; RFC 6585)."""
PERMANENT_FROM = 400
SERVER_TROUBLE = 500
_CALLS = re.compile(r"@(?=(?:all|channel|everyone|here)\b)", re.IGNORECASE)


def text_of(letter: Letter) -> tuple[str, str]:
    """Title and text of a letter for a chat. Plain text, and a headline cannot call everybody (`@channel`)."""
    if letter.digest:
        digest = digest_content_of(letter, letter.digest)
        title, text = digest.subject, written("digest.txt", digest)
    else:
        title, text = headline_of(letter), written("alert.txt", content_of(letter))
    return _CALLS.sub("@\u200b", title), _CALLS.sub("@\u200b", text)


def is_permanent(status: int) -> bool:
    """Whether an HTTP answer says that the same request will never be taken."""
    return PERMANENT_FROM <= status < SERVER_TROUBLE and status not in PASSING


@dataclass
class AppriseChannel:
    """Sends letters to one address of apprise's form (`slack://…`, `tgram://…`); https://github.com/caronc/apprise.

    A pager that knows events by a key (PagerDuty) gets the thread's: an update belongs to the incident, and a letter
    that is sent again opens none.
    """

    name: str
    url: str = field(repr=False)

    def send(self, letter: Letter) -> str:
        """Hands the letter over; returns its id.

        Raises: Refused for an address that apprise cannot read and for 4xx; Deferred for 408, 425, 429, 5xx and
        answers that say no more; Unavailable where the service is out of reach.
        """
        import apprise

        service = apprise.Apprise.instantiate(self.url)
        if service is None:
            raise Refused(f"{self.name}: the address in the connection is none that apprise knows")
        if hasattr(service, "dedup"):
            service.dedup = letter.thread_id
        title, text = text_of(letter)
        kinds = {Severity.CRITICAL: apprise.NotifyType.FAILURE, Severity.HIGH: apprise.NotifyType.WARNING}
        sender = apprise.Apprise()
        sender.add(service)
        with apprise.LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]
            taken = sender.notify(
                body=text,
                title=title,
                notify_type=kinds.get(letter.alerts[0].severity, apprise.NotifyType.INFO),
                body_format=apprise.NotifyFormat.TEXT,
            )
            said = log.getvalue()
        if not taken:
            raise self._refusal(said)
        return message_id(letter.thread_id, letter.number, self.name)

    def _refusal(self, said: str) -> Refused | Deferred | Unavailable:
        """What went wrong, as far as apprise's log says; never with the address, which is a secret."""
        reason = f"{self.name}: {one_line(_said(said)) or 'not taken'}"
        if status := re.search(r"\berror=(\d{3})\b", said):
            return Refused(reason) if is_permanent(int(status[1])) else Deferred(reason)
        return Unavailable(reason) if "onnection error" in said else Deferred(reason)


def _said(log: str) -> str:
    """Apprise's last line without its date and level."""
    lines = [line.rpartition(" - ")[2] for line in log.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
