"""The job that fills series in with the records that lie before their cut.

It sees to the generation that serves, and to the next one once that catches up; one that is still filled by its rebuild
waits until then. Of all processes one does the job. Two at once would only do the same twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from libs.background.waiting import wait_unless
from libs.contracts.paths import METRICS
from libs.eventlog.port import EventLog
from libs.pg.columns import as_columns
from libs.pg.database import Database, Row
from libs.projections.failures import will_pass
from libs.projections.generations import Generation, living_generations
from libs.projections.parking import readable
from libs.projections.positions import GenerationChanged, ProjectionStopped
from libs.service.jobs import alone, in_rounds
from libs.telemetry.logger import get_logger
from services.metrics.backfill.coverage import Beginning, beginnings, note_beginnings
from services.metrics.backfill.cut import cut, is_cut_wanted
from services.metrics.backfill.filling import SeriesFilling
from services.metrics.backfill.generation import BACKFILL_SQL, entered
from services.metrics.backfill.pace import is_behind
from services.metrics.series.index_source import indexed, read_revision
from services.metrics.series.model import SERIES_MODEL
from services.metrics.series.projection import SeriesProjection

LOOK_S: Final = 0.5
_GIVE_WAY_S: Final = 0.1
_LOCK = f"waymark.{METRICS}.backfill"
_log = get_logger(__name__)


class Backfill:
    """The job."""

    service = METRICS
    name = "backfill"

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        await alone(db, _LOCK, stopping, lambda _: Backfilling(log, db, stopping).work(), pause_s=LOOK_S)


class Backfilling:
    """Fills series in over one log, until `stopping`."""

    def __init__(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        self._log = log
        self._db = db
        self._stopping = stopping
        self._settled: dict[Generation, int] = {}
        self._begin: Sequence[Beginning] = ()

    async def work(self) -> None:
        """Look, again and again, for what has to be filled in. Raises DatabaseUnavailable, LogUnavailable, and bugs."""
        log_id = await self._log.identity()
        await in_rounds(partial(self.round, log_id), self._stopping, pause_s=LOOK_S)

    async def round(self, log_id: str) -> None:
        """Cut and fill in the series that lack something, in each generation, until the definitions stay as they are.

        Raises as `work` does.
        """
        known = None
        while not self._stopping.is_set():
            revision, generations = await self._look()
            if revision == known:
                return
            known = revision
            for generation in generations:
                if generation.log_id == log_id and self._settled.get(generation) != revision:
                    with suppress(GenerationChanged, ProjectionStopped):
                        await self._see_to(generation, revision, serving=generations[0])

    async def _look(self) -> tuple[int, Sequence[Generation]]:
        async with self._db.transaction(readonly=True) as conn:
            return await read_revision(conn), await living_generations(conn, METRICS, SERIES_MODEL)

    async def _see_to(self, generation: Generation, revision: int, *, serving: Generation) -> None:
        self._begin = await beginnings(self._log, SeriesProjection.topics, self._begin)
        await note_beginnings(self._db, generation, self._begin)
        if generation.state != "filling":
            if await is_cut_wanted(self._db, generation):
                if await self._gives_way(serving):
                    return
                await cut(self._db, generation, self._begin)
            if waiting := await self._waiting(generation):
                await self._fill(generation, waiting, revision, serving)
                return
        self._settled[generation] = revision

    async def _waiting(self, generation: Generation) -> Sequence[Row]:
        async with entered(self._db, generation) as inside:
            return await inside.conn.fetch(BACKFILL_SQL.waiting)

    async def _fill(self, generation: Generation, waiting: Sequence[Row], revision: int, serving: Generation) -> None:
        """Fill in all that wait, in one pass; those that failed before one by one, so that they keep no other back."""
        due = sorted((row for row in waiting if row["is_due"]), key=lambda row: row["attempts"])
        chosen = [row for row in due if not row["attempts"]] or due[:1]
        if not chosen:
            return
        try:
            await self._pass(generation, chosen, revision, serving)
        # The outermost place of a pass: the failure is kept beside the series, where their metrics show it.
        except Exception as error:
            if isinstance(error, GenerationChanged | ProjectionStopped) or will_pass(error):
                raise
            _log.error("backfill_failed", generation=generation.schema, series=len(chosen), exc_info=error)
            await self._note(generation, BACKFILL_SQL.note_failure, chosen, readable(error))

    async def _pass(self, generation: Generation, rows: Sequence[Row], revision: int, serving: Generation) -> None:
        """Read what the series lack, until they have it, or the definitions change: more may wait then."""
        async with SeriesFilling.opened(self._log, self._db, generation, indexed(rows)) as filling:
            while not filling.is_over:
                if await self._gives_way(serving):
                    await wait_unless(self._stopping, _GIVE_WAY_S)
                else:
                    await filling.step()
                if self._stopping.is_set() or (await self._look())[0] != revision:
                    return
        await self._note(generation, BACKFILL_SQL.forget_failures, rows)

    async def _gives_way(self, serving: Generation) -> bool:
        """Return whether the live fold is behind; one that is stopped is not given way to."""
        try:
            return await is_behind(self._log, self._db, serving, SeriesProjection.topics)
        except ProjectionStopped:
            return False

    async def _note(self, generation: Generation, statement: str, rows: Sequence[Row], *more: object) -> None:
        async with entered(self._db, generation) as inside:
            keys = [(row["tenant_id"], row["series_id"]) for row in rows]
            await inside.conn.execute(statement, *as_columns(keys), *more)
