"""What the newsroom expects, held against what the line has done. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hotline.local.demo.figures import Figures
from schemas.alert import OccasionKind


@dataclass(frozen=True)
class Check:
    """One expectation. `detail` says what was found, and what was expected where they differ."""

    name: str
    ok: bool
    detail: str


def check(status: Mapping[str, Any], figures: Figures) -> list[Check]:
    """Every expectation about the newsroom's script. `status` is its GET /_newsroom/status."""
    return [*_counts(status["expected"], figures), *_feeds(status, figures), *_desks(status, figures), *_mails(figures)]


def adds_up(figures: Figures) -> Check:
    """Items discovered = indexed + revision + duplicate + rejected + failed + pending."""
    total = sum(figures.items.values())
    by_status = ", ".join(f"{count} {status}" for status, count in sorted(figures.items.items()))
    return Check("items add up", total == figures.discovered, f"{figures.discovered} discovered = {by_status}")


def replayed(figures: Figures) -> list[Check]:
    """What must hold of saved feeds and pages: each is taken in, or there is a record of why not."""
    silent = [f.source.title for f in figures.feeds if not f.state.first_polled_at and not f.state.last_error]
    read = sum(1 for feed in figures.feeds if feed.state.first_polled_at)
    refused = len(figures.feeds) - read
    return [
        Check("every feed is read or says why not", not silent, "; ".join(silent) or f"{read} read, {refused} refused"),
        _equal("nothing is pending", figures.items.get("pending", 0), 0),
        _equal("every indexed item is an article", figures.items.get("indexed", 0), len(figures.articles)),
    ]


def _counts(expected: Mapping[str, Any], figures: Figures) -> Iterator[Check]:
    yield adds_up(figures)
    yield _equal("every entry became an item", figures.discovered, expected["items"])
    yield _equal("nothing is pending", figures.items.get("pending", 0), 0)
    few, many = expected["articles"], expected["articles_at_most"]
    found = len(figures.articles)
    yield Check("every page became an article", few <= found <= many, f"{found} of {few} to {many}")
    again = figures.items.get("revision", 0) + figures.items.get("duplicate", 0)
    yield _equal("entries for known pages", again, expected["by_status"]["revision_or_duplicate"])
    yield _equal("corrections and silent edits found", len(figures.revisions), expected["revisions"])
    copies = sum(1 for article in figures.articles if article.near_duplicate_of)
    yield _equal("copies of the wire story found", copies, expected["near_duplicates"])


def _feeds(status: Mapping[str, Any], figures: Figures) -> Iterator[Check]:
    in_use = {feed.source.url: feed.state.url for feed in figures.feeds}
    moved = {feed["url"]: feed["moved_to"] for feed in status["feeds"] if feed["moved_to"]}
    adopted = sum(in_use.get(old) == new for old, new in moved.items())
    yield _equal("feeds that moved are followed", adopted, len(moved))
    failing = sum(1 for feed in figures.feeds if feed.state.failures)
    yield _equal("feeds failing at the end", failing, 0)


def _desks(status: Mapping[str, Any], figures: Figures) -> Iterator[Check]:
    pages = {page["url"]: page for page in status["published"]}
    rang = {(alert.desk, alert.url) for alert in figures.alerts if alert.occasion is OccasionKind.STORY}
    for desk, expected in status["expected"]["desks"].items():
        if not any(desk in feed.source.desks for feed in figures.feeds):
            continue
        wrong = [
            f"{page['headline']} ({view.relevance} instead of {page['expected'][desk]})"
            for article in figures.articles
            if (page := pages.get(article.url.original)) and (view := article.desks.get(desk))
            if page["expected"][desk] is not None and bool(view.relevance) != bool(page["expected"][desk])
        ]
        yield Check(f"{desk}: relevance", not wrong, "; ".join(wrong) or f"{figures.relevant(desk)} relevant articles")
        wanted = {page["story"] for page in pages.values() if page["alert"][desk]}
        heard = {pages[url]["story"] for of, url in rang if of == desk and url in pages}
        missed = wanted - heard
        yield Check(f"{desk}: every story rings", not missed, _missed(missed, wanted))
        false = [
            pages[url]["headline"] for of, url in rang if of == desk and url in pages and not pages[url]["alert"][desk]
        ]
        yield Check(f"{desk}: nothing else rings", not false, "; ".join(false) or "no false alarm")
        stories = {a.story_id for a in figures.alerts if a.desk == desk and a.occasion is OccasionKind.STORY}
        few, many = expected["stories"], expected["stories_at_most"]
        yield Check(
            f"{desk}: a story rings once", few <= len(stories) <= many, f"{len(stories)} of {few} to {many} stories"
        )


def _missed(missed: set[str], wanted: set[str]) -> str:
    return f"missed: {', '.join(sorted(missed))}" if missed else f"{len(wanted)} stories"


def _mails(figures: Figures) -> Iterator[Check]:
    twice = [id_ for id_, count in Counter(mail.message_id for mail in figures.mails).items() if count > 1]
    yield Check("no e-mail twice", not twice, "; ".join(twice) or f"{len(figures.mails)} e-mails")
    sent = {delivery.message_id for delivery in figures.deliveries if delivery.message_id and delivery.sent_at}
    yield _equal(
        "e-mails in the mailbox are those recorded as sent", len({m.message_id for m in figures.mails}), len(sent)
    )


def _equal(name: str, found: object, expected: object) -> Check:
    return Check(name, found == expected, f"{found}" if found == expected else f"{found} instead of {expected}")
