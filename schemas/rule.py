"""A rule: which articles ring, for whom, how."""

from enum import StrEnum

from pydantic import EmailStr, Field

from schemas.base import Contract, Severity


class RuleKind(StrEnum):
    """What a rule waits for."""

    MATCH = "match"  # a new article
    REVISION = "revision"  # a changed article


class Rule(Contract):
    """A rule of a desk's rules.yaml. All conditions must hold; an empty one always does."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Unique within its desk.")
    title: str = Field(min_length=1, description="What people call it; stands in the alert.")
    kind: RuleKind = Field(default=RuleKind.MATCH, description="What it waits for.")
    query: str = Field(default="*", description="Lucene query string over the article's fields.")
    relevance: int = Field(default=1, ge=0, le=2, description="Least relevance for the desk.")
    topics: list[str] = Field(default_factory=list, description="Any of these topics of the desk.")
    languages: list[str] = Field(default_factory=list, description="Any of these languages, ISO 639-1.")
    publishers: list[str] = Field(default_factory=list, description="Any of these outlets.")
    severity: Severity = Field(default=Severity.NORMAL, description="How urgent its alerts are.")
    recipients: list[str] = Field(default_factory=list, description="Names from desk.yaml; empty: all of the desk.")
    enabled: bool = Field(default=True, description="False: kept, not matched.")


class Recipient(Contract):
    """Someone who is told."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", description="Short name, used in rules.")
    email: EmailStr = Field(description="Address for e-mail.")
    operator: bool = Field(default=False, description="True: hears of the line's own health, not of the news.")
