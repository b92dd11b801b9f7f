"""The log in memory, for unit tests: the whole port, with a switch for each way a real log can fail.

Several clients of one `MemoryBroker` see the same log. Nothing is kept when the process ends.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from libs.background.waiting import wait_unless
from libs.contracts.topics import MAX_RECORD_BYTES, Topic
from libs.eventlog.errors import AppendFailed, LogMismatch, LogUnavailable
from libs.eventlog.limits import record_bytes
from libs.eventlog.partitioner import partition_of
from libs.eventlog.port import (
    Appended,
    AppendOutcome,
    AssignmentListener,
    Positions,
    Record,
    StoredRecord,
    TopicPartition,
)
from libs.eventlog.sharing import share_of
from libs.eventlog.topic_check import check_partitions, check_topic

SESSION_TIMEOUT_S = 10.0


@dataclass(slots=True)
class _Partition:
    records: list[StoredRecord] = field(default_factory=list)
    beginning: int = 0
    end: int = 0

    def append(self, place: TopicPartition, record: Record) -> Appended:
        offset = self.end
        stored = (place.topic, place.partition, offset, record.key, record.value, tuple(record.headers))
        self.records.append(StoredRecord(*stored, record.timestamp_ms))
        self.end += 1
        return Appended(place.topic, place.partition, offset)

    def first_at(self, timestamp_ms: int) -> int:
        return next((record.offset for record in self.records if record.timestamp_ms >= timestamp_ms), self.end)

    def after(self, position: int, limit: int) -> list[StoredRecord]:
        first = max(0, position - self.beginning)
        return self.records[first : first + limit]


@dataclass(slots=True)
class _Member:
    session: uuid.UUID
    topics: frozenset[str]
    expires: float


@dataclass(slots=True)
class _Group:
    members: dict[str, _Member] = field(default_factory=dict)
    holders: dict[TopicPartition, str] = field(default_factory=dict)


class MemoryBroker:
    """The state that the clients of one in-memory log share, and its faults.

    `available = False` makes every call fail as a log that is gone; `forget_acknowledgements = True` makes appends
    land and fail as unknown. `refuse` may name a record to be refused by returning a reason.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, session_timeout_s: float = SESSION_TIMEOUT_S
    ) -> None:
        self.identity = str(uuid.uuid4())
        self.available = True
        self.forget_acknowledgements = False
        self.refuse: Callable[[Record], str | None] = lambda _record: None
        self.topics: dict[str, Topic] = {}
        self.partitions: dict[TopicPartition, _Partition] = {}
        self.groups: dict[str, _Group] = {}
        self.hints: dict[str, dict[TopicPartition, int]] = {}
        self.clock = clock
        self.session_timeout_s = session_timeout_s
        self._news = asyncio.Event()

    def delete_before(self, place: TopicPartition, offset: int) -> None:
        """Drop the records below `offset`, as retention does."""
        partition = self.partitions[place]
        partition.records = partition.after(offset, len(partition.records))
        partition.beginning = max(partition.beginning, min(offset, partition.end))

    def check_available(self) -> None:
        """Raise LogUnavailable while the log is switched off."""
        if not self.available:
            raise LogUnavailable("the in-memory log is switched off")

    def announce(self) -> None:
        """Wake everyone who waits for records or for an assignment."""
        self._news.set()
        self._news = asyncio.Event()

    async def wait(self, timeout_s: float) -> None:
        """Return at the next announcement, or after `timeout_s`."""
        await wait_unless(self._news, timeout_s)


