"""A toy service with one kind of object, `note`: named, versioned, limited, archived or deleted, on real PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from libs.contracts.events import Actor, Cause
from libs.contracts.reference import ReferenceRecord
from libs.contracts.times import from_ms
from libs.contracts.topics import MANIFEST
from libs.eventlog.memory import MemoryEventLog
from libs.httpkit.errors import NotFound
from libs.httpkit.preconditions import ANY_VERSION, IfMatch
from libs.objects.changes import Change, Changes
from libs.objects.ddl import WRITE, objects_ddl, versions_ddl
from libs.objects.idempotency import IdempotencyStore, Once
from libs.objects.kinds import REFERENCE_RECORDS, Latest, ObjectId, ObjectKind, OnLog
from libs.objects.limits import LimitReached, require_room
from libs.objects.names import NameTaken, fold_name, unique
from libs.objects.outbox import Relay, RelaySettings
from libs.objects.republish import republish
from libs.objects.versions import add_version, changed_fields, end_versions
from libs.objects.writes import Writes, Written
from libs.pg.database import Connection, Database, connect_once
from libs.pg.roles import ensure_roles, projector_role, request_role
from libs.schedule.schedule import schedule_ddl
from libs.webhooks.deliveries import deliveries_ddl
from tests.support.postgres import TestServer

SERVICE = "shop"
ACTOR = Cause(actor=Actor(id="u1", type="user"), correlation_id="c1")
QUICK = RelaySettings(poll_interval_s=0.1, retry_pause_s=0.05, longest_pause_s=0.2)
TABLES = """
CREATE TABLE notes (
    tenant_id text NOT NULL,
    note_id uuid NOT NULL,
    name text NOT NULL,
    name_folded text NOT NULL,
    texts json NOT NULL,
    version bigint NOT NULL,
    in_force_from timestamptz NOT NULL,
    archived_at timestamptz,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, note_id)
);
CREATE UNIQUE INDEX note_names ON notes (tenant_id, name_folded) WHERE deleted_at IS NULL;
"""
INSERT = "INSERT INTO notes VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
TAKE_UP = f"""
{INSERT.replace("notes VALUES", "notes AS n VALUES")}
ON CONFLICT (tenant_id, note_id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded,
    texts = excluded.texts, version = excluded.version, in_force_from = excluded.in_force_from,
    archived_at = excluded.archived_at
WHERE n.version < excluded.version
RETURNING true
"""
UPDATE = """
UPDATE notes SET name = $3, name_folded = $4, texts = $5, version = $6, in_force_from = $7, archived_at = $8,
    deleted_at = $9
WHERE tenant_id = $1 AND note_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note; `texts` is any JSON object."""

    tenant_id: str
    note_id: uuid.UUID
    name: str
    texts: dict[str, Any] = field(default_factory=dict)
    version: int = 1
    in_force_from: datetime | None = None
    archived_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def state(self) -> dict[str, Any]:
        """What a version keeps: the name, and the members of `texts`."""
        return {"name": self.name, **self.texts}

    @property
    def is_in_use(self) -> bool:
        """Whether it is neither archived nor deleted."""
        return self.archived_at is None and self.deleted_at is None


def reference_of(note: Note) -> ReferenceRecord:
    """The note's reference record."""
    return ReferenceRecord(
        kind="note",
        tenant_id=note.tenant_id,
        id=str(note.note_id),
        version=note.version,
        archived=not note.is_in_use,
        data=note.state,
    )


async def every_note(conn: Connection) -> AsyncIterator[Note]:
    """The notes of all tenants."""
    async for row in conn.cursor("SELECT * FROM notes ORDER BY tenant_id, note_id"):
        yield _note(row)


async def lock_note(conn: Connection, note: Note) -> Note | None:
    """The note as it is, held until the transaction ends."""
    row = await conn.fetchrow(
        "SELECT * FROM notes WHERE tenant_id = $1 AND note_id = $2 FOR UPDATE", note.tenant_id, note.note_id
    )
    return None if row is None else _note(row)


async def take_up_notes(conn: Connection, found: Sequence[OnLog[ReferenceRecord]]) -> int:
    """Make notes as records have them, where there is none or an older version."""
    changed = 0
    for one in found:
        name, texts = one.record.data["name"], {k: v for k, v in one.record.data.items() if k != "name"}
        archived_at = from_ms(one.timestamp_ms) if one.record.archived else None
        key = (one.record.tenant_id, uuid.UUID(one.record.id), name, fold_name(name), texts, one.record.version)
        changed += bool(await conn.fetchval(TAKE_UP, *key, from_ms(one.timestamp_ms), archived_at, None))
    return changed


NOTES: ObjectKind[Note] = ObjectKind(
    service=SERVICE,
    name="note",
    identify=lambda note: ObjectId(note.tenant_id, str(note.note_id)),
    payload=lambda note: {"noteId": str(note.note_id), **note.state, "version": note.version},
    latest=Latest(
        REFERENCE_RECORDS,
        record=reference_of,
        holds=lambda record: record.kind == "note",
        every=every_note,
        lock=lock_note,
        take_up=take_up_notes,
    ),
)


async def create_note(change: Change, name: str, *, limit: int = 100, **texts: Any) -> Note:
    """Create a note; raises LimitReached, NameTaken."""

    async def count() -> int:
        found: int = await change.conn.fetchval("SELECT count(*) FROM notes WHERE deleted_at IS NULL")
        return found

    await require_room(change, NOTES, count, limit, LimitReached(noun="note", limit=limit))
    note = Note(tenant_id=change.tenant_id, note_id=change.new_id(), name=name, texts=texts)
    return await _write(change, note, "created", INSERT)


async def change_note(
    change: Change, note: Note, *, match: IfMatch = ANY_VERSION, name: str = "", **texts: Any
) -> Note:
    """Give the note another name and other texts; raises PreconditionFailed, NameTaken."""
    before = await _held(change, note)
    match.require(before.version)
    wanted = replace(before, name=name or before.name, texts=texts)
    if not changed_fields(before.state, wanted.state):
        return before
    return await _write(change, replace(wanted, version=before.version + 1), "updated", UPDATE)


async def archive_note(change: Change, note: Note) -> Note:
    """Take the note out of use; its name stays taken."""
    before = await _held(change, note)
    after = replace(before, version=before.version + 1, archived_at=change.now())
    return await _write(change, after, "archived", UPDATE)


async def delete_note(change: Change, note: Note) -> Note:
    """Delete the note; its name is free."""
    before = await _held(change, note)
    after = replace(before, version=before.version + 1, deleted_at=change.now())
    return await _write(change, after, "deleted", UPDATE)


async def find_note(conn: Connection, note_id: str) -> Note:
    """The note of that id."""
    row = await conn.fetchrow("SELECT * FROM notes WHERE note_id = $1 AND deleted_at IS NULL", uuid.UUID(note_id))
    if row is None:
        raise NotFound(what="note", identifier=note_id)
    return _note(row)


@dataclass(frozen=True, slots=True)
class Shop:
    """The toy service: its log, its two roles, its relay, its writes."""

    log: MemoryEventLog
    projector: Database
    request: Database
    relay: Relay
    writes: Writes

    async def create(
        self, name: str, *, key: str | None = None, tenant_id: str = "t1", limit: int = 100, **texts: Any
    ) -> Written[Note]:
        """`create_note` by a request."""
        once = Once(key, repr((name, texts)).encode())
        return await self.writes.create(
            NOTES, tenant_id, ACTOR, once, lambda change: create_note(change, name, limit=limit, **texts), find_note
        )

    async def change(self, note: Note, **values: Any) -> Note:
        """`change_note` by a request."""
        return (
            await self.writes.change(note.tenant_id, ACTOR, lambda change: change_note(change, note, **values))
        ).result

    async def archive(self, note: Note) -> Note:
        """`archive_note` by a request."""
        return (await self.writes.change(note.tenant_id, ACTOR, lambda change: archive_note(change, note))).result

    async def delete(self, note: Note) -> Note:
        """`delete_note` by a request."""
        return (await self.writes.change(note.tenant_id, ACTOR, lambda change: delete_note(change, note))).result

    async def republish(self, log: MemoryEventLog | None = None) -> int:
        """Add again what `log` lacks."""
        return await republish(log or self.log, self.projector, [NOTES])


async def create_schema(url: str) -> None:
    """Create the toy service's roles, schema and tables."""
    conn = await connect_once(url, application_name="test")
    await ensure_roles(conn, SERVICE)
    await conn.execute(f"CREATE SCHEMA {SERVICE}; SET search_path = {SERVICE}")
    await conn.execute(objects_ddl(SERVICE, TABLES, {"notes": WRITE}) + versions_ddl(SERVICE))
    await conn.execute(schedule_ddl(SERVICE) + deliveries_ddl(SERVICE))
    await conn.close()


@pytest.fixture
async def shop_url(postgres_server: TestServer) -> AsyncIterator[str]:
    """The URL of a database with the toy service's schema."""
    template = await postgres_server.template("notes", create_schema)
    async with postgres_server.database(template=template) as url:
        yield url


@asynccontextmanager
async def open_shop(
    url: str, *, changes: Changes | None = None, log: MemoryEventLog | None = None
) -> AsyncIterator[Shop]:
    """The toy service on a database with its schema, relaying into a log in memory, one of its own unless given."""
    log = log or MemoryEventLog()
    await log.start()
    await log.ensure_topics(MANIFEST)
    async with AsyncExitStack() as stack:
        projector, request = [
            await stack.enter_async_context(
                await Database.connect(url, role=role, application_name="test", search_path=[SERVICE])
            )
            for role in (projector_role(SERVICE), request_role(SERVICE))
        ]
        relay = Relay(log, projector, SERVICE, settings=QUICK)
        stack.push_async_callback(relay.stop)
        await relay.start()
        yield Shop(log, projector, request, relay, Writes(request, relay, IdempotencyStore(SERVICE), changes))


async def _held(change: Change, note: Note) -> Note:
    held = await lock_note(change.conn, note)
    if held is None or held.deleted_at is not None:
        raise NotFound(what="note", identifier=str(note.note_id))
    return held


async def _write(change: Change, note: Note, happened: str, statement: str) -> Note:
    if note.is_in_use:
        in_force_from = await add_version(change.conn, NOTES, note, note.version, note.state)
    else:
        in_force_from = await end_versions(change.conn, NOTES, note, note.version)
    written = replace(note, in_force_from=in_force_from)
    async with unique(change.conn, "note_names", NameTaken(noun="note", name=note.name)):
        values = (written.texts, written.version, in_force_from, written.archived_at, written.deleted_at)
        await change.conn.execute(
            statement, written.tenant_id, written.note_id, written.name, fold_name(written.name), *values
        )
    await change.publish(NOTES, written, happened)
    return written


def _note(row: Any) -> Note:
    return Note(**{name: value for name, value in row.items() if name != "name_folded"})
