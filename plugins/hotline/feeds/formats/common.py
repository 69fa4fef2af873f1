"""What all formats share: absolute links, ids that are always there, entries counted once each."""

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from schemas.item import Entry

# Addresses that resolving leaves as they are: no dots to fold, nothing empty at their end.
_WHOLE = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[\w.~/%,:@!$'()*+=&?-]*[\w/=-])?", re.ASCII)
MAX_ID = 512  # Elasticsearch refuses ids of more than 512 bytes; longer ones are hashed


def absolute(link: str | None, base: str) -> str | None:
    """An http or https address, resolved against the feed's; None for anything else."""
    if not link or not (link := "".join(link.split()) if "\n" in link else link.strip()):
        return None
    if len(link) <= 4096 and _WHOLE.fullmatch(link):
        return link
    try:
        joined = urljoin(base, link)
        parts = urlsplit(joined)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return joined if usable and len(joined) <= 4096 else None


def digest(*parts: str) -> str:
    """A stable name for texts: 32 hexadecimal digits."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def entry_id(own: str | None, url: str | None, *texts: str) -> str:
    """The feed's own id, else the link, else a hash of the text."""
    chosen = (own or "").strip() or url or f"text:{digest(*texts)}"
    return chosen if len(chosen.encode("utf-8", "replace")) <= MAX_ID else f"long:{digest(chosen)}"


def distinct(entries: Iterable[Entry]) -> list[Entry]:
    """All the entries, with ids that tell those apart that are not the same.

    Some feeds give one id to several entries. One whose id came before with another link gets a hash of its link (no
    link: of its title and summary) at the end of its id. One that repeats both keeps its id: it is the same entry.
    """
    marks: dict[str, str] = {}
    kept = []
    for entry in entries:
        mark = _mark(entry)
        if marks.setdefault(entry.id, mark) != mark:
            kept.append(entry.model_copy(update={"id": f"{entry.id[:400]}#{digest(mark)}"}))
        else:
            kept.append(entry)
    return kept


def _mark(entry: Entry) -> str:
    return entry.url or f"{entry.title}\0{entry.summary}"


def language(tag: object) -> str | None:
    """ISO 639-1 code of a language tag (RFC 5646): "ru" for "ru-RU"; None where it has none."""
    if not isinstance(tag, str):
        return None
    code = re.match(r"\s*([A-Za-z]{2,3})(?![A-Za-z])", tag)
    if code is None:
        return None
    primary = code[1].lower()
    return {"eng": "en", "rus": "ru", "ukr": "uk", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr"}.get(
        primary, primary if len(primary) == 2 else None
    )
