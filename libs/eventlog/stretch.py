"""The newest records fetched of one partition, kept for those who read it in this process."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter

from libs.eventlog.fetching import Fetched
from libs.eventlog.port import StoredRecord

# Key, headers and the record object, beside its value.
_RECORD_BYTES = 1024
_offset = attrgetter("offset")


class Stretch:
    """All that a partition has from `start` up to `end`, where fetching goes on; `size_bytes` is an estimate."""

    def __init__(self, start: int) -> None:
        self.start = self.end = start
        self.size_bytes = 0
        self._records: list[StoredRecord] = []

    def add(self, fetched: Fetched) -> None:
        """Take in what was fetched from `end`."""
        self._records += fetched.records
        self.size_bytes += _size(fetched.records)
        self.end = fetched.next_offset

    def after(self, position: int, limit: int) -> Fetched:
        """Return at most `limit` records from a position between `start` and `end`."""
        first = self.count_before(position)
        found = self._records[first : first + limit]
        has_more = first + len(found) < len(self._records)
        return Fetched(found, found[-1].offset + 1 if has_more else self.end)

    def count_before(self, position: int) -> int:
        """Return how many records lie before a position."""
        return bisect_left(self._records, position, key=_offset)

    def bytes_after(self, position: int) -> float:
        """Return how much of `size_bytes` lies from a position on, taking the records for equally large."""
        count = len(self._records)
        return self.size_bytes * (count - self.count_before(position)) / count if count else 0.0

    def drop(self, count: int) -> None:
        """Forget the oldest `count` records, one at least."""
        self.drop_before(self._records[count - 1].offset + 1)

    def drop_before(self, position: int) -> None:
        """Begin no earlier than at a position, `end` at most."""
        count = self.count_before(position)
        self.size_bytes -= _size(self._records[:count])
        del self._records[:count]
        self.start = max(self.start, position)


def _size(records: list[StoredRecord]) -> int:
    return sum(len(record.value) for record in records if record.value) + _RECORD_BYTES * len(records)
