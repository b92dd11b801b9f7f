"""Ticks say how far time has passed, where something is due and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from libs.background.loops import Loop
from libs.contracts.monitoring_steps import Tick, decode_step_record
from libs.contracts.paths import MONITORING
from libs.contracts.topics import MONITORING_STEPS
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import TopicPartition
from libs.pg.database import Database
from services.monitoring.matches.model import MATCHES_MODEL
from services.monitoring.matches.ticker import Ticker
from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.consumers import ensure_begun
from tests.support.monitoring.matches import MatchesWorld
from tests.support.waiting import eventually

TICK_MS = 5
NOW_MS = 1_800_000_000_000


@pytest.fixture
async def begun(world: MatchesWorld) -> MatchesWorld:
    """Every consumer has begun; the gate has forwarded what was accepted until `NOW_MS`."""
    await ensure_begun(world.projector, world.log, *SERVICE.consumers(MonitoringSettings(database_url=world.url)))
    await gate_has_passed(world, NOW_MS)
    return world


async def gate_has_passed(world: MatchesWorld, as_of_ms: int) -> None:
    async with world.projector.transaction() as conn:
        await conn.execute(
            "UPDATE monitoring.gate_positions SET as_of = to_timestamp($1::double precision / 1000)", as_of_ms
        )


async def waits(world: MatchesWorld, partition: int, due_ms: int, *, match_key: str = "k") -> None:
    """Let something happen to a key at an instant."""
    async with world.projector.transaction() as conn:
        await conn.execute(
            f"INSERT INTO {world.schema}.keys VALUES ('acme', 1, $1, $2, true, $3, '')",
            *(match_key, partition, due_ms),
        )


async def applied(world: MatchesWorld, partition: int, next_offset: int, clock_ms: int) -> None:
    """Let the matches have read a partition up to an offset, with its clock at an instant."""
    async with world.projector.transaction() as conn:
        await conn.execute(
            f"UPDATE {world.schema}.positions SET next_offset = $2 WHERE partition = $1", partition, next_offset
        )
        await conn.execute(
            f"INSERT INTO {world.schema}.clocks VALUES ($1, $2)"
            " ON CONFLICT (partition) DO UPDATE SET clock_ms = EXCLUDED.clock_ms",
            *(partition, clock_ms),
        )


def ticks(world: MatchesWorld) -> dict[int, list[int]]:
    """The ticks in the log, by partition."""
    assert isinstance(world.log, MemoryEventLog)
    found: dict[int, list[int]] = {}
    for number in range(MONITORING_STEPS.partitions):
        for record in world.log.broker.partitions[TopicPartition(MONITORING_STEPS.name, number)].records:
            body = decode_step_record(record.value)
            assert isinstance(body, Tick)
            found.setdefault(number, []).append(body.as_of)
    return found


class CountingDatabase:
    """The projector's database, which counts how often a ticker looks."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.looks = 0

    def __getattr__(self, name: str) -> object:
        self.looks += name == "transaction"
        return getattr(self._db, name)

    async def has_looked(self) -> None:
        """Return when the ticker has looked some times more."""
        seen = self.looks
        await eventually(lambda: self.looks > seen + 4)


@asynccontextmanager
async def ticking(world: MatchesWorld, *, tick_ms: int = TICK_MS) -> AsyncIterator[CountingDatabase]:
    db: Any = CountingDatabase(world.projector)
    loop = Loop("ticker", lambda stopping: Ticker(tick_ms).run(world.log, db, stopping))
    await loop.start()
    try:
        yield db
    finally:
        await loop.stop()
    loop.raise_failure()


async def test_where_nothing_is_due_no_tick_is_appended(begun: MatchesWorld) -> None:
    await waits(begun, 2, NOW_MS + 1)
    async with ticking(begun) as db:
        await db.has_looked()
    assert ticks(begun) == {}


async def test_a_partition_in_which_something_is_due_gets_one_tick_until_it_is_applied(begun: MatchesWorld) -> None:
    await waits(begun, 2, NOW_MS)
    async with ticking(begun) as db:
        await eventually(lambda: ticks(begun))
        await db.has_looked()
    assert ticks(begun) == {2: [NOW_MS]}


async def test_matches_of_another_log_get_no_ticks_until_they_are_built_anew(begun: MatchesWorld) -> None:
    await waits(begun, 2, NOW_MS)
    await are_built_from(begun, "another")
    async with ticking(begun) as db:
        await db.has_looked()
        assert ticks(begun) == {}
        await are_built_from(begun, await begun.log.identity())
        await eventually(lambda: ticks(begun) == {2: [NOW_MS]})


async def are_built_from(world: MatchesWorld, log_id: str) -> None:
    async with world.projector.transaction() as conn:
        await conn.execute(
            "UPDATE projections.generations SET log_id = $1 WHERE service = $2 AND name = $3",
            *(log_id, MONITORING, MATCHES_MODEL),
        )


async def test_time_that_the_clock_has_reached_is_not_told_again(begun: MatchesWorld) -> None:
    await waits(begun, 2, NOW_MS)
    async with ticking(begun) as db:
        await eventually(lambda: ticks(begun))
        async with begun.projector.transaction() as conn:
            await conn.execute(f"UPDATE {begun.schema}.keys SET due_ms = $1", NOW_MS + 1_000)
        await applied(begun, 2, 1, NOW_MS)
        await db.has_looked()
        assert ticks(begun) == {2: [NOW_MS]}
        await gate_has_passed(begun, NOW_MS + 1_500)
        await eventually(lambda: ticks(begun) == {2: [NOW_MS, NOW_MS + 1_500]})


async def test_while_keys_are_left_that_are_due_ticks_follow_at_once(begun: MatchesWorld) -> None:
    await waits(begun, 0, NOW_MS)
    async with ticking(begun, tick_ms=3_000):
        await eventually(lambda: ticks(begun))
        for count in range(1, 6):
            await applied(begun, 0, count, NOW_MS)
            await eventually(partial(_are_more_than, begun, count), timeout_s=10.0 if count == 1 else 2.0)
    assert set(ticks(begun)[0]) == {NOW_MS}


def _are_more_than(world: MatchesWorld, count: int) -> bool:
    return len(ticks(world)[0]) > count


async def test_of_two_tickers_one_works(begun: MatchesWorld) -> None:
    async with ticking(begun) as one, ticking(begun) as other:
        for count in range(4):
            await waits(begun, count, NOW_MS, match_key=f"k{count}")
        seen = one.looks + other.looks
        await eventually(lambda: one.looks + other.looks > seen + 4)
        assert 0 in (one.looks, other.looks)
        # Here, as the other one works once the first has stopped.
        assert ticks(begun) == {number: [NOW_MS] for number in range(4)}
