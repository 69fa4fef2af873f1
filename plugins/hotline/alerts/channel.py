"""What every channel is: something that takes a letter, or says why it does not."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from schemas.alert import Alert
from schemas.article import Article
from schemas.story import Story


@dataclass(frozen=True)
class Letter:
    """One message to one address about one thread, before a channel gives it a form."""

    address: str
    thread_id: str  # id of the schemas.alert.Thread
    number: int  # 0 for the first message of the thread; above: an update
    subject: str  # headline of the first message
    alerts: list[Alert]  # most urgent first; never empty
    now: datetime
    story: Story | None = None
    coverage: list[Article] = field(default_factory=list)  # other articles of the story


class Channel(Protocol):
    """Carries letters. Channels fail on their own: one that is down holds up no other."""

    def send(self, letter: Letter) -> str:
        """Hands a letter over; returns its id, the same for every try of the same letter.

        Raises: Refused, Deferred or Unavailable.
        """


class ChannelError(Exception):
    """A letter was not taken."""


class Refused(ChannelError):
    """This letter, or mail to this address, will never be taken."""


class Deferred(ChannelError):
    """Not now; the next try may succeed."""


class Unavailable(ChannelError):
    """The channel itself does not work: no other letter needs to be tried now."""
