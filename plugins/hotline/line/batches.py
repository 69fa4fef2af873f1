"""Who works on which batch: leases, so that a batch is worked on by one at a time and by somebody in the end."""

from collections.abc import Iterator
from datetime import timedelta

from hotline.line.context import Line
from hotline.search.indices import Kind
from hotline.search.store import Kept
from schemas.capture import Batch, BatchStatus, Lease

# Left to its own consumer for so long before others take it.
HEAD_START = timedelta(seconds=30)


class BatchBusy(RuntimeError):
    """Somebody else works on the batch; try again later."""


def claim(line: Line, batch_id: str, owner: str, *statuses: BatchStatus) -> Kept[Batch] | None:
    """Takes the lease of a batch that has one of `statuses`; None where it is further on already.

    An owner may take its own lease again: a task that is tried again goes on where it was killed.
    Raises: BatchBusy while another owner has it; LookupError where there is no such batch.
    """
    now = line.clock()
    batch = line.store.get(Batch, Kind.BATCHES, batch_id)
    if batch is None:
        raise LookupError(f"batch {batch_id}: no such record in {line.store.indices.name(Kind.BATCHES)}")
    if batch.record.status not in statuses:
        return None
    lease = batch.record.lease
    if lease is not None and lease.owner != owner and lease.until > now:
        raise BatchBusy(f"batch {batch_id} is with {lease.owner} until {lease.until:%H:%M:%S} UTC")
    until = now + timedelta(seconds=line.settings.lease_seconds)
    update = {"lease": Lease(owner=owner, until=until), "attempts": batch.record.attempts + 1}
    leased = batch.record.model_copy(update=update)
    taken = line.store.replace(batch, batch_id, leased)
    if taken is None:
        raise BatchBusy(f"batch {batch_id} was claimed by another worker at the same moment")
    return taken


def advance(line: Line, batch: Kept[Batch], *, keep_lease: bool = False, **update: object) -> Kept[Batch]:
    """Records the batch's new state and gives the lease back. Raises: BatchBusy where the lease was lost meanwhile."""
    record = batch.record.model_copy(update=update if keep_lease else {"lease": None, **update})
    changed = line.store.replace(batch, record.id, record)
    if changed is None:
        raise BatchBusy(f"batch {record.id} changed hands while it was worked on; its steps are repeated safely")
    return changed


def claimed(line: Line, key: str | None, owner: str, *statuses: BatchStatus) -> Iterator[Kept[Batch]]:
    """The batch of the event first, then the oldest that nobody works on; without a key, all of those."""
    if key is not None:
        own = claim(line, key, owner, *statuses)
        if own is not None:
            yield own
    for batch_id in waiting(line, HEAD_START if key else timedelta(0), *statuses):
        try:
            other = claim(line, batch_id, owner, *statuses)
        except BatchBusy:
            continue
        if other is not None:
            yield other


def waiting(line: Line, age: timedelta, *statuses: BatchStatus) -> list[str]:
    """Ids of batches in one of `statuses`, older than `age` and without a lease in force; oldest first."""
    now = line.clock()
    query = {
        "bool": {
            "filter": [
                {"terms": {"status": [s.value for s in statuses]}},
                {"range": {"created_at": {"lte": (now - age).isoformat()}}},
            ],
            "must_not": [{"range": {"lease.until": {"gt": now.isoformat()}}}],
        }
    }
    line.store.refresh(Kind.BATCHES)
    found = line.store.search(Batch, Kind.BATCHES, query, size=100, sort=[{"created_at": {"order": "asc"}}])
    return [batch.record.id for batch in found]
