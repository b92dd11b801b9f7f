"""How far health is decided: everything accepted before that instant has been matched, and its results are counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from libs.contracts.times import EPOCH, from_ms
from libs.pg.database import Connection, Database
from libs.pg.sql_files import SqlFile

FRESHNESS_SQL = SqlFile.load(Path(__file__).with_name("freshness.sql"))


class Freshness:
    """Tells what the `Decider` has found; a record counts as accepted once it has waited for its watermark."""

    def __init__(self, db: Database, watermark_ms: int) -> None:
        self._db = db
        self._watermark = timedelta(milliseconds=watermark_ms)

    async def as_of(self) -> datetime:
        """Return the instant; whatever is looked at afterwards holds everything before it."""
        async with self._db.transaction(readonly=True) as conn:
            return await as_of(conn, self._watermark)


async def as_of(conn: Connection, watermark: timedelta) -> datetime:
    """Return the instant before which everything is decided, and counted in what later statements see."""
    found: int = await conn.fetchval(FRESHNESS_SQL.decided)
    return max(EPOCH, from_ms(found) - watermark)


async def keep(conn: Connection, as_of_ms: int) -> None:
    """Store the instant up to which everything is decided; it never goes back."""
    await conn.execute(FRESHNESS_SQL.keep, as_of_ms)
