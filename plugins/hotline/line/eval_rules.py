"""What the rules of a desk would do with labelled articles: tagged, indexed and matched as in earnest.

The labels are those of `hotline eval topics`: relevance 2 central, 1 substantial, 0 not relevant. A message about an
article labelled 0 is a false alarm.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from hotline.alerts.matching import Match, Watch, matches
from hotline.alerts.raising import people_of
from hotline.line.desks import LoadedDesk
from hotline.search.indices import Indices, Kind, install
from hotline.search.store import Store, Write, chunks
from hotline.topics.evaluate import labelled
from hotline.topics.lines import view_of
from schemas.article import Article, ArticleUrl, FeedFacts, Fingerprint, StoryRef
from schemas.base import Severity
from schemas.rule import Rule, RuleKind


@dataclass
class Counts:
    """Articles that rang, by label."""

    by_label: Counter[int] = field(default_factory=Counter)

    @property
    def rang(self) -> int:
        """All that rang."""
        return self.by_label.total()

    @property
    def false_share(self) -> float:
        """The share that is not relevant."""
        return self.by_label[0] / self.rang if self.rang else 0.0


def report(path: Path, desk_id: str, desk: LoadedDesk, client: Elasticsearch) -> str:
    """False alarms, recall and messages a day, as a text. Rules that need a history (kind surge, first …) have none.

    Indices of its own are made and deleted again.
    """
    records = labelled(path)
    labels = {str(record["id"]): int(record["relevance"]) for record in records}
    now = datetime.now(UTC)
    articles = {a.id: a for a in (_article(record, desk_id, desk, now) for record in records)}
    rules = [rule for rule in desk.rules if rule.kind is RuleKind.MATCH]
    with _indices(client, now) as store:
        found = _matched(store, [Watch(desk_id, desk.desk, rule) for rule in rules], articles, now)
    return "\n".join(
        [*_summary(found, labels), "", *_messages(found, desk, records), "", *_by_rule(found, labels, rules)]
    )


def _matched(store: Store, watches: list[Watch], articles: Mapping[str, Article], now: datetime) -> list[Match]:
    store.write([Write(Kind.UNMATCHED, a.id, a) for a in articles.values()])
    store.refresh(Kind.UNMATCHED)
    found, broken = matches(store.client, store.indices.name(Kind.UNMATCHED), watches, articles, now)
    if broken:
        raise ValueError(f"Elasticsearch refuses rule {broken[0].watch.rule.id}: {broken[0].reason}")
    return found


@contextmanager
def _indices(client: Elasticsearch, now: datetime) -> Iterator[Store]:
    indices = Indices(f"eval-{uuid.uuid4().hex[:12]}")
    install(client, indices, now)
    try:
        yield Store(client, indices)
    finally:
        names = list(client.indices.get(index=f"{indices.prefix}-*", features=["aliases"]))
        for chunk in chunks(names, 50):
            client.indices.delete(index=list(chunk))
        client.indices.delete_index_template(name=f"{indices.prefix}-*")


def _article(record: dict[str, Any], desk_id: str, desk: LoadedDesk, now: datetime) -> Article:
    """The article as the line would have made it, published just now; each is a story of its own."""
    view = view_of(record, desk.tagger)
    url, body = str(record.get("url") or ""), str(record.get("body") or "")
    times = ("@timestamp", "published_at", "discovered_at", "fetched_at", "ingested_at", "updated_at")
    return Article.model_validate(
        dict.fromkeys(times, now - timedelta(minutes=1))
        | {
            "id": str(record["id"]),
            "item_id": str(record["id"]),
            "url": ArticleUrl(original=url, full=url, key=url, domain=""),
            "title": record.get("title") or "",
            "lead": body.partition("\n")[0],
            "body": body,
            "language": record.get("language"),
            "publisher": record.get("publisher") or "",
            "feed": FeedFacts(id="", title=""),
            "feed_ids": [],
            "fingerprint": Fingerprint(text_sha256=""),
            "story": StoryRef(id=f"{now:%Y.%m}-{record['id']}"),
            "desks": {desk_id: view},
        }
    )


def _summary(found: list[Match], labels: Mapping[str, int]) -> list[str]:
    rang = {match.article.id for match in found}
    loud = {m.article.id for m in found if m.watch.rule.severity is not Severity.LOW}
    totals = Counter(labels.values())
    lines = [f"{len(labels)} articles: {totals[2]} central, {totals[1]} substantial, {totals[0]} not relevant"]
    for name, ids in (("rang", rang), ("… above low severity", loud)):
        counts = Counts(Counter(labels[id_] for id_ in ids))
        lines.append(
            f"{name}: {counts.rang}; false alarms {counts.by_label[0]} ({counts.false_share:.1%}); "
            f"recall of central {counts.by_label[2]}/{totals[2]} ({_share(counts.by_label[2], totals[2])}), "
            f"of substantial {counts.by_label[1]}/{totals[1]} ({_share(counts.by_label[1], totals[1])})"
        )
    return lines


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none there"


def _messages(found: list[Match], desk: LoadedDesk, records: list[dict[str, Any]]) -> list[str]:
    """Messages that each recipient would get: for each hundred articles, and on the set's own days."""
    days = {str(r["id"]): str(r.get("published_at") or "")[:10] for r in records}
    known = Counter(day for day in days.values() if day)
    lines = [f"Messages, one an article, in a set with {len(known)} known days of {sum(known.values())} articles:"]
    for person in desk.desk.recipients:
        told = {m.article.id for m in found if person in people_of(desk.desk, m.watch.rule)}
        singly = {
            m.article.id
            for m in found
            if person in people_of(desk.desk, m.watch.rule) and m.watch.rule.severity.rank >= person.singly.rank
        }
        by_day = Counter(days[id_] for id_ in told if days[id_] in known)
        busiest = max(by_day.values(), default=0)
        average = sum(by_day.values()) / len(known) if known else 0.0
        lines.append(
            f"  {person.name}: {len(told)} ({100 * len(told) / len(records):.0f} of a hundred articles), "
            f"{average:.1f} a day, {busiest} on the busiest; {len(singly)} singly, the rest in the digest"
        )
    return lines


def _by_rule(found: list[Match], labels: Mapping[str, int], rules: list[Rule]) -> list[str]:
    by_rule = {rule.id: Counts() for rule in rules}
    for match in found:
        by_rule[match.watch.rule.id].by_label[labels[match.article.id]] += 1
    lines = [f"{'rule':24} {'rang':>5} {'central':>8} {'substantial':>12} {'false':>6}"]
    for id_, counts in by_rule.items():
        of = counts.by_label
        lines.append(f"{id_:24} {counts.rang:5} {of[2]:8} {of[1]:12} {of[0]:6}")
    return lines
