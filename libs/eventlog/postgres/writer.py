"""The connection that appends, and what may be said of a batch when it breaks.

A few records are appended by one statement, which is a transaction of its own: one way to the server and back. More are
copied, in a transaction. A batch is acknowledged after its commit answered. A connection lost in the middle of a single
statement or of COMMIT leaves the batch unknown; lost before, it is refused, for nothing uncommitted remains.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

import asyncpg

from libs.eventlog.errors import AppendFailed
from libs.eventlog.port import Appended
from libs.eventlog.postgres.rows import RECORD_COLUMNS, EncodedRecord, count_by_partition, places_of, record_values
from libs.eventlog.postgres.schema import LOG_ROLE
from libs.eventlog.postgres.statements import PLANNED_ONCE, SQL
from libs.pg.columns import keyed_columns
from libs.pg.database import Connection, startup_settings
from libs.pg.errors import is_unavailable

_Raw: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
_FEW_RECORDS, _FEW_BYTES = 32, 262_144


async def append_encoded(conn: Connection, records: Sequence[EncodedRecord]) -> list[Appended]:
    """Append inside the connection's transaction; where each record will lie when it commits."""
    counts = count_by_partition(records)
    found = await conn.fetch(SQL.make_room, *keyed_columns(counts.items()))
    places = places_of(records, {(topic_id, partition): first for topic_id, partition, first in found})
    rows = [(*record_values(record), place.offset) for record, place in zip(records, places, strict=True)]
    await conn.copy_records_to_table("records", schema_name="log", columns=RECORD_COLUMNS, records=rows)
    return places


async def append_at_once(conn: Connection, records: Sequence[EncodedRecord]) -> list[Appended]:
    """Append and commit by one statement; return where each record lies."""
    counts = count_by_partition(records)
    columns = zip(*(record_values(record) for record in records), strict=True)
    found = await conn.fetch(SQL.append, *columns, *keyed_columns(counts.items()))
    return places_of(records, {(topic_id, partition): first for topic_id, partition, first in found})


class Writer:
    """One connection, opened when needed and again after it was lost. One caller at a time."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._conn: _Raw | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the connection is gone; the next write tries a new one."""
        return self._conn is None or self._conn.is_closed()

    def close(self) -> None:
        """Cut the connection; idempotent."""
        if self._conn is not None:
            self._conn.terminate()
            self._conn = None

    async def write(self, records: Sequence[EncodedRecord]) -> list[Appended]:
        """Return one transaction. Raises AppendFailed for all of them together."""
        conn = await self._connected()
        # Cutting is the one way out that needs nothing from a server that no longer answers; cancelling would wait.
        watchdog = asyncio.get_running_loop().call_later(self._timeout_s, conn.terminate)
        try:
            return await (self._write_few(conn, records) if _are_few(records) else self._copy(conn, records))
        finally:
            watchdog.cancel()

    async def _write_few(self, conn: _Raw, records: Sequence[EncodedRecord]) -> list[Appended]:
        try:
            return await append_at_once(conn, records)
        except _FAILURES as error:
            raise await self._failed(conn, error, committing=True) from error

    async def _copy(self, conn: _Raw, records: Sequence[EncodedRecord]) -> list[Appended]:
        transaction = conn.transaction()
        committing = False
        try:
            await transaction.start()
            places = await append_encoded(conn, records)
            committing = True
            await transaction.commit()
        except _FAILURES as error:
            raise await self._failed(conn, error, committing=committing) from error
        return places

    async def _connected(self) -> _Raw:
        if self._conn is not None and not self._conn.is_closed():
            return self._conn
        settings = {**startup_settings(role=LOG_ROLE, application_name="waymark-log-writer"), **PLANNED_ONCE}
        try:
            self._conn = await asyncpg.connect(self._url, timeout=self._timeout_s, server_settings=settings)
        except (*_FAILURES, TimeoutError) as error:
            raise AppendFailed(f"the log's database does not answer: {error}", unknown=False) from error
        return self._conn

    async def _failed(self, conn: _Raw, error: Exception, *, committing: bool) -> AppendFailed:
        if is_unavailable(error) or conn.is_closed():
            self.close()
            return AppendFailed(f"the connection to the log's database was lost: {error}", unknown=committing)
        if not committing:
            await self._roll_back(conn)
        return AppendFailed(f"the database refused the batch: {error}", unknown=False)

    async def _roll_back(self, conn: _Raw) -> None:
        try:
            await conn.execute("ROLLBACK")
        except _FAILURES:
            self.close()


def _are_few(records: Sequence[EncodedRecord]) -> bool:
    return len(records) <= _FEW_RECORDS and sum(record.size for record in records) <= _FEW_BYTES