class MemoryEventLog:
    """A client of an in-memory log; without a broker given, of one of its own."""

    def __init__(self, broker: MemoryBroker | None = None) -> None:
        self.broker = broker or MemoryBroker()
        self._stopped = False

    async def start(self) -> None:
        self.broker.check_available()

    async def stop(self) -> None:
        self._stopped = True

    async def check(self) -> str | None:
        """Nothing is done in the background."""
        return None

    async def identity(self) -> str:
        self._check()
        return self.broker.identity

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        self._check()
        for topic in topics:
            check_partitions(topic, self._partition_count(topic.name) or topic.partitions)
        for topic in topics:
            self.broker.topics[topic.name] = topic
            for number in range(topic.partitions):
                self.broker.partitions.setdefault(TopicPartition(topic.name, number), _Partition())

    async def check_topics(self, topics: Sequence[Topic]) -> None:
        self._check()
        problems = [problem for topic in topics if (problem := check_topic(topic, self.broker.topics.get(topic.name)))]
        if problems:
            raise LogMismatch("; ".join(problems))

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        if self._stopped:
            raise LogUnavailable("this client of the log is stopped")
        if not self.broker.available:
            return [AppendFailed("the in-memory log is gone", unknown=False) for _ in records]
        outcomes = [self._append(record) for record in records]
        self.broker.announce()
        await asyncio.sleep(0)
        return outcomes

    async def beginning_offsets(self, topics: Sequence[Topic]) -> Positions:
        self._check()
        return {tp: self.broker.partitions[tp].beginning for tp in self._places(topics)}

    async def end_offsets(self, topics: Sequence[Topic]) -> Positions:
        self._check()
        return {tp: self.broker.partitions[tp].end for tp in self._places(topics)}

    async def offsets_at(self, topics: Sequence[Topic], timestamp_ms: int) -> Positions:
        self._check()
        return {tp: self.broker.partitions[tp].first_at(timestamp_ms) for tp in self._places(topics)}

    async def reader(self, positions: Positions) -> MemoryReader:
        self._check()
        return MemoryReader(self.broker, positions)

    async def subscribe(
        self, group: str, topics: Sequence[Topic], *, member: str, on_assigned: AssignmentListener
    ) -> MemorySubscription:
        self._check()
        self._places(topics)
        names = frozenset(topic.name for topic in topics)
        return MemorySubscription(self.broker, group, names, member=member, on_assigned=on_assigned)

    def _check(self) -> None:
        if self._stopped:
            raise LogUnavailable("this client of the log is stopped")
        self.broker.check_available()

    def _append(self, record: Record) -> AppendOutcome:
        topic = self.broker.topics.get(record.topic)
        if topic is None:
            return AppendFailed(f"unknown topic {record.topic}", unknown=False)
        if record_bytes(record) > MAX_RECORD_BYTES:
            return AppendFailed(f"the record is over {MAX_RECORD_BYTES} bytes", unknown=False)
        if reason := self.broker.refuse(record):
            return AppendFailed(reason, unknown=False)
        place = TopicPartition(topic.name, partition_of(record.key, topic.partitions))
        appended = self.broker.partitions[place].append(place, record)
        if self.broker.forget_acknowledgements:
            return AppendFailed("the acknowledgement was lost", unknown=True)
        return appended

    def _partition_count(self, topic: str) -> int | None:
        known = self.broker.topics.get(topic)
        return known.partitions if known else None

    def _places(self, topics: Iterable[Topic]) -> list[TopicPartition]:
        missing = [topic.name for topic in topics if topic.name not in self.broker.topics]
        if missing:
            raise LogMismatch(f"unknown topics: {', '.join(missing)}")
        return [
            TopicPartition(topic.name, number)
            for topic in topics
            for number in range(self.broker.topics[topic.name].partitions)
        ]


