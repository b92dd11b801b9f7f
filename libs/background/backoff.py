"""Waiting between attempts: longer each time, with jitter, and never past a stop."""

from __future__ import annotations

import asyncio
import random

from libs.background.waiting import wait_unless


class Backoff:
    """The pause after the n-th failure in a row is random, between half of `first_s` × 2ⁿ and all of it."""

    def __init__(self, stopping: asyncio.Event, *, first_s: float, limit_s: float) -> None:
        self._stopping = stopping
        self._first_s = first_s
        self._limit_s = limit_s
        self._failures = 0

    async def pause(self) -> None:
        """Wait; return at once when stopping."""
        pause_s = min(self._limit_s, self._first_s * 2 ** min(self._failures, 16))
        self._failures += 1
        await wait_unless(self._stopping, pause_s * random.uniform(0.5, 1.0))  # noqa: S311

    def reset(self) -> None:
        """Note a success: the next failure is the first again."""
        self._failures = 0
