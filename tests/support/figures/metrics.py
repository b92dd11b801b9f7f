"""The figures of behavioural metrics: of their runs, of the valuer and of the publisher."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from unittest.mock import patch

from libs.contracts.paths import METRICS
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import AppendOutcome, Record
from libs.pg.database import Connection
from libs.schedule.due_loop import schedule_hints
from libs.service.setup import setup_service
from services.metrics.runs.job import RunLoop
from services.metrics.runs.model import MAX_ATTEMPTS
from services.metrics.service import SERVICE
from services.metrics.values import valuer
from services.metrics.values.computing import hold_edition
from services.metrics.values.publisher import Publisher
from services.metrics.values.valuer import Valuing
from tests.support.figures.parts import OLDEST_S
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.runs import NEVER, RunsWorld, failing
from tests.support.metrics.series import TENANT, opened_series
from tests.support.postgres import a_session_waits
from tests.support.waiting import eventually

RETRIES = MAX_ATTEMPTS - 1
"""How often a run is retried before it fails for good."""


@asynccontextmanager
async def a_run_done_and_one_that_failed_at_each_attempt(url: str) -> AsyncIterator[None]:
    """The first run of a metric is done; the one requested after it divides by zero."""

    async with _opened_runs(url) as world:
        metric = await world.definitions.create()
        await world.fold(metric, "ann")
        await world.work_off()
        await world.definitions.request_run(metric)
        for _ in range(MAX_ATTEMPTS):
            await world.make_due()
            await world.work_off(world.worker(is_filled=failing))
        yield


@asynccontextmanager
async def a_run_due_for_long_behind_another_of_its_tenant(url: str) -> AsyncIterator[None]:
    """Both were due two hours ago; the other is under way, and a tenant has one at a time."""
    begun, released = asyncio.Event(), asyncio.Event()

    async def held(_conn: Connection, _tenant_id: str, _series_id: int) -> bool:
        begun.set()
        return await released.wait()

    async with _opened_runs(url) as world:
        for name in ("under way", "behind"):
            await world.definitions.create(name)
        await world.execute("UPDATE metrics.schedule SET due_at = now() - make_interval(secs => $1)", OLDEST_S)
        hints = schedule_hints(world.db, METRICS)
        loop = RunLoop(world.db, hints, world.worker(is_filled=held))
        await hints.start()
        await loop.start()
        await asyncio.wait_for(begun.wait(), 30)
        yield
        released.set()
        await loop.stop()
        await hints.stop()


@asynccontextmanager
async def a_valuer_behind_for_long_that_waits_for_an_edition(url: str) -> AsyncIterator[None]:
    """It was level two hours ago last; a run holds the edition that it is about to compute."""
    async with _opened_runs(url) as world:
        metric = await world.definitions.create(compute_mode="realtime")
        await world.fold(metric, "ann")
        await world.work_off()
        await world.fold(metric, "ann")
        with patch.object(valuer, "time", SimpleNamespace(monotonic=lambda: time.monotonic() - OLDEST_S)):
            valuing = Valuing(world.db)
        with patch.object(valuer, "LONGEST_WAIT_S", 30):
            async with world.db.transaction() as run:
                assert await hold_edition(run, TENANT, metric.id, metric.edition)
                round_of_it = asyncio.create_task(valuing.round(NEVER()))
                async with world.db.transaction() as conn:
                    await eventually(lambda: a_session_waits(conn))
                yield
            await round_of_it


@asynccontextmanager
async def three_values_that_the_log_does_not_take(url: str) -> AsyncIterator[None]:
    """Three values that are shown, and a publisher that is stopped once it finds the log away."""
    stopping = asyncio.Event()

    class Away(MemoryEventLog):
        """Takes nothing."""

        async def append(self, _records: Sequence[Record]) -> Sequence[AppendOutcome]:
            stopping.set()
            raise LogUnavailable("planned")

    async with _opened_runs(url) as world:
        metric = await world.definitions.create()
        await world.fold(metric, "ann", "bob", "cyd")
        await world.work_off()
        await Publisher().run(Away(), world.db, stopping)
        yield


@asynccontextmanager
async def _opened_runs(url: str) -> AsyncIterator[RunsWorld]:
    await setup_service(SERVICE, url)
    async with opened_series(url) as series:
        yield RunsWorld(series, Definitions(series.requests), await series.log.identity())
