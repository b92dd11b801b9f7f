"""Work that is longer than a transaction may be idle."""

from __future__ import annotations

import time

import pytest

from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from libs.projections.long_work import LongWork

_IDLE_MS = 600
_PART_S = 0.1


@pytest.fixture
async def database(database_url: str) -> Database:
    """A pool on an empty database."""
    return await Database.connect(database_url, role=None, application_name="tests")


async def work(database: Database, *, pausing: bool) -> int:
    """Keep the processor busy within a transaction for longer than it may be idle."""
    async with database.transaction() as conn:
        await conn.execute(f"SET LOCAL idle_in_transaction_session_timeout = {_IDLE_MS}")
        long_work = LongWork(conn)
        for _ in range(15):
            until = time.monotonic() + _PART_S
            while time.monotonic() < until:
                pass
            if pausing:
                await long_work.pause()
        found: int = await conn.fetchval("SELECT 1")
        return found


async def test_it_is_not_ended_while_it_says_that_it_works(database: Database) -> None:
    async with database:
        assert await work(database, pausing=True) == 1


async def test_without_that_it_is_ended(database: Database) -> None:
    async with database:
        with pytest.raises(DatabaseUnavailable):
            await work(database, pausing=False)
