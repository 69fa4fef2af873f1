"""Each host is asked by few at a time, with a pause between two requests."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

SMOOTHING = 0.25
# A host that answers slowly gets a pause as long as its answers take, up to this many seconds.
LONGEST_PAUSE_S = 10.0


@dataclass
class _Gate:
    slots: threading.BoundedSemaphore
    lock: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0  # monotonic; when the next request may start
    response_s: float = 0.0  # moving average


class HostBusy(Exception):
    """The host's turn did not come in time."""


class Politeness:
    """The gates of all hosts, shared by the threads of one process."""

    def __init__(self, concurrency: int, spacing_s: float) -> None:
        self._concurrency, self._spacing_s = concurrency, spacing_s
        self._gates: dict[str, _Gate] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, host: str, wait_s: float) -> Iterator[None]:
        """Waits for the host's turn, up to `wait_s` seconds, and holds it. Raises: HostBusy."""
        gate = self._gate(host)
        until = time.monotonic() + wait_s
        if not gate.slots.acquire(timeout=wait_s):
            raise HostBusy(f"{host} is busy with other requests of ours")
        try:
            self._pause(host, gate, until)
            started = time.monotonic()
            try:
                yield
            finally:
                with gate.lock:
                    gate.response_s += SMOOTHING * (time.monotonic() - started - gate.response_s)
        finally:
            gate.slots.release()

    def rest(self, host: str, seconds: float) -> None:
        """Nothing is asked of the host for so long: it said that we ask too much."""
        gate = self._gate(host)
        with gate.lock:
            gate.free_at = max(gate.free_at, time.monotonic() + seconds)

    def _pause(self, host: str, gate: _Gate, until: float) -> None:
        with gate.lock:
            now = time.monotonic()
            start = max(now, gate.free_at)
            if start > until:
                raise HostBusy(f"{host} must not be asked again for {start - now:.0f} s")
            pause = max(self._spacing_s, min(gate.response_s, LONGEST_PAUSE_S)) if self._spacing_s else 0.0
            gate.free_at = start + pause
        time.sleep(start - now)

    def _gate(self, host: str) -> _Gate:
        with self._lock:
            gate = self._gates.get(host)
            if gate is None:
                gate = self._gates[host] = _Gate(threading.BoundedSemaphore(self._concurrency))
            return gate
