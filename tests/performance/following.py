"""How long what the log took stays unseen: samples of where the log ends and how far its readers are.

A sample's record counts as visible when every reader has passed where the log ended then. The log is asked, not the
sender, so that what waits for its acknowledgement does not count.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.performance.report import p99

_SAMPLE_INTERVAL_S = 0.02
_DRAIN_TIMEOUT_S = 300.0
Place = Callable[[], Awaitable[int]]
"""A number of records: how many the log holds, or how many were read."""


@dataclass(slots=True)
class Following:
    """Samples in the order they were taken: seconds, the log's end, and how far the slowest reader was."""

    samples: list[tuple[float, int, int]] = field(default_factory=list)

    @property
    def records(self) -> int:
        """How many records came since the first sample."""
        return self.samples[-1][1] - self.samples[0][1] if self.samples else 0

    async def drained(self) -> float:
        """Wait until everything is read; how many seconds that took. Raises TimeoutError."""
        begun_s = time.perf_counter()
        async with asyncio.timeout(_DRAIN_TIMEOUT_S):
            while not self._is_level(since_s=begun_s):  # noqa: ASYNC110  # samples come from the task that takes them
                await asyncio.sleep(_SAMPLE_INTERVAL_S)
        return self.samples[-1][0] - begun_s

    def p99_ms(self) -> float:
        """The 99th percentile of how long what a sample saw last was unseen; everything must be read."""
        reads = [read for _, _, read in self.samples]
        return p99(
            [
                (self.samples[bisect_left(reads, end, lo=at)][0] - taken_s) * 1000
                for at, (taken_s, end, _) in enumerate(self.samples)
                if end <= reads[-1]
            ]
        )

    def _is_level(self, *, since_s: float) -> bool:
        if not self.samples:
            return False
        taken_s, end, read = self.samples[-1]
        return taken_s >= since_s and read >= end


@asynccontextmanager
async def following(log_end: Place, read: Place) -> AsyncIterator[Following]:
    """Samples for the length of the block, which fails when sampling does."""
    found = Following()
    async with asyncio.TaskGroup() as group:
        sampling = group.create_task(_keep_sampling(found, log_end, read))
        yield found
        sampling.cancel()


async def _keep_sampling(found: Following, log_end: Place, read: Place) -> None:
    while True:
        taken_s, end = time.perf_counter(), await log_end()
        found.samples.append((taken_s, end, await read()))
        await asyncio.sleep(_SAMPLE_INTERVAL_S)
