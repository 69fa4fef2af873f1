"""Mappings derived from the contracts, so that the index and the models cannot drift apart."""

import types
import typing
from datetime import datetime
from enum import Enum
from typing import Any, TypeAliasType, Union

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from schemas.base import Es

Mapping = dict[str, Any]

KEYWORD: Mapping = {"type": "keyword", "ignore_above": 8191}
SCALARS: dict[Any, Mapping] = {
    bool: {"type": "boolean"},
    int: {"type": "long"},
    float: {"type": "float"},
    str: KEYWORD,
    datetime: {"type": "date"},
    AwareDatetime: {"type": "date"},
}
ANALYSIS = {
    "char_filter": {"plain": {"type": "mapping", "mappings": ["ё=>е", "Ё=>Е", "’=>'", "‘=>'"]}},
    "filter": {
        "possessive": {"type": "stemmer", "language": "possessive_english"},
        "english": {"type": "stemmer", "language": "english"},
        "russian": {"type": "stemmer", "language": "russian"},
    },
    "analyzer": {
        # Each stemmer leaves the other script alone, so one field serves both languages.
        "default": {
            "type": "custom",
            "tokenizer": "standard",
            "char_filter": ["plain"],
            "filter": ["possessive", "lowercase", "asciifolding", "english", "russian"],
        }
    },
}


def mapping_of(model: type[BaseModel]) -> Mapping:
    """The mapping of an index that holds records of `model`. Fields the model doesn't have are refused."""
    templates: list[Mapping] = []
    properties = _properties(model, "", templates)
    # Children of a dict's templates come before their parents: the first match wins.
    return {"dynamic": "strict", "properties": properties, "dynamic_templates": templates}


def _properties(model: type[BaseModel], path: str, templates: list[Mapping]) -> Mapping:
    return {
        (field.alias or name): _field(field, f"{path}{field.alias or name}", templates)
        for name, field in model.model_fields.items()
    }


def _field(field: FieldInfo, path: str, templates: list[Mapping]) -> Mapping:
    hint = next((m for m in field.metadata if isinstance(m, Es)), None)
    return _annotation(field.annotation, hint, path, templates)


def _annotation(annotation: Any, hint: Es | None, path: str, templates: list[Mapping]) -> Mapping:
    annotation, hint = _unwrap(annotation, hint)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list:
        return _annotation(arguments[0], hint, path, templates)
    if origin is dict and hint is Es.STORED:
        return {"type": "object", "enabled": False}
    if origin is dict:
        _dynamic(arguments[1], f"{path}.*", templates)
        return {"type": "object", "dynamic": True}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if hint is Es.STORED:
            return {"type": "object", "enabled": False}
        return {"properties": _properties(annotation, f"{path}.", templates)}
    return _scalar(annotation, hint, path)


def _scalar(annotation: Any, hint: Es | None, path: str) -> Mapping:
    if hint is Es.TEXT:
        return {"type": "text"}
    if hint is Es.STORED:
        return {"type": "keyword", "index": False, "doc_values": False}
    if annotation in SCALARS:
        return SCALARS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return KEYWORD
    raise TypeError(f"{path}: no mapping for {annotation!r}; add a hint from schemas.base.Es")


def _dynamic(annotation: Any, path: str, templates: list[Mapping]) -> None:
    """Dynamic templates for the values of a dict whose keys are not known beforehand (desks)."""
    inner: list[Mapping] = []
    mapping = _annotation(annotation, None, path, inner)
    templates.extend(inner)
    _templates_for(mapping, path, templates)


def _templates_for(mapping: Mapping, path: str, templates: list[Mapping]) -> None:
    for name, child in mapping.get("properties", {}).items():
        _templates_for(child, f"{path}.{name}", templates)
    leaf = mapping if "properties" not in mapping else {"type": "object", "dynamic": True}
    templates.append({path: {"path_match": path, "mapping": leaf}})


def _unwrap(annotation: Any, hint: Es | None) -> tuple[Any, Es | None]:
    """Strips type aliases, Annotated and `| None`, and picks up hints on the way."""
    while True:
        origin = typing.get_origin(annotation)
        if isinstance(annotation, TypeAliasType):
            annotation = annotation.__value__
        elif origin is typing.Annotated:
            hint = hint or next((m for m in annotation.__metadata__ if isinstance(m, Es)), None)
            annotation = annotation.__origin__
        elif origin in (Union, types.UnionType):
            (annotation,) = [a for a in typing.get_args(annotation) if a is not types.NoneType]
        else:
            return annotation, hint
