"""Reading desk.yaml and rules.yaml, with the line where something is wrong."""

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from hotline.alerts.syntax import fault
from schemas.desk import Desk, DeskFileError
from schemas.rule import Rule


def load_desk(path: Path) -> Desk:
    """The desk that a desk.yaml describes. Durations are written `30s`, `15m`, `24h`, `7d`, `2w` or ISO 8601.

    Raises: DeskFileError where the file cannot be read or says something that a desk does not have.
    """
    tree = _read(path)
    if not isinstance(tree, dict):
        raise DeskFileError(path, 1, "a desk is a mapping: title, recipients, …")
    try:
        desk = Desk.model_validate(tree)
    except ValidationError as error:
        raise _worded(path, tree, error) from None
    names = [recipient.name for recipient in desk.recipients]
    for position, name in enumerate(names):
        if name in names[:position]:
            line = _line(tree, ("recipients", position, "name"))
            raise DeskFileError(path, line, f"a second recipient is called ‘{name}’; names are unique within a desk")
    return desk


def load_rules(path: Path) -> tuple[list[Rule], list[DeskFileError]]:
    """The good rules of a rules.yaml, and what is wrong with the others: one bad rule never stops the rest.

    Raises: DeskFileError where the file as a whole cannot be read (missing, no YAML, no list).
    """
    tree = _read(path)
    if tree is None:
        return [], []
    if not isinstance(tree, list):
        raise DeskFileError(path, 1, "rules are a list: each begins with `- id: …`")
    rules: dict[str, Rule] = {}
    errors: list[DeskFileError] = []
    for position in range(len(tree)):
        try:
            rule = _rule(path, tree, position)
        except DeskFileError as error:
            errors.append(error)
            continue
        if rule.id in rules:
            line = _line(tree, (position, "id"))
            errors.append(DeskFileError(path, line, f"a rule with the id ‘{rule.id}’ stands above; ids are unique"))
            continue
        rules[rule.id] = rule
    return list(rules.values()), errors


def unknown_names(
    path: Path, rules: list[Rule], desk: Desk, topics: set[str], entities: set[str]
) -> list[DeskFileError]:
    """Recipients that desk.yaml, topics and entities that topics.yaml doesn't have: such a rule would be silent."""
    known = {recipient.name for recipient in desk.recipients}
    lines = {str(node.get("id")): at for at, node in enumerate(tree)} if (tree := _read(path)) else {}
    return [
        DeskFileError(
            path, _line(tree, (lines.get(rule.id, 0), key)), f"rule ‘{rule.id}’: no {what} is called ‘{name}’"
        )
        for rule in rules
        for key, what, names, allowed in (
            ("recipients", "recipient in desk.yaml", rule.recipients, known),
            ("topics", "topic in topics.yaml", rule.topics, topics),
            ("entities", "entity in topics.yaml", rule.entities, entities),
        )
        for name in names
        if name not in allowed
    ]


def appended(content: bytes, fields: Mapping[str, Any]) -> bytes:
    """A rules.yaml with one more rule at its end; all that stood there stays as it is."""
    out = BytesIO()
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=2, offset=0)
    yaml.dump([dict(fields)], out)
    before = content.rstrip() + b"\n\n" if content.strip() else b""
    return before + out.getvalue()


def switched(content: bytes, path: Path, rule_id: str, *, enabled: bool) -> bytes:
    """A rules.yaml in which the rule is paused, or in force again; only its `enabled` line changes.

    Raises: DeskFileError where there is no such rule, or it stands on one line.
    """
    tree: Any = YAML(typ="rt").load(content.decode())
    node: Any = next((n for n in tree or () if isinstance(n, dict) and n.get("id") == rule_id), None)
    if node is None:
        raise DeskFileError(path, 0, f"there is no rule ‘{rule_id}’")
    at, column = node.lc.key("enabled" if "enabled" in node else "id")
    if node.fa.flow_style():
        raise DeskFileError(path, at + 1, f"rule ‘{rule_id}’ stands in braces; write `enabled` there by hand")
    lines = content.decode().split("\n")
    if "enabled" in node:
        lines[at] = re.sub(r"(enabled:\s*)[^\s#]+", rf"\g<1>{str(enabled).lower()}", lines[at])
    elif not enabled:
        lines.insert(at + 1, f"{' ' * column}enabled: false")
    return "\n".join(lines).encode()


def check_rule(path: Path, rule_id: str) -> None:
    """Raises: DeskFileError where the file has no good rule of that id. What is wrong with others is not asked."""
    rules, errors = load_rules(path)
    if all(rule.id != rule_id for rule in rules):
        raise errors[-1] if errors else DeskFileError(path, 0, f"there is no rule ‘{rule_id}’")


def _rule(path: Path, tree: Any, position: int) -> Rule:
    node = tree[position]
    if not isinstance(node, dict):
        raise DeskFileError(path, _line(tree, (position,)), "a rule is a mapping: id, title, query, …")
    try:
        rule = Rule.model_validate(node)
    except ValidationError as error:
        raise _worded(path, tree, error, (position,)) from None
    if wrong := fault(rule.query):
        raise DeskFileError(path, _line(tree, (position, "query")), f"rule ‘{rule.id}’: {wrong}")
    return rule


def _read(path: Path) -> Any:
    try:
        return YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeskFileError(path, 0, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise DeskFileError(path, 0, f"is not UTF-8 (byte {error.start})") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(filter(None, (error.context, error.problem)))
        raise DeskFileError(path, mark.line + 1 if mark else 0, f"is no YAML: {problem}") from None
    except YAMLError as error:
        raise DeskFileError(path, 0, f"is no YAML: {error}") from None


def _worded(path: Path, tree: Any, error: ValidationError, above: tuple[str | int, ...] = ()) -> DeskFileError:
    """The first thing pydantic has against a file, in the file's own terms."""
    first = error.errors(include_url=False)[0]
    where = (*above, *first["loc"])
    words = {"extra_forbidden": "there is no such field; mind the spelling", "missing": "is missing"}
    message = words.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    return DeskFileError(path, _line(tree, where), f"{'.'.join(str(part) for part in first['loc'])}: {message}")


def _line(tree: Any, where: tuple[str | int, ...]) -> int:
    """The line (from 1) of the innermost node on the way to `where` that exists."""
    line = 1
    node = tree
    for part in where:
        try:
            line = (node.lc.item(part) if isinstance(part, int) else node.lc.key(part))[0] + 1
            node = node[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line
