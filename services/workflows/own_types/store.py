"""Reads and writes of one tenant's own task types; each function is one statement of `queries.sql`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path
from typing import Any

import msgspec

from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.workflows.own_types.model import OwnTaskType, OwnTypeDefinition
from services.workflows.task_types.registry import type_id

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))


class OwnTypeStore:
    """One tenant's own types, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str) -> None:
        self._conn = conn
        self._tenant_id = tenant_id

    async def insert(self, one: OwnTaskType) -> None:
        """Insert a type."""
        await self._conn.execute(
            QUERIES.insert_type,
            *(one.tenant_id, one.type, type_id(one.definition.title), one.version, state_of(one.definition)),
            *(one.created_at, one.created_by, one.updated_at, one.updated_by),
        )

    async def update(self, one: OwnTaskType) -> None:
        """Make the row as `one` is."""
        await self._conn.execute(
            QUERIES.update_type,
            *(one.tenant_id, one.type, type_id(one.definition.title), one.version, state_of(one.definition)),
            *(one.updated_at, one.updated_by),
        )

    async def delete(self, name: str) -> None:
        """Remove a type; its versions stay."""
        await self._conn.execute(QUERIES.delete_type, self._tenant_id, name)

    async def find(self, text: str) -> OwnTaskType | None:
        """Return the type of that id or title."""
        return next(iter(await self.named([text])), None)

    async def lock(self, name: str) -> OwnTaskType | None:
        """Hold the type of that id against other writers and those who save its use, and return it."""
        row = await self._conn.fetchrow(QUERIES.lock_type, self._tenant_id, name)
        return None if row is None else _own_type(row)

    async def named(self, texts: Collection[str], *, held: bool = False) -> Sequence[OwnTaskType]:
        """Return the types of some ids or titles; when `held`, nobody changes or deletes one of them meanwhile."""
        statement = QUERIES.share_types if held else QUERIES.named_types
        rows = await self._conn.fetch(statement, self._tenant_id, sorted({type_id(text) for text in texts}))
        return [_own_type(row) for row in rows]

    async def every(self) -> Sequence[OwnTaskType]:
        """Return all types, by id."""
        return [_own_type(row) for row in await self._conn.fetch(QUERIES.list_types, self._tenant_id)]

    async def count(self) -> int:
        """Return how many types there are."""
        found: int = await self._conn.fetchval(QUERIES.count_types, self._tenant_id)
        return found

    async def last_version(self, name: str) -> int:
        """Return the number of the last version that a type of this id has had, 0 before the first."""
        found: int = await self._conn.fetchval(QUERIES.last_version, self._tenant_id, name)
        return found

    async def users(self, name: str) -> Sequence[str]:
        """Return the names of the workflows whose newest or active version uses a type, sorted."""
        rows = await self._conn.fetch(QUERIES.users_of_type, self._tenant_id, name)
        return [row["name"] for row in rows]

    async def active_versions(self, name: str) -> AsyncIterator[tuple[str, Any]]:
        """Yield the names of the active workflows that use a type, each with the state of its active version."""
        async for row in self._conn.cursor(QUERIES.active_versions, self._tenant_id, name, prefetch=20):
            yield row["name"], row["state"]


def state_of(definition: OwnTypeDefinition) -> dict[str, Any]:
    """Return the definition's JSON, as it is stored and as its versions keep it."""
    state: dict[str, Any] = msgspec.to_builtins(definition)
    return state


def _own_type(row: Row) -> OwnTaskType:
    columns = {name: value for name, value in row.items() if name != "title_key"}
    return OwnTaskType(**columns | {"definition": msgspec.convert(row["definition"], OwnTypeDefinition)})
