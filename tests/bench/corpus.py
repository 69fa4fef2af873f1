"""An archive of made articles and their stories, for benches; `python -m tests.bench.corpus` makes two.

A few thousand events are written from sentences of the newsroom with invented names and rare words, and go through
the real tagger, fingerprint and placing. The archive repeats them with the invented words changed every time, so that
its vocabulary grows as a real one's does, while names that the desk hears daily stand in all of it. 10,000 articles
a day, so that a larger archive is a longer one.
"""

import json
import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, product
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from hotline.local.elasticsearch import running_node
from hotline.search.indices import Indices, Kind, install, month_of
from hotline.search.store import Store, document
from hotline.settings import default_home
from hotline.stories.fingerprint import fingerprint
from hotline.stories.neighbours import Neighbours
from hotline.stories.rarity import rarity
from hotline.stories.words import stems
from hotline.topics.tagger import Tagger
from hotline.topics.taxonomy import load_taxonomy
from schemas.article import Article, ArticleUrl, FeedFacts, Fingerprint, StoryRef
from schemas.story import Story
from tests.newsroom.world import load

ARCHIVES = {"bench-10k": 10_000, "bench-1m": 1_000_000}
ROOT = Path(__file__).parents[2]
FOLDER = default_home() / "bench-corpus"
END = datetime(2031, 5, 20, 12, tzinfo=UTC)  # the archive's last article; benches take it for now
A_DAY = 10_000
EVENTS = 800
REPORTS = (1, 1, 1, 2, 2, 3, 4, 8)  # of an event; a draw
_WORDS = 100
_MARK = "bdfmp"  # ends every invented word; stemmer and sound leave it as it is
_RARE = 3.2  # rarity from which a word of the newsroom may give way to an invented one
_SYLLABLES = [one + two for one, two in product("dfgklmnprstvz", "aeiou")]
_SLOT, _MONTH = "2031-01-01T00:00:00Z", "YYYY.MM"
_BULK = 1000


@dataclass(frozen=True)
class Template:
    """An article or story as JSON, in which marks stand for the invented words' endings, the time and the month."""

    kind: Kind
    id: str
    text: str
    offset: timedelta  # of its event, from the beginning of the slot

    def copy(self, number: int, total: int) -> tuple[str, str]:
        """The action and the document of the copy; the last of `total` ends at `END`."""
        at = END - SLOT * (total - number) + self.offset
        month, mark = month_of(at), _marks()[number]
        index = {"create": {"_index": f"{{prefix}}-{self.kind.value}-{month}", "_id": self.id}}
        action = json.dumps(index)
        return tuple(  # type: ignore[return-value]
            text.replace(_MARK, mark).replace(_SLOT, f"{at:%Y-%m-%dT%H:%M:%SZ}").replace(_MONTH, month)
            for text in (action, self.text)
        )


@cache
def _marks() -> list[str]:
    """Endings of invented words, the first of them `_MARK` itself; none has a letter twice in a row."""
    letters = "dfmpvz"
    found = ["b" + "".join(rest) for rest in product(letters, repeat=4)]
    found = [mark for mark in found if not re.search(r"(.)\1", mark)]
    return [_MARK, *(mark for mark in found if mark != _MARK)]


