"""The records that series lack, read from all partitions beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

from libs.eventlog.port import EventLog, Reader, StoredRecord, TopicPartition, by_partition

_POLL_TIMEOUT_S = 0.25
MAX_RECORDS: Final = 5_000


class OffsetRange(NamedTuple):
    """A part of a partition: from offset `since` up to `upto`, that one not included."""

    topic: str
    partition: int
    since: int
    upto: int

    @property
    def place(self) -> TopicPartition:
        """The partition."""
        return TopicPartition(self.topic, self.partition)


class LackingReader:
    """Reads ranges of the log, at most one of a partition."""

    def __init__(self, reader: Reader, lacking: Sequence[OffsetRange]) -> None:
        self._reader = reader
        self._left = {one.place: one for one in lacking}

    @classmethod
    async def opened(cls, log: EventLog, lacking: Sequence[OffsetRange]) -> Self:
        """Begin to read. Raises LogUnavailable."""
        return cls(await log.reader({one.place: one.since for one in lacking}), lacking)

    @property
    def is_over(self) -> bool:
        """Whether all was read."""
        return not self._left

    async def poll(self) -> tuple[list[OffsetRange], list[StoredRecord]]:
        """Return the ranges that were read by this call, and the records in them. Raises LogUnavailable."""
        records = await self._records()
        wanted = [record for place, part in by_partition(records).items() for record in self._wanted(place, part)]
        reached = self._reader.positions
        read = [one._replace(upto=min(one.upto, reached[place])) for place, one in self._left.items()]
        self._left = {
            place: one._replace(since=max(one.since, reached[place]))
            for place, one in self._left.items()
            if reached[place] < one.upto
        }
        return [one for one in read if one.since < one.upto], wanted

    async def _records(self) -> list[StoredRecord]:
        """Return the records of some polls: Kafka answers one with what a fetch had, which is few."""
        records: list[StoredRecord] = []
        while len(records) < MAX_RECORDS and not self._has_reached_all():
            more = await self._reader.poll(timeout_s=_POLL_TIMEOUT_S, max_records=MAX_RECORDS - len(records))
            if not more:
                break
            records += more
        return records

    def _has_reached_all(self) -> bool:
        reached = self._reader.positions
        return all(reached[place] >= one.upto for place, one in self._left.items())

    async def stop(self) -> None:
        """Let go of the log."""
        await self._reader.stop()

    def _wanted(self, place: TopicPartition, part: Sequence[StoredRecord]) -> Sequence[StoredRecord]:
        left = self._left.get(place)
        if left is None:
            return ()
        return part if part[-1].offset < left.upto else [record for record in part if record.offset < left.upto]
