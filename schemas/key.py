"""A key: claimed once before its record is written, so that an id is unique over all months."""

from pydantic import Field

from schemas.base import Contract, Instant
from schemas.capture import Lease


class Key(Contract):
    """A claim in `hotline-keys`, which is never rolled. `_id` is the article's or the item's id."""

    month: str = Field(pattern=r"^\d{4}\.\d{2}$", description="Names the index that the record lives in for good.")
    kind: str = Field(description="article or item.")
    batch_id: str = Field(description="The batch that claimed it; redoing that batch may write the record again.")
    created_at: Instant = Field(description="When it was claimed.")
    lease: Lease | None = Field(default=None, description="Who holds it, where it stands for a turn.")
    alias_of: str | None = Field(
        default=None, description="The article that this id stands for since its page named another address."
    )
