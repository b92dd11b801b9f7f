"""Records as rows: what is checked before a record may join a batch, and how a row becomes a record again.

A record that passed `encode` cannot make a batch fail by its content, so that a bad one fails alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from libs.contracts.topics import MAX_RECORD_BYTES
from libs.eventlog.errors import AppendFailed
from libs.eventlog.header_codec import pack_headers, unpack_headers
from libs.eventlog.partitioner import partition_of
from libs.eventlog.port import Appended, Record, StoredRecord
from libs.pg.database import Record as Row

_INT64 = 1 << 63


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic as the log has it."""

    id: int
    name: str
    partitions: int
    compacted: bool
    retention_ms: int | None


@dataclass(frozen=True, slots=True)
class EncodedRecord:
    """A record ready for the log."""

    topic: TopicRow
    partition: int
    key: bytes
    headers: bytes
    value: bytes | None
    timestamp_ms: int

    @property
    def size(self) -> int:
        """Bytes of key, headers and value."""
        return len(self.key) + len(self.headers) + len(self.value or b"")


def encode(record: Record, topics: Mapping[str, TopicRow]) -> EncodedRecord | AppendFailed:
    """The record as it is stored, or why it cannot be."""
    topic = topics.get(record.topic)
    if topic is None:
        return _refused(f"unknown topic {record.topic}")
    if not -_INT64 <= record.timestamp_ms < _INT64:
        return _refused("the timestamp is out of range")
    try:
        key, headers = record.key.encode(), pack_headers(record.headers)
    except UnicodeEncodeError:
        return _refused("the key or a header's name is not text")
    partition = partition_of(record.key, topic.partitions)
    encoded = EncodedRecord(topic, partition, key, headers, record.value, record.timestamp_ms)
    if encoded.size > MAX_RECORD_BYTES:
        return _refused(f"the record has {encoded.size} bytes, more than {MAX_RECORD_BYTES}")
    return encoded


def append_arguments(records: Sequence[EncodedRecord]) -> tuple[list[Any], ...]:
    """The parallel arrays of the `append` statement."""
    return (
        [record.topic.id for record in records],
        [record.partition for record in records],
        places(records),
        [record.timestamp_ms for record in records],
        [record.key for record in records],
        [record.headers for record in records],
        [record.value for record in records],
    )


def places(records: Sequence[EncodedRecord]) -> list[int]:
    """For each record, how many before it go to the same partition."""
    seen: Counter[tuple[int, int]] = Counter()
    counts: list[int] = []
    for record in records:
        at = (record.topic.id, record.partition)
        counts.append(seen[at])
        seen[at] += 1
    return counts


def appended(records: Sequence[EncodedRecord], first_offsets: Sequence[Row]) -> list[Appended]:
    """Where each record lies, from the answer of the `append` statement."""
    first = {(row["topic_id"], row["partition"]): row["first_offset"] for row in first_offsets}
    return [
        Appended(record.topic.name, record.partition, first[record.topic.id, record.partition] + place)
        for record, place in zip(records, places(records), strict=True)
    ]


def stored(topic: str, partition: int, row: Row) -> StoredRecord:
    """A row of the `fetch` statement as a record."""
    offset, key, value, headers, timestamp_ms = row
    return StoredRecord(topic, partition, offset, key.decode(), value, unpack_headers(headers), timestamp_ms)


def _refused(reason: str) -> AppendFailed:
    return AppendFailed(reason, unknown=False)
