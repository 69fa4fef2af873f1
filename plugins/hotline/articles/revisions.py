"""What changed between two sightings of one article, and when to look again."""

import difflib
import hashlib
import re
from datetime import datetime

from schemas.article import Article, Extracted, Revision
from schemas.capture import CaptureRef
from schemas.desk import Rechecks

_QUOTES = str.maketrans(
    dict.fromkeys("‘’‚‛`´", "'")
    | dict.fromkeys("“”„‟«»", '"')
    | dict.fromkeys("–—‑−", "-")
    | dict.fromkeys("\u00ad\u200b\ufeff", "")
    | {"…": "..."}
)
_COUNTER = re.compile(
    r"""\d[\d.,\s]*[km]?\s*(?:views?|comments?|shares?|likes?|reads?|readers|minutes?\s+(?:ago|read)|min\s+read|hours?\s+ago|просмотр\w*
    |комментари\w*|репост\w*|лайк\w*|минут\w*\s+(?:назад|чтения)|час\w*\s+назад)|(?:views?|comments?|просмотр\w*|комментари\w*)\s*[:(]?\s*\d[\d.,\s]*\)?""",
    re.IGNORECASE | re.VERBOSE,
)
_CLOCK = re.compile(
    r"""(?:(?:last\s+)?(?:updated|published|modified|posted)|обновлено|опубликовано|изменено)?\s*:?\s*(?:at|on|в|today|yesterday|сегодня|вчера)?\s*,?\s*
    (?:\w+day,?\s+)?(?:\d{1,2}[./\s-]\w{2,9}\.?[./\s-]\d{2,4}(?:\s*г\.?)?|\w{3,9}\.?\s\d{1,2},?\s\d{4}|\d{4}-\d{2}-\d{2})?\s*[,|·•-]?\s*(?:at\s+|в\s+)?
    (?:\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\s*(?:[ap]\.?m\.?)?\s*(?:[A-Z]{2,4}|\([A-Z]{2,4}\))?)?\s*\.?""",
    re.IGNORECASE | re.VERBOSE,
)
_ANNOUNCED = re.compile(
    r"""^\W*(?:(?:correction|corrected|clarification|editor[’']?s?\s+note|update|updated|recasts|refiles)\b(?:\s*\([^)]{0,40}\)|\s+\w+\s+\d{1,2}(?:,\s*\d{4})?)?\s*[:.—–-]
    |(?:this|an\s+earlier|a\s+previous|the)\s+(?:version\s+of\s+this\s+)?(?:article|story|report|headline|post)\b.{0,60}\b(?:corrected|amended|updated|misstated|incorrectly|clarified)
    |an\s+earlier\s+version|a\s+previous\s+version|(?:исправлен[оа]?|исправление|поправка|уточнение|обновлено|обновление|дополнено|от\s+редакции)\b\s*[:.(—–-]
    |в\s+(?:первоначальной|предыдущей|более\s+ранней)\s+версии|ранее\s+в\s+(?:тексте|материале|заметке|новости)\b.{0,60}\b(?:ошиб|неверн|неточн)|в\s+(?:тексте|материал\w*)\s+(?:исправлен|уточнен))""",
    re.IGNORECASE | re.VERBOSE,
)


def text_sha256(title: str, body: str) -> str:
    """Hash of headline and body that only a change of the text changes.

    Quotes, dashes and white space are made equal; counters and lines that hold nothing but a time are left out. Case
    counts.
    """
    lines = [_normal(title), *filter(None, map(_normal, body.split("\n")))]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()


def compare(
    old: Article, new: Extracted, *, now: datetime, item_id: str | None, capture: CaptureRef | None
) -> Revision | None:
    """The revision that `new` makes of `old`, or None where nothing but cosmetics changed.

    `item_id`: the item that brought the new text, None after a re-check. A sighting with less of a source than the old
    one (the page failed this time, and only the feed's text is there) is no change of the article; nor is one with
    more.
    """
    if _poorer(old, new) or completes(old, new):
        return None
    sha = text_sha256(new.title, new.body)
    if sha == text_sha256(old.title, old.body):
        return None
    before, after = _paragraphs(old.body), _paragraphs(new.body)
    changed = [
        name
        for name, differs in (
            ("title", _normal(old.title) != _normal(new.title)),
            ("body", _keys(before) != _keys(after)),
        )
        if differs
    ]
    if not changed:
        return None
    return Revision.model_validate(
        {
            "@timestamp": now,
            "id": hashlib.sha256(f"{old.id}\n{old.revision + 1}\n{sha}".encode()).hexdigest()[:32],
            "article_id": old.id,
            "number": old.revision + 1,
            "announced": _announced(old, new, before, after),
            "changed": changed,
            "old_title": old.title,
            "new_title": new.title,
            "diff": readable_diff(old.title, before, new.title, after),
            "item_id": item_id,
            "capture": capture,
        }
    )


def readable_diff(old_title: str, old: list[str], new_title: str, new: list[str]) -> str:
    """A unified diff, one line a paragraph, one paragraph of context; what is only cosmetic does not show."""
    known = {_normal(paragraph): paragraph for paragraph in [old_title, *old]}
    calm = [known.get(_normal(paragraph), paragraph) for paragraph in [new_title, *new]]
    lines = difflib.unified_diff([old_title, *old], calm, "before", "after", n=1, lineterm="")
    return "\n".join(lines)


def next_recheck(
    published_at: datetime | None, discovered_at: datetime, now: datetime, rechecks: Rechecks
) -> datetime | None:
    """When the page is looked at again: the next of the desk's ages that lies ahead, or None once all are past.

    The age counts from publication; from the discovery where the date is missing, lies in the future, or is so old that
    the article is news to us all the same.
    """
    ages = sorted(rechecks.after)
    if not ages:
        return None
    begun = published_at if published_at and discovered_at - ages[-1] < published_at <= discovered_at else discovered_at
    return next((begun + age for age in ages if begun + age > now), None)


def completes(old: Extracted, new: Extracted) -> bool:
    """Whether the text comes from a better source than before: the page, where only the feed's text was to be had, or
    the page without its paywall. The outlet has changed nothing; we see more of it.
    """
    return _poorer(new, old) and not _poorer(old, new)


def _poorer(old: Extracted, new: Extracted) -> bool:
    rank = {"headline": 0, "feed": 1, "page": 2}
    return rank[new.content_from] < rank[old.content_from] or (old.is_free and not new.is_free)


def _announced(old: Extracted, new: Extracted, before: list[str], after: list[str]) -> bool:
    """Whether a paragraph or headline that is new says that the text was corrected or updated."""
    known = _keys([old.title, *before])
    return any(_normal(text) not in known and _ANNOUNCED.search(text) for text in [new.title, *after])


def _keys(paragraphs: list[str]) -> dict[str, None]:
    return dict.fromkeys(filter(None, map(_normal, paragraphs)))


def _paragraphs(body: str) -> list[str]:
    return [line.strip() for line in body.split("\n") if line.strip()]


def _normal(text: str) -> str:
    line = " ".join(text.translate(_QUOTES).split())
    if len(line) < 80 and (_CLOCK.fullmatch(line) or _COUNTER.sub("", line).strip(" .,|·•-") == ""):
        return ""
    return _COUNTER.sub("#", line) if len(line) < 80 else line
