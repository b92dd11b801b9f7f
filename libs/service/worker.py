"""Runs projections, reactors and jobs beside each other in one process, and tells how they are.

One that fails for a reason that waiting does not mend is started again, later each time, while the others go on. The
worker ends, so that a supervisor starts a clean process, once no consumer runs, or when the log is not the database's
own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Self

from libs.background.loops import Loop, Periodic, check_all, joined
from libs.eventlog.errors import LogMismatch
from libs.eventlog.port import EventLog
from libs.pg.database import Database
from libs.pg.roles import projector_role
from libs.projections.consumer_runner import ConsumerRunner
from libs.projections.reactor import Reactor
from libs.projections.reactor_runner import ReactorRunner
from libs.projections.runner import ProjectionRunner
from libs.projections.running import RunnerSettings
from libs.service.jobs import Job, KeptJob
from libs.service.kept_runner import KeptRunner
from libs.service.projection_metrics import export_figures
from libs.service.service import AnyConsumer
from libs.telemetry.metrics import CHECK_FAILING

_LOG_CHECK = "log of consumers"
"""The name in `waymark_check_failing`: the APIs' own log is another check of the process."""
_CONNECTIONS_PER_CONSUMER = 4
_METRICS_INTERVAL_S = 1.0
# What a consumer writes comes from the log, and moves its positions in the same transaction: a server that crashes
# loses both or none, and the records are read again. So nobody waits for the disk, least of all those who append.
_UNHURRIED = {"synchronous_commit": "off"}


class Worker:
    """The runners of several consumers over one log, and the jobs beside them; use as an async context manager.

    `url_as` returns the URL of the database as a service connects.
    """

    def __init__(
        self,
        log: EventLog,
        consumers: Sequence[AnyConsumer],
        jobs: Sequence[Job] = (),
        *,
        url_as: Callable[[str], str],
        member: str,
        settings: RunnerSettings | None = None,
    ) -> None:
        self._log = log
        self._consumers = consumers
        self._jobs = jobs
        self._url_as = url_as
        self._member = member
        self._settings = settings
        self._kept: list[KeptRunner] = []
        self._kept_jobs: list[KeptJob] = []
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._exporting = Periodic("projection metrics", _METRICS_INTERVAL_S, self._export, at_once=True, grace_s=0)
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect and start every runner and job. Raises DatabaseUnavailable."""
        async with AsyncExitStack() as starting:
            for consumer in self._consumers:
                db = await starting.enter_async_context(await self._connect(consumer.service, _UNHURRIED))
                make = partial(self._runner, db, consumer)
                self._kept.append(KeptRunner(make, self._note_failure, on_failure=self._note_end))
            for job in self._jobs:
                db = await starting.enter_async_context(await self._connect(job.service))
                self._kept_jobs.append(KeptJob(job, self._log, db, on_failure=self._note_end))
            for loop in self._loops:
                await loop.start()
            self._resources = starting.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(loop.stop() for loop in self._loops))
        self._ended.cancel()
        await self._resources.aclose()

    async def failed(self) -> None:
        """Return only by raising what leaves nothing to run: the log's mismatch, or the last consumer's failure."""
        await asyncio.shield(self._ended)

    async def check(self) -> str | None:
        """Return None when every consumer works and hears from the log, and every job goes on, else the reasons."""
        return joined(await check_all(*self._loops), await self._log.check())

    @property
    def _loops(self) -> Sequence[Loop]:
        return (*self._kept, *self._kept_jobs, self._exporting)

    async def _connect(self, service: str, settings: Mapping[str, str] | None = None) -> Database:
        return await Database.connect(
            self._url_as(service),
            role=projector_role(service),
            application_name=f"waymark-{service}-projections",
            max_size=_CONNECTIONS_PER_CONSUMER,
            search_path=(service,),
            keep_statements=False,
            server_settings=settings,
        )

    def _runner(self, db: Database, consumer: AnyConsumer) -> ConsumerRunner:
        if isinstance(consumer, Reactor):
            return ReactorRunner(self._log, db, consumer, member=self._member, settings=self._settings)
        return ProjectionRunner(self._log, db, consumer, member=self._member, settings=self._settings)

    def _note_failure(self, error: BaseException) -> None:
        self._export_figures()  # the runner made next counts from 0
        failed = sum(kept.work_failure is not None for kept in self._kept)
        if isinstance(error, LogMismatch) or failed == len(self._consumers):
            self._end(error)

    def _note_end(self, kept: Loop) -> None:
        if kept.failure is not None:
            self._end(kept.failure)

    def _end(self, error: BaseException) -> None:
        if not self._ended.done():
            self._ended.set_exception(error)

    async def _export(self) -> None:
        self._export_figures()
        for loop in self._loops:
            CHECK_FAILING.labels(loop.name).set(await loop.check() is not None)
        CHECK_FAILING.labels(_LOG_CHECK).set(await self._log.check() is not None)

    def _export_figures(self) -> None:
        for kept in self._kept:
            export_figures(kept.figures)


@asynccontextmanager
async def ending_with(worker: Worker) -> AsyncIterator[None]:
    """Cancel the block when the worker ends by a failure, and raise that instead."""
    watching = asyncio.create_task(worker.failed())
    current = asyncio.current_task()
    assert current is not None
    watching.add_done_callback(lambda task: None if task.cancelled() else current.cancel())
    try:
        yield
    except asyncio.CancelledError:
        if watching.done() and not watching.cancelled():
            watching.result()
        raise
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
