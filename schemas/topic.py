"""What a desk thinks of an article: relevance, topics, entities, and the words that say so."""

from typing import Annotated

from pydantic import Field

from schemas.base import Contract, Es


class Evidence(Contract):
    """A span of text that a decision rests on. Offsets are characters (code points) in the named field."""

    field: str = Field(description="title, subtitle, key_points, lead or body.")
    start: int = Field(ge=0, description="First character.")
    end: int = Field(ge=0, description="Behind the last character.")
    text: str = Field(description="The span itself.")
    weight: float = Field(default=1.0, description="How much it counted; negative: against.")


class TopicMatch(Contract):
    """A topic the article touches."""

    id: str = Field(description="The topic's id in the desk's topics.yaml.")
    score: float = Field(description="0 to 1; a topic is given from 0.5.")
    evidence: Annotated[list[Evidence], Es.STORED] = Field(description="The words that say so.")


class EntityMatch(Contract):
    """A person, office, body or place that the taxonomy knows, found in the article."""

    id: str = Field(description="The entity's id in the desk's topics.yaml.")
    name: str = Field(description="Its name, in English.")
    kind: str = Field(description="person, office, body, place, …")
    party: str | None = Field(default=None, description="The party it belongs to (us, russia).")
    wikidata: str | None = Field(default=None, description="Wikidata id, where well known.")
    count: int = Field(default=1, description="How often it is named.")


class DeskView(Contract):
    """What one desk thinks of an article."""

    relevance: int = Field(ge=0, le=2, description="2 central, 1 substantial, 0 not relevant.")
    score: float = Field(default=0.0, description="0 to 1: how sure the tagger is that the article is relevant.")
    evidence: Annotated[list[Evidence], Es.STORED] = Field(
        default_factory=list, description="The words relevance rests on."
    )
    topics: list[TopicMatch] = Field(default_factory=list, description="Topics touched, best first.")
    entities: list[EntityMatch] = Field(default_factory=list, description="Known entities named.")
    taxonomy: str = Field(description="Version of the taxonomy that decided.")
