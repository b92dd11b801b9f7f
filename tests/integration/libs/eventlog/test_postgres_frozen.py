"""The PostgreSQL log while its server is frozen, which unlike a dead one ends no connection: said, and used again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import psutil
import pytest

from libs.contracts.topics import Topic
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import Positions, Record, StoredRecord, TopicPartition
from libs.eventlog.postgres.log import PostgresEventLog, PostgresLogSettings
from libs.eventlog.replica import Replica
from libs.pg.embedded import EmbeddedPostgres
from tests.support.postgres import LASTING_SETTINGS, embedded_server
from tests.support.waiting import eventually

TOPIC = Topic("frozen.things", key="", description="", partitions=1)
SETTINGS = PostgresLogSettings(answer_timeout_s=0.5)
PATIENCE_S = 20.0


@contextmanager
def frozen(server: EmbeddedPostgres) -> Iterator[None]:
    """Every process of the server stands still during the block."""
    postmaster = psutil.Process(server.pid)
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    with embedded_server(settings=LASTING_SETTINGS) as running:
        yield running


@pytest.fixture
async def log(server: EmbeddedPostgres) -> AsyncIterator[PostgresEventLog]:
    log = PostgresEventLog(server.url, SETTINGS)
    await log.start()
    await log.ensure_topics([TOPIC])
    yield log
    await log.stop()


async def append(log: PostgresEventLog, key: str) -> None:
    [outcome] = await log.append([Record(TOPIC.name, key, b"{}", (), 1)])
    assert not isinstance(outcome, Exception)


async def test_a_reader_and_a_member_say_so_and_go_on(server: EmbeddedPostgres, log: PostgresEventLog) -> None:
    async def from_beginning(places: frozenset[TopicPartition]) -> Positions:
        return dict.fromkeys(places, 0)

    await append(log, "a")
    reader = await log.reader({TopicPartition(TOPIC.name, 0): 0})
    member = await log.subscribe("g", [TOPIC], member="one", on_assigned=from_beginning)
    for source in (reader, member):
        assert [record.key for record in await source.poll(timeout_s=5.0, max_records=9)] == ["a"]
    with frozen(server):
        for source in (reader, member):
            with pytest.raises(LogUnavailable):
                await asyncio.wait_for(source.poll(timeout_s=PATIENCE_S, max_records=9), PATIENCE_S)
        with pytest.raises(LogUnavailable):
            await asyncio.wait_for(log.end_offsets([TOPIC]), PATIENCE_S)
    await eventually(lambda: _is_appended(log, "b"))
    for source in (reader, member):
        assert [record.key for record in await source.poll(timeout_s=5.0, max_records=9)] == ["b"]


async def test_a_replica_goes_on_by_itself(server: EmbeddedPostgres, log: PostgresEventLog) -> None:
    seen: list[str | None] = []

    def note(record: StoredRecord) -> None:
        seen.append(record.key)

    await append(log, "a")
    replica = Replica(log, TOPIC, note)
    await replica.start()
    with frozen(server), pytest.raises(LogUnavailable):
        await asyncio.wait_for(replica.catch_up(timeout_s=1.0), PATIENCE_S)
    await eventually(lambda: _is_appended(log, "b"))
    await eventually(lambda: seen == ["a", "b"])
    await replica.stop()


async def test_stopping_ends_while_it_is_frozen(server: EmbeddedPostgres) -> None:
    log = PostgresEventLog(server.url, SETTINGS)
    await log.start()
    with frozen(server):
        await asyncio.wait_for(log.stop(), PATIENCE_S)


async def _is_appended(log: PostgresEventLog, key: str) -> bool:
    [outcome] = await log.append([Record(TOPIC.name, key, b"{}", (), 1)])
    return not isinstance(outcome, Exception)
