"""A world of sixty outlets for the scenarios: thirty old articles each, ten events of a day, a wire story in forty.

Everything in it was written for this project; the events are made up. Old articles are put together from phrases.
"""

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas.feed import FeedFormat
from tests.newsroom.world import Copy, Expected, FeedSpec, Outlet, Piece, World

OUTLETS, OLD_EACH, COPIES = 60, 30, 40
_LAYOUTS = ("broadsheet", "blog", "magazine", "wire", "tabloid")
_TEXTS = Path(__file__).parent / "texts.yaml"


def outlets() -> dict[str, Outlet]:
    """Sixty outlets with one feed each."""
    places = texts()["places"]
    return {
        id_: Outlet(
            id=id_,
            name=f"The {places[n % len(places)]} Courier {n}",
            tagline="All the news of the day",
            language="en",
            country=("US", "GB", "IE", "AU")[n % 4],
            desks=["us_russia"],
            layout=_LAYOUTS[n % len(_LAYOUTS)],
            url="{section}/{date:%Y/%m/%d}/{id}.html",
            sections={"world": "World"},
            notice="It is fictional. Its reports were written for testing software; nothing in them happened.",
            feeds=[FeedSpec(id="all", title=f"Courier {n}", path="rss.xml", format=FeedFormat.RSS)],
        )
        for n in range(OUTLETS)
        for id_ in [f"courier-{n:02}"]
    }


def old_pieces() -> Iterator[Piece]:
    """Thirty articles an outlet, 30 hours to 30 days old; a third would ring if they were new."""
    chance, phrases = random.Random(1), texts()
    relevant, other = phrases["old"]
    for outlet in range(OUTLETS):
        for n in range(OLD_EACH):
            kind = other if n % 3 else relevant

            def words(kind: dict[str, Any] = kind, noun: str = chance.choice(kind["nouns"])) -> dict[str, Any]:
                return {
                    "v": chance.choice(kind["verbs"]),
                    "n": noun,
                    "p": chance.choice(phrases["places"]),
                    "w": chance.choice(phrases["ways"]),
                    "d": chance.choice(phrases["days"]),
                    "k": chance.randint(3, 900),
                }

            yield Piece(
                id=f"old-{outlet}-{n}",
                outlet=f"courier-{outlet:02}",
                section="world",
                headline=chance.choice(kind["headlines"]).format(**words()),
                body="\n\n".join(sentence.format(**words()) for sentence in chance.sample(kind["sentences"], 5)),
                age=chance.uniform(30, 30 * 24),
                story=f"old-{outlet}-{n}",
                expect=Expected(us_russia=None),
            )


@cache
def texts() -> dict[str, Any]:
    """What was written by hand: `events`, `wire`, `development`, and the phrases of `old` articles."""
    found: dict[str, Any] = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    return found


def piece(id_: str, outlet: int, text: dict[str, Any]) -> Piece:
    """An article that a scenario publishes."""
    return Piece(id=id_, outlet=f"courier-{outlet:02}", section="world", story=id_, **text)


def wire_copies(original: Piece) -> Iterator[Piece]:
    """The wire story as forty outlets print it: another headline here, a shorter end there."""
    headlines = [original.headline, *(one["headline"] for one in texts()["wire"][1:])]
    for n in range(COPIES):
        first, _, rest = original.paragraphs[0].partition(" — ")
        edits = {f"{first} — {rest}": rest} if n % 4 == 1 else {}
        copy = Copy(
            id=f"wire-{n}",
            outlet=f"courier-{n:02}",
            section="world",
            copy_of=original.id,
            headline=headlines[n % len(headlines)],
            replace=edits,
            drop_last=n % 3,
            append="Additional reporting by our own correspondents." if n % 5 == 2 else "",
        )
        yield copy.piece(original)


def world() -> World:
    """The outlets and what is there when the newsroom opens; scenarios publish the rest themselves."""
    return World(outlets=outlets(), pieces={one.id: one for one in old_pieces()}, script=[])
