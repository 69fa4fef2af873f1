"""A rule: which articles ring, for whom, how."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import EmailStr, Field, field_validator, model_validator

from schemas.base import Contract, Duration, Severity

HOURS = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
"""From and to, by a clock of 24 hours; they may go past midnight."""


class RuleKind(StrEnum):
    """What a rule waits for."""

    MATCH = "match"  # a new article
    REVISION = "revision"  # a changed article
    STORY = "story"  # a story that so many report
    SURGE = "surge"  # far more articles than usual at that hour of that weekday
    FIRST = "first"  # an entity, or two together, after a long time
    SILENCE = "silence"  # nothing for a time


class Reach(Contract):
    """How far a story must have spread. Where both are given, either is enough."""

    outlets: int | None = Field(default=None, ge=2, description="Outlets that report it.")
    countries: int | None = Field(default=None, ge=2, description="Countries in which those outlets sit.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.outlets is None and self.countries is None:
            raise ValueError("say how many: `outlets`, `countries` or both")
        return self


class Surge(Contract):
    """What is far more than usual: than the median of the same window (hour and weekday) in the weeks before."""

    window: Duration = Field(
        default=timedelta(hours=1), description="Span that is counted; divides a day: 15m, 1h, 6h."
    )
    times: float = Field(default=3.0, gt=1, description="Rings from so many times the usual number.")
    least: int = Field(default=10, ge=2, description="Fewer never ring, however few are usual.")
    weeks: int = Field(default=4, ge=2, le=26, description="Weeks it is compared with.")

    @field_validator("window")
    @classmethod
    def _divides_a_day(cls, value: timedelta) -> timedelta:
        if value < timedelta(minutes=5) or timedelta(days=1) % value:
            raise ValueError("a window is at least 5m and divides a day, like 15m, 1h, 6h or 24h")
        return value


class Unit(StrEnum):
    """What is seen for the first time."""

    ENTITY = "entity"
    PAIR = "pair"  # two entities in one article


class First(Contract):
    """What counts as a first time."""

    of: Unit = Field(default=Unit.ENTITY, description="entity, or pair: two entities in one article.")
    unseen: Duration = Field(
        default=timedelta(days=90), gt=timedelta(0), description="Not seen for so long in what the rule watches."
    )


_NEEDS = {
    RuleKind.STORY: ("reach", "{outlets: 10}"),
    RuleKind.SURGE: ("surge", "{window: 1h, times: 3, least: 10}"),
    RuleKind.FIRST: ("first", "{of: entity, unseen: 90d}"),
    RuleKind.SILENCE: ("silence", "6h"),
}


class Rule(Contract):
    """A rule of a desk's rules.yaml. All conditions must hold; an empty one always does."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Unique within its desk.")
    title: str = Field(min_length=1, description="What people call it; stands in the alert.")
    kind: RuleKind = Field(default=RuleKind.MATCH, description="What it waits for.")
    query: str = Field(default="*", description="Lucene query string over the article's fields.")
    dsl: dict[str, Any] | None = Field(default=None, description="A query of Elasticsearch's query DSL.")
    relevance: int = Field(default=1, ge=0, le=2, description="Least relevance for the desk.")
    topics: list[str] = Field(default_factory=list, description="Any of these topics of the desk.")
    entities: list[str] = Field(default_factory=list, description="Any of these entities of the desk's topics.yaml.")
    languages: list[str] = Field(default_factory=list, description="Any of these languages, ISO 639-1.")
    publishers: list[str] = Field(default_factory=list, description="Any of these outlets.")
    reach: Reach | None = Field(default=None, description="kind story: how far it must have spread.")
    surge: Surge | None = Field(default=None, description="kind surge: what is far more than usual.")
    first: First | None = Field(default=None, description="kind first: what counts as a first time.")
    silence: Duration | None = Field(default=None, description="kind silence: nothing for so long.")
    severity: Severity = Field(default=Severity.NORMAL, description="How urgent its alerts are.")
    recipients: list[str] = Field(default_factory=list, description="Names from desk.yaml; empty: all of the desk.")
    channels: list[str] = Field(
        default_factory=list, description="email, or names of Airflow connections; empty: each recipient's own."
    )
    quiet: str | None = Field(
        default=None, pattern=HOURS, description="Hours, like 22:00-07:00, without its messages, by each one's clock."
    )
    throttle: Duration | None = Field(
        default=None, description="Least wait between two messages to one recipient; what comes meanwhile is a digest."
    )
    enabled: bool = Field(default=True, description="False: kept, not matched.")
    expires: date | None = Field(default=None, description="The last day (UTC) on which it is matched.")

    @field_validator("dsl")
    @classmethod
    def _one_query(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and (len(value) != 1 or not isinstance(next(iter(value.values())), dict)):
            raise ValueError("a query is one name and what it asks, like {match_phrase: {title: new sanctions}}")
        if "'_name'" in repr(value):
            raise ValueError("`_name` is used for matching; leave it out")
        return value

    @field_validator("silence")
    @classmethod
    def _as_often_as_asked(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < timedelta(minutes=10):
            raise ValueError("a silence is at least 10m: it is asked for every ten minutes")
        return value

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        for kind, (field, example) in _NEEDS.items():
            given = getattr(self, field) is not None
            if given and self.kind is not kind:
                raise ValueError(f"`{field}` is for rules of kind {kind.value}; this is of kind {self.kind.value}")
            if self.kind is kind and not given:
                raise ValueError(f"a rule of kind {kind.value} needs `{field}`, like {field}: {example}")
        return self

    def in_force(self, now: datetime) -> bool:
        """Whether it is matched at all: enabled and not expired."""
        return self.enabled and (self.expires is None or now.astimezone(UTC).date() <= self.expires)


class Weekday(StrEnum):
    """A day of the week, Monday first."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class DigestEvery(StrEnum):
    """How often a digest comes."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class Digest(Contract):
    """The digest that a recipient wants. Times are theirs (`timezone`)."""

    every: DigestEvery = Field(default=DigestEvery.DAILY, description="hourly, daily or weekly.")
    at: time = Field(default=time(8), description="When a daily or weekly one comes, like 08:00.")
    day: Weekday = Field(default=Weekday.MONDAY, description="When a weekly one comes.")
    when_empty: bool = Field(default=False, description="True: one without news says so; else it is left out.")
    channel: str = Field(default="email", description="The channel it comes by, one of the recipient's.")


class Recipient(Contract):
    """Someone who is told."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", description="Short name, used in rules.")
    email: EmailStr = Field(description="Address for e-mail.")
    operator: bool = Field(default=False, description="True: hears of the line's own health, not of the news.")
    channels: list[str] = Field(
        default_factory=lambda: ["email"], min_length=1, description="email, or names of Airflow connections."
    )
    timezone: str = Field(default="UTC", description="Their time zone, like Europe/Berlin, for hours and digests.")
    quiet: str | None = Field(
        default=None,
        pattern=HOURS,
        description="Hours without messages, like 22:00-07:00. Critical ones come all the same.",
    )
    singly: Severity = Field(
        default=Severity.LOW, description="Least severity that is told at once; what is below waits for the digest."
    )
    digest: Digest | None = Field(default=None, description="The digest they want; none: no digest.")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no time zone is called {value!r}; write it like Europe/Berlin or UTC") from error
        return value

    @model_validator(mode="after")
    def _digest_takes_the_rest(self) -> Self:
        if self.singly is not Severity.LOW and self.digest is None:
            raise ValueError("`singly` leaves the rest to a digest: say which, like `digest: {every: daily}`")
        if self.digest and self.digest.channel not in self.channels:
            raise ValueError(f"the digest comes by {self.digest.channel!r}, which is not among `channels`")
        return self
