"""Reads a part of the log once, in the order in which its records were accepted, across partitions.

Within a partition accept times ascend, but for records that waited to be relayed: those come when they are met. So what
one partition has is held back until the others have been read as far. What is held is bounded: beyond that, only the
partitions that are behind are read on.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import Generic, NamedTuple, TypeVar

from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import EventLog, Positions, Reader, StoredRecord, TopicPartition

T = TypeVar("T")
Sift = Callable[[StoredRecord], Iterable[T]]
"""Returns the items of a record; called in a thread."""

MAX_HELD_BACK = 20_000
_POLL_TIMEOUT_S = 1.0
_RECORDS_AT_ONCE = 1_000
_MAX_SILENT_POLLS = 10


class Stretch(NamedTuple, Generic[T]):
    """The next items, in the order in which their records were accepted; with them all before `until_ms` have come.

    `progress` is the number of offsets read so far, and the number of all.
    """

    items: Sequence[T]
    until_ms: float
    progress: tuple[int, int]


class _Held(NamedTuple, Generic[T]):
    accepted_ms: int
    topic: str
    partition: int
    offset: int
    place: int
    item: T


class AcceptOrder(Generic[T]):
    """Brings the items of partitions, read from `starts` to `ends`, into the order of acceptance; does no I/O."""

    def __init__(self, starts: Positions, ends: Positions, sift: Sift[T]) -> None:
        self._sift = sift
        self._ends = ends
        self._total = sum(max(0, ends[place] - start) for place, start in starts.items())
        self._positions = {place: start for place, start in starts.items() if start < ends[place]}
        self._reached: dict[TopicPartition, float] = dict.fromkeys(self._positions, -math.inf)
        self._held: list[_Held[T]] = []
        self._is_restrained = False

    @property
    def is_done(self) -> bool:
        """Whether everything is read."""
        return not self._positions

    @property
    def held_back(self) -> int:
        """How many items wait for partitions that are behind."""
        return len(self._held)

    def to_read(self) -> Positions:
        """Return the positions to read on from: all, or those of the partitions behind while too much is held back."""
        self._is_restrained = self.held_back > (MAX_HELD_BACK // 2 if self._is_restrained else MAX_HELD_BACK)
        if not self._is_restrained:
            return dict(self._positions)
        furthest = max(self._reached.values())
        middle = (self._until_ms + furthest) / 2
        return {place: self._positions[place] for place, reached in self._reached.items() if reached <= middle}

    def take(self, records: Sequence[StoredRecord], positions: Positions) -> Stretch[T]:
        """Take records that were read, up to `positions`, and return the items that none yet to be read precedes."""
        for record in records:
            place = record.topic_partition
            if place in self._positions and record.offset < self._ends[place]:
                self._reached[place] = max(self._reached[place], record.timestamp_ms)
                at = (record.timestamp_ms, record.topic, record.partition, record.offset)
                for number, item in enumerate(self._sift(record)):
                    heapq.heappush(self._held, _Held(*at, number, item))
        for place, position in positions.items():
            if place in self._positions:
                self._positions[place] = position
                if position >= self._ends[place]:
                    del self._positions[place], self._reached[place]
        left = sum(self._ends[place] - position for place, position in self._positions.items())
        return Stretch(self._released(), self._until_ms, (self._total - left, self._total))

    @property
    def _until_ms(self) -> float:
        return min(self._reached.values(), default=math.inf)

    def _released(self) -> list[T]:
        until_ms = self._until_ms
        released: list[T] = []
        while self._held and self._held[0].accepted_ms < until_ms:
            released.append(heapq.heappop(self._held).item)
        return released


async def in_accept_order(
    log: EventLog, starts: Positions, ends: Positions, sift: Sift[T]
) -> AsyncGenerator[Stretch[T], None]:
    """Yield the items of the records between `starts` and `ends`. Close the iterator (`aclosing`) when leaving early.

    Raises LogUnavailable, also for a log that stays silent before its end.
    """
    order = AcceptOrder(starts, ends, sift)
    async with aclosing(_polled(log, order)) as polled:
        async for records, positions in polled:
            yield await asyncio.to_thread(order.take, records, positions)


async def _polled(
    log: EventLog, order: AcceptOrder[T]
) -> AsyncGenerator[tuple[Sequence[StoredRecord], Positions], None]:
    """Yield records, and the positions after them, until all that `order` wants is read."""
    reader: Reader | None = None
    records: Sequence[StoredRecord] = ()
    silent = 0
    try:
        while not order.is_done:
            wanted = order.to_read()
            if reader is None or not _suits(reader, wanted, records):
                if reader is not None:
                    await reader.stop()
                reader = await log.reader(wanted)
            records = await reader.poll(timeout_s=_POLL_TIMEOUT_S, max_records=_RECORDS_AT_ONCE)
            silent = 0 if records else silent + 1
            if silent > _MAX_SILENT_POLLS:
                raise LogUnavailable("reading the log does not reach its end")
            yield records, reader.positions
    finally:
        if reader is not None:
            await reader.stop()


def _suits(reader: Reader, wanted: Positions, records: Sequence[StoredRecord]) -> bool:
    """Return whether a reader reads all that is wanted, and brought nothing else when it last brought `records`."""
    return wanted.keys() <= reader.positions.keys() and all(record.topic_partition in wanted for record in records)
