"""A capture: one response as it came, in a WARC file; and the batch that holds it."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Contract, Instant


class CaptureKind(StrEnum):
    """What was fetched."""

    FEED = "feed"
    PAGE = "page"
    RECHECK = "recheck"  # the page of an article that is known already


class CaptureRef(Contract):
    """Where a response stands in the capture store."""

    warc: str = Field(description="Path of the WARC file, relative to the capture store.")
    offset: int = Field(ge=0, description="Byte at which the record's gzip member begins.")


class Capture(Contract):
    """A response in a WARC file. The record carries everything needed to rebuild items from it."""

    ref: CaptureRef | None = Field(default=None, description="Where it stands; none until it is written.")
    kind: CaptureKind = Field(description="What was fetched.")
    url: str = Field(description="The address asked for (`WARC-Target-URI`).")
    final_url: str = Field(description="The address that answered, after redirects.")
    status: int = Field(description="HTTP status.")
    headers: dict[str, str] = Field(default_factory=dict, description="Response headers, names in lower case.")
    fetched_at: Instant = Field(description="When the response had come in whole (`WARC-Date`).")
    feed_id: str | None = Field(default=None, description="The feed that it is, or whose item it is of.")
    item_id: str | None = Field(default=None, description="The item whose page it is.")
    article_id: str | None = Field(default=None, description="The article that is looked at again (recheck).")
    quiet: bool = Field(default=False, description="A feed's first poll: its items raise no alert.")


class BatchStatus(StrEnum):
    """How far a batch is."""

    CAPTURED = "captured"  # the WARC file is safe; items and feed states may not be written yet
    READY = "ready"  # its items exist
    PROCESSED = "processed"  # articles written; not placed into stories yet
    DONE = "done"  # placed; its items have their status


class Lease(Contract):
    """Who works on something, and until when nobody else does."""

    owner: str = Field(description="The worker: host, process and a random part.")
    until: Instant = Field(description="After this the lease is void.")


class Batch(Contract):
    """What one fetch task left behind, in `hotline-batches`. Ids are never reused."""

    id: str = Field(description="Time and a random part; sorts by time. Key of the asset events.")
    warc: str | None = Field(description="Its WARC file in the capture store; none where no response came.")
    created_at: Instant = Field(description="When the WARC file was closed.")
    captures: int = Field(ge=0, description="Responses in the file.")
    items: int = Field(default=0, ge=0, description="New items that it brought.")
    ready_ids: list[str] = Field(default_factory=list, description="Items that can be processed with it.")
    recheck_ids: list[str] = Field(default_factory=list, description="Articles whose pages were looked at again.")
    status: BatchStatus = Field(default=BatchStatus.CAPTURED, description="How far it is.")
    lease: Lease | None = Field(default=None, description="Who works on it.")
    attempts: int = Field(default=0, ge=0, description="Times it was claimed.")
    done_at: Instant | None = Field(default=None, description="When its last item got a status.")
