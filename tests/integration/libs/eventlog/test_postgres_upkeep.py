"""Retention and compaction of the PostgreSQL log: what goes, what stays, and that readers never get stuck on gaps."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from libs.contracts.topics import Topic
from libs.eventlog.port import Record, TopicPartition
from libs.eventlog.postgres.log import PostgresEventLog, PostgresLogSettings
from libs.eventlog.postgres.upkeep import _LOCK, Upkeep, UpkeepSettings

HISTORY = Topic("history", key="k", description="d", partitions=1, retention_ms=1_000)
LATEST = Topic("latest", key="k", description="d", partitions=1, compacted=True)
SETTINGS = UpkeepSettings(retention_step_records=3, compact_after_records=1, tombstone_delay_ms=1_000)


@pytest.fixture
async def log(database_url: str) -> AsyncIterator[PostgresEventLog]:
    log = PostgresEventLog(database_url, PostgresLogSettings(maintain=False))
    await log.start()
    await log.ensure_topics([HISTORY, LATEST])
    yield log
    await log.stop()


def upkeep(log: PostgresEventLog, *, now_ms: int, settings: UpkeepSettings = SETTINGS) -> Upkeep:
    return Upkeep(log._running.db, settings, now_ms=lambda: now_ms)


async def append(log: PostgresEventLog, topic: Topic, *records: tuple[str, bytes | None, int]) -> None:
    await log.append([Record(topic.name, key, value, (), at) for key, value, at in records])


async def kept(log: PostgresEventLog, topic: Topic, position: int = 0) -> list[int]:
    """The offsets a reader from `position` gets, having arrived at the topic's end."""
    place = TopicPartition(topic.name, 0)
    reader = await log.reader({place: position})
    records = list(await reader.poll(timeout_s=0, max_records=100))
    end = (await log.end_offsets([topic]))[place]
    async with asyncio.timeout(5):
        while reader.positions[place] < end:
            records += await reader.poll(timeout_s=0, max_records=100)
    return [one.offset for one in records]


async def test_retention_removes_what_is_older_and_moves_the_beginning(log: PostgresEventLog) -> None:
    await append(log, HISTORY, *((f"k{n}", b"v", n * 100) for n in range(10)))
    await upkeep(log, now_ms=1_750).run_once()
    assert await kept(log, HISTORY) == [8, 9]
    assert (await log.beginning_offsets([HISTORY])) == {TopicPartition("history", 0): 8}
    assert (await log.end_offsets([HISTORY])) == {TopicPartition("history", 0): 10}


async def test_retention_stops_at_the_first_record_that_is_young_enough(log: PostgresEventLog) -> None:
    await append(log, HISTORY, ("a", b"v", 100), ("b", b"v", 5_000), ("c", b"v", 100))
    await upkeep(log, now_ms=5_500).run_once()
    assert await kept(log, HISTORY) == [1, 2]


async def test_retention_of_everything_begins_at_the_end(log: PostgresEventLog) -> None:
    await append(log, HISTORY, *((f"k{n}", b"v", n) for n in range(7)))
    await upkeep(log, now_ms=100_000).run_once()
    assert (await log.beginning_offsets([HISTORY])) == {TopicPartition("history", 0): 7}
    assert await kept(log, HISTORY) == []
    await append(log, HISTORY, ("later", b"v", 100_000))
    assert await kept(log, HISTORY, 7) == [7]


async def test_a_topic_without_retention_keeps_everything(log: PostgresEventLog) -> None:
    await log.ensure_topics([replace(HISTORY, retention_ms=None)])
    await append(log, HISTORY, ("a", b"v", 0))
    await upkeep(log, now_ms=10**15).run_once()
    assert await kept(log, HISTORY) == [0]


async def test_compaction_keeps_the_last_record_of_each_key(log: PostgresEventLog) -> None:
    await append(log, LATEST, ("a", b"1", 0), ("b", b"1", 0), ("a", b"2", 0), ("c", b"1", 0), ("a", b"3", 0))
    await upkeep(log, now_ms=0).run_once()
    assert await kept(log, LATEST) == [1, 3, 4]
    assert (await log.end_offsets([LATEST])) == {TopicPartition("latest", 0): 5}


async def test_tombstones_go_after_their_delay(log: PostgresEventLog) -> None:
    await append(log, LATEST, ("a", b"1", 0), ("a", None, 500), ("b", b"1", 500))
    await upkeep(log, now_ms=1_000).run_once()
    assert await kept(log, LATEST) == [1, 2]
    await append(log, LATEST, ("c", b"1", 2_000))
    await upkeep(log, now_ms=2_000).run_once()
    assert await kept(log, LATEST) == [2, 3]


async def test_a_tombstone_at_the_end_stays_so_that_the_end_can_be_reached(log: PostgresEventLog) -> None:
    await append(log, LATEST, ("a", b"1", 0), ("a", None, 0))
    await upkeep(log, now_ms=100_000).run_once()
    assert await kept(log, LATEST) == [1]


async def test_a_partition_is_compacted_again_only_when_it_has_grown(log: PostgresEventLog) -> None:
    settings = replace(SETTINGS, compact_after_records=3)
    await append(log, LATEST, ("a", b"1", 0), ("a", b"2", 0), ("a", b"3", 0))
    await upkeep(log, now_ms=0, settings=settings).run_once()
    await append(log, LATEST, ("a", b"4", 0), ("a", b"5", 0))
    await upkeep(log, now_ms=0, settings=settings).run_once()
    assert await kept(log, LATEST) == [2, 3, 4]


async def test_only_one_process_keeps_house(log: PostgresEventLog) -> None:
    await append(log, HISTORY, ("a", b"v", 0))
    async with log._running.db.acquire() as conn:
        await conn.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await upkeep(log, now_ms=10_000).run_once()
        assert await kept(log, HISTORY) == [0]
    await upkeep(log, now_ms=10_000).run_once()
    assert await kept(log, HISTORY) == []
