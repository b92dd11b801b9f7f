"""Measures how long work waits for a process's event loop: what nobody else sees of a loop that something holds up."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from libs.background.loops import Loop
from libs.background.waiting import wait_unless
from libs.telemetry.metrics import EVENT_LOOP_LAG_SECONDS

_INTERVAL_S: Final = 0.25


class LoopLag(Loop):
    """Asks to be woken every `interval_s`, and notes how late that was."""

    def __init__(self, *, interval_s: float = _INTERVAL_S) -> None:
        super().__init__("event loop lag", self._measure, grace_s=0)
        self._interval_s = interval_s

    async def _measure(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            due_s = time.monotonic() + self._interval_s
            await wait_unless(stopping, self._interval_s)
            if not stopping.is_set():
                EVENT_LOOP_LAG_SECONDS.observe(max(0.0, time.monotonic() - due_s))
