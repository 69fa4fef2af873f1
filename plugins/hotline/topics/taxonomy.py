"""A desk's taxonomy: who the two parties are, what the topics are, and the words that say so (topics.yaml)."""

import hashlib
from collections import defaultdict
from collections.abc import Collection
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from hotline.topics import complaints
from schemas.desk import DeskFileError

ANY = "any"
"""The language of terms that hold in every language."""

Language = Literal["any", "en", "ru", "uk", "de", "fr", "es", "zh"]


def _by_language(value: Any) -> Any:
    """A plain list of terms holds in every language."""
    if not isinstance(value, list | dict):
        raise ValueError(f"{value!r} is no list of terms; write [{value}], or such a list for each language")  # noqa: TRY004
    return {ANY: value} if isinstance(value, list) else value


def _a_term(value: Any) -> Any:
    """YAML reads `no`, `on`, `1,5` as something else than a word."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text: quote no, yes, on, off, numbers and terms with a comma")  # noqa: TRY004
    if not value.strip("*…. "):
        raise ValueError(f"{value!r} is no term: it needs at least one word")
    return value


Terms = Annotated[dict[Language, list[Annotated[str, BeforeValidator(_a_term)]]], BeforeValidator(_by_language)]
"""Terms by language. How a term is written: see hotline.topics.terms."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Term(_Part):
    """Years of an office: from the first day to the last, both included; no `until`: still holding."""

    office: str
    since: date
    until: date | None = None

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> "Term":
        if self.until and self.until < self.since:
            raise ValueError(f"the term of office ends ({self.until}) before it begins ({self.since})")
        return self

    def holds(self, day: date) -> bool:
        """Whether the office is held on `day`."""
        return self.since <= day and (self.until is None or day <= self.until)


class Entity(_Part):
    """A person, office, body, company or place that can be named.

    `at_war_with` names a party: what the other party does for this country, it does against that one.
    """

    name: str
    party: str | None = None
    at_war_with: str | None = None
    wikidata: str | None = Field(default=None, pattern=r"^Q[1-9]\d*$")
    terms: Terms
    held: list[Term] = []
    topics: list[str] = []


class Lookalike(_Part):
    """Words that only look like a party; where they occur, the entities in `mutes` are not believed at all."""

    terms: Terms
    mutes: list[str] = []


class Party(_Part):
    """One of the two sides: the names of its country (`terms`) and of its people (`demonyms`, which speak less)."""

    title: str
    wikidata: str | None = Field(default=None, pattern=r"^Q[1-9]\d*$")
    terms: Terms
    demonyms: Terms = {}


class Topic(_Part):
    """A topic. `strong` terms speak for it alone, `terms` in company, `weak` hardly, `against` against it.

    In a sentence about one of the topics in `yields_to` its words count half.
    """

    title: str
    strong: Terms = {}
    terms: Terms = {}
    weak: Terms = {}
    against: Terms = {}
    yields_to: list[str] = []


class Weights(_Part):
    """How much each sign counts (log odds); written by `hotline eval train-topics`."""

    relevance: dict[str, float] = {}
    central: dict[str, float] = {}
    topics: dict[str, float] = {}
    topic_bias: dict[str, float] = {}


class _File(_Part):
    version: str = Field(min_length=1)
    title: str
    parties: dict[str, Party] = Field(min_length=2, max_length=2)
    people: dict[str, Entity] = {}
    offices: dict[str, Entity] = {}
    bodies: dict[str, Entity] = {}
    companies: dict[str, Entity] = {}
    places: dict[str, Entity] = {}
    others: dict[str, Entity] = {}
    bilateral: Terms = {}
    interaction: Terms = {}
    unrelated: Terms = {}
    lookalikes: list[Lookalike] = []
    topics: dict[str, Topic] = Field(min_length=1)
    weights: Weights = Weights()

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> "_File":
        known = set(self.parties)
        for group in KINDS:
            for key, entity in getattr(self, group).items():
                if key in known:
                    raise ValueError(f"{group}.{key}: this id is used twice; ids are unique in the file")
                known.add(key)
                for field in ("party", "at_war_with"):
                    party = getattr(entity, field)
                    if party is not None:
                        _exists(party, self.parties, "party", f"{group}.{key}.{field}")
                for number, topic in enumerate(entity.topics):
                    _exists(topic, self.topics, "topic", f"{group}.{key}.topics.{number}")
                for number, term in enumerate(entity.held):
                    _exists(term.office, self.offices, "office", f"{group}.{key}.held.{number}.office")
        return self

    @model_validator(mode="after")
    def _mutes_and_yields_to_what_exists(self) -> "_File":
        known = set(self.parties).union(*(getattr(self, group) for group in KINDS))
        for number, lookalike in enumerate(self.lookalikes):
            for place, muted in enumerate(lookalike.mutes):
                _exists(muted, known, "entity", f"lookalikes.{number}.mutes.{place}")
        for key, subject in self.topics.items():
            for place, topic in enumerate(subject.yields_to):
                _exists(topic, set(self.topics) - {key}, "other topic", f"topics.{key}.yields_to.{place}")
        return self


def _exists(name: str, known: Collection[str], what: str, where: str) -> None:
    if name not in known:
        raise ValueError(f"{where}: there is no {what} {name!r}{complaints.like(name, known)}")


KINDS = {
    "people": "person",
    "offices": "office",
    "bodies": "body",
    "companies": "company",
    "places": "place",
    "others": "other",
}
"""The file's groups of entities and the kind that EntityMatch gives them."""


_KEYS = {name for part in (_File, Party, Entity, Term, Lookalike, Topic, Weights) for name in part.model_fields}


class Taxonomy(_File):
    """A checked topics.yaml. `version` is the declared version and a short hash of the whole file."""

    @cached_property
    def _held(self) -> dict[str, list[tuple[str, Term]]]:
        """Who held each office, and when."""
        found: dict[str, list[tuple[str, Term]]] = defaultdict(list)
        for key, person in self.people.items():
            for term in person.held:
                found[term.office].append((key, term))
        return found

    def holders(self, office: str, day: date) -> list[str]:
        """Ids of the people who hold the office on `day`."""
        return [key for key, term in self._held.get(office, ()) if term.holds(day)]


def load_taxonomy(path: Path) -> Taxonomy:
    """Read and check a topics.yaml.

    Raises DeskFileError naming the file, the line and what is wrong there.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DeskFileError(path, 0, f"cannot be read: {error.strerror}") from error
    return _checked(path, raw)


@lru_cache(maxsize=4)
def _checked(path: Path, raw: bytes) -> Taxonomy:
    """Remembered: a process opens its desks many times, and the file seldom changes."""
    try:
        data = yaml.load(raw, Loader=complaints.Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise complaints.not_yaml(path, error) from error
    if not isinstance(data, dict):
        raise DeskFileError(path, 1, "a taxonomy is a mapping with version, title, parties and topics")
    try:
        taxonomy = Taxonomy.model_validate(data)
    except ValidationError as error:
        raise complaints.located(path, raw, error, _KEYS) from error
    digest = hashlib.sha256(raw).hexdigest()[:8]
    return taxonomy.model_copy(update={"version": f"{taxonomy.version}+{digest}"})
