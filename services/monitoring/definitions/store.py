"""Reads and writes of critical interactions; each function is one statement of `queries.sql`.

Every statement for requests names the tenant, and the request role's policy would keep the others out all the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from libs.contracts.monitoring_steps import Closing
from libs.objects.names import fold_name
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.monitoring.definitions.model import (
    MAX_WATERMARK_MS,
    RUNNING,
    CriticalInteraction,
    Definition,
    VersionInForce,
    outlasts_ms,
)

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))
VersionKey = tuple[str, int, int]
"""Tenant, id and version of a definition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionFilter:
    """A list's filters: a part of the name, whatever its case, the creator, and whether they run."""

    name_part: str | None = None
    created_by: str | None = None
    is_running: bool | None = None


class InteractionStore:
    """One tenant's critical interactions, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str) -> None:
        self._conn = conn
        self._tenant_id = tenant_id

    async def next_id(self) -> int:
        """Return the id of the tenant's next critical interaction; whoever asks holds the tenant's others back."""
        found: int = await self._conn.fetchval(QUERIES.next_id, self._tenant_id)
        return found

    async def insert(self, one: CriticalInteraction) -> None:
        """Insert a critical interaction."""
        await self._conn.execute(
            QUERIES.insert_interaction, one.tenant_id, one.id, *_named(one.definition), one.created_at, one.created_by
        )

    async def update(self, one: CriticalInteraction) -> None:
        """Make the row as `one` is."""
        definition = one.definition
        await self._conn.execute(
            QUERIES.update_interaction,
            *(one.tenant_id, one.id, one.version, definition.status == RUNNING, state_of(definition)),
            *(one.created_at, one.updated_at, one.updated_by, one.deleted_at),
        )

    async def get(self, interaction_id: int) -> CriticalInteraction | None:
        """Return the critical interaction of that id, deleted or not."""
        return await self._one(QUERIES.get_interaction, interaction_id)

    async def find(self, name: str) -> CriticalInteraction | None:
        """Return the critical interaction of that name."""
        return await self._one(QUERIES.find_interaction, name)

    async def lock(self, name: str) -> CriticalInteraction | None:
        """Hold the critical interaction of that name against other writers, and return it."""
        return await self._one(QUERIES.lock_named, name)

    async def share(self, name: str) -> CriticalInteraction | None:
        """Hold the critical interaction of that name as it is until the transaction ends, and return it."""
        return await self._one(QUERIES.share_named, name)

    async def list(self, wanted: InteractionFilter, *, limit: int, offset: int) -> Sequence[CriticalInteraction]:
        """Return a part of the critical interactions that match the filter, by name."""
        rows = await self._conn.fetch(QUERIES.list_interactions, self._tenant_id, *_arguments(wanted), limit, offset)
        return [_interaction(row) for row in rows]

    async def count(self, wanted: InteractionFilter) -> int:
        """Return how many critical interactions match the filter."""
        found: int = await self._conn.fetchval(QUERIES.count_interactions, self._tenant_id, *_arguments(wanted))
        return found

    async def count_running(self) -> int:
        """Return how many of the critical interactions are running."""
        found: int = await self._conn.fetchval(QUERIES.count_running, self._tenant_id)
        return found

    async def count_definitions(self) -> int:
        """Return how many critical interactions there are, running or not."""
        found: int = await self._conn.fetchval(QUERIES.count_definitions, self._tenant_id)
        return found

    async def judged_until(self, interaction_id: int, *, watermark_ms: int, after_ms: int) -> Sequence[int]:
        """Return until when versions of a running critical interaction that others followed judge records, sorted.

        Those that do after `after_ms`; all in milliseconds since the epoch.
        """
        values = (self._tenant_id, interaction_id, watermark_ms, after_ms)
        untils = [row["until_ms"] for row in await self._conn.fetch(QUERIES.judged_until, *values)]
        return [until_ms for until_ms in untils if until_ms > after_ms]

    async def creators(self) -> Sequence[str]:
        """Return who has created critical interactions, sorted."""
        return [row["created_by"] for row in await self._conn.fetch(QUERIES.list_creators, self._tenant_id)]

    async def authors(self, interaction_id: int) -> dict[int, str]:
        """Return who made each version of a critical interaction."""
        rows = await self._conn.fetch(QUERIES.authors, self._tenant_id, interaction_id)
        return {row["version"]: row["changed_by"] for row in rows}

    async def _one(self, statement: str, key: object) -> CriticalInteraction | None:
        row = await self._conn.fetchrow(statement, self._tenant_id, key)
        return None if row is None else _interaction(row)


def state_of(definition: Definition) -> dict[str, Any]:
    """Return the definition's JSON shape, as it is stored and as its versions keep it."""
    state: dict[str, Any] = msgspec.to_builtins(definition)
    return state


