"""Records of some partitions, read up to a goal: beside each other and somewhat past it, or in turn and exactly.

The rows of a rebuild are right wherever they end; but the records that a projection publishes are dropped while it is
filled, so one that publishes must end exactly at the goal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from libs.eventlog.port import EventLog, Positions, Reader, StoredRecord, TopicPartition


class Feed(Protocol):
    """Reads on from where it was opened. `stop` is idempotent."""

    async def poll(self, goal: Positions, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        """Return the next records before `goal`, if there are any within `timeout_s`. Raises LogUnavailable."""
        ...

    def has_reached(self, goal: Positions) -> bool:
        """Return whether all records before `goal` were returned."""
        ...

    async def stop(self) -> None:
        """Let go of the log."""
        ...


class PartitionsTogether:
    """Reads all partitions beside each other, and some records past the goal."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def poll(self, goal: Positions, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:  # noqa: ARG002
        return await self._reader.poll(timeout_s=timeout_s, max_records=max_records)

    def has_reached(self, goal: Positions) -> bool:
        return not _short_of(goal, self._reader.positions)

    async def stop(self) -> None:
        await self._reader.stop()


class PartitionsInTurn:
    """Reads one partition after the other, each exactly up to the goal."""

    def __init__(self, log: EventLog, starts: Positions) -> None:
        self._log = log
        self._next = dict(starts)
        self._place: TopicPartition | None = None
        self._reader: Reader | None = None

    async def poll(self, goal: Positions, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        if self._place is None:
            self._place = _short_of(goal, self._next)[0]
        place = self._place
        reader = self._reader = self._reader or await self._log.reader({place: self._next[place]})
        records = await reader.poll(timeout_s=timeout_s, max_records=max_records)
        self._next[place] = min(reader.positions[place], goal[place])
        if self._next[place] == goal[place]:
            await self.stop()
        return [record for record in records if record.offset < goal[place]]

    def has_reached(self, goal: Positions) -> bool:
        return not _short_of(goal, self._next)

    async def stop(self) -> None:
        reader, self._reader, self._place = self._reader, None, None
        if reader is not None:
            await reader.stop()


def _short_of(goal: Positions, reached: Positions) -> list[TopicPartition]:
    return [place for place, at in sorted(reached.items()) if at < goal.get(place, 0)]
