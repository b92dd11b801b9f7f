"""Measures how long work waits for a process's event loop: what nobody else sees of a loop that something holds up."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from libs.telemetry.metrics import EVENT_LOOP_LAG_SECONDS

_INTERVAL_S: Final = 0.25


class LoopLag:
    """Asks the event loop to be called every `interval_s`, and notes how late that was; a timer, and no task."""

    def __init__(self, *, interval_s: float = _INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._due_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._due_s = time.monotonic() + self._interval_s
        self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._look)

    def stop(self) -> None:
        """End; idempotent."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        late_s = time.monotonic() - self._due_s
        self.start()
        EVENT_LOOP_LAG_SECONDS.observe(max(0.0, late_s))
