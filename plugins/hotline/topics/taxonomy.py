"""A desk's taxonomy: who the two parties are, what the topics are, and the words that say so (topics.yaml)."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from schemas.desk import DeskFileError

ANY = "any"
"""The language of terms that hold in every language."""

Language = Literal["any", "en", "ru", "uk", "de", "fr", "es", "zh"]


def _by_language(value: Any) -> Any:
    """A plain list of terms holds in every language."""
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
    """A person, office, body, company or place that can be named."""

    name: str
    party: str | None = None
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
                if entity.party is not None and entity.party not in self.parties:
                    raise ValueError(f"{group}.{key}: party {entity.party!r} is none of {', '.join(self.parties)}")
                for topic in entity.topics:
                    if topic not in self.topics:
                        raise ValueError(f"{group}.{key}: there is no topic {topic!r}")
                for term in entity.held:
                    if term.office not in self.offices:
                        raise ValueError(f"{group}.{key}: there is no office {term.office!r}")
        return self

    @model_validator(mode="after")
    def _mutes_and_yields_to_what_exists(self) -> "_File":
        known = set(self.parties).union(*(getattr(self, group) for group in KINDS))
        for number, lookalike in enumerate(self.lookalikes):
            for muted in lookalike.mutes:
                if muted not in known:
                    raise ValueError(f"lookalikes.{number}: there is no entity {muted!r} to mute")
        for key, subject in self.topics.items():
            for topic in subject.yields_to:
                if topic not in self.topics or topic == key:
                    raise ValueError(f"topics.{key}: there is no other topic {topic!r} to yield to")
        return self


KINDS = {
    "people": "person",
    "offices": "office",
    "bodies": "body",
    "companies": "company",
    "places": "place",
    "others": "other",
}
"""The file's groups of entities and the kind that EntityMatch gives them."""


class Taxonomy(_File):
    """A checked topics.yaml. `version` is the declared version and a short hash of the whole file."""

    def holders(self, office: str, day: date) -> list[str]:
        """Ids of the people who hold the office on `day`."""
        return [
            key
            for key, person in self.people.items()
            if any(term.office == office and term.holds(day) for term in person.held)
        ]


def load_taxonomy(path: Path) -> Taxonomy:
    """Read and check a topics.yaml.

    Raises DeskFileError naming the file, the line and what is wrong there.
    """
    try:
        raw = path.read_bytes()
        data = yaml.load(raw, Loader=_Loader)  # noqa: S506 - a safe loader
    except OSError as error:
        raise DeskFileError(path, 0, f"cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        what = error.problem or error.context
        kind = "" if isinstance(error, yaml.constructor.ConstructorError) else "not YAML: "
        raise DeskFileError(path, line, f"{kind}{what}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeskFileError(path, 0, f"not YAML: {error}") from error
    if not isinstance(data, dict):
        raise DeskFileError(path, 1, "a taxonomy is a mapping with version, title, parties and topics")
    try:
        taxonomy = Taxonomy.model_validate(data)
    except ValidationError as error:
        raise _located(path, raw, error) from error
    digest = hashlib.sha256(raw).hexdigest()[:8]
    return taxonomy.model_copy(update={"version": f"{taxonomy.version}+{digest}"})


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C one is ten times as fast
    """Refuses a key that stands twice: YAML would silently drop the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice here", key.start_mark)
            seen.add(key.value)
        return cast("dict[Any, Any]", super().construct_mapping(node, deep))


def _located(path: Path, raw: bytes, error: ValidationError) -> DeskFileError:
    """The first complaint of pydantic, with the line of the node it is about."""
    first = error.errors()[0]
    where = [part for part in first["loc"] if part not in ("[key]",)]
    message = first["msg"].removeprefix("Value error, ")
    if not where and ":" in message:  # our own check of references: it begins with the path of the node
        where = list(message.split(":")[0].split("."))
    line = _line(yaml.compose(raw, Loader=_Loader), where)
    place = ".".join(str(part) for part in where)
    return DeskFileError(path, line, message if message.startswith(place) or not place else f"{place}: {message}")


def _line(node: Any, where: list[Any]) -> int:
    """The line (from 1) of the deepest node on the way `where` that exists in the file."""
    line: int = node.start_mark.line + 1
    for part in where:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                continue  # a name that exists in the model only
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and str(part).isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
    return line
