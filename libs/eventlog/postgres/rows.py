"""Records as rows: what is checked before a record may join a batch, and where each will lie.

A record that passed `encode` cannot make a batch fail by its content, so that a bad one fails alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from libs.contracts.topics import MAX_RECORD_BYTES
from libs.eventlog.errors import AppendFailed
from libs.eventlog.header_codec import pack_headers
from libs.eventlog.partitioner import partitions_of
from libs.eventlog.port import Appended, Record

RECORD_COLUMNS = ("topic_id", "partition", "timestamp_ms", "key", "headers", "value", "record_offset")
_INT64 = 1 << 63


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic as the log has it."""

    id: int
    name: str
    partitions: int
    compacted: bool
    retention_ms: int | None


class EncodedRecord(NamedTuple):
    """A record ready for the log; `size` counts the bytes of key, headers and value."""

    topic: TopicRow
    partition: int
    timestamp_ms: int
    key: bytes
    headers: bytes
    value: bytes | None
    size: int


def encode(records: Sequence[Record], topics: Mapping[str, TopicRow]) -> list[EncodedRecord | AppendFailed]:
    """Return each record as it is stored, or why it cannot be."""
    keys = [record.key.encode(errors="surrogatepass") for record in records]
    found = [topics.get(record.topic) for record in records]
    partitions = partitions_of(keys, [topic.partitions if topic else 1 for topic in found])
    return list(map(_encoded, records, found, keys, partitions))


def _encoded(record: Record, topic: TopicRow | None, key: bytes, partition: int) -> EncodedRecord | AppendFailed:
    if topic is None:
        return _refused(f"unknown topic {record.topic}")
    if not -_INT64 <= record.timestamp_ms < _INT64:
        return _refused("the timestamp is out of range")
    try:
        key.decode()
        headers = pack_headers(record.headers)
    except UnicodeError:
        return _refused("the key or a header's name is not text")
    size = len(key) + len(headers) + len(record.value or b"")
    if size > MAX_RECORD_BYTES:
        return _refused(f"the record has {size} bytes, more than {MAX_RECORD_BYTES}")
    return EncodedRecord(topic, partition, record.timestamp_ms, key, headers, record.value, size)


def count_by_partition(records: Iterable[EncodedRecord]) -> Counter[tuple[int, int]]:
    """Return how many records go to each (topic id, partition)."""
    return Counter([(record.topic.id, record.partition) for record in records])


def record_values(record: EncodedRecord) -> tuple[Any, ...]:
    """Return the record's columns but for its offset, in the order of `RECORD_COLUMNS`."""
    topic, partition, timestamp_ms, key, headers, value, _ = record
    return topic.id, partition, timestamp_ms, key, headers, value


def places_of(records: Sequence[EncodedRecord], first_offsets: Mapping[tuple[int, int], int]) -> list[Appended]:
    """Return where each record lies."""
    next_offsets = dict(first_offsets)
    places: list[Appended] = []
    for record in records:
        at = record.topic.id, record.partition
        places.append(Appended(record.topic.name, record.partition, next_offsets[at]))
        next_offsets[at] += 1
    return places


def _refused(reason: str) -> AppendFailed:
    return AppendFailed(reason, unknown=False)
