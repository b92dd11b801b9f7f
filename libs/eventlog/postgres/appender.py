"""Appending by group commit: whatever waits goes into one transaction, bounded in bytes, one transaction at a time.

A record that cannot be taken fails before it joins a batch, so that nobody fails for another's content.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from libs.background.loops import Loop
from libs.eventlog.errors import AppendFailed
from libs.eventlog.port import AppendOutcome, Record
from libs.eventlog.postgres.rows import EncodedRecord, TopicRow, encode
from libs.eventlog.postgres.writer import Writer

_GRACE_S = 30.0


@dataclass(frozen=True, slots=True)
class AppendLimits:
    """Limits of one transaction: its size, and its time before the connection is cut."""

    batch_bytes: int = 8 * 1024 * 1024
    batch_records: int = 5_000
    timeout_s: float = 3.0


@dataclass(slots=True)
class _Call:
    outcomes: list[AppendOutcome | None]
    left: int
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, index: int, outcome: AppendOutcome) -> None:
        if self.outcomes[index] is not None:
            return
        self.outcomes[index] = outcome
        self.left -= 1
        if self.left == 0 and not self.done.done():
            self.done.set_result(None)


@dataclass(frozen=True, slots=True)
class _Waiting:
    call: _Call
    index: int
    record: EncodedRecord


class Appender(Loop):
    """One writer of a process; `append` may be called by many tasks at once. A stop writes what was handed over."""

    def __init__(self, url: str, limits: AppendLimits) -> None:
        self._arrived = asyncio.Event()
        super().__init__("log appender", self._write, wake=self._arrived.set, grace_s=_GRACE_S)
        self._writer = Writer(url, timeout_s=limits.timeout_s)
        self._limits = limits
        self._queue: deque[_Waiting] = deque()

    async def append(self, records: Sequence[Record], topics: Mapping[str, TopicRow]) -> list[AppendOutcome]:
        """Return one outcome each, in order; a caller that is cancelled leaves its records on their way."""
        self.raise_failure()
        call = _Call([None] * len(records), len(records))
        for index, encoded in enumerate(encode(records, topics)):
            if isinstance(encoded, AppendFailed):
                call.settle(index, encoded)
            else:
                self._queue.append(_Waiting(call, index, encoded))
        if call.left:
            self._arrived.set()
            await call.done
        return [outcome for outcome in call.outcomes if outcome is not None]

    async def _write(self, stopping: asyncio.Event) -> None:
        try:
            while not (stopping.is_set() and not self._queue):
                await self._arrived.wait()
                self._arrived.clear()
                while self._queue:
                    await self._flush(self._next_batch())
        finally:
            self._fail_queue(AppendFailed("the writer of this client has ended", unknown=False))
            self._writer.close()

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._queue and len(batch) < self._limits.batch_records and size < self._limits.batch_bytes:
            size += self._queue[0].record.size
            batch.append(self._queue.popleft())
        return batch

    async def _flush(self, batch: list[_Waiting]) -> None:
        try:
            places = await self._writer.write([waiting.record for waiting in batch])
        except AppendFailed as error:
            self._fail(batch, error)
            if self._writer.is_lost:
                # Nothing of these was sent; their callers should hear it now, not one timeout after the other.
                self._fail_queue(AppendFailed(str(error), unknown=False))
        else:
            for waiting, place in zip(batch, places, strict=True):
                waiting.call.settle(waiting.index, place)
        finally:
            # Only for an end nobody planned: without an answer its callers would wait for ever.
            self._fail(batch, AppendFailed("the writer ended in the middle of the batch", unknown=True))

    def _fail(self, batch: Sequence[_Waiting], error: AppendFailed) -> None:
        for waiting in batch:
            waiting.call.settle(waiting.index, error)

    def _fail_queue(self, error: AppendFailed) -> None:
        queued = list(self._queue)
        self._queue.clear()
        self._fail(queued, error)
