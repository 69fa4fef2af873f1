"""What becomes of a story after it was told: material developments are told as updates, merges without a word."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from hotline.alerts.deliveries import update_of
from hotline.alerts.ids import month_in
from hotline.alerts.raising import ensure
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert, Cause, Delivery, OccasionKind
from schemas.article import Article
from schemas.desk import Alerting, Desk
from schemas.story import Story


def material(story: Story, articles: Iterable[str], alerting: Alerting) -> list[str]:
    """What is news to those who know the story: reports among `articles` with enough new facts, numbers of outlets.

    What a message knew already when it was written is left out later, by its thread.
    """
    placed = set(articles)
    reports = [
        d.article_id for d in story.development if d.article_id in placed and len(d.new) >= alerting.update_facts
    ]
    return reports + [outlets_key(step) for step in alerting.update_outlets if len(story.outlets) >= step]


def outlets_key(step: int) -> str:
    """By which a thread remembers that so many outlets were told of."""
    return f"outlets/{step}"


def ensure_updates(store: Store, desks: Mapping[str, Desk], articles: Iterable[Article], now: datetime) -> int:
    """Makes sure of the updates that newly placed `articles` are worth; returns how many deliveries are new.

    Killed anywhere, doing it again for the same articles ends the same.
    """
    placed = {article.id: article.story.id for article in articles if article.story}
    months = {id_: month_in(id_) for id_ in placed.values()}
    stories = {id_: kept.record for id_, kept in store.get_many(Story, Kind.STORIES, months).items()}
    taken = taken_over(store, stories)
    supersede(store, taken)
    grown = {
        id_: story for id_, story in stories.items() if any(material(story, placed, d.alerting) for d in desks.values())
    }
    if not grown:
        return 0
    names = {name: id_ for id_ in grown for name in (id_, *(lost for lost, by in taken.items() if by == id_))}
    updates: dict[str, Delivery] = {}
    for delivery in _readers(store, names):
        desk = desks.get(delivery.desk or "")
        if desk is None or now - delivery.timestamp > desk.alerting.follow:
            continue
        for development in material(grown[names[delivery.thread]], placed, desk.alerting):
            update = update_of(delivery, development, now)
            updates[update.id] = update
    return ensure(store, [], list(updates.values()))[1]


def supersede(store: Store, taken: Mapping[str, str]) -> None:
    """Alerts on stories that were merged away (lost → surviving) yield to the same rule's alert on the survivor."""
    if not taken:
        return
    store.refresh(Kind.ALERTS)
    ids = sorted({*taken, *taken.values()})
    story = [{"terms": {"story_id": ids}}, {"term": {"occasion": OccasionKind.STORY.value}}]
    found = store.search(Alert, Kind.ALERTS, {"bool": {"filter": story}}, size=10_000)
    stands = {(k.record.desk, k.record.rule_id, k.record.story_id): k.record.id for k in found}
    for kept in found:
        alert = kept.record
        winner = stands.get((alert.desk, alert.rule_id, taken.get(alert.story_id or "")))
        if winner and winner != alert.id and alert.superseded_by is None:
            store.replace(kept, alert.id, alert.model_copy(update={"superseded_by": winner}))


def taken_over(store: Store, ids: Iterable[str]) -> dict[str, str]:
    """Stories that were merged into these, directly or by way of another: lost → surviving."""
    found: dict[str, str] = {}
    wanted = {id_: id_ for id_ in ids}
    if wanted:
        store.refresh(Kind.STORIES)
    while wanted:
        query = {"terms": {"merged_into": sorted(wanted)}}
        lost = [kept.record for kept in store.search(Story, Kind.STORIES, query, size=10_000)]
        wanted = {s.id: wanted[s.merged_into] for s in lost if s.merged_into in wanted and s.id not in found}
        found |= wanted
    return found


def _readers(store: Store, threads: Iterable[str]) -> Sequence[Delivery]:
    """For each reader of these threads the delivery of the most urgent alert, by recipient, channel and desk."""
    store.refresh(Kind.DELIVERIES)
    about = [{"terms": {"thread": sorted(threads)}}, {"term": {"cause": Cause.ALERT.value}}]
    urgent: dict[tuple[str | None, str, str, str], Delivery] = {}
    for kept in store.search(Delivery, Kind.DELIVERIES, {"bool": {"filter": about}}, size=10_000):
        d = kept.record
        key = (d.desk, d.recipient, d.channel, d.thread)
        if key not in urgent or (d.severity.rank, d.id) > (urgent[key].severity.rank, urgent[key].id):
            urgent[key] = d
    return list(urgent.values())
