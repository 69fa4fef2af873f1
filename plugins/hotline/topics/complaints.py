"""What is wrong with a taxonomy's file, in plain words and with its line."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import ValidationError

from schemas.desk import DeskFileError

_WORDS = {
    "missing": "is missing",
    "string_type": "{input!r} is no text; put it in quotes",
    "string_too_short": "is empty",
    "string_pattern_mismatch": "{input!r} is no Wikidata id; one is written like Q159",
    "dict_type": "{input!r} is no mapping of names to values",
    "model_type": "{input!r} is no mapping of names to values",
    "list_type": "is to be a list: in brackets, or a line with a dash for each",
    "too_short": "is empty; it needs at least one",
    "date_type": "{input!r} is no day; one is written like 2017-01-20",
    "date_parsing": "{input!r} is no day; one is written like 2017-01-20",
    "date_from_datetime_parsing": "{input!r} is no day; one is written like 2017-01-20",
    "date_from_datetime_inexact": "{input!r} is no day; one is written like 2017-01-20",
    "float_parsing": "{input!r} is no number",
    "float_type": "{input!r} is no number",
}
"""Instead of pydantic's own words, by its type of error."""

_YAML_HINTS = {
    "cannot start any token": "a tab, or a sign that needs quotes (YAML indents with spaces)",
    "found undefined alias": "a word that begins with * needs quotes, and * stands for the end of a word only",
    "expected ':'": "a colon or a quotation mark is missing here or in the line before",
    "expected ',' or ']'": "a comma, a bracket or a quotation mark is missing here or in the line before",
    "expected node content": "there is nothing between two commas",
}
"""What usually lies behind what the YAML library says."""


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C one is ten times as fast
    """Refuses a key that stands twice: YAML would silently drop the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """As in YAML. Raises ConstructorError for a key that stands twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice here", key.start_mark)
            seen.add(key.value)
        return cast("dict[Any, Any]", super().construct_mapping(node, deep))


def like(word: str, known: Any) -> str:
    """`; did you mean …?` where a known name is close to `word`, else nothing."""
    close = get_close_matches(str(word), [str(name) for name in known], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def not_yaml(path: Path, error: yaml.YAMLError | UnicodeDecodeError) -> DeskFileError:
    """What the YAML library says of a file it cannot read, and what usually lies behind it."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return DeskFileError(path, 0, f"not YAML: {error}")
    line = error.problem_mark.line + 1 if error.problem_mark else 0
    what = str(error.problem or error.context)
    if isinstance(error, yaml.constructor.ConstructorError):
        return DeskFileError(path, line, what)
    hints = [hint for said, hint in _YAML_HINTS.items() if said in what]
    return DeskFileError(path, line, ": ".join(["not YAML", what, *hints]))


def located(path: Path, raw: bytes, error: ValidationError, keys: set[str]) -> DeskFileError:
    """The first complaint of pydantic, with the line of the node it is about. `keys` are those that a file may have."""
    complaints = error.errors()
    # A key that does not exist is why another is missing.
    first = next((one for one in complaints if one["type"] == "extra_forbidden"), complaints[0])
    where = [part for part in first["loc"] if part != "[key]"]
    message = first["msg"].removeprefix("Value error, ")
    if not where and ":" in message:  # a check of our own: it begins with the path of the node
        path_of_it, message = message.split(": ", 1)
        where = list(path_of_it.split("."))
    elif where == ["parties"] and first["type"] in ("too_short", "too_long"):
        message = f"a desk is about two parties, not {len(first['input'])}"
    elif words := _WORDS.get(first["type"]):
        message = words.format(input=first["input"])
    elif first["type"] == "extra_forbidden":
        message = f"there is no key {where[-1]!r} here{like(str(where[-1]), keys)}"
    elif first["type"] == "literal_error":
        message = f"there is no language {where[-1]!r}; known are {first['ctx']['expected']}"
    place = ".".join(map(str, where))
    return DeskFileError(path, _line(yaml.compose(raw, Loader=Loader), where), f"{place}: {message}")


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
