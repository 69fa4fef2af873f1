"""Feeds and pages are fetched side by side; what came goes into a WARC file first, then into the index."""

from collections import defaultdict, deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from hotline.captures.records import WarcWriter
from hotline.captures.store import new_batch_id, warc_path
from hotline.feeds.http import FetchError, Response
from hotline.line.absorb import FeedResult, Harvest, PageResult, absorb, keep_feed_states, unseen
from hotline.line.context import Line
from hotline.line.desks import leading
from hotline.line.network import WORKERS, Network, Polled, capture_of, host_of
from hotline.line.plan import Group
from hotline.line.records import articles_by_id, items_by_id
from hotline.search.indices import Kind
from hotline.search.store import Kept
from schemas.capture import Batch, Capture, CaptureKind, Lease
from schemas.desk import Polling
from schemas.feed import Feed
from schemas.item import Entry
from schemas.key import Key

log = structlog.get_logger(__name__)

BUDGET = timedelta(seconds=45)  # a run is over before the next one is due
WAITING = 2  # batches that may wait to be written while fetching goes on
BATCH_ITEMS = 400  # a batch is closed when it holds so much, so that processing it stays short


@dataclass
class FeedJob:
    """A feed to poll."""

    feed: Kept[Feed]


@dataclass
class PageJob:
    """A page to fetch, for an item or (again) for an article."""

    kind: CaptureKind
    id: str
    url: str
    feed_id: str | None
    desks: list[str]


type Job = FeedJob | PageJob


def fetch(line: Line, group: dict[str, Any]) -> list[str]:
    """Fetches a group within its budget; returns the ids of the batches that bring something to process.

    What isn't reached stays due and goes first in the next run.
    """
    with _Run(line, Group(**group)) as run:
        return run.batches()


class _Run:
    """One fetch task: its jobs, its workers and the batch that is being filled."""

    def __init__(self, line: Line, group: Group) -> None:
        self.line = line
        self.group = group
        self.until = line.clock() + BUDGET
        self.network = Network(line)
        self.pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="fetch")
        self.queue = _HostQueue()
        self.running: dict[Future[Any], Job] = {}
        self.writer = ThreadPoolExecutor(1, thread_name_prefix="write")
        self.closing: deque[tuple[_Filling, Future[str | None]]] = deque()
        self.filling = _Filling(line)
        self.done: list[str] = []

    def __enter__(self) -> "_Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(wait=True, cancel_futures=True)
        for filling, future in self.closing:
            if future.cancel():
                filling.abandon()
        self.writer.shutdown(wait=True)
        self.filling.abandon()
        self.network.close()

    def batches(self) -> list[str]:
        """Works until everything is fetched or the time is up."""
        for job in self._first_jobs():
            self._add(job)
        while (self.queue or self.running) and self.line.clock() < self.until:
            self._start()
            left = (self.until - self.line.clock()).total_seconds()
            finished, _ = wait(self.running, timeout=max(left, 0), return_when=FIRST_COMPLETED)
            for future in finished:
                self._take(future)
            if self.filling.size >= BATCH_ITEMS:
                self._close()
        self._close()
        self._await_written(0)
        return self.done

    def _first_jobs(self) -> list[Job]:
        store = self.line.store
        feeds = store.get_many(Feed, Kind.FEEDS, self.group.feeds)
        jobs: list[Job] = [FeedJob(feed) for feed in feeds.values()]
        for item in items_by_id(self.line, self.group.items).values():
            if item.record.entry.url:
                i = item.record
                jobs.append(PageJob(CaptureKind.PAGE, i.id, i.entry.url or "", i.feed_id, i.desks))
        for article in articles_by_id(self.line, self.group.articles).values():
            a = article.record
            jobs.append(PageJob(CaptureKind.RECHECK, a.id, a.url.full, a.feed.id, list(a.desks)))
        return jobs

    def _add(self, job: Job) -> None:
        self.queue.add(job, self._polling(job).host_concurrency)

    def _polling(self, job: Job) -> Polling:
        desks = job.feed.record.source.desks if isinstance(job, FeedJob) else job.desks
        return leading(self.line.desks, desks).polling

    def _start(self) -> None:
        while len(self.running) < WORKERS and (job := self.queue.take()) is not None:
            left = (self.until - self.line.clock()).total_seconds()
            if left <= 0:
                return
            timeout_s = min(self.group.timeout_s or self._polling(job).timeout.total_seconds(), left)
            future: Future[Any] = (
                self.pool.submit(self.network.feed, job.feed.record, timeout_s)
                if isinstance(job, FeedJob)
                else self.pool.submit(self.network.page, job.url, job.desks, timeout_s, job.feed_id)
            )
            self.running[future] = job

    def _take(self, future: Future[Any]) -> None:
        job = self.running.pop(future)
        self.queue.release(job)
        if isinstance(job, FeedJob):
            self._take_feed(job, future.result())
        else:
            self._take_page(job, future)

    def _take_feed(self, job: FeedJob, polled: Polled) -> None:
        if not polled.was_asked:
            return
        feed = job.feed.record
        quiet = feed.state.first_polled_at is None
        entries = polled.parsed.entries if polled.parsed else []
        for response in polled.news:
            self.filling.keep(capture_of(response, CaptureKind.FEED, feed.id, quiet=quiet), response.body)
        result = FeedResult(job.feed, entries, quiet, polled.outcome())
        self.filling.harvest.feeds.append(result)
        self.filling.size += len(entries)
        if not quiet and not feed.source.entry_only:
            for id_, entry in self._unseen(feed, entries).items():
                self._add(PageJob(CaptureKind.PAGE, id_, entry.url or "", feed.id, feed.source.desks))

    def _unseen(self, feed: Feed, entries: list[Entry]) -> dict[str, Entry]:
        """Entries with a page that nobody has claimed."""
        by_id = unseen(feed, [entry for entry in entries if entry.url])
        known = self.line.store.get_many(Key, Kind.KEYS, by_id)
        return {id_: entry for id_, entry in by_id.items() if id_ not in known}

    def _take_page(self, job: PageJob, future: Future[Response]) -> None:
        results = self.filling.harvest.pages if job.kind is CaptureKind.PAGE else self.filling.harvest.rechecks
        self.filling.size += 1
        try:
            response = future.result()
        except FetchError as error:
            if error.kind != "busy":
                results[job.id] = PageResult(error=str(error))
            return
        result = PageResult(status=response.status, retry_after_s=response.retry_after_s)
        if response.status == 200:
            ids = {"item_id": job.id} if job.kind is CaptureKind.PAGE else {"article_id": job.id}
            capture = capture_of(response, job.kind, job.feed_id, **ids)
            result.ref = self.filling.keep(capture, response.body).ref
        results[job.id] = result

    def _close(self) -> None:
        """Leaves the batch to the writer: Elasticsearch is waited for while the next one is fetched."""
        self.closing.append((self.filling, self.writer.submit(self.filling.close)))
        self.filling = _Filling(self.line)
        self._await_written(WAITING)

    def _await_written(self, left: int) -> None:
        """Waits until at most so many batches are still to be written. Raises what writing one raised."""
        while len(self.closing) > left:
            _, future = self.closing.popleft()
            batch = future.result()
            if batch is not None:
                self.done.append(batch)


