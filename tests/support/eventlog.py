"""What the parts of the contract suite share: topics, records, and the members of a group polled in turns."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import pytest

from libs.contracts.topics import Topic
from libs.eventlog.port import (
    Appended,
    AppendOutcome,
    EventLog,
    Positions,
    Reader,
    Record,
    StoredRecord,
    Subscription,
    TopicPartition,
)
from tests.support.waiting import eventually

MANY = Topic("contract.many", key="anything", description="Six partitions.")
ONE = Topic("contract.one", key="anything", description="One partition.", partitions=1)
LATEST = Topic("contract.latest", key="anything", description="Compacted.", partitions=1, compacted=True)
TOPICS = (MANY, ONE, LATEST)
ROOM_FOR_OVERHEAD = 16 * 1024
MEMBER_GONE_S = 30.0

OpenLog = Callable[[], Awaitable[EventLog]]


def record(
    key: str = "k",
    value: bytes | None = b"v",
    *,
    topic: Topic = ONE,
    headers: tuple[tuple[str, bytes], ...] = (),
    timestamp_ms: int = 1_700_000_000_000,
) -> Record:
    """A record that differs only in what the test is about."""
    return Record(topic.name, key, value, headers, timestamp_ms)


def places(outcomes: Iterable[AppendOutcome]) -> list[Appended]:
    """The places of appends that must all have succeeded."""
    found = list(outcomes)
    assert all(isinstance(outcome, Appended) for outcome in found), found
    return [outcome for outcome in found if isinstance(outcome, Appended)]


async def read(source: Reader | Subscription, count: int, *, max_records: int = 500) -> list[StoredRecord]:
    """Poll until `count` records came."""
    records: list[StoredRecord] = []

    async def enough() -> bool:
        records.extend(await source.poll(timeout_s=0.2, max_records=max_records))
        return len(records) >= count

    await eventually(enough, timeout_s=MEMBER_GONE_S)
    return records


async def read_topic(log: EventLog, topic: Topic) -> list[StoredRecord]:
    """Everything in a topic now."""
    reader = await log.reader(await log.beginning_offsets([topic]))
    ends = await log.end_offsets([topic])
    records: list[StoredRecord] = []
    async with asyncio.timeout(20):
        while any(reader.positions[place] < end for place, end in ends.items()):
            records.extend(await reader.poll(timeout_s=0.5, max_records=500))
    await reader.stop()
    return records


class View:
    """What a projection keeps: next offsets and what was applied, shared by the members of a group."""

    def __init__(self) -> None:
        self.positions: dict[TopicPartition, int] = {}
        self.applied: list[StoredRecord] = []

    async def assigned(self, places: frozenset[TopicPartition]) -> Positions:
        return {place: self.positions.get(place, 0) for place in places}

    def apply(self, records: Sequence[StoredRecord]) -> None:
        """Skip what is old; a record beyond the position would be one lost."""
        for one in records:
            position = self.positions.get(one.topic_partition, 0)
            assert one.offset <= position, f"lost {one.topic_partition} from {position} to {one.offset}"
            if one.offset == position:
                self.applied.append(one)
                self.positions[one.topic_partition] = position + 1


class Members:
    """Polls the members of a group in turns, so that a rebalance can come to rest."""

    def __init__(self, *members: Subscription) -> None:
        self.members = list(members)
        self.records: list[StoredRecord] = []

    async def turn(self) -> None:
        polled = await asyncio.gather(*(member.poll(timeout_s=0.05, max_records=500) for member in self.members))
        self.records.extend(one for records in polled for one in records)

    async def until(self, check: Callable[[], bool]) -> None:
        async def settled() -> bool:
            await self.turn()
            return check()

        await eventually(settled, timeout_s=MEMBER_GONE_S)

    def share_all(self, topic: Topic = MANY) -> bool:
        """Whether every partition has exactly one holder and everyone holds something."""
        held = [place for member in self.members for place in member.assignment]
        return sorted(held) == all_partitions(topic) and all(member.assignment for member in self.members)


def all_partitions(topic: Topic) -> list[TopicPartition]:
    """Every partition of a topic, sorted."""
    return [TopicPartition(topic.name, number) for number in range(topic.partitions)]


async def from_beginning(_places: frozenset[TopicPartition]) -> Positions:
    """A listener that knows no positions."""
    return {}


@asynccontextmanager
async def subscribed(
    log: EventLog, group: str, *, member: str, topic: Topic = MANY, view: View | None = None
) -> AsyncIterator[Subscription]:
    """A member that leaves at the end of the block."""
    listener = view.assigned if view else from_beginning
    subscription = await log.subscribe(group, [topic], member=member, on_assigned=listener)
    try:
        yield subscription
    finally:
        await subscription.stop()


class ContractPart:
    """A part of the contract; whoever inherits it gives the fixture `open_log`."""

    @pytest.fixture
    async def log(self, open_log: OpenLog) -> EventLog:
        """A client of a log that has the topics."""
        log = await open_log()
        await log.ensure_topics(TOPICS)
        return log

    @pytest.fixture
    def group(self) -> str:
        """A group of this test's own."""
        return f"group-{uuid.uuid4().hex[:8]}"
