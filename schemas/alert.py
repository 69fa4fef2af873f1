"""An alert, and its delivery to one person by one channel."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.base import Contract, Es, Instant, Precision, Severity, Stored, Text
from schemas.capture import Lease


class OccasionKind(StrEnum):
    """What an alert is about; with its id it makes the alert unique for its rule."""

    STORY = "story"
    REVISION = "revision"  # an article and its revision
    WINDOW = "window"  # a surge, by the start of its window
    SILENCE = "silence"  # a silence, by the last article before it
    HEALTH = "health"  # the line itself: silence, failures, recovery
    DIGEST = "digest"  # many alerts in one message, for one recipient


class Alert(Contract):
    """An alert in `hotline-alerts-*`: a rule and an occasion. Id = hash of both."""

    timestamp: Instant = Field(alias="@timestamp", description="When it was raised.")
    id: str = Field(description="Month of the occasion, a dash and hash(rule, occasion).")
    desk: str | None = Field(description="The desk whose rule fired; none for health notices.")
    rule_id: str = Field(description="The rule, or `health/…` for notices.")
    rule_title: str = Field(description="What people call the rule.")
    severity: Severity = Field(description="The rule's severity when it fired.")
    occasion: OccasionKind = Field(description="What it is about.")
    occasion_id: str = Field(description="Id of the story, `article@revision`, `desk/rule@since`, or the notice's key.")
    story_id: str | None = Field(default=None, description="The story, where there is one.")
    article_id: str | None = Field(default=None, description="The article that made it ring.")
    title: Text = Field(description="Headline of that article, or of the notice.")
    headline: Stored = Field(default="", description="The title with the matched words marked as in passages.")
    url: str | None = Field(default=None, description="The article's address, for people to open.")
    publisher: str | None = Field(default=None, description="The article's outlet.")
    passages: Annotated[list[str], Es.TEXT] = Field(
        default_factory=list, description="Passages with the matched words between U+E000 and U+E001."
    )
    topics: list[str] = Field(default_factory=list, description="Topics of the article for the desk.")
    about: list[str] = Field(
        default_factory=list, description="Notices: the troubles that stand, as `kind/feed` or `host/…`."
    )
    published_at: Instant | None = Field(default=None, description="The article's publication date.")
    published_precision: Precision | None = Field(default=None, description="How exact published_at is.")
    discovered_at: Instant | None = Field(default=None, description="When our poll saw the article.")
    since: Instant | None = Field(default=None, description="Digests: the start of what it tells of.")
    until: Instant | None = Field(default=None, description="Digests: its end.")
    superseded_by: str | None = Field(
        default=None, description="The same rule's alert on the story that took this one's story over."
    )


class DeliveryStatus(StrEnum):
    """How far a delivery is. `pending` and `retrying` are due at next_try_at, `held` ones with a digest."""

    PENDING = "pending"
    RETRYING = "retrying"
    HELD = "held"  # waits for the digest in `held_for`
    SENT = "sent"
    JOINED = "joined"  # the recipient has had a message about this story already
    MUTED = "muted"  # the recipient or the desk wants to hear no more of it
    SKIPPED = "skipped"  # a digest that had nothing to say
    FAILED = "failed"  # refused for good (last_error)


class Cause(StrEnum):
    """Why a delivery is made."""

    ALERT = "alert"  # a rule fired
    DEVELOPMENT = "development"  # a story that was told has developed
    ESCALATION = "escalation"  # nobody acknowledged
    DIGEST = "digest"


class DigestKind(StrEnum):
    """What makes a digest."""

    SCHEDULED = "scheduled"  # the recipient asked for it
    FLOOD = "flood"  # more than anyone can read singly
    CAUGHT_UP = "caught_up"  # what an outage delayed


class Delivery(Contract):
    """One alert for one recipient by one channel, in `hotline-deliveries-*`: the outbox."""

    timestamp: Instant = Field(alias="@timestamp", description="When it was put into the outbox.")
    id: str = Field(description="Month, a dash and hash(alert or its update, recipient, channel).")
    alert_id: str = Field(description="The alert.")
    thread: str = Field(description="What one message is sent about: the story, the revision or the notice.")
    severity: Severity = Field(description="The alert's severity.")
    desk: str | None = Field(default=None, description="The desk; none for notices about the line.")
    rule_id: str | None = Field(default=None, description="The alert's rule.")
    recipient: str = Field(description="The recipient's name in desk.yaml.")
    address: str = Field(description="Where the channel reaches them.")
    channel: str = Field(description="email, or the name of an Airflow connection.")
    cause: Cause = Field(default=Cause.ALERT, description="Why it is made.")
    development: str | None = Field(
        default=None, description="What developed: the article that told it, or `outlets/` and their number."
    )
    status: DeliveryStatus = Field(default=DeliveryStatus.PENDING, description="How far it is.")
    held_for: DigestKind | None = Field(default=None, description="The kind of digest it waits for.")
    attempts: int = Field(default=0, ge=0, description="Tries so far.")
    next_try_at: Instant = Field(description="When it is due.")
    message_id: str | None = Field(default=None, description="Message-ID; the same in every try.")
    last_error: str | None = Field(default=None, description="Why the last try failed.")
    sent_at: Instant | None = Field(default=None, description="When the channel took it.")

    @property
    def says(self) -> str:
        """What a thread remembers once it was told: the alert, the development, or the delivery itself."""
        by_cause = {Cause.ALERT: self.alert_id, Cause.DEVELOPMENT: self.development or self.id}
        return by_cause.get(self.cause, self.id)


class Thread(Contract):
    """What one address has heard about one thread by one channel, in `hotline-threads-*`.

    A sender leases the thread, not single deliveries: so two senders never start the same thread twice, and what was
    told is known in real time, without a search.
    """

    timestamp: Instant = Field(alias="@timestamp", description="When something about it was first to be told.")
    id: str = Field(description="Month, a dash and hash(thread, address, channel).")
    thread: str = Field(description="The story, the revision or the notice.")
    address: str = Field(description="Who hears it.")
    channel: str = Field(description="The channel.")
    subject: Text = Field(description="Headline of the first message; updates keep it, so mail stays together.")
    messages: int = Field(default=0, ge=0, description="Messages that the channel took.")
    severity: Severity | None = Field(default=None, description="Highest severity told; none before the first.")
    told: list[str] = Field(
        default_factory=list, description="Alerts that stood in those messages, and the developments they knew of."
    )
    joined: list[str] = Field(default_factory=list, description="Alerts that wait for the next one, if there is any.")
    last_message_id: str | None = Field(default=None, description="Message-ID of the last message.")
    last_sent_at: Instant | None = Field(default=None, description="When the channel took it.")
    lease: Lease | None = Field(default=None, description="The sender that works on it.")


class Act(StrEnum):
    """What a person said about an alert."""

    ACKNOWLEDGE = "acknowledge"
    MUTE = "mute"
    SNOOZE = "snooze"
    UNMUTE = "unmute"  # ends mutes and snoozes
    NOT_RELEVANT = "not_relevant"
    WRONG_TOPIC = "wrong_topic"
    WRONG_STORY = "wrong_story"


class Said(Contract):
    """What somebody said about an alert, in `hotline-said`: acknowledgements, mutes and judgements."""

    timestamp: Instant = Field(alias="@timestamp", description="When.")
    id: str = Field(description="Hash of who, what and when.")
    act: Act = Field(description="What.")
    by: str = Field(description="The recipient, or the system's user for a command.")
    via: str = Field(description="link or command.")
    desk: str | None = Field(default=None, description="The alert's desk.")
    alert_id: str = Field(description="The alert it was said of.")
    thread: str = Field(description="The story, the revision or the notice.")
    rule_id: str = Field(description="The alert's rule.")
    article_id: str | None = Field(default=None, description="The article that made it ring.")
    severity: Severity = Field(description="The alert's severity: a higher one breaks a mute.")
    for_desk: bool = Field(default=False, description="True: it holds for everybody on the desk.")
    of_rule: bool = Field(default=False, description="True: the mute is of the rule, not of the story.")
    until: Instant | None = Field(default=None, description="When a mute or snooze ends.")
    topics: list[str] = Field(default_factory=list, description="wrong_topic: the topics that would be right.")
    note: Text = Field(default="", description="In their own words.")
