"""The line looks after itself: batches nobody has processed, feeds that fail or fall silent, broken desk files."""

from hotline.health.room import has_room, little_room
from hotline.health.stop import Stop
from hotline.line.adopt import GRACE, adopt
from hotline.line.batches import waiting
from hotline.line.context import Line, digest
from hotline.line.index_away import index_serves
from hotline.line.notices import notify
from hotline.line.watch_feeds import incident, watch_feeds
from hotline.search.indices import Kind
from schemas.base import Severity
from schemas.capture import BatchStatus
from schemas.desk import Health

UNFINISHED = (BatchStatus.CAPTURED, BatchStatus.READY, BatchStatus.PROCESSED)


def watch(line: Line) -> list[str]:
    """Tells the operator what is wrong; returns the batches that wait for somebody, to be announced again."""
    if not index_serves(line):
        return []
    adopt(line)
    line.store.refresh(Kind.FEEDS, Kind.ITEMS, Kind.ALERTS)
    _desk_files(line)
    watch_feeds(line, _health(line))
    stuck = waiting(line, GRACE, *UNFINISHED)
    _stuck(line)
    _room(line)
    return stuck


def _desk_files(line: Line) -> None:
    for desk in line.desks.values():
        for problem in desk.problems:
            key = f"desk-file/{digest(str(problem))}"
            notify(line, key, f"{problem.path.name} of desk {problem.path.parent.name} is broken",
                   f"{problem}\n\nThe last good version stays in force where there is one.", Severity.HIGH)  # fmt: skip


def _stuck(line: Line) -> None:
    old = waiting(line, _health(line).stuck_after, *UNFINISHED)
    text = "They are announced again every ten minutes. The log of process_captures says why they fail:\n"
    stop = Stop(f"{len(old)} batches are not processed", text + "\n".join(old[:50])) if old else None
    incident(line, "stuck", stop, over=stop is None)


def _room(line: Line) -> None:
    nodes = line.store.client.nodes.stats(metric="fs")["nodes"].values()
    free = {f"Elasticsearch's node {node['name']}": int(node["fs"]["total"]["available_in_bytes"]) for node in nodes}
    if (captures := line.captures.free()) is not None:
        free["the captures"] = captures
    incident(line, "disk", little_room(free), over=has_room(free))


def _health(line: Line) -> Health:
    """The operator's thresholds: the strictest desk's."""
    return min((desk.desk.health for desk in line.desks.values()), key=lambda health: health.stuck_after)