class _Filling:
    """The batch that is being filled. Raw first: the WARC file is closed before anything is written of it."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.id = new_batch_id(line.clock())
        self.harvest = Harvest()
        self.size = 0
        self.captures = 0
        self.writer: WarcWriter | None = None
        self.stack = ExitStack()

    def keep(self, capture: Capture, body: bytes) -> Capture:
        """Writes a response; returns the capture with its place."""
        if self.writer is None:
            self.writer = self.stack.enter_context(self.line.captures.writer(self.id))
        self.captures += 1
        return self.writer.add(capture, body)

    def close(self) -> str | None:
        """WARC closed → batch record → items → feed states. Returns the id where there is something to process."""
        self.stack.close()
        now = self.line.clock()
        batch = Batch(
            id=self.id,
            warc=warc_path(self.id) if self.writer else None,
            created_at=now,
            captures=self.captures,
            lease=Lease(owner="fetch", until=now + timedelta(seconds=self.line.settings.lease_seconds)),
        )
        if not (self.captures or self.harvest.pages or self.harvest.rechecks):
            keep_feed_states(self.line, self.harvest)
            return None
        record = self.line.store.create(Kind.BATCHES, batch.id, batch)
        if record is None:
            raise RuntimeError(f"batch id {batch.id} was used before; is the clock set back?")
        ready = absorb(self.line, record, self.harvest).record
        return ready.id if ready.ready_ids or ready.recheck_ids else None

    def abandon(self) -> None:
        """After an error: nothing of a half-filled batch remains; all of it is still due."""
        if self.writer is not None:
            self.stack.__exit__(RuntimeError, RuntimeError("abandoned"), None)


class _HostQueue:
    """Jobs in order, a few of a host at a time: a slow host must not fill all workers."""

    def __init__(self) -> None:
        self.waiting: dict[str, deque[Job]] = defaultdict(deque)
        self.free: dict[str, int] = {}

    def __bool__(self) -> bool:
        return any(self.waiting.values())

    def add(self, job: Job, at_once: int) -> None:
        """Appends a job; `at_once` jobs of its host may run at the same time."""
        self.free.setdefault(_host(job), at_once)
        self.waiting[_host(job)].append(job)

    def take(self) -> Job | None:
        """The next job whose host is free; None where there is none now."""
        for host, jobs in self.waiting.items():
            if jobs and self.free[host] > 0:
                self.free[host] -= 1
                return jobs.popleft()
        return None

    def release(self, job: Job) -> None:
        """The job's host may be asked again."""
        self.free[_host(job)] += 1


def _host(job: Job) -> str:
    return host_of(job.feed.record.state.url if isinstance(job, FeedJob) else job.url)
