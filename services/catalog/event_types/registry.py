"""The schemas of event types as requests use them: each write is one transaction with its records for the log.

A new version is judged against the latest one while the event type is held, so two writers never both follow the same.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson
from uuid_utils.compat import uuid7

from libs.contracts.events import Cause
from libs.contracts.times import to_ms
from libs.event_schemas.expansion import Expanded, Schema, SchemaRefused
from libs.event_schemas.validator import compile_schema
from libs.eventlog.port import Positions
from libs.httpkit.errors import not_found
from libs.objects import outbox
from libs.objects.outbox import Relay
from libs.pg.database import Connection, Database
from services.catalog.changes import utc_now
from services.catalog.event_types.compatibility import narrowings
from services.catalog.event_types.errors import NarrowerSchema, TooManyEventTypes, UnusableSchema
from services.catalog.event_types.model import EventType, SchemaVersion
from services.catalog.event_types.records import event_of, event_type_key, reference_of
from services.catalog.event_types.store import EventTypeStore
from services.catalog.records import SERVICE


@dataclass(frozen=True, slots=True)
class Registered:
    """A version after a write; `positions` is None when nothing changed or the log was slower than the request."""

    version: SchemaVersion
    is_first: bool
    positions: Positions | None


class EventTypes:
    """Reads and writes of a tenant's event types; `db` has the request role, `most` may have a schema at a time."""

    def __init__(
        self,
        db: Database,
        relay: Relay,
        *,
        most: int,
        clock: Callable[[], datetime] = utc_now,
        new_id: Callable[[], uuid.UUID] = uuid7,
    ) -> None:
        self._db = db
        self._relay = relay
        self._clock = clock
        self._new_id = new_id
        self._most = most

    async def register(
        self, tenant_id: str, name: str, schema: Schema, cause: Cause, *, force: bool = False
    ) -> Registered:
        """The schema as the event type's latest version; the same again makes none.

        Raises UnusableSchema, TooManyEventTypes, and NarrowerSchema unless `force`.
        """
        expanded = await asyncio.to_thread(_usable, schema)
        async with self._db.tenant_transaction(tenant_id) as conn:
            store = EventTypeStore(conn, tenant_id)
            await store.add(name, at=self._clock())
            event_type = await store.lock(name)
            assert event_type is not None
            latest = await store.version(name)
            if latest is not None and _are_same(latest.schema, schema) and event_type.archived_at is None:
                return Registered(latest, False, None)
            if latest is None or event_type.archived_at is not None:
                await self._require_room(store, event_type)
            version = await self._next(store, event_type, latest, schema, expanded, cause, force=force)
            outbox_ids = await self._tell(conn, version, "registered", cause)
        return Registered(version, latest is None, await self._relay.wait(outbox_ids))

    async def archive(self, tenant_id: str, name: str, cause: Cause) -> Positions | None:
        """Events of the type are no longer checked; a type that is archived stays so. Raises NotFound."""
        async with self._db.tenant_transaction(tenant_id) as conn:
            store = EventTypeStore(conn, tenant_id)
            event_type = await store.lock(name)
            latest = await store.version(name)
            if event_type is None or latest is None:
                raise not_found("schema of event type", name)
            if event_type.archived_at is not None:
                return None
            changed = await store.change(
                name, latest_version=event_type.latest_version, archived=True, at=self._clock()
            )
            outbox_ids = await self._tell(conn, replace(latest, event_type=changed), "archived", cause)
        return await self._relay.wait(outbox_ids)

    async def get(self, tenant_id: str, name: str, version: int | None = None) -> SchemaVersion:
        """One version, or the latest; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            found = await EventTypeStore(conn, tenant_id).version(name, version)
        if found is None:
            raise not_found("schema of event type", name if version is None else f"{name} (version {version})")
        return found

    async def versions(
        self, tenant_id: str, name: str, *, limit: int, offset: int
    ) -> tuple[Sequence[SchemaVersion], int]:
        """A part of the versions, newest first, and how many there are; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = EventTypeStore(conn, tenant_id)
            latest = await store.version(name)
            if latest is None:
                raise not_found("schema of event type", name)
            return await store.versions(name, limit=limit, offset=offset), latest.version

    async def list(
        self, tenant_id: str, *, archived: bool | None, limit: int, offset: int
    ) -> tuple[Sequence[EventType], int]:
        """A part of the event types that have a schema, by name, and how many there are."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            return await EventTypeStore(conn, tenant_id).list(archived=archived, limit=limit, offset=offset)

    async def _require_room(self, store: EventTypeStore, event_type: EventType) -> None:
        """Raises TooManyEventTypes; one that is not archived is among those counted by now."""
        others = await store.count_checked() - (event_type.archived_at is None)
        if others >= self._most:
            raise TooManyEventTypes(self._most)

    async def _next(
        self,
        store: EventTypeStore,
        event_type: EventType,
        latest: SchemaVersion | None,
        schema: Schema,
        expanded: Expanded,
        cause: Cause,
        *,
        force: bool,
    ) -> SchemaVersion:
        """The schema as a new version, or the latest one taken up again when it is the same."""
        now, name = self._clock(), event_type.name
        if latest is not None and _are_same(latest.schema, schema):
            taken_up = await store.change(name, latest_version=latest.version, archived=False, at=now)
            return replace(latest, event_type=taken_up)
        forced = latest is not None and await asyncio.to_thread(_narrows, latest.schema, expanded, force)
        number, by = event_type.latest_version + 1, cause.actor.id
        await store.add_version(name, number, schema, forced=forced, by=by, at=now)
        changed = await store.change(name, latest_version=number, archived=False, at=now)
        return SchemaVersion(
            event_type=changed, version=number, schema=schema, forced=forced, created_at=now, created_by=by
        )

    async def _tell(self, conn: Connection, version: SchemaVersion, happened: str, cause: Cause) -> Sequence[int]:
        timestamp_ms = to_ms(self._clock())
        event = event_of(version, happened, event_id=str(self._new_id()), cause=cause, timestamp_ms=timestamp_ms)
        records = [reference_of(version, timestamp_ms=timestamp_ms), event]
        return await outbox.add(conn, SERVICE, records, object_key=event_type_key(version.event_type))


def _are_same(one: Schema, other: Schema) -> bool:
    """Whether two schemas are the same JSON; the order of members is of no concern, `1` and `true` are not equal."""
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)


def _usable(schema: Schema) -> Expanded:
    try:
        return compile_schema(schema)[1]
    except SchemaRefused as refused:
        raise UnusableSchema(refused) from None


def _narrows(old: Schema, new: Expanded, force: bool) -> bool:
    """Whether the new schema may refuse what the old one accepts; raises NarrowerSchema unless that is forced."""
    found = narrowings(_usable(old).schema, new.schema)
    if found and not force:
        raise NarrowerSchema(found)
    return bool(found)
