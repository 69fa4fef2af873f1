"""What every contract shares: the base model, aware UTC times, durations and the hints for Elasticsearch."""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field


class Contract(BaseModel):
    """A record that crosses a border. Unknown fields are an error: a typo must not pass as data."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, use_enum_values=False)


class Es(StrEnum):
    """How a field is stored in Elasticsearch where its Python type does not say so.

    Without a hint: str → keyword, int → long, float → float, bool → boolean, datetime → date,
    a model → object, a list → what its members are.
    """

    TEXT = "text"  # analysed for search, in English and Russian at once
    STORED = "stored"  # kept in the document, not searchable


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


type Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""A point in time: always aware, always UTC."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _duration(value: Any) -> Any:
    """A number needs its unit: 15 alone would be seconds for one reader and minutes for another."""
    if isinstance(value, str) and (short := re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw])", value.strip())):
        return timedelta(**{_UNITS[short[2]]: float(short[1])})
    if isinstance(value, timedelta) or (isinstance(value, str) and value.strip().startswith("P")):
        return value
    raise ValueError("a duration is a number and a unit, like 30s, 15m, 24h, 7d or 2w, or ISO 8601, like PT15M")


type Duration = Annotated[timedelta, BeforeValidator(_duration), Field(ge=timedelta(0))]
"""A span of time, in files as `15m` (s, m, h, d, w) or ISO 8601 (`PT15M`); never negative."""

type Text = Annotated[str, Es.TEXT]
type Stored = Annotated[str, Es.STORED]


class Precision(StrEnum):
    """How exactly a date is known."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


class Severity(StrEnum):
    """How urgent a rule's alerts are, from least to most."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(type(self)).index(self)
