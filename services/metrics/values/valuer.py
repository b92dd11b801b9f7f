"""The valuer: keeps the stored values of realtime metrics up, those that records touched and those that time changes.

Several processes may do so at once: an edition's values are computed by whoever holds it.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg

from libs.contracts.paths import METRICS
from libs.eventlog.port import EventLog
from libs.pg.database import Database
from libs.pg.errors import is_unavailable
from libs.pg.sql_files import SqlFile
from libs.pg.time_limits import wait_for_locks
from libs.projections.passed import enter_model
from libs.service.jobs import in_rounds
from libs.telemetry.logger import get_logger
from libs.telemetry.metrics import METRIC_VALUER_LAG_SECONDS
from services.metrics.definitions.model import EditionKey
from services.metrics.series.model import SERIES_MODEL
from services.metrics.values.computing import BEGINNING, bounded, clock_ms, compute, hold_edition, next_keys
from services.metrics.values.model import KeyCursor

_sql = SqlFile.load(Path(__file__).with_name("valuer.sql"))
_log = get_logger(__name__)
LOOK_S: Final = 0.5
LONGEST_WAIT_S: Final = 1.0
CHUNK_KEYS: Final = 500
"""How many touched keys a transaction computes at most, and as many that are due."""


class Valuer:
    """The job."""

    service = METRICS
    name = "valuer"

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:  # noqa: ARG002
        await in_rounds(partial(Valuing(db).round, stopping), stopping, pause_s=LOOK_S)


class Valuing:
    """Computes what changes in the values of realtime metrics; `db` connects as the projector role."""

    def __init__(self, db: Database, *, chunk_keys: int = CHUNK_KEYS) -> None:
        self._db = db
        self._chunk_keys = chunk_keys
        self._level_at = time.monotonic()
        self._failing: set[EditionKey] = set()

    async def round(self, stopping: asyncio.Event) -> None:
        """Compute what has to be looked at, a chunk of each metric in turn, until nothing is left.

        Raises ModelBehind.
        """
        cursors: dict[EditionKey, KeyCursor] = dict.fromkeys(await self._waiting(), BEGINNING)
        while cursors and not stopping.is_set():
            METRIC_VALUER_LAG_SECONDS.set(time.monotonic() - self._level_at)
            nexts = {key: await self._try_chunk(key, cursor) for key, cursor in cursors.items()}
            cursors = {key: cursor for key, cursor in nexts.items() if cursor is not None}
            if cursors:  # other metrics do not wait for the end of these
                cursors = dict.fromkeys(await self._waiting(), BEGINNING) | cursors
        self._level_at = time.monotonic()
        METRIC_VALUER_LAG_SECONDS.set(0)

    async def _try_chunk(self, key: EditionKey, cursor: KeyCursor) -> KeyCursor | None:
        """Do as `chunk` does; an edition whose values PostgreSQL refuses to compute keeps no other back."""
        try:
            after = await self.chunk(key, cursor)
        except asyncpg.LockNotAvailableError:
            return None
        except asyncpg.PostgresError as error:
            if is_unavailable(error):
                raise
            if key not in self._failing:
                _log.error("metric_not_kept_up", tenant=key.tenant_id, metric=str(key.metric_id), exc_info=error)
            self._failing.add(key)
            return None
        self._failing.discard(key)
        return after

    async def chunk(self, key: EditionKey, cursor: KeyCursor) -> KeyCursor | None:
        """Compute the next values of an edition; return the place behind which to go on, None where nothing is left.

        Waits for a chunk of a run that holds the edition: between two of them there is no time to come upon it free.
        """
        async with bounded(self._db) as conn:
            await wait_for_locks(conn, LONGEST_WAIT_S)
            edition = await hold_edition(conn, *key)
            await enter_model(conn, METRICS, SERIES_MODEL)
            if edition is None or not await conn.fetchval(_sql.is_kept_up, *key):
                return None
            at_ms = await clock_ms(conn)
            found = await next_keys(conn, edition, "changed", cursor, at_ms, limit=self._chunk_keys)
            if found.keys:
                await compute(conn, edition, found.keys, at_ms, is_current=True)
            return found.cursor if found.may_go_on else None

    async def _waiting(self) -> list[EditionKey]:
        async with self._db.transaction(readonly=True) as conn:
            await enter_model(conn, METRICS, SERIES_MODEL)
            rows = await conn.fetch(_sql.waiting_editions, await clock_ms(conn))
        return [EditionKey(*row) for row in rows]
