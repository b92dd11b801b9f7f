"""Figures of the matching that health shows: matches that are open, and records that had no effect."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from libs.pg.sql_files import SqlFile
from libs.projections.generations import ReadModel
from services.monitoring.health.model import MINUTE_MS
from services.monitoring.health.ranges import Period

_SQL = SqlFile.load(Path(__file__).with_name("matching.sql"))


class Matching(NamedTuple):
    """Matches that are open now, and records of a range that came late or found no room for a match."""

    open: int
    late: int
    not_opened: int


async def matching_of(model: ReadModel, tenant_id: str, definition_id: int, period: Period) -> Matching:
    """Return what the matching of a definition has open, and lost in a period. Raises ModelBehind."""
    minutes = period.from_ms // MINUTE_MS, period.to_ms // MINUTE_MS
    async with model.transaction(tenant_id) as conn:
        opened = await conn.fetchval(_SQL.open_now, tenant_id, definition_id)
        row = await conn.fetchrow(_SQL.lost, tenant_id, definition_id, *minutes)
    assert row is not None
    return Matching(opened, row["late"], row["not_opened"])
