"""Plays the script: waits until every feed has been fetched once, then does one event after the other."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tests.newsroom.room import Room
from tests.newsroom.world import Event

PATIENCE_S = 300.0  # after so long an event no longer waits for somebody to fetch a page (seconds, at speed 1)


class Phase(StrEnum):
    """How far the script is."""

    WAITING = "waiting"  # somebody has not fetched every feed yet
    RUNNING = "running"
    FINISHED = "finished"  # every event has happened and every timed outage has been met and is over


@dataclass
class Step:
    """An event and when it happened."""

    event: Event
    done_at: datetime | None = None


class Player:
    """The script of a room. Whoever owns the clock calls `tick`."""

    def __init__(self, room: Room, script: list[Event], speed: float = 1.0) -> None:
        self.room = room
        self.speed = speed
        self.steps = [Step(event) for event in script]
        self.started_at: datetime | None = None
        self.finished_at: datetime | None = None

    @property
    def phase(self) -> Phase:
        """How far the script is."""
        if self.started_at is None:
            return Phase.WAITING
        return Phase.FINISHED if self.finished_at else Phase.RUNNING

    @property
    def seconds(self) -> float | None:
        """Seconds of the script since the start; none before it."""
        if self.started_at is None:
            return None
        return (self.room.now() - self.started_at).total_seconds() * self.speed

    def start(self) -> None:
        """Starts without waiting for the feeds to be fetched."""
        self.started_at = self.started_at or self.room.now()

    def tick(self) -> None:
        """Does what is due now."""
        with self.room.lock:
            if self.started_at is None:
                if self.room.unfetched():
                    return
                self.start()
            seconds = self.seconds or 0.0
            for step in self.steps:
                if step.done_at is None and seconds >= step.event.at and not self._waits(step.event, seconds):
                    self._do(step.event)
                    step.done_at = self.room.now()
            if self.finished_at is None and all(step.done_at for step in self.steps):
                late = seconds > self.steps[-1].event.at + PATIENCE_S if self.steps else True
                if late or not any(self.room.open_outages()):
                    self.finished_at = self.room.now()

    def _waits(self, event: Event, seconds: float) -> bool:
        """Whether an event must wait: a change is only a change to somebody who has read the page before."""
        if not event.once_fetched or seconds > event.at + PATIENCE_S:
            return False
        return any(key not in self.room.pages or not self.room.pages[key].fetches for key in event.target)

    def _do(self, event: Event) -> None:
        seconds = event.seconds / self.speed if event.seconds is not None else None
        for target in event.target:
            match event.act:
                case "publish":
                    self.room.publish(target)
                case "revise":
                    self.room.revise(target)
                case "new_ads":
                    self.room.new_ads(target)
                case "fail":
                    self.room.fail(target, event.status, seconds)
                case "gone":
                    self.room.gone(target)
                case "move":
                    self.room.move_feed(target, event.to or "")
                case "break":
                    self.room.break_feed(target, seconds)
