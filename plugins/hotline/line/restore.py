"""The index goes back to a snapshot, and what was captured since is read again. The past does not ring."""

from dataclasses import dataclass

from hotline.line.adopt import adopt
from hotline.line.context import Line
from hotline.line.place import place_batches
from hotline.line.process import process
from hotline.search import snapshots
from hotline.search.indices import Kind, install
from hotline.search.snapshots import Snapshot


@dataclass(frozen=True)
class Restored:
    """What a restore did: batches that were captured after the snapshot, and articles that nobody is told of again."""

    snapshot: Snapshot
    batches: int
    hushed: int


def restore(line: Line, name: str | None, owner: str) -> Restored:
    """Restores a snapshot, the newest without a name, and takes in what was captured since.

    No other part of the line may be at work. What is read here was told when it was new, so it is kept from the rules.
    What Elasticsearch alone knew is as it was at the snapshot: analysts' answers, and which messages had gone out; one
    that was due then may go out twice, with the same Message-ID. Raises: SnapshotError.
    """
    client, indices = line.store.client, line.store.indices
    chosen = snapshots.restore(client, indices, name)
    install(client, indices, line.clock())
    adopted = adopt(line, since=chosen.at)
    while process(line, None, owner):
        pass
    while place_batches(line, None, owner):
        pass
    line.store.refresh(Kind.UNMATCHED)
    unmatched = indices.name(Kind.UNMATCHED)
    hushed = client.delete_by_query(index=unmatched, query={"match_all": {}}, refresh=True)["deleted"]
    return Restored(chosen, len(adopted), hushed)
