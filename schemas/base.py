"""What every contract shares: the base model, aware UTC times and the hints for Elasticsearch."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict


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
