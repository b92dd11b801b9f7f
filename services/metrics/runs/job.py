"""The job `runs`: adds scheduled runs when they are due, and works off runs, few at a time and one of a tenant."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

from libs.background.waiting import wait_unless
from libs.contracts.paths import METRICS
from libs.eventlog.errors import ModelBehind
from libs.eventlog.port import EventLog
from libs.pg.database import Database
from libs.pg.errors import PASSING
from libs.pg.hints import Hints
from libs.schedule.due_loop import DueLoop, schedule_hints
from libs.schedule.schedule import Lanes, Leased
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


class RunLoop(DueLoop):
    """Works off runs that are due; `db` connects as the projector role, `hints` are those of the schedule."""

    def __init__(self, db: Database, hints: Hints, worker: RunWorker) -> None:
        self._busy: Counter[tuple[str, str]] = Counter()
        self._room = Lanes(of_lane=AT_A_TIME, of_tenant=1, in_all=AT_A_TIME, leased=self._busy)
        super().__init__(
            "runs of metrics",
            RUNS,
            db,
            hints,
            self._begin,
            survives=(*PASSING, ModelBehind),
            lanes=lambda: self._room,
        )
        self._db = db
        self._worker = worker

    async def _begin(self) -> bool:
        """Begin as many runs as there is room for; return whether there may be more."""
        async with self._db.transaction() as conn:
            METRIC_RUN_LAG_SECONDS.set(max(0.0, -(await RUNS.next_due_s(conn) or 0.0)))
            if self._room.room <= 0:
                return False
            leases = await RUNS.lease(conn, limit=self._room.room, for_s=LEASE_S, lanes=self._room)
        for leased in leases:
            self._busy[leased.tenant_id, leased.lane] += 1
            self.tasks.create_task(self._work_off(leased), name=f"run {leased.id}")
        return bool(leases)

    async def _work_off(self, leased: Leased) -> None:
        at = (leased.tenant_id, leased.lane)
        try:
            await self._worker.work_off(leased, self.stopping)
        finally:
            self._busy[at] -= 1
            if not self._busy[at]:
                del self._busy[at]
            self.wake()
