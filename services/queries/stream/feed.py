"""Reads for one stream: everything after its start, once, in the log's order within each partition, without repeats.

It reads by itself until it is level with the shared tail, follows that, and reads by itself again when it has fallen
behind what the tail keeps. Nothing is read ahead of what was taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Generic

from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import EventLog, Positions, Reader, TopicPartition
from services.queries.stream.model import RowT
from services.queries.stream.occurrence import Occurrence, unread
from services.queries.stream.repeats import Remembered, far_back
from services.queries.stream.tail import Tail

_MAX_RECORDS = 200


class Feed(Generic[RowT]):
    """Reads on from `reached`. `own_readers` bounds how many streams of the process read by themselves at a time."""

    def __init__(self, log: EventLog, tail: Tail[RowT], reached: Positions, own_readers: asyncio.Semaphore) -> None:
        self._log = log
        self._tail = tail
        self._own_readers = own_readers
        self._reached: dict[TopicPartition, int] = dict(reached)
        self._number: int | None = None
        self._reader: Reader | None = None
        self._remembered = Remembered()
        self._tail.follow()

    async def close(self) -> None:
        """Give up what it holds; once."""
        self._tail.leave()
        await self._let_go()

    async def next(self, timeout_s: float) -> tuple[Sequence[Occurrence[RowT]], Positions]:
        """Return the next records in order, and the positions after them; none when none came within `timeout_s`."""
        if self._number is None or not self._tail.is_kept(self._number):
            self._number = self._tail.join(self._reached)
        if self._number is None:
            found = await self._by_itself(timeout_s)
        else:
            await self._let_go()  # the tail may have come level with it meanwhile
            found = await self._from_tail(self._number, timeout_s)
        return found, dict(self._reached)

    async def _from_tail(self, number: int, timeout_s: float) -> list[Occurrence[RowT]]:
        chunk = await self._tail.chunk(number, timeout_s)
        if chunk is None:
            return []
        self._number = number + 1
        found = unread(chunk.occurrences, self._reached)
        self._advance(chunk.after)
        return found

    async def _by_itself(self, timeout_s: float) -> list[Occurrence[RowT]]:
        if self._reader is None and not await self._take_hold(timeout_s):
            return []
        assert self._reader is not None
        try:
            records = await self._reader.poll(timeout_s=timeout_s, max_records=_MAX_RECORDS)
        except LogUnavailable:
            await asyncio.sleep(timeout_s)
            return []
        found = unread(self._remembered.first_ones(self._tail.occurrences(records)), self._reached)
        self._advance(self._reader.positions)
        self._number = self._tail.join(self._reached)
        if self._number is not None:
            await self._let_go()
        return found

    async def _take_hold(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await self._own_readers.acquire()
        except TimeoutError:
            return False
        try:
            self._reader = await self._log.reader(await far_back(self._log, self._tail.topic, self._reached))
        except LogUnavailable:
            await asyncio.sleep(timeout_s)
            return False
        finally:
            if self._reader is None:
                self._own_readers.release()
        return True

    async def _let_go(self) -> None:
        reader, self._reader = self._reader, None
        self._remembered = Remembered()
        if reader is not None:
            self._own_readers.release()
            await reader.stop()

    def _advance(self, after: Positions) -> None:
        for place, offset in after.items():
            self._reached[place] = max(offset, self._reached[place])
