"""Works off a run that is leased: begins it, computes its keys a chunk at a time, and ends it.

Each transaction holds the run's row of the schedule, renewing the lease; a late owner finds it taken and writes
nothing. If the process dies after a transaction, whoever takes the lease goes on with the next:

1. *check*: nothing is written unless the run is over; it waits until the read model has what it wants.
2. *begin*: the run gets the one instant that all its keys are computed for, once the batches are committed that may not
   know its edition yet: all later ones touch keys for it. What it waits for is looked at again: a request may have
   joined it since, and the generation that serves may be another.
3. *chunk*, as often as there are keys: the values and the cursor behind them are there together, or neither is.
4. *end*: a complete first run makes its edition serve, and retires the former one, in the same transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal

import asyncpg

from libs.contracts.events import Actor, Cause
from libs.contracts.paths import METRICS
from libs.contracts.times import from_ms, to_ms
from libs.eventlog.errors import ModelBehind
from libs.eventlog.port import TopicPartition
from libs.objects.changes import Changes, utc_now
from libs.pg.database import Connection, Database
from libs.pg.errors import FAULTS, DatabaseUnavailable
from libs.projections.passed import enter_model, model_offsets, pass_batches
from libs.schedule.schedule import Leased, Overtaken
from libs.telemetry.logger import get_logger
from libs.telemetry.metrics import METRIC_RUNS
from services.metrics.definitions import editions
from services.metrics.definitions.kinds import METRIC_DEFINITIONS
from services.metrics.definitions.model import Edition, Metric
from services.metrics.definitions.store import DefinitionStore
from services.metrics.runs.model import LONGEST_RUN_S, MAX_ATTEMPTS, Run, pause_after_s
from services.metrics.runs.requests import CHANGED, PAUSED, RUNS
from services.metrics.runs.store import RunStore
from services.metrics.series.model import SERIES_MODEL
from services.metrics.values.computing import (
    STATEMENT_S,
    bounded,
    clock_ms,
    compute,
    count_keys,
    find_edition,
    hold_edition,
    next_keys,
)

LEASE_S: Final = 30.0
LOOK_AGAIN_S: Final = 0.5
"""How soon a run looks again whether the read model has what it wants."""
CHUNK_KEYS: Final = 2_000
_AWAY: Final = (Overtaken, DatabaseUnavailable, ModelBehind)
_log = get_logger(__name__)

Step = Literal["more", "last", "anew"]
IsFilled = Callable[[Connection, str, int], Awaitable[bool]]
"""Whether all contributions of a tenant's series are there that the log has, in the generation that is entered."""


class RunWorker:
    """Works off runs of all tenants; `db` connects as the projector role, `log_id` is that of the log."""

    def __init__(self, db: Database, log_id: str, is_filled: IsFilled, *, chunk_keys: int = CHUNK_KEYS) -> None:
        self._db = db
        self._log_id = log_id
        self._is_filled = is_filled
        self._chunk_keys = chunk_keys

    async def work_off(self, leased: Leased, stopping: asyncio.Event) -> None:
        """Make one attempt at a run, and note an error that ends it; when `stopping`, give the lease back.

        A lease that is lost, and a database or read model that is away, leave the run to whoever leases it next.
        """
        try:
            async with asyncio.timeout(LONGEST_RUN_S):
                await self._go_on(leased, stopping)
        except _AWAY:
            return
        except (*FAULTS, TimeoutError) as fault:
            _log.error("metric_run_failed", tenant=leased.tenant_id, run=leased.id, exc_info=fault)
            with contextlib.suppress(*_AWAY):
                await self._note_failure(leased, _reason(fault))

    async def _go_on(self, leased: Leased, stopping: asyncio.Event) -> None:
        checked = await self.check(leased)
        if checked is None:
            return
        while not stopping.is_set():
            step = await self.chunk(leased, checked)
            if step == "last":
                await self.end(leased, checked)
                return
            if step == "anew" and not await self.begin(leased, checked):
                return
        async with bounded(self._db) as conn:
            await RUNS.release(conn, leased)

    async def check(self, leased: Leased) -> Run | None:
        """Return the run if its keys can be computed now; None when it is over, or has to wait."""
        async with bounded(self._db) as conn:
            run = await _hold(conn, leased)
            if run is None or run.is_over:
                await RUNS.remove(conn, leased.tenant_id, leased.id)
                return None
            metric = await DefinitionStore(conn, run.tenant_id).get(run.metric_id)
            edition = await find_edition(conn, run.tenant_id, run.metric_id, run.edition)
            if metric is None or edition is None or edition.state == "retired":
                await _fail(conn, run, CHANGED)
            elif metric.definition.status == "paused":
                await _stop_paused(conn, run)
            elif run.state == "waiting" and not await self._is_ready(conn, run, edition):
                await _wait(conn, run)
            else:
                return run
            return None

    async def begin(self, leased: Leased, checked: Run) -> bool:
        """Let the run begin with its first key as of now; False when it has to wait."""
        if checked.scope == "all":
            async with bounded(self._db) as conn:
                await pass_batches(conn, METRICS, SERIES_MODEL)
        async with bounded(self._db) as conn:
            edition = await hold_edition(conn, checked.tenant_id, checked.metric_id, checked.edition)
            run = await _hold_unfinished(conn, leased)
            if edition is None or not await self._is_ready(conn, run, edition):
                await _wait(conn, run)
                return False
            generation = await enter_model(conn, METRICS, SERIES_MODEL)
            at_ms = await clock_ms(conn)
            total = await count_keys(conn, edition, run.scope, at_ms)
            await RunStore(conn, run.tenant_id).begin(run, from_ms(at_ms), generation.number, total)
            return True

    async def chunk(self, leased: Leased, checked: Run) -> Step:
        """Compute the next keys. The run has to begin, or to begin anew, where they are of another generation."""
        async with bounded(self._db) as conn:
            edition = await hold_edition(conn, checked.tenant_id, checked.metric_id, checked.edition)
            run = await _hold_unfinished(conn, leased)
            generation = await enter_model(conn, METRICS, SERIES_MODEL)
            if edition is None or run.at is None or generation.number != run.generation:
                return "anew"
            at_ms = to_ms(run.at)
            found = await next_keys(conn, edition, run.scope, run.cursor, at_ms, limit=self._chunk_keys)
            if found.keys:
                changed = await compute(conn, edition, found.keys, at_ms, is_current=False)
                await RunStore(conn, run.tenant_id).advance(run, found.cursor, len(found.keys), changed)
            return "more" if found.may_go_on else "last"

    async def end(self, leased: Leased, checked: Run) -> None:
        """Note that the run is done; the values of a first one are shown from now on."""
        async with bounded(self._db) as conn:
            metric = await DefinitionStore(conn, checked.tenant_id).lock(checked.metric_id)
            if checked.scope == "all":
                await editions.serve(conn, checked.tenant_id, checked.metric_id, checked.edition)
            edition = await hold_edition(conn, checked.tenant_id, checked.metric_id, checked.edition)
            run = await _hold_unfinished(conn, leased)
            if metric is None or edition is None or edition.state != "serving":
                raise Overtaken(f"run {run.id} is of an edition that is not shown")
            runs = RunStore(conn, run.tenant_id)
            await runs.note_computed(run)
            await runs.finish(run, edition.value_count)
            await RUNS.remove(conn, leased.tenant_id, leased.id)
            if run.cause is not None:
                await _publish(conn, metric, run.cause)
        METRIC_RUNS.labels(checked.kind, "done").inc()

    async def _note_failure(self, leased: Leased, reason: str) -> None:
        async with bounded(self._db) as conn:
            run = await _hold_unfinished(conn, leased)
            if run.attempt >= MAX_ATTEMPTS:
                await _fail(conn, run, reason)
                return
            await RunStore(conn, run.tenant_id).retry(run, reason)
            await RUNS.put(conn, run.tenant_id, leased.id, due_in_s=pause_after_s(run.attempt), attempt=run.attempt)
        METRIC_RUNS.labels(run.kind, "retried").inc()

    async def _is_ready(self, conn: Connection, run: Run, edition: Edition) -> bool:
        try:
            applied = await model_offsets(conn, METRICS, SERIES_MODEL, log_id=self._log_id)
        except ModelBehind:
            return False
        wanted = {TopicPartition(topic, partition): offset for topic, partition, offset in run.wanted or ()}
        if any(applied[place] < offset for place, offset in wanted.items() if place in applied):
            return False
        return await self._is_filled(conn, run.tenant_id, edition.series_id)


