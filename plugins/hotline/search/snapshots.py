"""Copies of the index against a lost disk or a mistaken hand: Elasticsearch's own snapshots, each a whole by itself."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from hotline.search.indices import Indices

LOOK_SECONDS = 2.0  # between two looks at a snapshot in the making
PATIENCE_SECONDS = 6 * 3600.0  # the first copies everything; each later one only what is new


class SnapshotError(RuntimeError):
    """A snapshot could not be taken, found or restored; the message says what to do."""


@dataclass(frozen=True)
class Snapshot:
    """A snapshot: `state` is Elasticsearch's own, SUCCESS where it is whole; `at` is when it was begun."""

    name: str
    at: datetime
    state: str
    indices: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether everything is in it."""
        return self.state == "SUCCESS"


def listed(client: Elasticsearch, indices: Indices) -> list[Snapshot]:
    """This installation's snapshots, oldest first; snapshots of other names are not ours. Makes the repository."""
    repository = _repository(client, indices)
    found = client.snapshot.get(repository=repository, snapshot="*", ignore_unavailable=True)
    ours = re.compile(re.escape(indices.prefix) + r"-\d{8}t\d{6}")
    return sorted(
        (_snapshot(one) for one in found["snapshots"] if ours.fullmatch(one["snapshot"])), key=lambda s: (s.at, s.name)
    )


def take(client: Elasticsearch, indices: Indices, now: datetime) -> Snapshot:
    """Takes a snapshot of every index of the installation and waits until it is whole.

    Raises: SnapshotError where there is nowhere to put it, or where a part of it failed.
    """
    repository = _repository(client, indices)
    name = f"{indices.prefix}-{now:%Y%m%dt%H%M%S}"
    client.snapshot.create(
        repository=repository,
        snapshot=name,
        indices=f"{indices.prefix}-*",
        include_global_state=False,
        wait_for_completion=False,
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (made := _named(client, repository, name)).state == "IN_PROGRESS" and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    if not made.whole:
        raise SnapshotError(f"snapshot {name} is {made.state}, not whole: see Elasticsearch's log")
    return made


def drop(client: Elasticsearch, indices: Indices, before: datetime) -> int:
    """Deletes snapshots begun before `before`, but never the newest that is whole; returns how many."""
    all_ = listed(client, indices)
    newest = next((one.name for one in reversed(all_) if one.whole), None)
    doomed = [one.name for one in all_ if one.at < before and one.name != newest]
    for name in doomed:
        client.options(request_timeout=600).snapshot.delete(repository=indices.prefix, snapshot=name)
    return len(doomed)


def restore(client: Elasticsearch, indices: Indices, name: str | None) -> Snapshot:
    """Puts every index of the installation back to a snapshot, the newest whole one without a name.

    Indices made since are deleted. Nothing else may be writing. Raises: SnapshotError where there is no such snapshot.
    """
    usable = {one.name: one for one in listed(client, indices) if one.whole}
    if not usable:
        raise SnapshotError("there is no whole snapshot to restore; `hotline snapshots take` makes one")
    chosen = usable.get(name or next(reversed(usable)))
    if chosen is None:
        raise SnapshotError(f"no whole snapshot is called {name}; there are: {', '.join(usable)}")
    present = list(client.indices.get_alias(index=f"{indices.prefix}-*"))
    later = [index for index in present if index not in chosen.indices]
    if later:
        client.indices.delete(index=later)
    if len(later) < len(present):
        client.indices.close(index=[index for index in present if index in chosen.indices])
    client.options(request_timeout=PATIENCE_SECONDS).snapshot.restore(
        repository=indices.prefix,
        snapshot=chosen.name,
        indices=f"{indices.prefix}-*",
        include_global_state=False,
        wait_for_completion=True,
    )
    return chosen


def _repository(client: Elasticsearch, indices: Indices) -> str:
    """The repository, named as the installation's indices. One that is there (S3, say) is used as it is."""
    name = indices.prefix
    if client.options(ignore_status=404).snapshot.get_repository(name=name).meta.status == 404:
        try:
            client.snapshot.create_repository(name=name, repository={"type": "fs", "settings": {"location": name}})
        except ApiError as error:
            raise SnapshotError(
                f"there is nowhere to put snapshots: Elasticsearch refuses a folder for them ({_reason(error)}). Set "
                f"path.repo in its configuration, or register a snapshot repository named {name} of another type"
            ) from None
    return name


def _reason(error: ApiError) -> str:
    body: Any = error.body
    try:
        return str(body["error"]["root_cause"][0]["reason"])
    except (KeyError, IndexError, TypeError):
        return str(error)


def _named(client: Elasticsearch, repository: str, name: str) -> Snapshot:
    (one,) = client.snapshot.get(repository=repository, snapshot=name)["snapshots"]
    return _snapshot(one)


def _snapshot(one: dict[str, Any]) -> Snapshot:
    at = datetime.fromtimestamp(one["start_time_in_millis"] / 1000, UTC)
    return Snapshot(one["snapshot"], at, one["state"], tuple(one["indices"]))
