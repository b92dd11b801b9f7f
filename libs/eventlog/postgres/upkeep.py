"""Upkeep that keeps the PostgreSQL log from growing for ever: retention by accept time, and compaction by key.

One process does it at a time, in short transactions that readers and appenders never wait for. Retention removes whole
beginnings, so every partition stays without gaps at its front and `beginning_offset` says where it starts; compaction
never removes a partition's very last record, so that reading to the end always arrives there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

from libs.background.loops import Periodic
from libs.contracts.times import DAY_MS, current_ms
from libs.eventlog.postgres.statements import SQL
from libs.pg.database import Connection, Database
from libs.pg.errors import DatabaseUnavailable, is_transient
from libs.pg.locks import advisory_key

_LOCK = advisory_key("waymark.log.upkeep")
_LONGEST_ROUND_S = 600.0


@dataclass(frozen=True, slots=True)
class UpkeepSettings:
    """The interval and the step size of rounds, and the time that a tombstone stays for readers to see it."""

    interval_s: float = 60.0
    retention_step_records: int = 5_000
    compact_after_records: int = 10_000
    tombstone_delay_ms: int = DAY_MS


class Upkeep(Periodic):
    """One process's rounds of upkeep; `run_once` runs one."""

    def __init__(self, db: Database, settings: UpkeepSettings, *, now_ms: Callable[[], int] = current_ms) -> None:
        super().__init__(
            "log upkeep", settings.interval_s, self._run_if_possible, longest_round_s=_LONGEST_ROUND_S, grace_s=0
        )
        self._db = db
        self._settings = settings
        self._now_ms = now_ms

    async def run_once(self) -> None:
        """Delete and compact what is due, unless another process is at it. Raises DatabaseUnavailable."""
        async with self._db.acquire() as conn:
            if not await conn.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                return
            for topic_id, partition, retention_ms in await conn.fetch(SQL.retained):
                await self._retain(conn, topic_id, partition, self._now_ms() - retention_ms)
            for topic_id, partition, end in await conn.fetch(SQL.compactable, self._settings.compact_after_records):
                await self._compact(conn, topic_id, partition, end)

    async def _run_if_possible(self) -> None:
        try:
            await self.run_once()
        except (DatabaseUnavailable, asyncpg.PostgresError) as error:
            if not is_transient(error):
                raise

    async def _retain(self, conn: Connection, topic_id: int, partition: int, keep_from_ms: int) -> None:
        """Drop the beginning up to the first record young enough, step by step."""
        step = self._settings.retention_step_records
        while True:
            async with conn.transaction():
                beginning = await conn.fetchval(SQL.oldest, topic_id, partition, keep_from_ms, step)
                deleted = 0
                if beginning is not None:
                    status = await conn.execute(SQL.delete_before, topic_id, partition, beginning)
                    deleted = int(status.split()[-1])
                if deleted:
                    await conn.execute(SQL.begin_at, topic_id, partition, beginning)
            if deleted < step:
                return

    async def _compact(self, conn: Connection, topic_id: int, partition: int, end: int) -> None:
        oldest_tombstone_ms = self._now_ms() - self._settings.tombstone_delay_ms
        async with conn.transaction():
            await conn.execute(SQL.compact, topic_id, partition, end, oldest_tombstone_ms)
            await conn.execute(SQL.note_compacted, topic_id, partition, end)
