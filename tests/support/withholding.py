"""A log in memory that keeps records waiting, and lets some in while somebody asks for its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from libs.contracts.topics import Topic
from libs.eventlog.memory import MemoryEventLog, MemoryReader, MemorySubscription
from libs.eventlog.port import AssignmentListener, Positions, Record, StoredRecord

EVERYTHING = 1_000_000


class WithholdingLog(MemoryEventLog):
    """Delivers `left` more records, however many wait; `arriving` come in while the ends are asked for, and when."""

    left = EVERYTHING
    arriving: Sequence[Record] = ()
    arrived_at: datetime | None = None

    async def reader(self, positions: Positions) -> MemoryReader:
        return self._withholding(await super().reader(positions))

    async def subscribe(
        self, group: str, topics: Sequence[Topic], *, member: str, on_assigned: AssignmentListener
    ) -> MemorySubscription:
        subscription = await super().subscribe(group, topics, member=member, on_assigned=on_assigned)
        self._withholding(subscription._reader)
        return subscription

    async def end_offsets(self, topics: Sequence[Topic]) -> Positions:
        ends = await super().end_offsets(topics)
        if self.arriving:
            arriving, self.arriving, self.arrived_at = self.arriving, (), datetime.now(UTC)
            await self.append(arriving)
        return ends

    def _withholding(self, reader: MemoryReader) -> MemoryReader:
        take = reader.take

        def take_what_is_left(max_records: int) -> list[StoredRecord]:
            taken = take(min(max_records, self.left))
            self.left -= len(taken)
            return taken

        reader.take = take_what_is_left  # type: ignore[method-assign]
        return reader