async def _hold(conn: Connection, leased: Leased) -> Run | None:
    """Hold the run until the transaction ends, its lease renewed. Raises Overtaken when the lease is lost."""
    if await RUNS.renew(conn, [leased], for_s=LEASE_S):
        raise Overtaken(f"run {leased.id} of tenant {leased.tenant_id}")
    return await RunStore(conn, leased.tenant_id).lock(uuid.UUID(leased.id))


async def _hold_unfinished(conn: Connection, leased: Leased) -> Run:
    run = await _hold(conn, leased)
    if run is None or run.is_over:
        raise Overtaken(f"run {leased.id} of tenant {leased.tenant_id} is over")
    return run


async def _wait(conn: Connection, run: Run) -> None:
    """Look again soon whether the run can begin; a manual one that has waited for long fails."""
    if run.kind == "manual" and (utc_now() - run.requested_at).total_seconds() > LONGEST_RUN_S:
        await _fail(conn, run, "what had been accepted before was not counted in time")
    else:
        await RUNS.put(conn, run.tenant_id, str(run.id), due_in_s=LOOK_AGAIN_S)


async def _stop_paused(conn: Connection, run: Run) -> None:
    """Let a run of a paused metric fail; a first one waits until the metric is resumed."""
    if run.kind != "backfill":
        await _fail(conn, run, PAUSED)
        return
    await RunStore(conn, run.tenant_id).set_back([run.id])
    await RUNS.remove(conn, run.tenant_id, str(run.id))


async def _fail(conn: Connection, run: Run, reason: str) -> None:
    await RunStore(conn, run.tenant_id).fail([run.id], reason)
    await RUNS.remove(conn, run.tenant_id, str(run.id))
    METRIC_RUNS.labels(run.kind, "failed").inc()


async def _publish(conn: Connection, metric: Metric, cause: Mapping[str, str]) -> None:
    """Publish that the values of a metric, which the transaction holds, were computed at somebody's request."""
    actor = Actor(id=cause["actor_id"], type=cause["actor_type"])
    change = Changes().begin(conn, metric.tenant_id, Cause(actor=actor, correlation_id=cause["correlation_id"]))
    await change.publish(METRIC_DEFINITIONS, metric, "computed")


def _reason(fault: Exception) -> str:
    """Return what a tenant may know of an error; the log has the rest."""
    if isinstance(fault, asyncpg.QueryCanceledError):
        return f"a statement took longer than {STATEMENT_S:.0f} s"
    if isinstance(fault, TimeoutError):
        return f"the attempt took longer than {LONGEST_RUN_S:.0f} s"
    return "the values could not be computed; the service's log has the error"
