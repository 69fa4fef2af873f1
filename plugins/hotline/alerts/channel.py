"""What every channel is: something that takes a letter, or says why it does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hotline.alerts.digest import Digest
from schemas.alert import Alert
from schemas.article import Article, Revision
from schemas.story import Story


@dataclass(frozen=True)
class News:
    """What a later report added to a story."""

    article: Article
    facts: list[str]  # new numbers, names and quotes, as written


@dataclass(frozen=True)
class Links:
    """Where a reader can go on. Empty: there is no such place here."""

    kibana: str = ""
    acknowledge: str = ""
    mute: str = ""
    judge: str = ""


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
    news: list[News] = field(default_factory=list)  # what is new in a story that was told
    known: frozenset[str] = frozenset()  # alerts that stood in an earlier message
    unacknowledged_since: datetime | None = None  # an escalation: the alert was sent then
    revisions: Mapping[str, Revision] = field(default_factory=dict)  # alert → the change it is about
    links: Links = field(default_factory=Links)
    digest: Digest | None = None


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
