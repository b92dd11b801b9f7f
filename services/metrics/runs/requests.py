"""Requests for runs, made by changes of metrics and by callers, within the caller's change.

The schedule says when runs are due, by their ids, and when the next scheduled run of each active metric is, by the
metric's. Locks are taken in the order metric, editions, rows of the schedule, runs.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final

from libs.contracts.metric_values import metric_text
from libs.contracts.paths import METRICS
from libs.eventlog.port import Positions
from libs.httpkit.errors import require_found
from libs.objects.changes import Change
from libs.pg.database import Connection
from libs.schedule.schedule import Schedule
from services.metrics.definitions.model import NOUN, Metric
from services.metrics.definitions.store import DefinitionStore
from services.metrics.runs.errors import MetricPaused
from services.metrics.runs.grid import next_due
from services.metrics.runs.model import Run, RunKind
from services.metrics.runs.store import RunRequest, RunStore
from services.metrics.values.model import KeyScope

RUNS: Final = Schedule(METRICS, "run")
INTERVALS: Final = Schedule(METRICS, "interval")
PAUSED: Final = "the metric was paused"
CHANGED: Final = "the metric was changed"


async def follow(change: Change, before: Metric | None, after: Metric) -> None:
    """Bring runs in line with a change of the metric, which the transaction holds with its editions.

    A new edition gets its first run, which makes it serve; what is resumed or computed in another mode gets a run over
    all values. While a metric is paused, no run begins.
    """
    runs = RunStore(change.conn, change.tenant_id)
    if before is None or after.edition != before.edition:
        await abandon(change.conn, change.tenant_id, after.id, kept={after.edition, after.serving})
        await add(change, after.id, after.edition, "backfill", "all")
    if after.definition.status == "paused":
        await _pause(change, runs, after)
        return
    if before is not None and after.serving is not None and _is_out_of_date(before, after):
        await _add_full_run(change, runs, after.id, after.serving)
    for run in await runs.unfinished(after.id):
        if run.kind == "backfill" and run.state == "waiting":
            await RUNS.put(change.conn, change.tenant_id, str(run.id))
    await put_on_grid(change, after)


async def end(change: Change, metric_id: uuid.UUID) -> None:
    """Remove the runs of a metric that is deleted, and take them off the schedule."""
    runs = RunStore(change.conn, change.tenant_id)
    unfinished = await runs.unfinished(metric_id)
    await _unschedule(change.conn, change.tenant_id, [run.id for run in unfinished])
    await INTERVALS.remove(change.conn, change.tenant_id, str(metric_id))
    await runs.delete_of(metric_id)


async def request(change: Change, metric_id: uuid.UUID, wanted: Positions) -> Run:
    """Request a run over all values of a metric, once `wanted` is applied. Raises NotFound, MetricPaused.

    A manual run that has not begun serves this request as well.
    """
    found = await DefinitionStore(change.conn, change.tenant_id).share(metric_id)
    metric = require_found(found, NOUN, metric_text(metric_id))
    if metric.definition.status == "paused":
        raise MetricPaused
    runs = RunStore(change.conn, change.tenant_id)
    positions = [[*place, offset] for place, offset in sorted(wanted.items())]
    joined = await runs.join(metric.id, metric.edition, positions)
    if joined is not None:
        return joined
    cause = {
        "actor_id": change.cause.actor.id,
        "actor_type": change.cause.actor.type,
        "correlation_id": change.cause.correlation_id,
    }
    return await add(change, metric.id, metric.edition, "manual", "all", wanted=positions, cause=cause)


async def add(
    change: Change,
    metric_id: uuid.UUID,
    edition: int,
    kind: RunKind,
    scope: KeyScope,
    *,
    wanted: list[list[Any]] | None = None,
    cause: Mapping[str, str] | None = None,
) -> Run:
    """Add a run of an edition, which is due now."""
    request = RunRequest(
        id=change.new_id(),
        metric_id=metric_id,
        edition=edition,
        kind=kind,
        scope=scope,
        requested_at=change.now(),
        wanted=wanted,
        cause=cause,
    )
    run = await RunStore(change.conn, change.tenant_id).add(request)
    await RUNS.put(change.conn, change.tenant_id, str(run.id))
    return run


async def abandon(conn: Connection, tenant_id: str, metric_id: uuid.UUID, *, kept: Collection[int | None]) -> None:
    """Fail the metric's runs that are not over, except those of the editions that are `kept`."""
    runs = RunStore(conn, tenant_id)
    retired = [run.id for run in await runs.unfinished(metric_id) if run.edition not in kept]
    await _unschedule(conn, tenant_id, retired)
    await runs.fail(retired, CHANGED)


async def put_on_grid(change: Change, metric: Metric) -> None:
    """Schedule the next run of an active metric for the next time of its grid."""
    interval = timedelta(minutes=metric.definition.batch_interval_min)
    due_at = next_due(metric.id, metric.created_at, interval, change.now())
    await INTERVALS.put(change.conn, change.tenant_id, str(metric.id), due_at=due_at)


async def _pause(change: Change, runs: RunStore, metric: Metric) -> None:
    """Stop the metric's runs: its first run begins anew once the metric is resumed, others fail."""
    await INTERVALS.remove(change.conn, change.tenant_id, str(metric.id))
    unfinished = await runs.unfinished(metric.id)
    await _unschedule(change.conn, change.tenant_id, [run.id for run in unfinished])
    await runs.set_back([run.id for run in unfinished if run.kind == "backfill"])
    await runs.fail([run.id for run in unfinished if run.kind != "backfill"], PAUSED)


async def _add_full_run(change: Change, runs: RunStore, metric_id: uuid.UUID, edition: int) -> None:
    unfinished = await runs.unfinished(metric_id)
    if not any(run.edition == edition and run.scope == "all" and run.state == "waiting" for run in unfinished):
        await add(change, metric_id, edition, "scheduled", "all")


async def _unschedule(conn: Connection, tenant_id: str, run_ids: Collection[uuid.UUID]) -> None:
    for run_id in sorted(run_ids, key=str):
        await RUNS.remove(conn, tenant_id, str(run_id))


def _is_out_of_date(before: Metric, after: Metric) -> bool:
    """Return whether the values shown were not kept up as the mode of `after` wants."""
    was_paused = before.definition.status == "paused"
    return was_paused or before.definition.compute_mode != after.definition.compute_mode
