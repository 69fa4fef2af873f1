"""Keys, months and items: what several steps of the line do with records."""

from collections.abc import Iterable

from pydantic import BaseModel

from hotline.line.context import Line
from hotline.search.indices import Kind, month_of
from hotline.search.store import Kept, Write
from schemas.article import Article
from schemas.item import Item, ItemStatus
from schemas.key import Key

TRIES = 10  # of a change that another worker's change came between


class Conflict(RuntimeError):
    """A record changed under our hands; the step is tried again from the start, which is safe."""


def months(line: Line, ids: Iterable[str]) -> dict[str, str]:
    """The month of each id that was claimed; the others are left out."""
    return {id_: key.record.month for id_, key in line.store.get_many(Key, Kind.KEYS, ids).items()}


def claim_keys(line: Line, kind: Kind, batch_id: str, ids: Iterable[str]) -> dict[str, Key]:
    """Claims ids that nobody has claimed, for this month; returns every id's key, whoever claimed it."""
    wanted = list(dict.fromkeys(ids))
    now = line.clock()
    key = Key(month=month_of(now), kind=kind.value, batch_id=batch_id, created_at=now)
    taken = line.store.write([Write(Kind.KEYS, id_, key) for id_ in wanted])
    old = line.store.get_many(Key, Kind.KEYS, taken)
    return {id_: old[id_].record if id_ in taken else key for id_ in wanted}


def replaced[M: BaseModel](line: Line, old: Kept[M], id_: str, record: M) -> Kept[M]:
    """Replaces a record by compare-and-set. Raises: Conflict."""
    kept = line.store.replace(old, id_, record)
    if kept is None:
        raise Conflict(f"{old.index}/{id_} was changed by another worker")
    return kept


def write_all(line: Line, writes: list[Write]) -> None:
    """Compare-and-set in bulk. Raises: Conflict naming the first record that another worker changed."""
    conflicts = line.store.write(writes)
    if conflicts:
        raise Conflict(f"{len(conflicts)} of {len(writes)} records were changed by another worker: {min(conflicts)}, …")


def items_by_id(line: Line, ids: Iterable[str]) -> dict[str, Kept[Item]]:
    """Items by id, read in real time."""
    return line.store.get_many(Item, Kind.ITEMS, months(line, ids))


def articles_by_id(line: Line, ids: Iterable[str]) -> dict[str, Kept[Article]]:
    """Articles by id, read in real time; an alias brings the article that it stands for."""
    keys = {id_: key.record for id_, key in line.store.get_many(Key, Kind.KEYS, ids).items()}
    wanted = {id_: key.alias_of or id_ for id_, key in keys.items()}
    found = line.store.get_many(Article, Kind.ARTICLES, {wanted[id_]: key.month for id_, key in keys.items()})
    return {id_: found[target] for id_, target in wanted.items() if target in found}


def also_known_as(line: Line, batch_id: str, article: Article, id_: str) -> None:
    """Lets another id stand for an article, where no article has it yet.

    It names an article, never another alias, so that a look-up is one step whatever addresses a page goes through.
    """
    month = months(line, [article.id]).get(article.id)
    if id_ != article.id and month is not None:
        key = Key(
            month=month, kind=Kind.ARTICLES.value, batch_id=batch_id, created_at=line.clock(), alias_of=article.id
        )
        line.store.create(Kind.KEYS, id_, key)


def final(line: Line, item: Item, status: ItemStatus, reason: str | None, article_id: str | None) -> Item:
    """The item with its final status."""
    update = {
        "status": status,
        "reason": reason,
        "article_id": article_id or item.article_id,
        "finished_at": line.clock(),
        "next_try_at": None,
    }
    return item.model_copy(update=update)


def offer(line: Line, articles: Iterable[Article]) -> None:
    """Puts new and revised articles where raise_alerts looks; quiet ones (the past) are left out."""
    line.store.write([Write(Kind.UNMATCHED, a.id, a, blind=True) for a in articles if not a.quiet])
