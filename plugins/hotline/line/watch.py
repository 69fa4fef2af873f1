"""The line looks after itself: batches nobody has processed, feeds that fail or fall silent, broken desk files."""

from hotline.health.feeds import Finding, failing, silent
from hotline.line.adopt import GRACE, adopt
from hotline.line.batches import waiting
from hotline.line.context import Line, digest
from hotline.line.notices import notify
from hotline.search.indices import Kind
from schemas.alert import Alert
from schemas.base import Severity
from schemas.capture import BatchStatus
from schemas.desk import Health
from schemas.feed import Feed

UNFINISHED = (BatchStatus.CAPTURED, BatchStatus.READY, BatchStatus.PROCESSED)


def watch(line: Line) -> list[str]:
    """Tells the operator what is wrong; returns the batches that wait for somebody, to be announced again."""
    adopt(line)
    _desk_files(line)
    _feeds(line)
    stuck = waiting(line, GRACE, *UNFINISHED)
    _stuck(line)
    return stuck


def _desk_files(line: Line) -> None:
    for desk in line.desks.values():
        for problem in desk.problems:
            key = f"desk-file/{digest(str(problem))}"
            notify(line, key, f"{problem.path.name} of desk {problem.path.parent.name} is broken",
                   f"{problem}\n\nThe last good version stays in force where there is one.", Severity.HIGH)  # fmt: skip


def _feeds(line: Line) -> None:
    """At most one notice of a kind a day, and one when it is over."""
    line.store.refresh(Kind.FEEDS)
    query = {"bool": {"filter": [{"term": {"active": True}}, {"term": {"source.paused": False}}]}}
    feeds = [kept.record for kept in line.store.search(Feed, Kind.FEEDS, query, size=10_000)]
    health = _health(line)
    now = line.clock()
    for kind, finding in (("failing", failing(feeds, health)), ("silent", silent(feeds, health, now))):
        _report(line, kind, finding)


def _report(line: Line, kind: str, finding: Finding | None) -> None:
    today = f"{line.clock():%Y-%m-%d}"
    told = _told(line, kind)
    if finding is not None:
        notify(line, f"{kind}/{today}", finding.title, finding.text)
    elif told is not None:
        notify(line, f"{kind}-over/{told}", f"Recovered: no feed is {kind} any more",
               f"The notice of {told} no longer holds.")  # fmt: skip


def _told(line: Line, kind: str) -> str | None:
    """The day of the last notice of this kind; None where there was none."""
    line.store.refresh(Kind.ALERTS)
    query = {"term": {"rule_id": f"health/{kind}"}}
    found = line.store.search(Alert, Kind.ALERTS, query, size=1, sort=[{"@timestamp": {"order": "desc"}}])
    return found[0].record.occasion_id.partition("/")[2] if found else None


def _stuck(line: Line) -> None:
    old = waiting(line, _health(line).stuck_after, *UNFINISHED)
    if old:
        text = "They are announced again every ten minutes. The log of process_captures says why they fail:\n\n"
        title = f"{len(old)} batches are not processed"
        notify(line, f"stuck/{line.clock():%Y-%m-%d}", title, text + "\n".join(old[:50]), Severity.HIGH)


def _health(line: Line) -> Health:
    """The operator's thresholds: the strictest desk's."""
    return min((desk.desk.health for desk in line.desks.values()), key=lambda health: health.stuck_after)
