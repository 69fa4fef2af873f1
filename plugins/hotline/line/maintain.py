"""Daily: a snapshot; what is older than the desks keep is deleted; Airflow's own database is kept small."""

import os
import re
import subprocess
import sys
from datetime import datetime, timedelta

import structlog
from elasticsearch import Elasticsearch

from hotline.line.context import Line, digest
from hotline.line.notices import notify
from hotline.search import snapshots
from hotline.search.indices import MONTHLY, Indices, Kind, install, month_of
from schemas.base import Severity
from schemas.desk import Retention

log = structlog.get_logger(__name__)

SCATTERED = 4  # segments, up to which a past month is left as it is

BY_MONTH = {
    "articles": (Kind.ARTICLES, Kind.REVISIONS, Kind.STORIES, Kind.ALERTS),
    "items": (Kind.ITEMS, Kind.DELIVERIES),
}


def retain(line: Line) -> dict[str, int]:
    """Deletes what is past its time and packs past months; returns how many indices, keys, batches and files it was."""
    now = line.clock()
    install(line.store.client, line.store.indices, now)  # this month's indices, should nothing have been written yet
    retention = longest(line)
    counts = {
        "indices": sum(
            _drop_months(line, kind, month_of(now - getattr(retention, what)))
            for what, kinds in BY_MONTH.items()
            for kind in kinds
        ),
        "keys": _delete(line, Kind.KEYS, now - retention.articles - retention.keys_beyond),
        "batches": _delete(line, Kind.BATCHES, now - retention.items),
        "captures": _drop_captures(line, now - retention.captures),
        "merging": sum(_merge_months(line, kind, month_of(now)) for kind in (Kind.ARTICLES, Kind.STORIES)),
    }
    log.info("retention", **counts)
    return counts


def snapshot(line: Line) -> str | None:
    """Takes a snapshot and deletes those past their time; returns its name.

    None where that failed: the operators are told why, once for each reason, and tomorrow it is tried again.
    """
    client, indices, now = line.store.client, line.store.indices, line.clock()
    try:
        made = snapshots.take(client, indices, now)
        dropped = snapshots.drop(client, indices, now - longest(line).snapshots)
    except snapshots.SnapshotError as error:
        log.warning("no snapshot", reason=str(error))
        notify(line, f"snapshot/{digest(str(error))}", "No snapshot of the index", str(error), Severity.HIGH)
        return None
    log.info("snapshot", name=made.name, indices=len(made.indices), dropped=dropped)
    return made.name


def longest(line: Line) -> Retention:
    """What several desks share is kept as long as the one that wants it longest."""
    all_ = [desk.desk.retention for desk in line.desks.values()]
    return Retention(**{name: max(getattr(r, name) for r in all_) for name in Retention.model_fields})


def old_months(indices: Indices, kind: Kind, names: list[str], oldest: str) -> list[str]:
    """Of a kind's indices, those of months before `oldest`. Indices with another name are never touched."""
    pattern = re.compile(rf"{re.escape(indices.name(kind))}-(\d{{4}}\.\d{{2}})")
    return [name for name in names if (m := pattern.fullmatch(name)) and m[1] < oldest]


def _drop_months(line: Line, kind: Kind, oldest: str) -> int:
    assert kind in MONTHLY
    client, indices = line.store.client, line.store.indices
    names = list(client.indices.get_alias(index=f"{indices.name(kind)}-*"))
    doomed = old_months(indices, kind, names, oldest)
    for name in doomed:
        client.indices.delete(index=name)
    return len(doomed)


def _merge_months(line: Line, kind: Kind, this_month: str) -> int:
    """Has past months merged into one segment each: every term of a new article is looked up in every segment.

    Elasticsearch merges on its own time; what is cut short is begun again the next day, what is done is left alone.
    """
    client, indices = line.store.client, line.store.indices
    names = list(client.indices.get_alias(index=f"{indices.name(kind)}-*"))
    past = old_months(indices, kind, names, this_month)
    scattered = [name for name in past if segments(client, name) > SCATTERED]
    for name in scattered:
        client.indices.forcemerge(index=name, max_num_segments=1, wait_for_completion=False)
    return len(scattered)


def segments(client: Elasticsearch, index: str) -> int:
    """How many segments an index has, in the copy that has most."""
    shards = client.indices.segments(index=index)["indices"][index]["shards"]
    return max((len(copy["segments"]) for copies in shards.values() for copy in copies), default=0)


def _delete(line: Line, kind: Kind, before: datetime) -> int:
    query = {"range": {"created_at": {"lt": before.isoformat()}}}
    client = line.store.client.options(request_timeout=600)
    answer = client.delete_by_query(index=line.store.indices.name(kind), query=query, conflicts="proceed")
    return int(answer["deleted"])


def _drop_captures(line: Line, before: datetime) -> int:
    """Capture files of days before `before`, and what fetches that were killed left half-written."""
    day = f"{before:%Y/%m/%d}"
    doomed = [warc for warc in line.captures.list() if warc < day]
    doomed += line.captures.stale(timedelta(days=1))
    for warc in doomed:
        line.captures.delete(warc)
    return len(doomed)


def _drop_logs(line: Line, before: datetime) -> None:
    """Logs of tasks and DAG files under the local stack's home; elsewhere Airflow's logs are not ours."""
    for folder in ("tasks", "dags"):
        for path in (line.settings.home / "logs" / folder).rglob("*.log"):
            if path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)


def clean_airflow(line: Line) -> None:
    """Removes runs older than the desks' `retention.airflow` from Airflow's database, and their logs.

    Tasks are kept away from that database by an environment variable, so the command gets one of its own:
    HOTLINE_AIRFLOW_DB, or none for the SQLite file in AIRFLOW_HOME. Raises: CalledProcessError with Airflow's output.
    """
    before = line.clock() - longest(line).airflow
    environment = {k: v for k, v in os.environ.items() if k != "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"}
    if line.settings.airflow_db is not None:
        environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = line.settings.airflow_db.get_secret_value()
    command = [sys.executable, "-m", "airflow", "db", "clean", "--clean-before-timestamp", before.isoformat()]
    _drop_logs(line, before)
    done = subprocess.run(  # noqa: S603  # our own interpreter and arguments
        [*command, "--skip-archive", "--yes"], env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        log.error("airflow db clean failed", output=done.stdout[-2000:] + done.stderr[-2000:])
        done.check_returncode()
