"""What a digest says, before it is HTML or text."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hotline.alerts.channel import Letter
from hotline.alerts.content import dated, one_line, safe_url
from hotline.alerts.digest import Digest, Entry, bars
from schemas.alert import Alert, DigestKind
from schemas.article import Article
from schemas.base import Severity

BAR_HEIGHT = 48  # pixels
MOST_FACTS = 5
_BLOCKS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Item:
    """A story, or an article that was near to one."""

    severity: Severity
    headline: str
    outlet: str
    date: str
    url: str | None
    rules: str = ""
    changed: str = ""  # what the story is to its reader: new, grown, told
    facts: str = ""


@dataclass(frozen=True)
class DigestContent:
    """Everything that stands in a digest."""

    severity: Severity
    desk: str | None
    subject: str
    title: str
    period: str
    items: list[Item]
    near_misses: list[Item]
    muted: list[Item]
    heights: list[int]  # pixels
    spark: str
    articles: int
    first: str  # labels under the chart
    last: str
    footer: str


def digest_content_of(letter: Letter, digest: Digest) -> DigestContent:
    """What a digest says, in its recipient's time zone."""
    zone = ZoneInfo(digest.timezone)
    items = [_item(entry, digest, zone) for entry in digest.entries]
    title = one_line(letter.alerts[0].title)
    return DigestContent(
        severity=max((e.severity for e in digest.entries), key=lambda s: s.rank, default=Severity.LOW),
        desk=letter.alerts[0].desk,
        subject=_subject(title, digest, zone),
        title=title,
        period=f"{_moment(digest.since, zone)} to {_moment(digest.until, zone)} ({digest.timezone})",
        items=items,
        near_misses=[_near_miss(article) for article in digest.near_misses],
        muted=[_line(alert) for alert in digest.muted],
        heights=bars(digest.volume, BAR_HEIGHT),
        spark="".join(_BLOCKS[height] for height in bars(digest.volume, 8)),
        articles=sum(digest.volume),
        first=_moment(digest.since, zone),
        last=_moment(digest.until, zone),
        footer=_footer(digest),
    )


def _subject(title: str, digest: Digest, zone: ZoneInfo) -> str:
    """What it is and how much; the period's end keeps the mails of two days apart in every client."""
    stories = len(digest.entries)
    what = f"{stories} {'story' if stories == 1 else 'stories'}" if stories else "nothing new"
    return f"{title}, {_moment(digest.until, zone)}: {what}"


def _near_miss(article: Article) -> Item:
    date = dated(article.published_at, article.published_precision)
    url = safe_url(article.url.canonical or article.url.full)
    return Item(Severity.LOW, one_line(article.title), one_line(article.publisher), date, url)


def _line(alert: Alert) -> Item:
    return Item(
        severity=alert.severity,
        headline=one_line(alert.title) or "(no headline)",
        outlet=one_line(alert.publisher or ""),
        date=dated(alert.published_at, alert.published_precision) if alert.article_id else "",
        url=safe_url(alert.url),
        rules=one_line(alert.rule_title),
    )


def _item(entry: Entry, digest: Digest, zone: ZoneInfo) -> Item:
    return replace(
        _line(entry.alerts[0]),
        rules=", ".join(dict.fromkeys(one_line(alert.rule_title) for alert in entry.alerts)),
        changed=_changed(entry, digest, zone),
        facts=" · ".join(one_line(fact) for fact in entry.facts[:MOST_FACTS]) if not entry.is_new else "",
    )


def _changed(entry: Entry, digest: Digest, zone: ZoneInfo) -> str:
    words = ["new"] if entry.is_new and entry.alerts[0].story_id else []
    if entry.outlets > 1:
        more = f", {entry.more_outlets} more than before" if entry.more_outlets else ""
        words.append(f"{entry.outlets} outlets{more}")
    if not entry.is_new and not entry.facts and not entry.more_outlets:
        words.append("nothing new since")
    if entry.told_at and digest.kind is DigestKind.SCHEDULED:
        words.append(f"told {_moment(entry.told_at, zone)}")
    return " · ".join(words)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    here = at.astimezone(zone)
    return f"{here:%a} {here.day} {here:%b %H:%M}"


def _footer(digest: Digest) -> str:
    if digest.kind is DigestKind.FLOOD:
        return "More came at once than can be read singly. Every alert is listed; critical ones came by themselves."
    if digest.kind is DigestKind.CAUGHT_UP:
        return "These are late: an outage kept them from coming when they were new. Critical ones came by themselves."
    return "Stories by severity, then by number of outlets."
