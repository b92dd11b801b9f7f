"""A job for tests."""

from __future__ import annotations

import asyncio

from libs.background.waiting import wait_unless
from libs.eventlog.port import EventLog
from libs.pg.database import Database
from tests.support.projections import SERVICE


class Counting:
    """Counts its rounds, and fails with `error` while there is one."""

    service = SERVICE
    name = "counting"

    def __init__(self) -> None:
        self.rounds = 0
        self.error: Exception | None = None
        self.is_running = self.was_stopped = False

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        self.is_running = True
        try:
            while not stopping.is_set():
                await self._round(log, db)
                await wait_unless(stopping, 0.01)
        finally:
            self.is_running, self.was_stopped = False, stopping.is_set()

    async def _round(self, log: EventLog, db: Database) -> None:
        if self.error is not None:
            raise self.error
        async with db.transaction() as conn:
            assert await conn.fetchval("SELECT current_user") == f"waymark_{SERVICE}_projector"
        assert await log.identity()
        self.rounds += 1
