"""Reads of one tenant's event types and their schemas for requests, which see no other tenant."""

from __future__ import annotations

from collections.abc import Sequence

from libs.httpkit.errors import require_found
from libs.pg.database import Database
from services.catalog.event_types.model import EventType, SchemaVersion
from services.catalog.event_types.store import EventTypeStore


class SchemaReads:
    """Reads event types and schemas; `db` connects as the request role."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, tenant_id: str, name: str, version: int | None = None) -> SchemaVersion:
        """Return one version, or the latest; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            found = await EventTypeStore(conn, tenant_id).version(name, version)
        wanted = name if version is None else f"{name} (version {version})"
        return require_found(found, "schema of event type", wanted)

    async def versions(
        self, tenant_id: str, name: str, *, limit: int, offset: int
    ) -> tuple[Sequence[SchemaVersion], int]:
        """Return a part of the versions, newest first, and how many there are; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = EventTypeStore(conn, tenant_id)
            latest = require_found(await store.version(name), "schema of event type", name)
            return await store.versions(name, limit=limit, offset=offset), latest.version

    async def list(
        self, tenant_id: str, *, archived: bool | None, limit: int, offset: int
    ) -> tuple[Sequence[EventType], int]:
        """Return a part of the event types that have a schema, by name, and how many there are."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = EventTypeStore(conn, tenant_id)
            found = await store.list(archived=archived, limit=limit, offset=offset)
            return found, await store.count(archived=archived)
