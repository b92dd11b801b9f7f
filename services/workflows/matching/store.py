"""What the matcher keeps and looks up in PostgreSQL: one function, one named query. `db` has the projector role."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from libs.contracts.times import from_ms, to_ms
from libs.pg.database import Database
from libs.pg.sql_files import SqlFile
from services.workflows.matching.recent import TypeKey

SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))


async def awaited_types(db: Database) -> frozenset[TypeKey]:
    """Return the tenants and types of events that versions of workflows wait for."""
    async with db.transaction(readonly=True) as conn:
        return frozenset((row["tenant_id"], row["event_type"]) for row in await conn.fetch(SQL.awaited_types))


async def noted(db: Database, partitions: Collection[int]) -> Mapping[int, int]:
    """Return up to when (ms) the events of partitions were compared with all waits, where that was noted."""
    async with db.transaction(readonly=True) as conn:
        rows = await conn.fetch(SQL.noted, sorted(partitions))
    return {row["partition"]: to_ms(row["level_at"]) for row in rows}


async def note(db: Database, partitions: Collection[int], level_ms: int) -> None:
    """Note that all events of partitions that were in the log at `level_ms` were compared with all waits until then."""
    async with db.transaction() as conn:
        await conn.execute(SQL.note, sorted(partitions), from_ms(level_ms))
