"""Reads and writes of one tenant's service level objectives; each is one statement of `queries.sql`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.monitoring.slos.burn_rate import BurnRule
from services.monitoring.slos.model import Objective, Slo

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))
_OBJECTIVE: Final = ("name", "good_when", "target", "window_minutes", "min_events", "burn_rules", "webhook_ids")


class SloStore:
    """One tenant's objectives, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str) -> None:
        self._conn = conn
        self._tenant_id = tenant_id

    async def insert(self, slo: Slo) -> None:
        """Insert an objective."""
        await self._conn.execute(
            QUERIES.insert_slo,
            *(slo.tenant_id, slo.id, slo.version, slo.interaction_id, *_columns(slo.objective)),
            *(slo.created_at, slo.created_by, slo.updated_at, slo.updated_by),
        )

    async def update(self, slo: Slo) -> None:
        """Make the row as `slo` is."""
        await self._conn.execute(
            QUERIES.update_slo,
            *(slo.tenant_id, slo.id, slo.version, *_columns(slo.objective), slo.updated_at, slo.updated_by),
        )

    async def delete(self, slo_id: uuid.UUID) -> None:
        """Remove an objective."""
        await self._conn.execute(QUERIES.delete_slo, self._tenant_id, slo_id)

    async def get(self, slo_id: uuid.UUID) -> Slo | None:
        """Return the objective of that id."""
        row = await self._conn.fetchrow(QUERIES.get_slo, self._tenant_id, slo_id)
        return None if row is None else _slo(row)

    async def lock(self, slo_id: uuid.UUID) -> Slo | None:
        """Hold the objective of that id against other writers, and return it."""
        row = await self._conn.fetchrow(QUERIES.lock_slo, self._tenant_id, slo_id)
        return None if row is None else _slo(row)

    async def lock_of(self, interaction_id: int) -> Sequence[Slo]:
        """Hold the objectives of a critical interaction against other writers, and return them by id."""
        return [_slo(row) for row in await self._conn.fetch(QUERIES.lock_slos_of, self._tenant_id, interaction_id)]

    async def list(self, interaction_name: str | None, *, limit: int, offset: int) -> Sequence[Slo]:
        """Return a part of the objectives, of one critical interaction or of all, by name."""
        rows = await self._conn.fetch(QUERIES.list_slos, self._tenant_id, interaction_name, limit, offset)
        return [_slo(row) for row in rows]

    async def count(self, interaction_name: str | None = None) -> int:
        """Return how many objectives there are, of one critical interaction or of all."""
        found: int = await self._conn.fetchval(QUERIES.count_slos, self._tenant_id, interaction_name)
        return found


def _columns(objective: Objective) -> tuple[object, ...]:
    rules = None if objective.burn_rules is None else msgspec.to_builtins(objective.burn_rules)
    return (
        *(objective.name, objective.good_when, objective.target, objective.window_minutes, objective.min_events),
        *(rules, list(objective.webhook_ids)),
    )


def _slo(row: Row) -> Slo:
    columns: dict[str, Any] = dict(row.items())
    objective = {name: columns.pop(name) for name in _OBJECTIVE}
    if objective["burn_rules"] is not None:
        objective["burn_rules"] = msgspec.convert(objective["burn_rules"], tuple[BurnRule, ...])
    objective["webhook_ids"] = tuple(objective["webhook_ids"])
    return Slo(**columns, objective=Objective(**objective))
