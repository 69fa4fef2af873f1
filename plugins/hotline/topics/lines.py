"""The file command `hotline tag`: a record in, a record out."""

from datetime import UTC, datetime
from typing import Any

from hotline.topics.tagger import GIVEN, Tagger
from schemas.topic import DeskView, Evidence

NEAR = 0.25
"""The score from which a topic that is not given is worth a word."""
_REASONS = 6


def tag_line(record: dict[str, Any], tagger: Tagger) -> dict[str, Any]:
    """Tag one record (`id`, `title`, `body`, `language`, `published_at`, `url`; all but `id` may be missing or null).

    Gives `id`, `relevance`, `topics` and `entities`, or `id` and `error` for a record that cannot be read.
    """
    if not isinstance(record, dict):
        return {"id": None, "error": "a record is a JSON object with at least an id"}
    identity = record.get("id")
    try:
        view = view_of(record, tagger)
    except ValueError as error:
        return {"id": identity, "error": str(error)}
    return {"id": identity, **view.model_dump(mode="json", include={"relevance", "score", "topics", "entities"})}


def view_of(record: dict[str, Any], tagger: Tagger) -> DeskView:
    """The desk's view of a record. Raises ValueError saying which field is wrong."""
    return tagger.tag(**texts(record), published_at=_instant(record), url=_text(record, "url"))


def texts(record: dict[str, Any]) -> dict[str, Any]:
    """What a tagger reads of a record."""
    if record.get("id") is None:
        raise ValueError("id is missing: every record needs one")
    points = record.get("key_points") or []
    if not isinstance(points, list) or not all(isinstance(point, str) for point in points):
        raise ValueError("key_points is not a list of texts")
    return {
        "title": _text(record, "title") or "",
        "body": _text(record, "body") or "",
        "subtitle": _text(record, "subtitle") or "",
        "key_points": points,
        "language": _text(record, "language"),
    }


def explain_line(record: dict[str, Any], tagger: Tagger) -> str:
    """What `hotline tag --explain` prints about a record."""
    result = tag_line(record, tagger)
    return f"{result['id']}: {result['error']}" if "error" in result else explain(record, tagger)


def explain(record: dict[str, Any], tagger: Tagger) -> str:
    """Why, or why not, in plain words: the decision, and each piece of evidence with the text around it."""
    view, seen = view_of(record, tagger), tagger.look(**texts(record))
    meaning = {0: "not relevant", 1: "substantial", 2: "central"}[view.relevance]
    score = f"score {view.score:.2f} (relevant from {GIVEN:.2f})"
    lines = [f"{record.get('id')}: relevance {view.relevance} ({meaning}), {score}: {record.get('title')}"]
    named = tagger.named(seen)
    if len(named) < len(tagger.taxonomy.parties):
        lines.append(f"  only {named[0]} is named" if named else "  neither of the two parties is named")
    else:
        reasons = ", ".join(f"{name} {value:+.2f}" for name, value in tagger.reasons(seen)[:_REASONS])
        lines += [f"  signs (docs/topics.md): {reasons}", *(f"  {_quote(span, record)}" for span in view.evidence)]
    for topic in view.topics:
        lines.append(f"topic {topic.id}, score {topic.score:.2f}")
        lines += [f"  {_quote(span, record)}" for span in topic.evidence]
    near = [match for match in tagger.weigh(seen, NEAR) if match.score < GIVEN] if view.relevance else []
    if near:
        lines.append("not given, but near: " + ", ".join(f"{match.id} ({match.score:.2f})" for match in near))
    if view.entities:
        lines.append("named: " + ", ".join(f"{e.name} ({e.count})" for e in view.entities))
    return "\n".join(lines)


def _quote(span: Evidence, record: dict[str, Any]) -> str:
    text = record.get(span.field) or ""
    if isinstance(text, list):
        text = "\n".join(text)
    before = text[max(0, span.start - 40) : span.start]
    after = text[span.end : span.end + 40]
    return f"{span.weight:+.2f} {span.field}: " + f"…{before}[{span.text}]{after}…".replace("\n", " ")


def _text(record: dict[str, Any], field: str) -> str | None:
    value = record.get(field)
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{field} is not a text but {type(value).__name__}")


def _instant(record: dict[str, Any]) -> datetime | None:
    value = _text(record, "published_at")
    if not value:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"published_at {value!r} is no ISO 8601 date or time") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
