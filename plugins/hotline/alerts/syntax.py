"""What can be said against a query string without a server: brackets, quotes, dangling operators, unknown fields.

Follows the query string syntax of Elasticsearch, which is Lucene's classic one. Passing here is no promise that
Elasticsearch takes the query; matching isolates a rule that it refuses all the same.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from schemas.article import Article

_TOKEN = re.compile(
    r"""
      (?P<escaped>\\.)
    | (?P<phrase>"(?:[^"\\]|\\.)*")
    | (?P<regex>(?<![\w.])/(?:[^/\\]|\\.)+/)
    | (?P<field>[\w@*][\w@.*\\-]*):
    | (?P<word>[^\s()\[\]{}"\\]+)
    | (?P<bracket>[()\[\]{}])
    | (?P<quote>")
    | (?P<rest>\\)
    """,
    re.VERBOSE,
)
_FIELDS = frozenset(field.alias or name for name, field in Article.model_fields.items()) | {"_exists_", "_id", "*"}
_BINARY = frozenset({"AND", "OR", "&&", "||"})
_OPENING = {")": "(", "]": "[{", "}": "[{"}  # a range may close either way: [2020 TO 2021}


def fault(query: str) -> str | None:
    """What is wrong with a query string, for the person who wrote it; None where nothing is seen to be."""
    return next(_faults(query), None)


def _faults(query: str) -> Iterator[str]:
    if not query.strip():
        yield "the query is empty; leave it out, or write * for every article"
    open_brackets: list[str] = []
    for token in _TOKEN.finditer(query):
        match token.lastgroup:
            case "quote":
                yield 'a quotation mark (") is opened and not closed'
            case "rest":
                yield "a backslash at the end escapes nothing"
            case "field":
                yield from _unknown_field(token["field"])
            case "bracket" if token[0] in _OPENING:
                if not open_brackets or open_brackets.pop() not in _OPENING[token[0]]:
                    yield f"‘{token[0]}’ at character {token.start() + 1} closes nothing"
            case "bracket":
                open_brackets.append(token[0])
    if open_brackets:
        yield f"‘{open_brackets[-1]}’ is opened and not closed"
    yield from _dangling([token[0] for token in _TOKEN.finditer(query)])


def _dangling(tokens: list[str]) -> Iterator[str]:
    """Operators with nothing to work on."""
    for before, part in pairwise(["(", *tokens, ")"]):
        if part in _BINARY and (before in _BINARY or before in "([{"):
            yield f"nothing stands before {part}"
        if part in ")]}" and (before in _BINARY or before == "NOT" or before.endswith(":")):
            yield f"nothing stands behind {before}"
        if before + part == "()":
            yield "the brackets () are empty"


def _unknown_field(name: str) -> Iterator[str]:
    top = name.replace("\\", "").split(".", maxsplit=1)[0]
    if top not in _FIELDS and "*" not in top:
        yield (
            f"articles have no field ‘{name}’; there are title, subtitle, body, publisher, agency, authors, language, "
            "section, url.domain, feed.country and others (if the colon is part of the text, write \\:)"
        )
