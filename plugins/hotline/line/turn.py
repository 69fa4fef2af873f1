"""One at a time: whoever places articles or judges stories waits for the turn.

Airflow's pool of one slot keeps the tasks apart; a replay, a command or a task taken for dead may still run beside
them, and two that place at once do not see each other's new stories.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from hotline.line.batches import BatchBusy
from hotline.line.context import Line
from hotline.search.indices import Kind, month_of
from hotline.search.store import Kept
from schemas.capture import Lease
from schemas.key import Key

HELD = timedelta(seconds=60)  # a batch is decided within seconds; a worker that died keeps others waiting no longer
PATIENCE = 120.0  # seconds that the turn is waited for
_PAUSE = 0.1  # seconds between two looks
_ID = "turn-stories"


@contextmanager
def turn(line: Line, patience: float = PATIENCE) -> Iterator[Callable[[], None]]:
    """Holds the turn for stories; what it yields makes sure, just before writing, that it is held still.

    Raises: BatchBusy where another keeps it for longer than `patience` seconds, or took it over.
    """
    owner = uuid.uuid4().hex
    held = _take(line, owner, patience)

    def keep() -> None:
        nonlocal held
        held = _lease(line, held, owner)

    try:
        yield keep
    finally:
        line.store.replace(held, _ID, held.record.model_copy(update={"lease": None}))


def _take(line: Line, owner: str, patience: float) -> Kept[Key]:
    deadline = time.monotonic() + patience
    while True:
        now = line.clock()
        found = line.store.get(Key, Kind.KEYS, _ID)
        if found is None:
            key = Key(month=month_of(now), kind="turn", batch_id="", created_at=now)
            found = line.store.create(Kind.KEYS, _ID, key)
        if found is not None and (found.record.lease is None or found.record.lease.until <= now):
            try:
                return _lease(line, found, owner)
            except BatchBusy:
                continue
        if time.monotonic() > deadline:
            raise BatchBusy(f"stories are with another worker for more than {patience:.0f} s; try again later")
        time.sleep(_PAUSE)


def _lease(line: Line, key: Kept[Key], owner: str) -> Kept[Key]:
    lease = Lease(owner=owner, until=line.clock() + HELD)
    taken = line.store.replace(key, _ID, key.record.model_copy(update={"lease": lease}))
    if taken is None:
        raise BatchBusy("another worker took the turn for stories; what was to be written is decided anew")
    return taken
