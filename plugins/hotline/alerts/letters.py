"""Letters: what the records say about a thread, put together in real time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hotline.alerts.channel import Letter, Links, News, Refused
from hotline.alerts.ids import month_in
from hotline.alerts.links import Post
from hotline.search.indices import Kind
from hotline.search.store import Store
from schemas.alert import Alert, Cause, Delivery, OccasionKind, Thread
from schemas.article import Article, Revision
from schemas.desk import Desk
from schemas.key import Key
from schemas.story import Story

MOST_COVERAGE = 12  # other articles of a story that a message lists
MOST_NEWS = 3  # reports whose new facts an update tells


@dataclass
class Letters:
    """Writes letters for one run; every story is read once."""

    store: Store
    desks: Mapping[str, Desk]
    post: Post
    now: datetime
    stories: dict[str, Story | None] = field(default_factory=dict)

    def letter(self, thread: Thread, deliveries: Sequence[Delivery], alerts: Iterable[Alert]) -> Letter:
        """The letter that tells `deliveries` of a thread. `alerts` are theirs, and those that had joined.

        Raises: Refused where no alert is left in the index.
        """
        listed = sorted(alerts, key=lambda alert: (-alert.severity.rank, alert.timestamp, alert.id))
        if not listed:
            raise Refused("its alert is not in the index any more")
        story = next((found for alert in listed if alert.story_id and (found := self.story(alert.story_id))), None)
        news = self._news(story, thread)
        return Letter(
            address=thread.address,
            thread_id=thread.id,
            number=thread.messages,
            subject=thread.subject,
            alerts=listed,
            now=self.now,
            story=story,
            coverage=self.articles(story.article_ids[-MOST_COVERAGE:]) if story else [],
            news=news,
            known=frozenset(thread.told),
            unacknowledged_since=self._escalated(deliveries),
            revisions=self._revisions(listed),
            links=self._links(listed[0], story, deliveries[0]),
        )

    def story(self, id_: str) -> Story | None:
        """The story that holds what `id_` held, after merges, read in real time."""
        if id_ not in self.stories:
            found = self.store.get(Story, Kind.STORIES, id_, month_in(id_))
            story = found.record if found else None
            self.stories[id_] = (self.story(story.merged_into) or story) if story and story.merged_into else story
        return self.stories[id_]

    def articles(self, ids: Sequence[str]) -> list[Article]:
        """The articles that exist, in this order."""
        keys = self.store.get_many(Key, Kind.KEYS, ids)
        months: dict[str, str | None] = {id_: keys[id_].record.month for id_ in ids if id_ in keys}
        found = self.store.get_many(Article, Kind.ARTICLES, months)
        return [found[id_].record for id_ in months if id_ in found]

    def _news(self, story: Story | None, thread: Thread) -> list[News]:
        """What was added since the last message; nothing for the first, which tells the story as it is."""
        if story is None or thread.severity is None:
            return []
        added = [d for d in story.development if d.article_id not in thread.told and d.new]
        richest = sorted(added, key=lambda d: -len(d.new))[:MOST_NEWS]
        articles = {article.id: article for article in self.articles([d.article_id for d in richest])}
        return [News(articles[d.article_id], d.new) for d in richest if d.article_id in articles]

    def _escalated(self, deliveries: Sequence[Delivery]) -> datetime | None:
        made = [d.timestamp for d in deliveries if d.cause is Cause.ESCALATION]
        if not made:
            return None
        desk = self.desks.get(next((d.desk for d in deliveries if d.desk), "") or "")
        return min(made) - desk.alerting.escalate_after if desk else min(made)

    def _revisions(self, alerts: Sequence[Alert]) -> dict[str, Revision]:
        found = {}
        for alert in alerts:
            if alert.occasion is OccasionKind.REVISION:
                article, _, number = alert.occasion_id.rpartition("@")
                query = {"bool": {"filter": [{"term": {"article_id": article}}, {"term": {"number": int(number)}}]}}
                self.store.refresh(Kind.REVISIONS)
                for kept in self.store.search(Revision, Kind.REVISIONS, query, size=1):
                    found[alert.id] = kept.record
        return found

    def _links(self, alert: Alert, story: Story | None, delivery: Delivery) -> Links:
        desk = self.desks.get(alert.desk or "")
        return self.post.links(alert, desk, story, delivery.recipient, self.now)
