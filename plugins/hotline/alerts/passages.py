"""Why an article rang, in its own words: passages with the words that matched between marks."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hotline.alerts.query import CLOSE, OPEN
from schemas.article import Article
from schemas.rule import Rule
from schemas.topic import DeskView, Evidence

MOST_PASSAGES = 3
LONGEST_PASSAGE = 320  # characters; about four lines on a phone

# A full stop ends a sentence, but not behind an initial or a title.
_SENTENCE_END = re.compile(
    r"(?<!\b[A-ZА-ЯЁ])(?<!\b(?:Mr|Ms|Dr|Lt|St))(?<!\b(?:Mrs|Sen|Rep|Gov|Gen|Col))"
    r"[.!?…][\"'”’»)\]]*\s+(?=[\"'“‘«(\[]*[A-ZА-ЯЁ0-9])|\n+"
)

type Highlight = Mapping[str, Sequence[str]]
"""What Elasticsearch marked: field → fragments."""


def marked_headline(article: Article, view: DeskView | None, rule: Rule, highlight: Highlight) -> str:
    """The headline with the words that matched between marks; unmarked where none of them stands in it."""
    if fragments := highlight.get("title"):
        return fragments[0]
    if any(highlight.values()):
        return article.title
    return _mark(article.title, [(e.start, e.end) for e in _evidence(view, rule) if e.field == "title"])


def passages(article: Article, view: DeskView | None, rule: Rule, highlight: Highlight) -> list[str]:
    """The passages that matched; where the query's words stand in none, sentences around the tagger's evidence."""
    found = [text for field in ("subtitle", "key_points", "lead", "body") for text in highlight.get(field, ())]
    if not found:
        found = list(_around_evidence(article, _evidence(view, rule)))
    return list(dict.fromkeys(" ".join(text.split()).lstrip(".,;:!? ") for text in found if text.strip()))[
        :MOST_PASSAGES
    ]


def segments(text: str) -> list[tuple[str, bool]]:
    """A marked text as (text, is marked) pieces. Marks that are not in pairs do no harm."""
    pieces: list[tuple[str, bool]] = []
    marked = False
    for piece in re.split(f"([{OPEN}{CLOSE}])", text):
        if piece in (OPEN, CLOSE):
            marked = piece == OPEN
        elif piece:
            pieces.append((piece, marked))
    return pieces


def _evidence(view: DeskView | None, rule: Rule) -> list[Evidence]:
    """What the tagger rests on: for the rule's topics where it names any, else for relevance."""
    if view is None:
        return []
    of_topics = [e for topic in view.topics if topic.id in rule.topics for e in topic.evidence]
    return [e for e in of_topics or view.evidence if e.weight > 0]


def _around_evidence(article: Article, evidence: Iterable[Evidence]) -> Iterator[str]:
    """The sentences that hold evidence, richest first, each with all its evidence marked."""
    sentences: dict[str, set[tuple[int, int]]] = {}
    for span in evidence:
        text = _text(article, span.field)
        if span.field == "title" or text[span.start : span.end] != span.text:
            continue  # the headline is shown anyway; a text that changed since is not marked at random
        start, end = _sentence(text, span.start, span.end)
        sentences.setdefault(text[start:end], set()).add((span.start - start, span.end - start))
    for sentence, spans in sorted(sentences.items(), key=lambda item: -len(item[1])):
        yield cut(_mark(sentence, sorted(spans)))


def _text(article: Article, field: str) -> str:
    """The text that evidence counts its characters in: points are joined by line breaks."""
    value = getattr(article, field, "")
    return value if isinstance(value, str) else "\n".join(value)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    first, last = 0, len(text)
    for boundary in _SENTENCE_END.finditer(text):
        if boundary.end() <= start:
            first = boundary.end()
        elif boundary.end() >= end:
            last = boundary.end()
            break
    return first, last


def _mark(text: str, spans: Iterable[tuple[int, int]]) -> str:
    marked, at = "", 0
    for start, end in sorted(spans):
        if at <= start < end <= len(text):
            marked += f"{text[at:start]}{OPEN}{text[start:end]}{CLOSE}"
            at = end
    return marked + text[at:]


def cut(sentence: str) -> str:
    """A long text, cut at words around its first mark."""
    sentence = sentence.strip()
    if len(sentence) <= LONGEST_PASSAGE:
        return sentence
    start = max(0, sentence.find(OPEN) - LONGEST_PASSAGE // 3)
    piece = sentence[start : start + LONGEST_PASSAGE]
    if start:
        piece = "… " + piece.partition(" ")[2]
    if start + LONGEST_PASSAGE < len(sentence):
        piece = piece.rpartition(" ")[0] + " …"
    return piece
