"""Capture files that nobody knows of get a batch record, and are then processed as any."""

from datetime import datetime, timedelta

import structlog

from hotline.captures.store import CaptureError, batch_stamp
from hotline.line.context import Line
from hotline.line.notices import notify
from hotline.search.indices import Kind
from schemas.base import Severity
from schemas.capture import Batch

log = structlog.get_logger(__name__)

GRACE = timedelta(minutes=2)  # an ordinary batch is done by then
IN_HAND = timedelta(seconds=60)  # a younger file's fetch may be about to write its record


def adopt(line: Line, since: datetime | None = None) -> list[str]:
    """WARC files without a batch record: a fetch died between the two, or Elasticsearch was away. Returns their ids.

    Those of the days from `since` on are looked at; by default of the last two.
    """
    recent = f"{since or line.clock() - timedelta(days=2):%Y/%m/%d}"
    latest = batch_stamp(line.clock() - IN_HAND)
    adopted = []
    for warc in line.captures.list():
        if warc < recent:
            continue
        id_ = warc.rpartition("/")[2].removesuffix(".warc.gz")
        if id_ >= latest or line.store.get(Batch, Kind.BATCHES, id_) is not None:
            continue
        try:
            captures = sum(1 for _ in line.captures.iterate(warc))
        except CaptureError as error:
            notify(line, f"warc/{id_}", "A capture file is damaged", str(error), Severity.HIGH)
            continue
        batch = Batch(id=id_, warc=warc, created_at=line.clock() - GRACE, captures=captures)
        if line.store.create(Kind.BATCHES, id_, batch) is not None:
            adopted.append(id_)
            log.warning("adopted a capture file without a batch record", batch=id_, captures=captures)
    return adopted
