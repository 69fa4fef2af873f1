"""What is told of the troubles of feeds, given what was told before: one mail a day at most. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.health.troubles import Trouble, listed

PAUSE = timedelta(days=1)  # between two mails about feeds
PARTLY = timedelta(hours=6)  # before analysts hear that a part of what was lost is back
MOST_LINES = 50
_SECTIONS = {
    "host": ("hosts fail", "Several feeds of one host fail (each is tried again, in growing pauses):"),
    "failing": ("feeds fail", "These fail (each is tried again, in growing pauses):"),
    "silent": ("feeds are silent", "These answer, but bring nothing new for longer than is usual for them:"),
    "flood": ("feeds flood", "These brought far more than they ever do; new ids for old entries are a usual cause:"),
    "gap": ("feeds lost entries", "At a poll none of the entries known before was left (polled faster since):"),
}
_LASTING = ("failing/", "silent/")  # states, which end; the others are events


@dataclass(frozen=True)
class Letter:
    """What is to be told, and the keys of the troubles that stand then."""

    title: str
    text: str
    about: list[str]


def daily(
    troubles: Sequence[Trouble], told: Collection[str], last: datetime | None, names: Mapping[str, str], now: datetime
) -> Letter | None:
    """The mail to the operator, where something changed since the one of `last` that was about `told`.

    `names` says what a feed is called, by id.
    """
    if last is not None and now - last < PAUSE:
        return None
    standing = set[str]().union(*(trouble.keys for trouble in troubles))
    ill = {_feed(key) for key in standing if key.startswith(_LASTING)}
    over = {_feed(key) for key in told if key.startswith(_LASTING)} - ill
    if standing <= set(told) and not over:
        return None
    old = standing & set(told)
    titles, lines = [], []
    for kind, (title, introduction) in _SECTIONS.items():
        of_kind = [trouble for trouble in troubles if trouble.kind == kind]
        if of_kind:
            titles.append(_counted(len(of_kind), title))
            lines += [introduction, *(f"– {_marked(trouble, old)}" for trouble in of_kind[:MOST_LINES])]
            lines += _more(len(of_kind))
    if over:
        recovered = sorted(names.get(id_, id_) for id_ in over)
        titles.append(f"recovered: {listed(recovered)}" if titles else f"Recovered: {listed(recovered)}")
        lines += ["Recovered since the last message:", *(f"– {name}" for name in recovered[:MOST_LINES])]
        lines += _more(len(over))
    return Letter(", ".join(titles), "\n".join(lines), sorted(standing))


def coverage(
    lost: Mapping[str, str], told: Collection[str], last: datetime | None, names: Mapping[str, str], now: datetime
) -> Letter | None:
    """The message to a desk's analysts where they lost sight of a source, or have it back.

    `lost` says of each lost feed, by id, since when. Sources come back one by one after an outage: a part of what was
    lost is told only some hours after the last message.
    """
    new = sorted(set(lost) - set(told), key=lambda id_: names.get(id_, id_))
    back = sorted((id_ for id_ in told if id_ not in lost), key=lambda id_: names.get(id_, id_))
    if new:
        title = f"Coverage lost: {listed([names.get(id_, id_) for id_ in new])}"
        lines = ["Of these sources nothing is seen at present:", *(f"– {names.get(i, i)}: {lost[i]}" for i in new)]
    elif back and (not lost or last is None or now - last >= PARTLY):
        title, lines = f"Coverage is back: {listed([names.get(id_, id_) for id_ in back])}", []
    else:
        return None
    if back:
        lines += ["These are seen again:", *(f"– {names.get(id_, id_)}" for id_ in back)]
    if still := sorted(names.get(id_, id_) for id_ in lost if id_ not in new):
        lines += ["Still lost:", *(f"– {name}" for name in still)]
    if lost:
        lines.append("What they publish meanwhile comes when they are back, as far as they still offer it then.")
    return Letter(title, "\n".join(lines), sorted(lost))


def _counted(count: int, what: str) -> str:
    """`1 feed fails`, `2 feeds fail`."""
    if count > 1:
        return f"{count} {what}"
    noun, _, rest = what.partition(" ")
    verb, _, more = rest.partition(" ")
    verb = {"are": "is", "fail": "fails", "flood": "floods"}.get(verb, verb)
    return " ".join(filter(None, ["1", noun.removesuffix("s"), verb, more]))


def _marked(trouble: Trouble, old: Collection[str]) -> str:
    """What is new is marked among what is not."""
    return f"{trouble.text} (new)" if old and not trouble.keys <= set(old) else trouble.text


def _more(count: int) -> list[str]:
    return [f"– and {count - MOST_LINES} more"] if count > MOST_LINES else []


def _feed(key: str) -> str:
    return key.partition("/")[2]
