"""The job `runs`: adds scheduled runs when they are due, and works off runs, few at a time and one of a tenant."""

from __future__ import annotations

import asyncio
from typing import Final

from libs.background.waiting import wait_unless
from libs.contracts.paths import METRICS
from libs.eventlog.errors import ModelBehind
from libs.eventlog.port import EventLog
from libs.pg.database import Database
from libs.pg.errors import PASSING
from libs.pg.hints import Hints
from libs.schedule.due_loop import schedule_hints
from libs.schedule.lease_loop import LeaseLoop
from libs.schedule.schedule import Lanes
from libs.telemetry.metrics import METRIC_RUN_LAG_SECONDS
from services.metrics.backfill.progress import is_filled
from services.metrics.runs.clock import RunClock
from services.metrics.runs.requests import RUNS
from services.metrics.runs.working import LEASE_S, RunWorker

AT_A_TIME: Final = 2
_LOOK_S: Final = 1.0


class Runs:
    """The job."""

    service = METRICS
    name = "runs"

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        worker = RunWorker(db, await log.identity(), is_filled)
        hints = schedule_hints(db, METRICS)
        loops = (hints, RunClock(db).loop(hints), RunLoop(db, hints, worker))
        try:
            for loop in loops:
                await loop.start()
            while not stopping.is_set():
                for loop in loops:
                    loop.raise_failure()
                await wait_unless(stopping, _LOOK_S)
        finally:
            await asyncio.gather(*(loop.stop() for loop in loops))


class RunLoop(LeaseLoop):
    """Works off runs that are due; `db` connects as the projector role, `hints` are those of the schedule."""

    def __init__(self, db: Database, hints: Hints, worker: RunWorker) -> None:
        super().__init__(
            "runs of metrics",
            RUNS,
            db,
            hints,
            lambda leased: worker.work_off(leased, self.stopping),
            lanes=Lanes(of_lane=AT_A_TIME, of_tenant=1, in_all=AT_A_TIME),
            lease_s=LEASE_S,
            survives=(*PASSING, ModelBehind),
        )

    async def begin(self) -> bool:
        async with self._db.transaction(readonly=True) as conn:
            METRIC_RUN_LAG_SECONDS.set(await RUNS.overdue_s(conn))
        return await super().begin()
