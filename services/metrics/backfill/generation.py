"""Transactions of the backfill in a generation of the series."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from libs.pg.database import Database
from libs.pg.sql_files import SqlFile
from libs.projections.generations import Generation
from libs.projections.positions import Entered, enter
from libs.projections.registry import REGISTRY

BACKFILL_SQL = SqlFile.load(Path(__file__).with_name("backfill.sql"))
_IDLE_S: Final = 5.0


@asynccontextmanager
async def entered(db: Database, generation: Generation) -> AsyncIterator[Entered]:
    """Open a transaction in the generation, which neither begins nor ceases to serve until it ends.

    The switch of generations holds the model before any position: so this is held before those, too. Raises
    GenerationChanged when the generation is in another state, ProjectionStopped.
    """
    async with db.transaction() as conn:
        await conn.fetchval(REGISTRY.share_model, generation.service, generation.name)
        yield await enter(conn, generation, idle_s=_IDLE_S, state=generation.state)
