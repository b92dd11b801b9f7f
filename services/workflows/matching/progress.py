"""How far records were read, and how far all work that they led to is done: work may end in another order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from libs.eventlog.port import Positions, StoredRecord, TopicPartition


class Progress:
    """Offsets after the records that were read, and those before records whose work goes on."""

    def __init__(self) -> None:
        self.read: dict[TopicPartition, int] = {}
        self._held: dict[object, Positions] = {}

    def begin(self, positions: Positions) -> None:
        """Read partitions from offsets on."""
        self.read |= positions

    def hold(self) -> Callable[[], None]:
        """Count nothing as done that is read from here on, until what is returned is called."""
        token = object()
        self._held[token] = dict(self.read)

        def release() -> None:
            del self._held[token]

        return release

    def passed(self, records: Sequence[StoredRecord]) -> None:
        """Note that records were read."""
        for record in records:
            self.read[record.topic_partition] = record.offset + 1

    def done(self) -> Positions:
        """Return the offsets before which everything is done."""
        found = dict(self.read)
        for held in self._held.values():
            found |= {place: min(offset, found.get(place, offset)) for place, offset in held.items()}
        return found
