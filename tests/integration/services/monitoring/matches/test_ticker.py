"""The ticker: appends nothing while nothing is due, and never a tick before the one before it was applied."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.monitoring_steps import Tick, decode_step_record
from libs.contracts.paths import MONITORING
from libs.contracts.times import EPOCH
from libs.contracts.topics import MONITORING_STEPS
from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.projections.passed import enter_model
from services.monitoring.matches.model import MATCHES_MODEL
from services.monitoring.matches.ticker import Ticker
from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.consumers import ensure_begun
from tests.support.waiting import eventually

PARTITION = 3


class CountingDatabase:
    """The projector's database, which counts how often the ticker looks."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.looks = 0

    def __getattr__(self, name: str) -> object:
        self.looks += name == "transaction"
        return getattr(self._db, name)


@pytest.fixture
async def db(log: MemoryEventLog, projector_db: Database) -> CountingDatabase:
    """The database, in which all consumers have begun and the gate has passed ten seconds."""
    for consumer in SERVICE.consumers(MonitoringSettings()):
        await ensure_begun(projector_db, log, consumer)
    async with projector_db.transaction() as conn:
        await conn.execute("UPDATE monitoring.gate_positions SET as_of = $1", EPOCH + timedelta(seconds=10))
    return CountingDatabase(projector_db)


@asynccontextmanager
async def ticking(log: MemoryEventLog, db: Any) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    task = asyncio.create_task(Ticker(1).run(log, db, stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


async def looked(db: CountingDatabase) -> None:
    """Return when the ticker has looked ten times more."""
    seen = db.looks
    await eventually(lambda: db.looks > seen + 10)


async def let_be_due(db: Database, due_ms: int) -> None:
    async with db.transaction() as conn:
        await enter_model(conn, MONITORING, MATCHES_MODEL)
        await conn.execute(
            "INSERT INTO keys (tenant_id, definition_id, match_key, partition, waits, is_open, due_ms, state)"
            " VALUES ('acme', 1, $1, $2, true, true, $3, '')",
            *(f"key due at {due_ms}", PARTITION, due_ms),
        )


async def ticks(log: MemoryEventLog) -> list[tuple[int, Tick]]:
    """The ticks in the log, each with its partition."""
    found = []
    reader = await log.reader(await log.beginning_offsets([MONITORING_STEPS]))
    ends = await log.end_offsets([MONITORING_STEPS])
    while any(reader.positions[place] < end for place, end in ends.items()):
        for record in await reader.poll(timeout_s=1.0, max_records=100):
            body = decode_step_record(record.value)
            assert isinstance(body, Tick)
            found.append((record.partition, body))
    await reader.stop()
    return found


async def test_a_tick_is_appended_when_something_is_due_and_once_until_it_is_applied(
    log: MemoryEventLog, db: CountingDatabase, projector_db: Database
) -> None:
    async with ticking(log, db):
        await let_be_due(projector_db, 10_001)
        await looked(db)
        assert await ticks(log) == []
        await let_be_due(projector_db, 10_000)
        await looked(db)
        assert await ticks(log) == [(PARTITION, Tick(as_of=10_000))]
