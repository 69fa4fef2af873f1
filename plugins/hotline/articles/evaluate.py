"""How well pages are read: text, headline, authors and date, beside trafilatura and htmldate on the same pages.

The yardstick is a folder with `evaldata.json` (address → file, `with`, `without`, title, author, date) and `html/`, as
trafilatura's own evaluation has it: `with` names segments that the text must hold, `without` such that it must not.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hotline.articles.extract import extract
from hotline.articles.fallback import day_by_htmldate
from hotline.articles.lines import main_text
from hotline.articles.page import NotAnArticle, Page, parse
from hotline.articles.structured import read_facts
from schemas.article import Extracted


@dataclass
class Score:
    """What one reader did on all pages."""

    found: int = 0
    missed: int = 0
    wrong: int = 0  # segments it must not hold
    shingles: list[float] = field(default_factory=list)
    titles: Counter[bool] = field(default_factory=Counter)
    days: Counter[bool] = field(default_factory=Counter)
    no_day: int = 0
    authors: Counter[bool] = field(default_factory=Counter)
    seconds: float = 0.0
    pages: int = 0

    def text(self, body: str, gold: dict[str, Any], full: str | None) -> None:
        """Counts the segments of one page and, where its full text is known, how close the body comes to it."""
        held = sum(segment in body for segment in gold["with"])
        self.found += held
        self.missed += len(gold["with"]) - held
        self.wrong += sum(segment in body for segment in gold["without"])
        if full:
            self.shingles.append(shingle_f1(body, full))

    @property
    def segments(self) -> tuple[float, float, float]:
        """Precision, recall and F1 over segments."""
        precision = self.found / ((self.found + self.wrong) or 1)
        recall = self.found / ((self.found + self.missed) or 1)
        return precision, recall, 2 * precision * recall / ((precision + recall) or 1)


def report(folder: Path) -> str:
    """The table, as text. Takes about two minutes on 990 pages."""
    ours, theirs = Score(), Score()
    for url, gold, body in _pages(folder):
        now = datetime.now(UTC)
        page = Page(url, url, body, {}, now)
        result = _timed(ours, lambda page=page, now=now: _extract(page, now))  # type: ignore[misc]
        text = _timed(theirs, lambda page=page: _trafilatura(page))  # type: ignore[misc]
        full, day = _stated(page)
        ours.text(main_text(result) if result else "", gold, full)
        theirs.text(text, gold, full)
        _facts(ours, result, gold)
        if gold.get("date"):
            _day(theirs, day, gold["date"])
    return _table(ours, theirs)


def shingle_f1(text: str, gold: str, size: int = 4) -> float:
    """F1 over shingles of `size` words, each counted as often as it occurs; 0 to 1."""
    one, other = _shingles(text, size), _shingles(gold, size)
    common = sum((one & other).values())
    return 2 * common / ((sum(one.values()) + sum(other.values())) or 1)


def _shingles(text: str, size: int) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(tuple(words[i : i + size]) for i in range(max(len(words) - size + 1, min(len(words), 1))))


def _pages(folder: Path) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    for url, gold in json.loads((folder / "evaldata.json").read_text(encoding="utf-8")).items():
        yield url, gold, (folder / "html" / gold["file"]).read_bytes()


def _timed[T](score: Score, read: Callable[[], T]) -> T:
    start = time.process_time()
    result = read()
    score.seconds += time.process_time() - start
    score.pages += 1
    return result


def _extract(page: Page, now: datetime) -> Extracted | None:
    try:
        return extract(None, page, now=now)
    except NotAnArticle:
        return None


def _trafilatura(page: Page) -> str:
    import trafilatura

    try:
        return trafilatura.extract(page.body, url=page.url, include_comments=False) or ""
    except Exception:  # noqa: BLE001 - what it can't read, it hasn't read
        return ""


def _stated(page: Page) -> tuple[str | None, str | None]:
    """The full text where the page's JSON-LD states it, and htmldate's day.

    `extract` takes the former itself where the page's own text is far shorter.
    """
    try:
        tree = parse(page)
    except NotAnArticle:
        return None, None
    body = read_facts(tree).body
    full = re.sub(r"<[^>]+>", " ", body) if body and len(body) > 1000 else None
    return full, day_by_htmldate(tree, page.url, extensive=True)


def _facts(score: Score, result: Extracted | None, gold: dict[str, Any]) -> None:
    if gold.get("title"):
        score.titles[bool(result) and _same(result.title, gold["title"])] += 1  # type: ignore[union-attr]
    if gold.get("author"):
        names = " ".join(result.authors).casefold() if result else ""
        score.authors[any(part.casefold() in names for part in _persons(gold["author"]))] += 1
    if gold.get("date"):
        _day(
            score,
            result.published_at.date().isoformat() if result and result.published_at else None,
            gold["date"],
            result,
        )


def _day(score: Score, day: str | None, gold: str, result: Extracted | None = None) -> None:
    if result and result.published_at and result.published_offset_minutes:
        from datetime import timedelta

        day = (result.published_at + timedelta(minutes=result.published_offset_minutes)).date().isoformat()
    score.no_day += day is None
    score.days[day == gold[:10]] += 1


def _persons(author: str | list[str]) -> list[str]:
    names = author if isinstance(author, list) else [author]
    return [part.strip() for name in names for part in re.split(r"[;,]| and | und ", name) if part.strip()]


def _same(one: str, other: str) -> bool:
    return re.sub(r"\W+", " ", one).strip().casefold() == re.sub(r"\W+", " ", other).strip().casefold()


def _share(counter: Counter[bool]) -> str:
    return f"{counter[True] / (counter.total() or 1):.3f} of {counter.total()}"


def _table(ours: Score, theirs: Score) -> str:
    rows: list[tuple[str, ...]] = [("", "hotline", "trafilatura, htmldate")]
    for index, name in enumerate(("precision", "recall", "F1")):
        rows.append((f"segments, {name}", f"{ours.segments[index]:.4f}", f"{theirs.segments[index]:.4f}"))
    mean = [f"{sum(s.shingles) / (len(s.shingles) or 1):.4f} of {len(s.shingles)}" for s in (ours, theirs)]
    rows += [
        ("4-word shingles, F1", *mean),
        ("headline right", _share(ours.titles), "-"),
        ("an author right", _share(ours.authors), "-"),
        ("day right", _share(ours.days), _share(theirs.days)),
        ("no day", str(ours.no_day), str(theirs.no_day)),
        ("pages per CPU second", *(f"{s.pages / (s.seconds or 1):.1f}" for s in (ours, theirs))),
    ]
    return "\n".join(f"{name:24}{one:18}{other}" for name, one, other in rows)
