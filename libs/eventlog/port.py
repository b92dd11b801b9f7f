"""The port every log implements and everything else is written against.

A log holds topics, a topic partitions, a partition records in the order of their offsets. An offset we hold or store
is always the next one to read. Appending under one key always lands in one partition (murmur2 of the key, as Kafka's
own clients do), so records of one key stay in order. Nothing outside this package knows which implementation is used.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar, cast

import msgspec

from libs.contracts.envelope import Headers
from libs.contracts.topics import Topic
from libs.eventlog.errors import AppendFailed
from libs.eventlog.header_codec import unpack_headers

T = TypeVar("T")


class TopicPartition(NamedTuple):
    """A partition of a topic; sorts as (topic, partition), the order in which position rows are locked."""

    topic: str
    partition: int


Positions = Mapping[TopicPartition, int]
"""Next offset to read, per partition."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record to append. `timestamp_ms` is its accept time; a value of None is a tombstone on a compacted topic."""

    topic: str
    key: str
    value: bytes | None
    headers: Headers
    timestamp_ms: int


class Appended(msgspec.Struct, frozen=True, order=True, gc=False):
    """The place of an acknowledged record."""

    topic: str
    partition: int
    offset: int


AppendOutcome = Appended | AppendFailed


class StoredRecord(msgspec.Struct, gc=False):
    """A record as read back. A foreign producer may have left the key out, or written one that is not UTF-8 (None).

    Readers of one process may share a record: only `once` changes it. `stored_headers` are the headers as such or
    packed by `pack_headers`; `decoded` is what `once` remembers.
    """

    topic: str
    partition: int
    offset: int
    key: str | None
    value: bytes | None
    stored_headers: Headers | bytes
    timestamp_ms: int
    decoded: tuple[object, object] | None = None

    @property
    def topic_partition(self) -> TopicPartition:
        """The partition that the record lies in."""
        return TopicPartition(self.topic, self.partition)

    @property
    def headers(self) -> Headers:
        """Unpack the headers, at each call anew."""
        stored = self.stored_headers
        return unpack_headers(stored) if isinstance(stored, bytes) else stored

    def once(self, decode: Callable[[StoredRecord], T]) -> T:
        """Return `decode(self)`, kept until another function is given."""
        if self.decoded is not None and self.decoded[0] is decode:
            return cast(T, self.decoded[1])
        made = decode(self)
        self.decoded = (decode, made)
        return made


AssignmentListener = Callable[[frozenset[TopicPartition]], Awaitable[Positions]]
"""Called with newly assigned partitions before anything of them is delivered; returns where to read each from.

A partition missing from the answer is read from its beginning. May be called again for a partition already held.
"""


class Reader(Protocol):
    """Reads given partitions from given positions, belonging to no group."""

    async def poll(self, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        """Return records that follow what was last returned, in offset order within a partition.

        Empty after `timeout_s`.

        Raises LogUnavailable when the log cannot be reached; calling again goes on where it stood.
        """
        ...

    @property
    def positions(self) -> Positions:
        """The next offset of the next poll, for every partition read."""
        ...

    async def stop(self) -> None:
        """Give up what it holds; idempotent."""
        ...


class Subscription(Protocol):
    """A member of a group: shares its topics' partitions with the group's other members."""

    async def poll(self, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        """Return as `Reader.poll`, for the partitions assigned now; an assignment that changed is announced before.

        Must be called again within the session timeout for the member to keep its partitions. One caller at a time.
        """
        ...

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions this member holds now."""
        ...

    async def commit_hint(self, positions: Positions) -> None:
        """Tell the log how far the group is, for lag dashboards; nothing rests on it and failures are swallowed."""
        ...

    async def stop(self) -> None:
        """Leave the group (a static member keeps its place until its session times out); idempotent."""
        ...


class EventLog(Protocol):
    """Append, read, subscribe. Safe to use from many tasks of one event loop."""

    async def start(self) -> None:
        """Connect; raises LogUnavailable when the log cannot be reached."""
        ...

    async def stop(self) -> None:
        """Flush what was handed over, then let go; idempotent."""
        ...

    async def check(self) -> str | None:
        """Return None while everything works that this client does in the background, else the reason."""
        ...

    async def identity(self) -> str:
        """Return the log's own id (Kafka: the cluster id with the topic prefix.

        PostgreSQL: a row), carried by positions.
        """
        ...

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """Create the topics that are missing, and set retention and compaction of those that are there.

        Raises LogMismatch when a topic exists with another number of partitions. Safe when several start at once.
        """
        ...

    async def check_topics(self, topics: Sequence[Topic]) -> None:
        """Raise LogMismatch naming every topic that is missing or has other partitions or another cleanup policy."""
        ...

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        """Append, answering once every record is acknowledged or known not to be: one outcome each, in order.

        Records of one call and one key keep their order. Answers within a few seconds also when the log is gone; a
        record that fails with `unknown` may still land. A record over the topic's size fails alone.
        """
        ...

    async def beginning_offsets(self, topics: Sequence[Topic]) -> Positions:
        """Return the first offset still held, for every partition of the topics."""
        ...

    async def end_offsets(self, topics: Sequence[Topic]) -> Positions:
        """Return the next offset to be written, for every partition of the topics."""
        ...

    async def offsets_at(self, topics: Sequence[Topic], timestamp_ms: int) -> Positions:
        """Return the offset of each partition's first record accepted at or after `timestamp_ms`, its end without one.

        Records that waited to be relayed lie behind later ones. The PostgreSQL log halves its way there, looking at a
        hundred records each time: more in a row that are older than one before them may lead it past that one.
        """
        ...

    async def reader(self, positions: Positions) -> Reader:
        """Return a reader over exactly these partitions."""
        ...

    async def subscribe(
        self, group: str, topics: Sequence[Topic], *, member: str, on_assigned: AssignmentListener
    ) -> Subscription:
        """Join `group` as `member`, a name that stays the same over restarts (static membership).

        Two live processes must not share a member name; when they do, the later one takes over.
        """
        ...


def by_partition(records: Sequence[StoredRecord]) -> dict[TopicPartition, list[StoredRecord]]:
    """Return the records grouped by partition, order kept."""
    # Keyed by plain pairs while it grows, which is the quicker way for thousands of records.
    grouped: dict[tuple[str, int], list[StoredRecord]] = {}
    for record in records:
        place = (record.topic, record.partition)
        part = grouped.get(place)
        if part is None:
            grouped[place] = [record]
        else:
            part.append(record)
    return {TopicPartition(*place): part for place, part in grouped.items()}
