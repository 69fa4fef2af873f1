"""The line on the newsroom, step by step: what the DAGs call, without Airflow."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hotline.line.context import Line
from hotline.line.fetch import fetch
from hotline.line.place import place_batches
from hotline.line.plan import plan
from hotline.line.process import process
from hotline.line.raising import raise_alerts
from hotline.search.indices import Kind
from hotline.search.store import Store
from hotline.settings import Settings
from schemas.alert import Alert, Delivery
from schemas.article import Article, Revision
from schemas.item import Item
from tests.newsroom import Newsroom

ROOT = Path(__file__).parents[2]


@dataclass
class Rig:
    """A line whose clock the test moves, and what is in its index."""

    line: Line
    room: Newsroom
    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """The real time and what the test added."""
        return datetime.now(UTC) + self.ahead

    def wait(self, seconds: float) -> None:
        """Moves the line's clock."""
        self.ahead += timedelta(seconds=seconds)

    def fresh(self) -> Line:
        """The line as another task would open it."""
        line = Line(self.line.settings, clock=self.now)
        line.__dict__["store"] = self.line.store
        return line

    def poll(self, seconds: float = 30) -> list[str]:
        """One run of poll_feeds, `seconds` later, when everything is due again; returns the batches."""
        self.wait(seconds)
        return [batch for group in plan(self.fresh()) for batch in fetch(self.fresh(), group)]

    def work(self, keys: list[str]) -> None:
        """process_captures for each batch."""
        for key in keys:
            process(self.fresh(), key, "test")
            place_batches(self.fresh(), key, "test")

    def round(self) -> dict[str, int]:
        """Poll, process, place, raise."""
        self.work(self.poll())
        return raise_alerts(self.fresh())

    def settle(self, rounds: int = 6) -> None:
        """Rounds until no item is pending whose page could be had."""
        for _ in range(rounds):
            self.round()
            if not self.statuses().get("pending"):
                return

    def all[M](self, model: type[M], kind: Kind) -> list[M]:
        """All records of a kind."""
        store = self.line.store
        store.refresh(kind)
        return [kept.record for kept in store.search(model, kind, {"match_all": {}}, size=10_000)]  # type: ignore[type-var]

    def statuses(self) -> dict[str, int]:
        """Items by status."""
        return dict(Counter(item.status.value for item in self.all(Item, Kind.ITEMS)))

    def picture(self) -> dict[str, Any]:
        """Everything that must not change when something is done twice."""
        articles = self.all(Article, Kind.ARTICLES)
        return {
            "articles": sorted((a.id, a.title, a.revision, a.story.id if a.story else "") for a in articles),
            "items": sorted((i.id, i.status.value, i.article_id or "") for i in self.all(Item, Kind.ITEMS)),
            "revisions": sorted((r.id, r.article_id) for r in self.all(Revision, Kind.REVISIONS)),
            "alerts": sorted(a.id for a in self.all(Alert, Kind.ALERTS)),
            "deliveries": sorted((d.id, d.status.value) for d in self.all(Delivery, Kind.DELIVERIES)),
        }


@contextmanager
def rig(
    store: Store, elasticsearch_url: str, folder: Path, desks: list[Path], *, backlog: bool = False
) -> Iterator[Rig]:
    """A rig on a newsroom of its own; `desks` are templates. Without a backlog a test begins ten seconds sooner."""
    with Newsroom(backlog=backlog) as room:
        for template in desks:
            room.write_desk(folder / "desks" / template.name, template)
        settings = Settings(
            home=folder / "home",
            desks=folder / "desks",
            elasticsearch_url=elasticsearch_url,
            index_prefix=store.indices.prefix,
        )
        made = Rig(Line(settings), room)
        made.line.clock = made.now
        made.line.__dict__["store"] = store
        yield made


def dump(value: Any) -> str:
    """For messages of failed assertions."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=str)
