"""Runs as requests see them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from libs.background.waiting import Looks
from libs.contracts.prefixed_ids import prefixed_id, read_prefixed_id
from libs.contracts.times import format_time_if_any
from libs.contracts.topics import EVENTS, INTERACTIONS
from libs.eventlog.port import EventLog, Positions
from libs.httpkit.errors import require_found
from libs.httpkit.paging import cursor_after_id, id_of_cursor, page_and_last
from libs.pg.database import Database
from services.metrics.definitions.reads import identified
from services.metrics.family import page_json
from services.metrics.runs.errors import MetricPaused, RunEnded
from services.metrics.runs.model import NOUN, Run
from services.metrics.runs.requests import PAUSED
from services.metrics.runs.store import RunStore

_PREFIX: Final = "run"
_CURSOR: Final = "runs of a behavioral metric"
_FIRST_LOOK_S: Final = 0.02
_LONGEST_LOOK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class RunReads:
    """Reads runs, and waits for them; `db` connects as the request role."""

    db: Database
    log: EventLog

    async def accepted(self) -> Positions:
        """Return the ends of the topics that metrics are computed from. Raises LogUnavailable."""
        return await self.log.end_offsets([INTERACTIONS, EVENTS])

    async def get(self, tenant_id: str, metric_id: uuid.UUID, run_text: str) -> dict[str, Any]:
        """Return a run of a metric; raises NotFound."""
        async with self.db.tenant_transaction(tenant_id, readonly=True) as conn:
            metric = await identified(conn, tenant_id, metric_id)
            run_id = read_prefixed_id(_PREFIX, run_text)
            run = None if run_id is None else await RunStore(conn, tenant_id).get(metric.id, run_id)
        return run_json(require_found(run, NOUN, run_text))

    async def page(self, tenant_id: str, metric_id: uuid.UUID, cursor: str | None, *, limit: int) -> dict[str, Any]:
        """Return a page of a metric's runs, newest first; raises NotFound."""
        before = id_of_cursor(_CURSOR, cursor)
        async with self.db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            metric = await identified(conn, tenant_id, metric_id)
            runs = RunStore(conn, tenant_id)
            shown, last = page_and_last(await runs.list(metric.id, before=before, limit=limit + 1), limit)
            total = await runs.count(metric.id)
        following = None if last is None else cursor_after_id(_CURSOR, last.id)
        return page_json([run_json(run) for run in shown], total, following)

    async def wait_for(self, run: Run, *, timeout_s: float) -> Run:
        """Return the run once it is over, else as it is after `timeout_s`. Raises MetricPaused, RunEnded, NotFound."""
        looks = Looks(timeout_s, first_s=_FIRST_LOOK_S, limit_s=_LONGEST_LOOK_S)
        while True:
            async with self.db.tenant_transaction(run.tenant_id, readonly=True) as conn:
                found = await RunStore(conn, run.tenant_id).get(run.metric_id, run.id)
            now = require_found(found, NOUN, run_text(run))
            if now.state == "failed":
                raise MetricPaused if now.error == PAUSED else RunEnded(reason=now.error)
            if now.is_over or looks.is_time_over:
                return now
            await looks.pause()

    async def values_shown(self, run: Run) -> int:
        """Return how many values of the run's metric are shown now."""
        async with self.db.tenant_transaction(run.tenant_id, readonly=True) as conn:
            return await RunStore(conn, run.tenant_id).values_shown(run.metric_id)


def run_text(run: Run) -> str:
    """Return the id of a run as clients have it."""
    return prefixed_id(_PREFIX, run.id)


def run_json(run: Run) -> dict[str, Any]:
    """Return the JSON shape of a run."""
    return {
        "id": run_text(run),
        "kind": run.kind,
        "state": run.state,
        "at": format_time_if_any(run.at),
        "startedAt": format_time_if_any(run.started_at),
        "finishedAt": format_time_if_any(run.finished_at),
        "progress": run.progress,
        "valueCount": run.value_count,
        "changed": run.changed,
        "attempt": run.attempt,
        "error": run.error,
    }
