"""Named work that a service does beside its consumers, in the processes that run these.

Several processes may do the same job at once: a job sees to it by itself that this does no harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, Protocol

from libs.background.backoff import Backoff
from libs.background.loops import Loop
from libs.background.waiting import wait_unless
from libs.eventlog.errors import LogUnavailable, ModelBehind
from libs.eventlog.port import EventLog
from libs.pg.database import Connection, Database
from libs.pg.errors import DatabaseUnavailable
from libs.pg.locks import try_session_lock
from libs.projections.failures import MAY_PASS, will_pass
from libs.service.kept import Kept
from libs.telemetry.metrics import JOB_FAILURES

_GRACE_S = 5.0
_LONGEST_PAUSE_S: Final = 3.0
Work = Callable[[Connection], Coroutine[Any, Any, None]]


class Job(Protocol):
    """Work that goes on until it is asked to stop."""

    @property
    def service(self) -> str:
        """The service that owns it; its projector role does the work."""
        ...

    @property
    def name(self) -> str:
        """The job's name within the service: `ticker`."""
        ...

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        """Work until `stopping`; raises what waiting does not mend, and is begun anew later."""
        ...


class KeptJob(Kept):
    """One job kept going over a log, and a database as its service's projector."""

    def __init__(self, job: Job, log: EventLog, db: Database, *, on_failure: Callable[[Loop], None]) -> None:
        name = f"{job.service}.{job.name}"
        failures = JOB_FAILURES.labels(name)
        super().__init__(
            name,
            lambda: job.run(log, db, self.stopping),
            lambda _: failures.inc(),
            on_failure=on_failure,
            grace_s=_GRACE_S,
        )


async def alone(
    db: Database,
    lock: str,
    stopping: asyncio.Event,
    work: Work,
    *,
    pause_s: float,
    stand_by: Callable[[], object] = lambda: None,
) -> None:
    """Do the `work`, which goes on until `stopping`, while no other process does any under the lock.

    It gets the connection that holds the lock: what it writes through that is written under the lock or not at all.
    `stand_by` is called whenever another process turns out to hold the lock.

    A database or log that is away and a model that is not built yet are waited for: their own checks say so.
    """
    while not stopping.is_set():
        try:
            async with db.acquire() as lease:
                if await try_session_lock(lease, lock):
                    await work(lease)
                else:
                    stand_by()
        except (DatabaseUnavailable, LogUnavailable, ModelBehind):
            pass
        await wait_unless(stopping, pause_s)


async def in_rounds(work: Callable[[], Awaitable[None]], stopping: asyncio.Event, *, pause_s: float) -> None:
    """Do the `work` of a round, again and again until `stopping`, `pause_s` apart, and further while rounds fail.

    Failures that pass by themselves and a model that is not built yet are waited for; anything else is raised.
    """
    backoff = Backoff(stopping, first_s=pause_s, limit_s=max(pause_s, _LONGEST_PAUSE_S))
    while not stopping.is_set():
        try:
            await work()
        except (*MAY_PASS, ModelBehind) as error:
            if not will_pass(error):
                raise
            await backoff.pause()
        else:
            backoff.reset()
            await wait_unless(stopping, pause_s)
