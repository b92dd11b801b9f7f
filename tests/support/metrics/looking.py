"""Looks at editions, series, runs and the schedule of metrics as the projector role sees them."""

from __future__ import annotations

from typing import Any

from libs.pg.database import Database
from services.metrics.definitions import editions
from services.metrics.definitions.model import Metric
from services.metrics.runs.store import RunStore


class Looking:
    """The tables of metrics."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the tables."""
        async with self._db.transaction() as conn:
            return [tuple(row) for row in await conn.fetch(query, *values)]

    async def editions(self, metric: Metric) -> list[tuple[Any, ...]]:
        """Edition, state, the metric's version, and function of the editions."""
        query = "SELECT edition, state, version, function FROM editions WHERE metric_id = $1 ORDER BY edition"
        return await self.rows(query, metric.id)

    async def runs(self, metric: Metric) -> list[tuple[str, str, str, int]]:
        """Kind, scope, state and edition of the runs, oldest first."""
        async with self._db.transaction() as conn:
            found = await RunStore(conn, metric.tenant_id).list(metric.id, before=None, limit=100)
        return [(run.kind, run.scope, run.state, run.edition) for run in reversed(found)]

    async def due(self, kind: str) -> list[tuple[Any, ...]]:
        """Ids and due times of the schedule's rows of a kind."""
        return await self.rows("SELECT id, due_at FROM schedule WHERE kind = $1 ORDER BY id", kind)

    async def series(self) -> list[bool]:
        """Whether each of the series has ended."""
        return [ended for (ended,) in await self.rows("SELECT ended_at IS NOT NULL FROM series ORDER BY id")]

    async def revision(self) -> int:
        """The revision of the definitions."""
        ((found,),) = await self.rows("SELECT revision FROM definition_changes")
        return int(found)

    async def serve(self, metric: Metric) -> bool:
        """Let the metric's newest edition serve; return whether it was being built."""
        async with self._db.transaction() as conn:
            return await editions.serve(conn, metric.tenant_id, metric.id, metric.edition)

    async def end_first_run(self, metric: Metric) -> None:
        """End the first run of the metric's newest edition, which serves from then on."""
        assert await self.serve(metric)
        await self.rows(
            "UPDATE runs SET state = 'done' WHERE metric_id = $1 AND edition = $2", metric.id, metric.edition
        )
        await self.rows("DELETE FROM schedule WHERE kind = 'run'")
