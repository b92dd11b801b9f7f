"""The job that removes what no metric needs any more: rows of series that ended, keys noted for retired editions.

A series has ended by a revision that every later batch reads, and one lock of the positions waits for the batches
before: nothing is added to it from then on. Rows go in chunks, in the order of their keys, so that no chunk passes over
the places that the chunks before it left behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from libs.contracts.paths import METRICS
from libs.eventlog.port import EventLog
from libs.pg.database import Database, Row
from libs.pg.sql_files import SqlFile, interpolate
from libs.projections.generations import Generation, living_generations
from libs.projections.positions import GenerationChanged, entered, hold_all
from libs.service.jobs import alone, in_rounds
from services.metrics.series.model import DAYS, QUARTERS, SERIES_MODEL

SWEEP_SQL = SqlFile.load(Path(__file__).with_name("sweep.sql"))
SWEEP_S: Final = 5.0
CHUNK: Final = 5_000
_IDLE_S: Final = 5.0
_LOCK = f"waymark.{METRICS}.sweeper"
_BEFORE_ALL_TILES: Final = ("", "", -(2**31))


class Sweeper:
    """The job."""

    service = METRICS
    name = "sweeper"

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:  # noqa: ARG002
        sweeping = Sweeping(db, stopping)
        await alone(db, _LOCK, stopping, lambda _: sweeping.work(), pause_s=SWEEP_S)


class Sweeping:
    """Sweeps one database, until `stopping`."""

    def __init__(self, db: Database, stopping: asyncio.Event, *, chunk: int = CHUNK) -> None:
        self._db = db
        self._stopping = stopping
        self._chunk = chunk

    async def work(self) -> None:
        """Sweep, again and again. Raises DatabaseUnavailable, and bugs."""
        await in_rounds(self.sweep, self._stopping, pause_s=SWEEP_S)

    async def sweep(self) -> None:
        """Remove what is not needed now, as far as that can be done.

        A generation that a rebuild fills makes tiles at its end, of all contributions: it is swept after that.
        """
        async with self._db.transaction(readonly=True) as conn:
            series = await conn.fetch(SWEEP_SQL.ended_series)
            editions = await conn.fetch(SWEEP_SQL.retired_editions)
            generations = await living_generations(conn, METRICS, SERIES_MODEL)
        if not series and not editions:
            return
        with suppress(GenerationChanged):  # one that is gone by now: the next round does without it
            finished = [generation for generation in generations if generation.state != "filling"]
            for generation in finished:
                await self._sweep_generation(generation, series, editions)
            if finished == generations and not self._stopping.is_set():
                await self._forget(series, editions)

    async def _sweep_generation(self, generation: Generation, series: Sequence[Row], editions: Sequence[Row]) -> None:
        async with entered(self._db, generation, idle_s=_IDLE_S) as inside:
            await hold_all(inside.conn, inside.tables)
        for row in series:
            await self._execute(generation, SWEEP_SQL.forget_filling, *row)
            await self._remove(generation, SWEEP_SQL.remove_contributions, row, ("",))
            for names in (DAYS, QUARTERS):
                await self._remove(generation, interpolate(SWEEP_SQL.remove_tiles, **names), row, _BEFORE_ALL_TILES)
            await self._execute(generation, SWEEP_SQL.remove_skips, *row)
        for row in editions:
            await self._remove(generation, SWEEP_SQL.remove_touched, row, ("", ""))

    async def _remove(self, generation: Generation, statement: str, key: Row, behind: Sequence[object]) -> None:
        """Remove all rows of a key in chunks, each in a transaction of its own, or until stopping."""
        last: Sequence[object] | None = behind
        while last is not None and not self._stopping.is_set():
            async with entered(self._db, generation, idle_s=_IDLE_S) as inside:
                row = await inside.conn.fetchrow(statement, *key, self._chunk, *last)
            last = None if row is None else tuple(row)

    async def _execute(self, generation: Generation, statement: str, *values: object) -> None:
        async with entered(self._db, generation, idle_s=_IDLE_S) as inside:
            await inside.conn.execute(statement, *values)

    async def _forget(self, series: Sequence[Row], editions: Sequence[Row]) -> None:
        """Remove the rows by which the next round would look again."""
        async with self._db.transaction() as conn:
            await conn.executemany(SWEEP_SQL.remove_series, [tuple(row) for row in series])
            await conn.executemany(SWEEP_SQL.remove_edition, [tuple(row) for row in editions])
