"""Parts of a log's readers: fetching from given positions, and moving on by the records fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from libs.eventlog.port import Positions, StoredRecord, TopicPartition


class Fetched(NamedTuple):
    """The next records of a partition in the order of their offsets, and the offset at which to go on."""

    records: list[StoredRecord]
    next_offset: int


class Fetcher(Protocol):
    """Reads any partitions from any positions. One caller at a time."""

    async def fetch(
        self, positions: Positions, *, timeout_s: float, max_records: int
    ) -> Mapping[TopicPartition, Fetched]:
        """Return what follows the positions, at most `max_records` in all, without the partitions that stand still.

        A log that can wait for records does so for up to `timeout_s`. Raises LogUnavailable.
        """
        ...

    def expect_records(self) -> None:
        """Note that something was appended: no fetch that has begun answers for it."""
        ...

    def is_level(self, positions: Positions, for_s: float) -> bool:
        """Return whether the last fetch, which began `for_s` ago at most, found nothing beyond these positions, and
        no records are expected since."""
        ...

    async def close(self) -> None:
        """Give up what it holds and end a fetch that is under way; fetching again is allowed. Idempotent."""
        ...


def advance(positions: dict[TopicPartition, int], fetched: Mapping[TopicPartition, Fetched]) -> list[StoredRecord]:
    """Move the positions by what was fetched, and return the records.

    What moved goes to the end of the positions' order, so that others come first the next time.
    """
    records: list[StoredRecord] = []
    for place, found in fetched.items():
        records += found.records
        del positions[place]
        positions[place] = found.next_offset
    return records
