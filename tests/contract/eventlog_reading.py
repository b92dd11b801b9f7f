"""A reader: where it begins, what a poll returns, and what ends one."""

import asyncio

from libs.eventlog.port import (
    EventLog,
    TopicPartition,
)
from tests.support.eventlog import MANY, ONE, ContractPart, OpenLog, all_partitions, places, read, record


class ReadingContract(ContractPart):
    """Readers, which belong to no group."""

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

    async def test_a_poll_returns_at_most_what_was_asked_for_from_all_partitions_together(self, log: EventLog) -> None:
        await log.append([record(f"k{n}", topic=MANY) for n in range(40)])
        reader = await log.reader(dict.fromkeys(all_partitions(MANY), 0))
        found: list[tuple[int, int]] = []
        async with asyncio.timeout(20):
            while len(found) < 40:
                records = await reader.poll(timeout_s=1, max_records=3)
                assert len(records) <= 3
                found += [(one.partition, one.offset) for one in records]
        assert len(set(found)) == 40
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