def definition_of(state: Any) -> Definition:
    """Return the definition of a stored JSON shape."""
    return msgspec.convert(state, Definition)


async def raise_revision(conn: Connection) -> int:
    """Say that a definition changes, and return the revision; holds other changes back until the transaction ends."""
    found: int = await conn.fetchval(QUERIES.raise_revision)
    return found


async def add_revision(conn: Connection, one: CriticalInteraction, revision: int) -> None:
    """Note by which revision the object's version came to be."""
    values = (revision, outlasts_ms(one.definition, MAX_WATERMARK_MS), one.updated_by)
    await conn.execute(QUERIES.add_revision, one.tenant_id, one.id, one.version, *values)


async def revision(conn: Connection) -> int:
    """Return the number that every change of a definition of any tenant raises."""
    found: int = await conn.fetchval(QUERIES.revision)
    return found


async def versions_since(conn: Connection, revision: int, *, oldest_ms: int) -> Sequence[VersionInForce]:
    """Return the running versions, of definitions that changed after a revision, that may still judge records.

    They judge records accepted at or after `oldest_ms`. A version comes again when its end changed. Projector role.
    """
    rows = await conn.fetch(QUERIES.versions_since, revision, oldest_ms)
    return [
        VersionInForce(
            tenant_id=row["tenant_id"],
            definition_id=row["id"],
            version=row["version"],
            definition=definition_of(row["state"]),
            from_ms=row["from_ms"],
            to_ms=row["to_ms"],
            ended_ms=row["ended_ms"],
        )
        for row in rows
    ]


async def closings_since(conn: Connection, oldest_ms: int, *, watermark_ms: int) -> Sequence[tuple[str, Closing]]:
    """Return tenants and closings of definitions that ended from `oldest_ms` on, in their order (projector role)."""
    rows = await conn.fetch(QUERIES.closings_since, oldest_ms)
    return [
        (
            row["tenant_id"],
            Closing(
                definition_id=row["id"],
                version=row["version"],
                at=row["at_ms"],
                cause=row["cause"],
                watermark_ms=watermark_ms,
            ),
        )
        for row in rows
    ]


async def load_versions(conn: Connection, wanted: Collection[VersionKey]) -> dict[VersionKey, Definition]:
    """Return the definitions of versions, also of definitions that are deleted (projector role)."""
    rows = await conn.fetch(QUERIES.load_versions, *as_columns(wanted)) if wanted else []
    return {(row["tenant_id"], row["id"], row["version"]): definition_of(row["state"]) for row in rows}


async def every_interaction(conn: Connection) -> AsyncIterator[CriticalInteraction]:
    """Yield the critical interactions of all tenants (projector role), by a cursor in the caller's transaction."""
    async for row in conn.cursor(QUERIES.every_interaction, prefetch=500):
        yield _interaction(row)


async def lock_interaction(conn: Connection, one: CriticalInteraction) -> CriticalInteraction | None:
    """Hold the critical interaction against other writers until the transaction ends, and return it as it is now."""
    row = await conn.fetchrow(QUERIES.lock_interaction, one.tenant_id, one.id)
    return None if row is None else _interaction(row)


async def take_up_interaction(conn: Connection, one: CriticalInteraction) -> bool:
    """Make the critical interaction as `one` is where there is none or an older version; return whether it was so."""
    changed = await conn.fetchval(
        QUERIES.take_up_interaction,
        *(one.tenant_id, one.id, one.version, *_named(one.definition)),
        *(one.created_at, one.created_by, one.updated_at, one.updated_by, one.deleted_at),
    )
    return bool(changed)


def _named(definition: Definition) -> tuple[object, ...]:
    name = definition.name
    return name, fold_name(name), definition.status == RUNNING, state_of(definition)


def _arguments(wanted: InteractionFilter) -> tuple[object, ...]:
    part = None if wanted.name_part is None else fold_name(wanted.name_part)
    return part, wanted.created_by, wanted.is_running


def _interaction(row: Row) -> CriticalInteraction:
    columns = {name: value for name, value in row.items() if name not in {"name", "name_folded", "is_running"}}
    return CriticalInteraction(**{**columns, "definition": definition_of(row["definition"])})
