"""Reads and writes of event types and their schemas; each method is one statement of `queries.sql`.

Every statement names the tenant, and the request role's policy would keep the others out all the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import orjson

from libs.contracts.reference import EventTypeSchema, ReferenceRecord, decode_data
from libs.contracts.times import from_ms, parse_time
from libs.event_schemas.expansion import Schema
from libs.objects.kinds import OnLog
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.catalog.event_types.model import EventType, SchemaVersion

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))


class EventTypeStore:
    """One tenant's event types, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str) -> None:
        self._conn = conn
        self._tenant_id = tenant_id

    async def add(self, name: str, *, at: datetime) -> None:
        """Make sure the event type has a row; without a version it is seen by nobody."""
        await self._conn.execute(QUERIES.add_event_type, self._tenant_id, name, at)

    async def lock(self, name: str) -> EventType | None:
        """Hold the event type against other writers until the transaction ends, and return it."""
        row = await self._conn.fetchrow(QUERIES.lock_event_type, self._tenant_id, name)
        return None if row is None else _event_type(row)

    async def change(self, name: str, *, latest_version: int, archived: bool, at: datetime) -> EventType:
        """Update the event type, one revision on, and return it."""
        key = (self._tenant_id, name)
        row = await self._conn.fetchrow(QUERIES.change_event_type, *key, latest_version, archived, at)
        assert row is not None
        return _event_type(row)

    async def add_version(
        self, name: str, version: int, schema: Schema, *, forced: bool, by: str, at: datetime
    ) -> None:
        """Insert a version."""
        text = orjson.dumps(schema).decode()
        await self._conn.execute(QUERIES.add_version, self._tenant_id, name, version, text, forced, at, by)

    async def version(self, name: str, version: int | None = None) -> SchemaVersion | None:
        """Return one version, or the latest."""
        row = await self._conn.fetchrow(QUERIES.get_version, self._tenant_id, name, version)
        return None if row is None else _version(row)

    async def versions(self, name: str, *, limit: int, offset: int) -> Sequence[SchemaVersion]:
        """Return a part of the versions, newest first."""
        rows = await self._conn.fetch(QUERIES.list_versions, self._tenant_id, name, limit, offset)
        return [_version(row) for row in rows]

    async def list(self, *, archived: bool | None, limit: int, offset: int) -> Sequence[EventType]:
        """Return a part of the event types, by name."""
        rows = await self._conn.fetch(QUERIES.list_event_types, self._tenant_id, archived, limit, offset)
        return [_event_type(row) for row in rows]

    async def count(self, *, archived: bool | None) -> int:
        """Return how many event types `list` has in all."""
        count: int = await self._conn.fetchval(QUERIES.count_event_types, self._tenant_id, archived)
        return count


async def every_latest_version(conn: Connection) -> AsyncIterator[SchemaVersion]:
    """Yield the latest version of every event type (projector role), by a cursor in the caller's transaction."""
    async for row in conn.cursor(QUERIES.every_latest_version, prefetch=100):
        yield _version(row)


async def lock_latest_version(conn: Connection, version: SchemaVersion) -> SchemaVersion | None:
    """Hold the event type against other writers until the transaction ends, and return its latest version."""
    store = EventTypeStore(conn, version.event_type.tenant_id)
    await store.lock(version.event_type.name)
    return await store.version(version.event_type.name)


async def take_up_event_types(conn: Connection, found: Sequence[OnLog[ReferenceRecord]]) -> int:
    """Make event types as records have them, where there is none or an older revision; return how many.

    Each with its latest version alone: earlier ones stand in no record (projector role).
    """
    latest = [(one, decode_data(one.record, EventTypeSchema)) for one in found]
    types = [
        (
            *(one.record.tenant_id, one.record.id, one.record.version, data.version, parse_time(data.created_at)),
            *(from_ms(one.timestamp_ms), one.record.archived),
        )
        for one, data in latest
    ]
    versions = [
        (
            *(one.record.tenant_id, one.record.id, data.version, orjson.dumps(data.schema).decode(), data.forced),
            *(parse_time(data.created_at), data.created_by),
        )
        for one, data in latest
    ]
    changed = await conn.fetch(QUERIES.take_up_event_types, *as_columns(types))
    await conn.execute(QUERIES.take_up_versions, *as_columns(versions))
    return len(changed)


def _event_type(row: Row) -> EventType:
    return EventType(
        tenant_id=row["tenant_id"],
        name=row["event_type"],
        revision=row["revision"],
        latest_version=row["latest_version"],
        created_at=row["created_at"],
        modified_at=row["modified_at"],
        archived_at=row["archived_at"],
    )


def _version(row: Row) -> SchemaVersion:
    return SchemaVersion(
        event_type=_event_type(row),
        version=row["version"],
        schema=orjson.loads(row["schema"]),
        forced=row["forced"],
        created_at=row["version_created_at"],
        created_by=row["created_by"],
    )