class MemoryReader:
    """Reads given partitions of an in-memory log."""

    def __init__(self, broker: MemoryBroker, positions: Positions) -> None:
        self._broker = broker
        self._positions = dict(positions)
        self._stopped = False

    @property
    def positions(self) -> Positions:
        return dict(self._positions)

    def seek(self, positions: Positions) -> None:
        """Read exactly these partitions from here on."""
        self._positions = dict(positions)

    async def poll(self, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        deadline = time.monotonic() + timeout_s
        while not self._stopped:
            self._broker.check_available()
            records = self.take(max_records)
            left = deadline - time.monotonic()
            if records or left <= 0:
                return records
            await self._broker.wait(left)
        return []

    def take(self, max_records: int) -> list[StoredRecord]:
        """Return the records there are now, without waiting."""
        taken: list[StoredRecord] = []
        for place in list(self._positions):
            found = self._broker.partitions[place].after(self._positions[place], max_records - len(taken))
            if found:
                self._positions[place] = found[-1].offset + 1
                self._positions[place] = self._positions.pop(place)  # the next poll begins with another partition
            taken += found
        return taken

    async def stop(self) -> None:
        self._stopped = True
        self._broker.announce()


class MemorySubscription:
    """A member of a group of an in-memory log; its lease is renewed by polling."""

    def __init__(
        self, broker: MemoryBroker, group: str, topics: frozenset[str], *, member: str, on_assigned: AssignmentListener
    ) -> None:
        self._broker = broker
        self._group_name = group
        self._group = broker.groups.setdefault(group, _Group())
        self._topics = topics
        self._member = member
        self._on_assigned = on_assigned
        self._session = uuid.uuid4()
        self._reader = MemoryReader(broker, {})
        self._stopped = False
        self._join()

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._reader.positions)

    async def poll(self, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        deadline = time.monotonic() + timeout_s
        while not self._stopped:
            self._broker.check_available()
            await self._follow(self._share())
            records = self._reader.take(max_records)
            left = deadline - time.monotonic()
            if records or left <= 0:
                return records
            await self._broker.wait(min(left, self._broker.session_timeout_s / 3))
        return []

    async def commit_hint(self, positions: Positions) -> None:
        if self._broker.available:
            self._broker.hints.setdefault(self._group_name, {}).update(positions)

    async def stop(self) -> None:
        """The partitions are free at once."""
        if not self._stopped and self._is_mine():
            self._drop_member(self._member)
        self._stopped = True
        self._reader.seek({})
        self._broker.announce()

    def _join(self) -> None:
        expires = self._broker.clock() + self._broker.session_timeout_s
        self._group.members[self._member] = _Member(self._session, self._topics, expires)
        self._broker.announce()

    def _is_mine(self) -> bool:
        known = self._group.members.get(self._member)
        return known is not None and known.session == self._session

    def _drop_member(self, member: str) -> None:
        del self._group.members[member]
        for place in [tp for tp, holder in self._group.holders.items() if holder == member]:
            del self._group.holders[place]

    def _share(self) -> frozenset[TopicPartition]:
        """Renew the lease, drop members whose lease is over, and settle what this member holds now."""
        now = self._broker.clock()
        for name in [name for name, known in self._group.members.items() if known.expires <= now]:
            self._drop_member(name)
        if self._member not in self._group.members:
            self._join()
        if not self._is_mine():
            return frozenset()
        self._group.members[self._member].expires = now + self._broker.session_timeout_s
        members = {name: known.topics for name, known in self._group.members.items()}
        counts = {name: self._broker.topics[name].partitions for name in self._topics}
        share = share_of(self._member, members, counts, self._group.holders)
        for place in share.give_up:
            del self._group.holders[place]
        self._group.holders.update(dict.fromkeys(share.take, self._member))
        if share.give_up or share.take:
            self._broker.announce()
        return frozenset(tp for tp, holder in self._group.holders.items() if holder == self._member)

    async def _follow(self, held: frozenset[TopicPartition]) -> None:
        known = self._reader.positions
        kept = {tp: position for tp, position in known.items() if tp in held}
        self._reader.seek(kept)
        added = held - frozenset(kept)
        if added:
            given = await self._on_assigned(added)
            beginnings = {tp: self._broker.partitions[tp].beginning for tp in added}
            self._reader.seek(kept | beginnings | {tp: at for tp, at in given.items() if tp in held})
