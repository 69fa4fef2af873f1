"""A story: the same event, told by many."""

from typing import Annotated

from pydantic import Field

from schemas.base import Contract, Es, Instant, Text


class Development(Contract):
    """What a later report added to a story."""

    at: Instant = Field(description="When the article was placed.")
    article_id: str = Field(description="The article that brought it.")
    new: list[str] = Field(description="New numbers, names and quotes, as written.")


class Judgement(Contract):
    """What an analyst decided about a story; placing and replay keep to it."""

    at: Instant = Field(description="When.")
    by: str = Field(description="Who, as the command or the link names them.")
    kind: str = Field(description="split, same")
    story_id: str = Field(description="The other story: the one split off or from, or the one that was the same.")
    article_ids: list[str] = Field(default_factory=list, description="Split: the articles that went.")


class Story(Contract):
    """A story in `hotline-stories-*`. Merges are recorded in `merged_into`, never silent."""

    id: str = Field(description="Month of the first article, a dash and a hash; the month names the index.")
    headline: Text = Field(description="Headline of the article that stands for it.")
    first_at: Instant = Field(description="@timestamp of the earliest article.")
    last_at: Instant = Field(description="@timestamp of the latest article.")
    open_until: Instant | None = Field(
        default=None, description="What is published later cannot join it: days after the latest, weeks for a long one."
    )
    updated_at: Instant = Field(description="When this record last changed.")
    article_ids: list[str] = Field(description="Its articles, in the order they were placed.")
    outlets: list[str] = Field(description="Publishers that report it.")
    countries: list[str] = Field(default_factory=list, description="Seats of those publishers.")
    languages: list[str] = Field(default_factory=list, description="Languages it is told in.")
    topics: list[str] = Field(default_factory=list, description="Topics of its articles, all desks: `desk/topic`.")
    relevance: dict[str, int] = Field(default_factory=dict, description="Highest relevance for each desk.")
    entities: list[str] = Field(default_factory=list, description="Entities of its articles.")
    terms: Annotated[dict[str, float], Es.STORED] = Field(
        default_factory=dict,
        description="Weighted terms that stand for the story when candidates are compared.",
    )
    told: Annotated[dict[str, int], Es.STORED] = Field(
        default_factory=dict,
        description="For each language, how many articles `terms` sums up; copies are left out.",
    )
    days: list[str] = Field(
        default_factory=list, description="Days its headlines and leads name: `05-19` as a date, `~05-19` as “Monday”."
    )
    known: Annotated[list[str], Es.STORED] = Field(
        default_factory=list, description="Numbers, names and quotes told so far, normalised."
    )
    keys: list[str] = Field(default_factory=list, description="Its strongest terms, by which candidates are found.")
    development: list[Development] = Field(default_factory=list, description="What each later report added.")
    apart_from: list[str] = Field(default_factory=list, description="Stories that an analyst split from it.")
    judgements: list[Judgement] = Field(default_factory=list, description="What analysts decided about it.")
    merged_into: str | None = Field(default=None, description="The story that took it over.")
