"""How far health is decided: everything accepted before that instant has been matched, and its results are counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from libs.contracts.times import EPOCH
from libs.contracts.topics import CRITICAL_INTERACTIONS
from libs.pg.database import Connection, Database
from libs.pg.sql_files import SqlFile
from libs.projections.passed import Stage

_SQL = SqlFile.load(Path(__file__).with_name("freshness.sql"))
_HOLD_S: Final = 0.25


class Freshness:
    """Looks at the stages from a record to its result, in their order; `db` has the service's projector role.

    A later stage is looked at after an earlier one, so that it has what the earlier passed on. What was
    true a moment ago still is: a look is used for a quarter of a second.
    """

    def __init__(
        self,
        db: Database,
        stages: Sequence[Stage],
        watermark_ms: int,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._stages = stages
        self._watermark = timedelta(milliseconds=watermark_ms)
        self._clock = clock
        self._look: tuple[float, datetime] | None = None

    async def as_of(self) -> datetime:
        """Return the instant. Raises ModelBehind before a model is built, DatabaseUnavailable."""
        now = self._clock()
        if self._look is None or now - self._look[0] > _HOLD_S:
            self._look = (now, await self._as_of())
        return self._look[1]

    async def _as_of(self) -> datetime:
        async with self._db.transaction(readonly=True) as conn:
            found = [await stage(conn) for stage in self._stages]
        earliest = min((at for at in found if at is not None), default=EPOCH)
        return max(EPOCH, earliest - self._watermark)


async def passed_by_outbox(conn: Connection) -> datetime | None:
    """Return since when the oldest result waits for the log."""
    found: datetime | None = await conn.fetchval(_SQL.oldest_waiting, CRITICAL_INTERACTIONS.name)
    return found
