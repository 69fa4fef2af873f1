"""Whether the line itself stands still: nothing can be fetched, or nothing is. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.health.troubles import TRANSPORT, cause_of, host_of, listed, named
from schemas.feed import Feed

WINDOW = timedelta(minutes=30)  # feeds asked within it say how the network is now
LEAST = 3  # so many feeds that fail together have one cause
OVERDUE = timedelta(minutes=15)  # polling that is so late has stopped


@dataclass(frozen=True)
class Stop:
    """Why nothing comes in any more."""

    title: str
    text: str


def cut_off(asked: int, down: Sequence[Feed]) -> Stop | None:
    """The common cause where more than half of the `asked` feeds (those of `WINDOW`) got no answer at all.

    `down` are those among them that fail; one that answers with an error proves that the network works.
    """
    unheard = [feed for feed in down if cause_of(feed) in TRANSPORT]
    if len(unheard) < LEAST or 2 * len(unheard) <= asked:
        return None
    hosts = {host_of(feed) for feed in unheard}
    causes = Counter(map(cause_of, unheard)).most_common()
    most, count = causes[0]
    if len(hosts) == 1:
        where, remedy = f"the host {next(iter(hosts))}", "Look at that host, and at the way to it."
    elif most == "dns" and 2 * count > len(unheard):
        where, remedy = "DNS", "Names are not resolved: look at this machine's resolver (/etc/resolv.conf) and network."
    else:
        where, remedy = "the network", "Look at this machine's network, firewall and proxy."
    counted = ", ".join(f"{n} × {cause}" for cause, n in causes)
    lines = [
        f"{len(unheard)} of the {asked} feeds asked in the last half hour did not answer ({counted}).",
        f"So many at once have one cause: {where}. {remedy}",
        "Every feed is tried again, with growing pauses; another message says when they answer.",
        f"Among them: {listed(sorted(named(feed) for feed in unheard), 10)}.",
    ]
    return Stop(f"Nothing comes in: {where} fails for {len(unheard)} of {asked} feeds", "\n".join(lines))


def is_restored(asked: int, down: Sequence[Feed]) -> bool:
    """Whether feeds answer again: more than three quarters of those asked lately. Without any, nobody knows."""
    unheard = sum(1 for feed in down if cause_of(feed) in TRANSPORT)
    return asked > 4 * unheard


def not_polling(overdue: int, last_poll: datetime | None, now: datetime) -> Stop | None:
    """Feeds wait for their turn, and none has been asked for long."""
    if not overdue or last_poll is None or now - last_poll < OVERDUE:
        return None
    text = (
        f"{overdue} feeds are due for more than {OVERDUE // timedelta(minutes=1)} minutes, and the last poll was at"
        f" {last_poll:%H:%M} UTC on {last_poll:%d %B}.\nLook at the DAG poll_feeds in Airflow: its log says why."
    )
    return Stop("Nothing comes in: feeds are not polled any more", text)
