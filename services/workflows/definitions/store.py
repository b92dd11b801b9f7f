"""Reads and writes of workflows; each function is one statement of `queries.sql`.

Every statement for requests names the tenant, and the request role's policy would keep the others out all the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import msgspec

from libs.objects.names import fold_name
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.workflows.definitions.model import VersionHead, Workflow, WorkflowDefinition, WorkflowSummary

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))
_HEAD = tuple(field.name for field in fields(VersionHead))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFilter:
    """A list's filters: a part of the name in any case, active or not, archived or not; None is either."""

    name_part: str | None = None
    active: bool | None = None
    archived: bool | None = False


class WorkflowStore:
    """One tenant's workflows, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str) -> None:
        self._conn = conn
        self._tenant_id = tenant_id

    async def insert(self, one: Workflow) -> None:
        """Insert a workflow."""
        await self._conn.execute(
            QUERIES.insert_workflow,
            *(one.tenant_id, one.id, one.name, fold_name(one.name), one.version, one.active, one.active_version),
            *(state_of(one.definition), one.created_at, one.created_by, one.updated_at, one.updated_by),
        )

    async def update(self, one: Workflow) -> None:
        """Make the row as `one` is."""
        await self._conn.execute(
            QUERIES.update_workflow,
            *(one.tenant_id, one.id, one.version, one.active, one.active_version, state_of(one.definition)),
            *(one.updated_at, one.updated_by, one.archived_at),
        )

    async def get(self, workflow_id: uuid.UUID) -> Workflow | None:
        """Return the workflow of that id, archived or not."""
        return await self._one(QUERIES.get_workflow, workflow_id)

    async def find(self, name: str) -> Workflow | None:
        """Return the workflow of that name, in any case."""
        return await self._one(QUERIES.find_workflow, fold_name(name))

    async def lock(self, name: str) -> Workflow | None:
        """Hold the workflow of that name against other writers, and return it."""
        return await self._one(QUERIES.lock_workflow, fold_name(name))

    async def list(self, wanted: WorkflowFilter, *, limit: int, offset: int) -> Sequence[WorkflowSummary]:
        """Return a part of the workflows that match the filter, by name."""
        rows = await self._conn.fetch(QUERIES.list_workflows, self._tenant_id, *_arguments(wanted), limit, offset)
        return [WorkflowSummary(**row) for row in rows]

    async def count(self, wanted: WorkflowFilter) -> int:
        """Return how many workflows match the filter."""
        found: int = await self._conn.fetchval(QUERIES.count_workflows, self._tenant_id, *_arguments(wanted))
        return found

    async def add_head(self, workflow_id: uuid.UUID, head: VersionHead) -> None:
        """Keep the head of a new version."""
        values = (getattr(head, name) for name in _HEAD)
        await self._conn.execute(QUERIES.add_head, self._tenant_id, workflow_id, *values)

    async def heads(self, workflow_id: uuid.UUID, versions: Collection[int]) -> Mapping[int, VersionHead]:
        """Return the heads of versions, by their numbers."""
        rows = await self._conn.fetch(QUERIES.list_heads, self._tenant_id, workflow_id, list(versions))
        return {row["version"]: VersionHead(**row) for row in rows}

    async def _one(self, statement: str, key: object) -> Workflow | None:
        row = await self._conn.fetchrow(statement, self._tenant_id, key)
        return None if row is None else _workflow(row)


def state_of(definition: WorkflowDefinition) -> dict[str, Any]:
    """Return the definition's JSON, as it is stored and as its versions keep it."""
    state: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(definition))  # arrays are lists, as they were sent
    return state


def definition_of(state: Any) -> WorkflowDefinition:
    """Return the definition of a stored JSON."""
    return msgspec.convert(state, WorkflowDefinition)


def _workflow(row: Row) -> Workflow:
    columns = {name: value for name, value in row.items() if name != "name_folded"}
    return Workflow(**columns | {"definition": definition_of(row["definition"])})


def _arguments(wanted: WorkflowFilter) -> tuple[object, ...]:
    part = None if wanted.name_part is None else fold_name(wanted.name_part)
    return part, wanted.active, wanted.archived
