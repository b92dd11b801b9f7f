"""The clock of runs: adds the scheduled runs that are due, and those that a new generation of the model asks for."""

from __future__ import annotations

import uuid
from typing import Final

from libs.contracts.paths import METRICS
from libs.objects.changes import Change, Changes
from libs.pg.database import Database
from libs.pg.errors import PASSING
from libs.pg.hints import Hints
from libs.projections.generations import serving_generation
from libs.schedule.due_loop import DueLoop
from services.metrics.definitions.store import DefinitionStore
from services.metrics.runs.requests import INTERVALS, add, put_on_grid
from services.metrics.runs.store import RunStore, hold_outdated
from services.metrics.series.model import SERIES_MODEL
from services.metrics.values.computing import find_edition

_BATCH: Final = 100


class RunClock:
    """Adds runs of all tenants; `db` connects as the projector role."""

    def __init__(self, db: Database, changes: Changes | None = None) -> None:
        self._db = db
        self._changes = changes or Changes()

    def loop(self, hints: Hints) -> DueLoop:
        """Return the loop that adds runs when they are due."""
        return DueLoop("clock of runs", INTERVALS, self._db, hints, self.round, survives=PASSING)

    async def round(self) -> bool:
        """Add the runs that are due; return whether there may be more."""
        await self._renew_outdated()
        async with self._db.transaction() as conn:
            due = await INTERVALS.take_due(conn, limit=_BATCH)
            for row in due:
                await self._settle(self._changes.begin_by_itself(conn, row.tenant_id), uuid.UUID(row.id))
        return len(due) == _BATCH

    async def _settle(self, change: Change, metric_id: uuid.UUID) -> None:
        """Add the run of a metric that is due, unless one is not over, and let the next be due at its time."""
        metric = await DefinitionStore(change.conn, change.tenant_id).get(metric_id)
        if metric is None or metric.definition.status == "paused":
            await INTERVALS.remove(change.conn, change.tenant_id, str(metric_id))
            return
        await put_on_grid(change, metric)
        unfinished = {run.edition for run in await RunStore(change.conn, change.tenant_id).unfinished(metric_id)}
        if metric.edition != metric.serving and metric.edition not in unfinished:
            await add(change, metric_id, metric.edition, "backfill", "all")
        if metric.serving is not None and metric.serving not in unfinished:
            edition = await find_edition(change.conn, change.tenant_id, metric_id, metric.serving)
            if edition is not None and edition.mode == "batch":
                await add(change, metric_id, metric.serving, "scheduled", "changed")

    async def _renew_outdated(self) -> None:
        """Have all values computed of the editions whose values come from a generation that serves no more."""
        async with self._db.transaction() as conn:
            generation = await serving_generation(conn, METRICS, SERIES_MODEL)
            outdated = [] if generation is None else await hold_outdated(conn, generation.number)
            for edition in outdated:
                change = self._changes.begin_by_itself(conn, edition.tenant_id)
                await add(change, edition.metric_id, edition.edition, "scheduled", "all")