def build(client: Elasticsearch, prefix: str, n: int) -> Store:
    """An archive of at least `n` articles under the prefix, made unless it is there; times end at `END`.

    Articles are whole records in monthly indices as the line writes them, with views of the desk `us_russia`.
    """
    store = Store(client, Indices(prefix))
    if client.indices.exists(index=store.indices.name(Kind.ARTICLES)):
        store.refresh(Kind.ARTICLES, Kind.STORIES)
        if (held := client.count(index=store.indices.name(Kind.ARTICLES))["count"]) >= n:
            return store
        raise ValueError(f"the archive under {prefix!r} holds {held} articles, not {n}: delete {prefix}-* first")
    made = _templates()
    total = _repeats(n)
    for at in {month_of(END - timedelta(days=d)): END - timedelta(days=d) for d in range(n // A_DAY + 40)}.values():
        install(client, store.indices, at)
    names = ",".join(store.indices.name(kind) + "-*" for kind in (Kind.ARTICLES, Kind.STORIES))
    client.indices.put_settings(index=names, settings={"refresh_interval": "-1", "number_of_replicas": 0})
    copies = (template.copy(number, total) for number in range(total) for template in made)
    patient = client.options(request_timeout=600)
    while chunk := list(islice(copies, _BULK)):
        # JSON as it is: the client passes strings on.
        operations: Any = [line for action, text in chunk for line in (action.replace("{prefix}", prefix), text)]
        answer = patient.bulk(operations=operations, filter_path="errors,items.*.error")
        if answer.get("errors"):
            raise RuntimeError(f"Elasticsearch refused some: {str(answer['items'][:1])[:500]}")
    patient.indices.refresh(index=names)
    patient.indices.put_settings(index=names, settings={"refresh_interval": None})
    return store


def _repeats(n: int) -> int:
    return -(-n // sum(template.kind is Kind.ARTICLES for template in _templates()))


def probes(n: int, archive: int, *, seed: int = 1) -> list[Article]:
    """New articles for an archive of that size, unplaced: half follow its last events, half tell new ones."""
    chance = random.Random(seed)
    made = [t for t in _templates() if t.kind is Kind.ARTICLES]
    total = _repeats(archive)
    known = [Article.model_validate_json(t.copy(total - 1, total)[1]) for t in chance.sample(made, n // 2)]
    fresh = [a for event in _events(n, seed=seed + 1000) for a in event[:1]][: n - n // 2]
    mark = _marks()[-1]
    articles = []
    for number, article in enumerate([*known, *fresh]):
        title, body = article.title, article.body
        if number >= len(known):
            title, body = title.replace(_MARK, mark), body.replace(_MARK, mark)
        update = {"id": f"probe-{seed}-{number}", "story": None, "fingerprint": _fingerprint(title, body)}
        articles.append(article.model_copy(update=update | {"title": title, "body": body, "timestamp": END}))
    return articles


@cache
def _templates() -> tuple[Template, ...]:
    """Every article, and every story they fell into."""
    neighbours = Neighbours()
    offset: dict[str, timedelta] = {}
    placed: dict[str, tuple[Article, list[str], str]] = {}
    for number, event in enumerate(_events(EVENTS, seed=0)):
        for article in event:
            others = set(fingerprint(*(t.replace(_MARK, _marks()[1]) for t in _text(article)))[0])
            _, placement = neighbours.place(article, END)
            offset.setdefault(placement.story.id, SLOT * number / EVENTS)
            bands = [band if band in others else band + _MARK for band in article.fingerprint.bands]
            placed[article.id] = (article, bands, placement.story.id)
    names = {id_: f"{_MONTH}-{number:05d}{_MARK}" for number, id_ in enumerate(neighbours.stories)}
    made = []
    for id_, story in neighbours.stories.items():
        if story.merged_into is None:
            made.append(_template(Kind.STORIES, story.model_copy(update={"id": names[id_]}), offset[id_]))
    for article, bands, first in placed.values():
        id_ = neighbours.surviving(first)
        prints = article.fingerprint.model_copy(update={"bands": bands})
        ref = StoryRef(id=names[id_], is_first=neighbours.stories[id_].article_ids[0] == article.id)
        made.append(
            _template(Kind.ARTICLES, article.model_copy(update={"fingerprint": prints, "story": ref}), offset[id_])
        )
    return tuple(made)


def _template(kind: Kind, record: Article | Story, offset: timedelta) -> Template:
    return Template(kind, record.id, json.dumps(document(record), ensure_ascii=False), offset)


def _events(n: int, *, seed: int) -> Iterator[list[Article]]:
    """Reports of invented events, each list of one event."""
    chance = random.Random(seed)
    world = load()
    outlets = [f"Outlet {number}" for number in range(200)]
    often = [1 / (1 + number) for number in range(200)]
    tagger = Tagger(load_taxonomy(ROOT / "desks/us_russia/topics.yaml"))
    pieces = sorted(world.pieces.values(), key=lambda piece: piece.id)
    pieces = [piece for piece in pieces if re.search(r"\bthe\b", piece.body)]
    sentences = [s for p in pieces for s in re.split(r"(?<=[.!?”])\s+", p.body) if 5 < len(s.split()) < 40]
    for event in range(n):
        invented = [_invented(chance) for _ in range(25)]
        told = [_reworded(chance.choice(sentences), invented, chance) for _ in range(12)]
        headline = _reworded(chance.choice(pieces).headline, invented, chance)
        yield [
            _article(f"{seed}-{event}-{number}{_MARK}", _report(headline, told, chance), publisher, tagger)
            for number, publisher in enumerate(chance.choices(outlets, often, k=chance.choice(REPORTS)))
        ]


def _invented(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=3)) + _MARK


def _reworded(sentence: str, invented: list[str], chance: random.Random) -> str:
    """The sentence with half of its rare words replaced."""

    def other(match: re.Match[str]) -> str:
        word = match.group()
        if rarity(stems(word, "en")[0], "en") < _RARE or chance.random() < 0.5:
            return word
        new = chance.choice(invented)
        return new.capitalize() if word[0].isupper() else new

    return re.sub(r"[A-Za-z]{4,}", other, sentence)


def _report(headline: str, told: list[str], chance: random.Random) -> tuple[str, str]:
    """A report of about 100 words: the event's sentences in an order of its own, as many as fit."""
    body: list[str] = []
    for sentence in chance.sample(told, len(told)):
        body += sentence.split()
        if len(body) >= _WORDS:
            break
    return headline, " ".join(body)


def _text(article: Article) -> tuple[str, str]:
    return article.title, article.body


def _fingerprint(title: str, body: str) -> Fingerprint:
    bands, signature = fingerprint(title, body)
    return Fingerprint(text_sha256="0" * 64, bands=bands, signature=signature)


def _article(id_: str, text: tuple[str, str], publisher: str, tagger: Tagger) -> Article:
    title, body = text
    at = datetime.fromisoformat(_SLOT)
    return Article(
        **{"@timestamp": at},
        id=id_,
        item_id=id_,
        url=ArticleUrl(original="", full=f"https://example.org/{id_}", key=id_, domain="example.org"),
        title=title,
        lead=body.split(". ")[0],
        body=body,
        language="en",
        published_at=at,
        publisher=publisher,
        feed=FeedFacts(id=publisher, title=publisher, country="US"),
        feed_ids=[publisher],
        discovered_at=at,
        fetched_at=at,
        ingested_at=at,
        updated_at=at,
        fingerprint=_fingerprint(title, body),
        desks={"us_russia": tagger.tag(title=title, body=body, language="en")},
    )


SLOT = timedelta(days=1) * EVENTS * (sum(REPORTS) / len(REPORTS)) / A_DAY


@contextmanager
def node() -> Iterator[Elasticsearch]:
    """The archives' own node: `HOTLINE_BENCH_ELASTICSEARCH_URL`, else one whose folder keeps them from run to run."""
    url = os.environ.get("HOTLINE_BENCH_ELASTICSEARCH_URL")
    with nullcontext(url) if url else running_node(FOLDER) as address, Elasticsearch(address) as client:
        yield client


def main() -> None:
    """Builds both archives: `make bench-corpus`, about an hour."""
    with node() as client:
        for prefix, n in ARCHIVES.items():
            build(client, prefix, n)


if __name__ == "__main__":
    main()
