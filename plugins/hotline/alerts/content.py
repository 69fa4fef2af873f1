"""What a message says, before it is HTML or text: rules, articles with their passages, the story's other outlets."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from hotline.alerts.changes import Change, changes
from hotline.alerts.channel import Letter, Links, News
from hotline.alerts.passages import MOST_PASSAGES, segments
from hotline.alerts.query import CLOSE, OPEN
from schemas.alert import Alert, OccasionKind
from schemas.article import Article
from schemas.base import Precision, Severity


@dataclass(frozen=True)
class Told:
    """One article as a message shows it."""

    headline: str  # with marks
    outlet: str
    date: str
    url: str | None
    passages: list[str]  # with marks
    changes: list[Change] = field(default_factory=list)  # of a revision
    facts: list[str] = field(default_factory=list)  # what it added to a story that was told


@dataclass(frozen=True)
class Other:
    """Another report of the same story."""

    outlet: str
    title: str
    url: str | None


@dataclass(frozen=True)
class Content:
    """Everything that stands in a message."""

    severity: Severity
    desk: str | None
    subject: str
    is_update: bool
    is_notice: bool
    is_revision: bool
    rules: list[tuple[str, Severity]]
    articles: list[Told]
    topics: list[str]
    outlets: int  # that report the story, all in all
    others: list[Other] = field(default_factory=list)
    links: Links = field(default_factory=Links)
    unacknowledged_since: str = ""
    announced: bool = False  # the outlet itself says that it changed the text
    footer: str = ""


def content_of(letter: Letter) -> Content:
    """What a letter says."""
    first = letter.alerts[0]
    shown: dict[str | None, list[Alert]] = {}
    for alert in letter.alerts:
        if alert.id not in letter.known or not letter.news:
            shown.setdefault(alert.article_id, []).append(alert)
    news = [_news(new) for new in letter.news if new.article.id not in shown]
    topics = dict.fromkeys(topic.replace("_", " ") for alert in letter.alerts for topic in alert.topics)
    since = letter.unacknowledged_since
    return Content(
        severity=first.severity,
        desk=first.desk,
        subject=one_line(letter.subject),
        is_update=letter.number > 0,
        is_notice=first.occasion is OccasionKind.HEALTH,
        is_revision=first.occasion is OccasionKind.REVISION,
        rules=list(dict.fromkeys((one_line(alert.rule_title), alert.severity) for alert in letter.alerts)),
        articles=[*(_told(alerts, letter) for alerts in shown.values()), *news],
        topics=list(topics),
        outlets=len(letter.story.outlets) if letter.story else 0,
        others=_others(letter, {*shown, *(new.article.id for new in letter.news)}),
        links=letter.links,
        unacknowledged_since=dated(since, Precision.MINUTE) if since else "",
        announced=any(revision.announced for revision in letter.revisions.values()),
        footer=_footer(first),
    )


def one_line(text: str, *, marks: bool = False) -> str:
    """A text on one line, without control characters and without those that turn the direction of writing.

    A hostile headline could otherwise add headers to a mail or show a link's text backwards. The marks around matched
    words are kept only where they are asked for.
    """
    dropped = _TURNS if marks else _TURNS | {OPEN, CLOSE}
    return " ".join("".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text if c not in dropped).split())


_UNSEEN = {"Cc", "Zl", "Zp", "Cs"}
MOST_FACTS = 6  # new numbers, names and quotes of one report
_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def dated(at: datetime | None, precision: Precision | None) -> str:
    """A publication date as exactly as it is known, in UTC."""
    if at is None:
        return "date unknown"
    day = f"{at.astimezone(UTC):%a, %d %b %Y}".replace(" 0", " ")
    return f"{day} (time not given)" if precision is Precision.DAY else f"{day}, {at.astimezone(UTC):%H:%M} UTC"


def safe_url(url: str | None) -> str | None:
    """An address that may be clicked: http or https with a host; else None."""
    if not url or re.search(r"[\s\x00-\x1f\x7f<>\"'`\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def merged(texts: Sequence[str]) -> list[str]:
    """Marked texts, each once: where two rules found the same passage, it carries the marks of both."""
    marks: dict[str, set[int]] = {}
    for text in texts:
        plain, at = "", set[int]()
        for piece, marked in segments(text):
            if marked:
                at.update(range(len(plain), len(plain) + len(piece)))
            plain += piece
        marks.setdefault(plain, set()).update(at)
    kept = [plain for plain in marks if not any(plain != other and plain in other for other in marks)]
    return [_remarked(plain, marks[plain]) for plain in kept]


def _remarked(plain: str, marks: set[int]) -> str:
    marked = ""
    for at, character in enumerate(plain):
        before, here = at - 1 in marks, at in marks
        marked += OPEN * (here and not before) + CLOSE * (before and not here) + character
    return marked + CLOSE * (len(plain) - 1 in marks)


def _news(new: News) -> Told:
    article = new.article
    return Told(
        headline=one_line(article.title) or "(no headline)",
        outlet=one_line(article.publisher),
        date=dated(article.published_at, article.published_precision),
        url=safe_url(article.url.canonical or article.url.full),
        passages=[],
        facts=[one_line(fact) for fact in new.facts[:MOST_FACTS]],
    )


def _told(alerts: Sequence[Alert], letter: Letter) -> Told:
    first = alerts[0]
    revision = next((letter.revisions[alert.id] for alert in alerts if alert.id in letter.revisions), None)
    headlines = merged([one_line(alert.headline or alert.title, marks=True) for alert in alerts])
    return Told(
        headline=headlines[0] if headlines else "(no headline)",
        outlet=one_line(first.publisher or ""),
        date=dated(first.published_at, first.published_precision) if first.article_id else "",
        url=safe_url(first.url),
        passages=_passages(alerts) if revision is None else [],
        changes=[Change(c.came, one_line(c.text, marks=True)) for c in changes(revision.diff)] if revision else [],
    )


def _passages(alerts: Sequence[Alert]) -> list[str]:
    """What is quoted of an article; of a notice every line, since all of it is our own words."""
    texts = [one_line(text, marks=True) for alert in alerts for text in alert.passages]
    return texts if alerts[0].occasion is OccasionKind.HEALTH else merged(texts)[: MOST_PASSAGES + 1]


def _others(letter: Letter, shown: set[str | None]) -> list[Other]:
    """One report of each other outlet; an outlet whose article is not at hand is named without a link."""
    told = {alert.publisher for alert in letter.alerts} | {new.article.publisher for new in letter.news}
    articles: dict[str, Article] = {}
    for article in letter.coverage:
        if article.id not in shown and article.publisher not in told:
            articles.setdefault(article.publisher, article)
    outlets = [o for o in (letter.story.outlets if letter.story else []) if o not in told and o not in articles]
    return [
        Other(one_line(outlet), one_line(article.title), safe_url(article.url.canonical or article.url.full))
        for outlet, article in articles.items()
    ] + [Other(one_line(outlet), "", None) for outlet in outlets]


def _footer(first: Alert) -> str:
    if first.occasion is OccasionKind.HEALTH:
        about = "About what the desk can see" if first.desk else "About the line itself"
        return f"{about}, to its {'analysts' if first.desk else 'operators'}."
    if first.occasion in (OccasionKind.WINDOW, OccasionKind.SILENCE):
        return f"One message for each {'surge' if first.occasion is OccasionKind.WINDOW else 'silence'}."
    about = "correction or edit" if first.occasion is OccasionKind.REVISION else "story"
    seen = f" First seen {dated(first.discovered_at, Precision.MINUTE)}." if first.discovered_at else ""
    return f"One message for each {about}; again only when it develops or something more urgent comes of it.{seen}"
