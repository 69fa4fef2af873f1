"""Brings the stack up on the newsroom, shows what happens, and says in the end whether all was as expected."""

import json
import shutil
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import elasticsearch
from rich.console import Console
from rich.live import Live

from hotline.local.commands import bring_up, say, stopping_on_signals
from hotline.local.demo.expectations import Check, adds_up, check, replayed
from hotline.local.demo.figures import Figures, median_and_p95, read
from hotline.local.demo.view import addresses, live, summary
from hotline.local.errors import LocalError
from hotline.local.stack import Stack
from hotline.local.supervisor import Program
from hotline.search.client import connect
from hotline.search.indices import Indices
from hotline.search.store import Store
from hotline.settings import Settings

POLL_SECONDS = 15  # unless HOTLINE_POLL_SECONDS says otherwise: the desk's waits are seconds here
DESKS = ("us_russia", "us_china")
CATCH_UP_S = 90  # after the script's end, for what is under way
STILL_S = 20  # a replay is through when nothing has changed for so long


def run(*, once: bool, replay: Path | None, json_file: Path | None) -> int:
    """Runs the demo; returns the exit status: 0 where every expectation holds, 1 where one does not."""
    console = Console()
    demo = _Demo(console, replay)
    began = time.monotonic()
    try:
        with stopping_on_signals():
            try:
                demo.up()
                checks = demo.watch(began)
                if json_file is not None:
                    json_file.write_text(json.dumps(demo.report(checks, began), indent=2, ensure_ascii=False) + "\n")
                if not once:
                    console.print("It keeps running until Ctrl-C.")
                    demo.keep_running()
                return 0 if all(c.ok for c in checks) else 1
            except KeyboardInterrupt:
                console.print("Stopping…")
                return 130 if once else 0
            finally:
                demo.stack.down()
    except LocalError as error:
        return say(error)


class _Demo:
    def __init__(self, console: Console, replay: Path | None) -> None:
        self.console = console
        base = Settings()
        # A home of its own, made anew each time: articles of an earlier run would be known already.
        home = base.home / "demo"
        self.replay = replay
        every = base.poll_seconds if "poll_seconds" in base.model_fields_set else POLL_SECONDS
        self.settings = base.model_copy(update={"home": home, "desks": home / "desks", "poll_seconds": every})
        self.newsroom_url = f"http://127.0.0.1:{base.newsroom_port}"
        self.stack = Stack(self.settings, [self._newsroom(base.newsroom_port)])
        self.store = Store(connect(self.settings), Indices(self.settings.index_prefix))
        self.figures = Figures()
        self.published: dict[str, datetime] = {}
        self.still_since = time.monotonic()

    def _newsroom(self, port: int) -> Program:
        desks = [
            d
            for desk in (DESKS if self.replay is None else DESKS[:1])
            for d in ("--desk", str(self.settings.desks / desk))
        ]
        replay = ["--replay", str(self.replay.absolute())] if self.replay is not None else []
        return Program("newsroom", [sys.executable, "-m", "tests.newsroom", "--port", str(port), *desks, *replay])

    def up(self) -> None:
        """A fresh home, then the stack. Raises: LocalError with the remedy."""
        if self.stack.supervisor.pid():
            raise LocalError("A demo is running already.", "`hotline down` stops it.")
        shutil.rmtree(self.settings.home, ignore_errors=True)
        bring_up(self.stack)
        addresses(self.console, self.stack.addresses | {"Newsroom": self.newsroom_url}, self.stack.new_password)

    def watch(self, began: float) -> list[Check]:
        """Shows what happens until the script is through and the line has caught up; then the summary."""
        over = self._replay_over if self.replay is not None else self._script_over
        with Live(console=self.console, refresh_per_second=2, transient=True) as view:
            while True:
                looked = time.monotonic()
                status = self._look()
                view.update(live(status, self.figures, self.published, time.monotonic() - began))
                if over(status):
                    break
                # Looking must not cost more than what is looked at: a large replay is looked at less often.
                time.sleep(max(2.0, 10 * (time.monotonic() - looked)))
        checks = self._checks(status)
        summary(self.console, self.figures, self.published, checks)
        addresses(self.console, self.stack.addresses | {"Newsroom": self.newsroom_url}, self.stack.new_password)
        return checks

    def _look(self) -> dict[str, Any]:
        """Reads the newsroom's status and the figures. A moment of trouble leaves the figures as they were."""
        with urllib.request.urlopen(f"{self.newsroom_url}/_newsroom/status", timeout=10) as answer:  # noqa: S310
            status: dict[str, Any] = json.load(answer)
        for page in status.get("published", []):
            self.published[page["url"]] = datetime.fromisoformat(page["published_at"])
        with suppress(elasticsearch.ApiError, elasticsearch.TransportError):
            self.figures = read(self.store, self.stack.mails)
        return status

    def _checks(self, status: Mapping[str, Any]) -> list[Check]:
        if self.replay is None:
            return check(status, self.figures)
        return [adds_up(self.figures), *replayed(self.figures)]

    def _script_over(self, status: Mapping[str, Any]) -> bool:
        """The script is through, and either all is as expected or the line has had time to catch up."""
        if status["phase"] != "finished":
            return False
        since = (datetime.now(UTC) - datetime.fromisoformat(status["finished_at"])).total_seconds()
        done = self.figures.quiet and all(c.ok for c in self._checks(status))
        return done or since > CATCH_UP_S

    def _replay_over(self, _: Mapping[str, Any]) -> bool:
        """Every feed was tried, and nothing is under way any more."""
        feeds = self.figures.feeds
        if not feeds or any(feed.state.polls == 0 for feed in feeds) or not self.figures.quiet:
            self.still_since = time.monotonic()
        return time.monotonic() - self.still_since > STILL_S

    def keep_running(self) -> None:
        """Until Ctrl-C."""
        while True:
            time.sleep(3600)

    def report(self, checks: list[Check], began: float) -> dict[str, Any]:
        """The figures as JSON; times in seconds."""
        return {
            "feeds": len(self.figures.feeds),
            "feeds_failing": {f.source.url: f.state.last_error for f in self.figures.feeds if f.state.failures},
            "polls": self.figures.polls,
            "items": {"discovered": self.figures.discovered, **self.figures.items},
            "articles": len(self.figures.articles),
            "revisions": len(self.figures.revisions),
            "alerts": len(self.figures.alerts),
            "emails": len(self.figures.mails),
            "latency_s": _rounded(median_and_p95(self.figures.latencies(self.published))),
            "fetch_to_email_s": _rounded(median_and_p95(self.figures.handling())),
            "indexed_to_email_s": _rounded(median_and_p95(self.figures.alerting())),
            "seconds": round(time.monotonic() - began, 1),
            "expectations": [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in checks],
        }


def _rounded(latency: tuple[float, float] | None) -> dict[str, float] | None:
    return {"median": round(latency[0], 1), "p95": round(latency[1], 1)} if latency else None
