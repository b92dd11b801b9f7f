"""What every implementation of the log does, written once.

An implementation inherits `EventLogContract` and gives it the fixture `open_log`: a coroutine function that returns
one more started client of the same, otherwise empty log. Clients are stopped at the test's end by the fixture. Where
session timeouts can be set, `open_log` sets them short (a few seconds).
"""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec
import pytest

from libs.contracts.topics import MAX_RECORD_BYTES, Topic
from libs.eventlog.errors import AppendFailed, LogMismatch, LogUnavailable
from libs.eventlog.partitioner import partition_of
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


class EventLogContract:
    """Inherit, and define the fixture `open_log`."""

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

    # --- append and read back ---

    async def test_offsets_of_a_partition_follow_each_other(self, log: EventLog) -> None:
        first = places(await log.append([record(f"k{n}") for n in range(3)]))
        second = places(await log.append([record("k")]))
        assert [place.offset for place in first + second] == [0, 1, 2, 3]
        assert {(place.topic, place.partition) for place in first} == {(ONE.name, 0)}

    async def test_a_key_goes_to_the_partition_kafka_would_choose(self, log: EventLog) -> None:
        keys = [f"tenant:{n}" for n in range(40)] + ["", "ä€", "x" * 200]
        outcomes = places(await log.append([record(key, topic=MANY) for key in keys]))
        assert [place.partition for place in outcomes] == [partition_of(key, 6) for key in keys]

    async def test_records_of_a_key_stay_in_order(self, log: EventLog) -> None:
        await log.append([record(f"k{n % 7}", str(n).encode(), topic=MANY) for n in range(200)])
        stored = await read_topic(log, MANY)
        for key in {one.key for one in stored}:
            values = [int(one.value or b"") for one in stored if one.key == key]
            assert values == sorted(values)
        assert len(stored) == 200

    async def test_a_record_comes_back_as_it_was(self, log: EventLog) -> None:
        sent = [
            record("a", b"{}", headers=(("ce_id", b"1"), ("twice", b"x"), ("twice", b"y"), ("empty", b""))),
            record("b", b""),
            record("c", bytes(range(256)), timestamp_ms=1_600_000_000_123),
            record("ключ", b"v", headers=(("name-ü", "ü".encode()),)),
        ]
        await log.append(sent)
        stored = await read_topic(log, ONE)
        assert [Record(one.topic, one.key or "", one.value, one.headers, one.timestamp_ms) for one in stored] == sent
        assert [one.offset for one in stored] == [0, 1, 2, 3]

    async def test_a_tombstone_is_not_an_empty_value(self, log: EventLog) -> None:
        await log.append([record("a", b"", topic=LATEST), record("b", None, topic=LATEST)])
        assert [one.value for one in await read_topic(log, LATEST)] == [b"", None]

    async def test_a_large_record_comes_back(self, log: EventLog) -> None:
        value = bytes(range(256)) * ((MAX_RECORD_BYTES - ROOM_FOR_OVERHEAD) // 256)
        places(await log.append([record("large", value)]))
        assert [one.value for one in await read_topic(log, ONE)] == [value]

    async def test_an_oversize_record_fails_alone(self, log: EventLog) -> None:
        batch = [record("a", b"1"), record("b", b"x" * (MAX_RECORD_BYTES + 1)), record("c", b"3")]
        outcomes = await log.append(batch)
        refused = outcomes[1]
        assert isinstance(refused, AppendFailed)
        assert not refused.unknown
        places([outcomes[0], outcomes[2]])
        assert [one.value for one in await read_topic(log, ONE)] == [b"1", b"3"]

    async def test_a_record_for_an_unknown_topic_fails_alone(self, log: EventLog) -> None:
        outcomes = await log.append([msgspec.structs.replace(record(), topic="contract.absent"), record()])
        refused = outcomes[0]
        assert isinstance(refused, AppendFailed)
        assert not refused.unknown
        places(outcomes[1:])

    async def test_appending_nothing_is_allowed(self, log: EventLog) -> None:
        assert list(await log.append([])) == []

    async def test_many_tasks_append_at_once(self, log: EventLog) -> None:
        async def send(task: int) -> list[Appended]:
            batches = [
                [record(f"t{task}", f"{task}:{n}".encode(), topic=MANY) for n in (2 * m, 2 * m + 1)] for m in range(5)
            ]
            return [place for batch in batches for place in places(await log.append(batch))]

        outcomes = await asyncio.gather(*(send(task) for task in range(50)))
        stored = {(one.topic_partition, one.offset): one.value for one in await read_topic(log, MANY)}
        assert len(stored) == 500
        for task, appended in enumerate(outcomes):
            found = [stored[TopicPartition(place.topic, place.partition), place.offset] for place in appended]
            assert found == [f"{task}:{n}".encode() for n in range(10)]

    async def test_what_one_client_appends_another_reads(self, log: EventLog, open_log: OpenLog) -> None:
        other = await open_log()
        await log.append([record("a", b"1")])
        assert [one.value for one in await read_topic(other, ONE)] == [b"1"]

    # --- offsets ---

    async def test_an_empty_topic_begins_and_ends_at_zero(self, log: EventLog) -> None:
        expected = dict.fromkeys(all_partitions(MANY) + all_partitions(ONE), 0)
        assert dict(await log.beginning_offsets([MANY, ONE])) == expected
        assert dict(await log.end_offsets([MANY, ONE])) == expected

    async def test_the_end_is_the_next_offset(self, log: EventLog) -> None:
        await log.append([record() for _ in range(3)])
        assert dict(await log.end_offsets([ONE])) == {TopicPartition(ONE.name, 0): 3}
        assert dict(await log.beginning_offsets([ONE])) == {TopicPartition(ONE.name, 0): 0}

    # --- reader ---

    async def test_a_reader_begins_where_told(self, log: EventLog) -> None:
        await log.append([record("k", str(n).encode()) for n in range(5)])
        reader = await log.reader({TopicPartition(ONE.name, 0): 3})
        assert [one.value for one in await read(reader, 2)] == [b"3", b"4"]
        assert dict(reader.positions) == {TopicPartition(ONE.name, 0): 5}
        await reader.stop()

    async def test_a_reader_reads_several_partitions_and_no_others(self, log: EventLog) -> None:
        outcomes = places(await log.append([record(f"k{n}", topic=MANY) for n in range(60)]))
        wanted = {TopicPartition(MANY.name, 1): 0, TopicPartition(MANY.name, 4): 2}
        expected = sorted(
            (place.partition, place.offset)
            for place in outcomes
            if (position := wanted.get(TopicPartition(place.topic, place.partition))) is not None
            and place.offset >= position
        )
        reader = await log.reader(wanted)
        found = [(one.partition, one.offset) for one in await read(reader, len(expected), max_records=7)]
        assert sorted(found) == expected
        assert [place for place in found if place[0] == 4] == [place for place in expected if place[0] == 4]
        assert not await reader.poll(timeout_s=0.1, max_records=10)
        await reader.stop()

    async def test_a_poll_returns_at_most_what_was_asked_for(self, log: EventLog) -> None:
        await log.append([record("k", str(n).encode()) for n in range(25)])
        reader = await log.reader({TopicPartition(ONE.name, 0): 0})
        values: list[bytes | None] = []
        async with asyncio.timeout(20):
            while len(values) < 25:
                records = await reader.poll(timeout_s=1, max_records=10)
                assert len(records) <= 10
                values += [one.value for one in records]
        assert values == [str(n).encode() for n in range(25)]
        await reader.stop()

    async def test_a_poll_that_waits_is_woken_by_an_append(self, log: EventLog, open_log: OpenLog) -> None:
        reader = await log.reader({TopicPartition(ONE.name, 0): 0})
        waiting = asyncio.create_task(reader.poll(timeout_s=20, max_records=10))
        await (await open_log()).append([record("late")])
        async with asyncio.timeout(10):
            assert [one.key for one in await waiting] == ["late"]
        await reader.stop()

    async def test_a_poll_ends_when_its_reader_is_stopped(self, log: EventLog) -> None:
        reader = await log.reader({TopicPartition(ONE.name, 0): 0})
        waiting = asyncio.create_task(reader.poll(timeout_s=20, max_records=10))
        await asyncio.sleep(0)
        await reader.stop()
        await reader.stop()
        async with asyncio.timeout(10):
            assert not await waiting

    # --- groups ---

    async def test_a_member_starts_where_its_listener_says(self, log: EventLog, group: str) -> None:
        await log.append([record("k", str(n).encode()) for n in range(5)])
        view = View()
        view.positions[TopicPartition(ONE.name, 0)] = 3
        async with subscribed(log, group, member="a", topic=ONE, view=view) as member:
            assert [one.value for one in await read(member, 2)] == [b"3", b"4"]

    async def test_a_member_without_a_position_starts_at_the_beginning(self, log: EventLog, group: str) -> None:
        await log.append([record("k", b"0")])
        async with subscribed(log, group, member="a", topic=ONE) as member:
            assert [one.value for one in await read(member, 1)] == [b"0"]
            await log.append([record("k", b"1")])
            assert [one.value for one in await read(member, 1)] == [b"1"]
            assert member.assignment == frozenset(all_partitions(ONE))

    async def test_a_hint_does_not_move_a_later_member(self, log: EventLog, group: str) -> None:
        await log.append([record("k", b"0")])
        async with subscribed(log, group, member="a", topic=ONE) as member:
            await read(member, 1)
            await member.commit_hint({TopicPartition(ONE.name, 0): 1})
        async with subscribed(log, group, member="a", topic=ONE) as member:
            assert [one.value for one in await read(member, 1)] == [b"0"]

    async def test_groups_do_not_share(self, log: EventLog, group: str) -> None:
        await log.append([record("k", b"0")])
        for name in (group, group + "-other"):
            async with subscribed(log, name, member="a", topic=ONE) as member:
                assert [one.value for one in await read(member, 1)] == [b"0"]
                await member.commit_hint({TopicPartition(ONE.name, 0): 1})

    async def test_two_members_share_all_partitions(self, log: EventLog, open_log: OpenLog, group: str) -> None:
        other = await open_log()
        async with subscribed(log, group, member="a") as one, subscribed(other, group, member="b") as two:
            members = Members(one, two)
            await members.until(members.share_all)
            assert {len(one.assignment), len(two.assignment)} == {3}

    async def test_a_leaving_member_leaves_its_partitions_to_the_others(
        self, log: EventLog, open_log: OpenLog, group: str
    ) -> None:
        other = await open_log()
        async with subscribed(log, group, member="a") as staying:
            async with subscribed(other, group, member="b") as leaving:
                members = Members(staying, leaving)
                await members.until(members.share_all)
            rest = Members(staying)
            await rest.until(rest.share_all)

    async def test_a_restarted_member_is_back_in_its_place(self, log: EventLog, open_log: OpenLog, group: str) -> None:
        view, keys = View(), [f"k{n}" for n in range(100)]
        async with subscribed(log, group, member="a", view=view) as staying:
            async with subscribed(await open_log(), group, member="b", view=view) as stopped:
                members = Members(staying, stopped)
                await members.until(members.share_all)
            async with subscribed(await open_log(), group, member="b", view=view) as restarted:
                await log.append([record(key, topic=MANY) for key in keys])
                members = Members(staying, restarted)
                await members.until(lambda: members.share_all() and self._apply(view, members) == len(keys))

    async def test_a_rebalance_in_the_middle_of_a_batch_loses_nothing(
        self, log: EventLog, open_log: OpenLog, group: str
    ) -> None:
        view, count = View(), 300
        await log.append([record(f"k{n}", topic=MANY) for n in range(count)])
        async with subscribed(log, group, member="a", view=view) as one:
            in_hand = await read(one, 1, max_records=50)
            async with subscribed(await open_log(), group, member="b", view=view) as two:
                members = Members(one, two)
                await members.until(lambda: bool(two.assignment))
                view.apply(in_hand)
                await members.until(lambda: members.share_all() and self._apply(view, members) == count)
        assert len({(one.topic_partition, one.offset) for one in view.applied}) == count

    @staticmethod
    def _apply(view: View, members: Members) -> int:
        """Apply what the members polled; a record beyond its position waits for those before it, polled again."""
        view.apply(members.records)
        members.records.clear()
        return len(view.applied)

    # --- topics ---

    async def test_ensuring_topics_again_changes_nothing(self, log: EventLog) -> None:
        await log.append([record()])
        await log.ensure_topics(TOPICS)
        await log.check_topics(TOPICS)
        assert len(await read_topic(log, ONE)) == 1

    async def test_several_starters_may_ensure_topics_at_once(self, open_log: OpenLog) -> None:
        logs = [await open_log() for _ in range(3)]
        await asyncio.gather(*(log.ensure_topics(TOPICS) for log in logs))
        await logs[0].check_topics(TOPICS)

    async def test_a_missing_topic_is_a_mismatch(self, log: EventLog) -> None:
        with pytest.raises(LogMismatch, match=re.escape("contract.absent")):
            await log.check_topics([*TOPICS, replace(ONE, name="contract.absent")])

    async def test_other_partitions_are_a_mismatch(self, log: EventLog) -> None:
        with pytest.raises(LogMismatch, match=re.escape("contract.many")):
            await log.check_topics([replace(MANY, partitions=7)])
        with pytest.raises(LogMismatch, match=re.escape("contract.many")):
            await log.ensure_topics([replace(MANY, partitions=7)])

    async def test_another_cleanup_policy_is_a_mismatch_until_ensured(self, log: EventLog) -> None:
        changed = replace(ONE, compacted=True)
        with pytest.raises(LogMismatch, match=re.escape("contract.one")):
            await log.check_topics([changed])
        await log.ensure_topics([changed])
        await log.check_topics([changed])

    async def test_offsets_of_a_missing_topic_are_a_mismatch(self, log: EventLog) -> None:
        with pytest.raises(LogMismatch, match=re.escape("contract.absent")):
            await log.end_offsets([replace(ONE, name="contract.absent")])

    # --- life ---

    async def test_the_identity_is_the_logs_not_the_clients(self, log: EventLog, open_log: OpenLog) -> None:
        identity = await log.identity()
        assert identity
        assert await (await open_log()).identity() == identity

    async def test_stopping_twice_is_allowed_and_ends_appending(self, open_log: OpenLog) -> None:
        log = await open_log()
        await log.ensure_topics(TOPICS)
        await log.append([record()])
        await log.stop()
        await log.stop()
        with pytest.raises(LogUnavailable):
            await log.append([record()])

    async def test_stop_finishes_appends_in_hand(self, open_log: OpenLog) -> None:
        log = await open_log()
        await log.ensure_topics(TOPICS)
        in_hand = [asyncio.create_task(log.append([record("k", str(n).encode())])) for n in range(20)]
        await asyncio.sleep(0)
        await log.stop()
        outcomes = [outcome for task in in_hand for outcome in await task]
        stored = await read_topic(await open_log(), ONE)
        assert len(stored) == sum(isinstance(outcome, Appended) for outcome in outcomes) == 20
