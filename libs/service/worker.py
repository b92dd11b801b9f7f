"""Runs projections beside each other in one process, and tells how they are.

A projection that fails for a reason that waiting does not mend is started again, later each time, while the others go
on. The worker ends, so that a supervisor starts a clean process, once none of them runs, or when the log is not the
database's own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Self

from libs.eventlog.errors import LogMismatch
from libs.eventlog.port import EventLog
from libs.pg.database import Database
from libs.pg.roles import projector_role
from libs.projections.projection import Projection
from libs.projections.runner import ProjectionRunner
from libs.projections.running import RunnerSettings
from libs.service.kept_runner import KeptRunner
from libs.service.projection_metrics import export_figures

_CONNECTIONS_PER_PROJECTION = 4
_METRICS_INTERVAL_S = 1.0
_SILENT_S = 30.0


class Worker:
    """The runners of several projections over one log; use as an async context manager."""

    def __init__(
        self,
        log: EventLog,
        projections: Sequence[Projection[Any]],
        *,
        database_url: str,
        member: str,
        settings: RunnerSettings | None = None,
    ) -> None:
        self._log = log
        self._projections = projections
        self._database_url = database_url
        self._member = member
        self._settings = settings
        self._kept: list[KeptRunner] = []
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect and start every runner. Raises DatabaseUnavailable."""
        async with AsyncExitStack() as starting:
            for projection in self._projections:
                db = await starting.enter_async_context(await self._connect(projection.service))
                kept = KeptRunner(partial(self._runner, db, projection), self._note_failure)
                self._kept.append(kept)
                self._tasks.append(asyncio.create_task(kept.run(), name=f"{projection.service}.{projection.name}"))
            self._tasks.append(asyncio.create_task(self._export(), name="projection metrics"))
            self._resources = starting.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        for kept in self._kept:
            await kept.stop()
        exporting = self._tasks.pop()
        exporting.cancel()
        await asyncio.gather(*self._tasks, exporting, return_exceptions=True)
        self._ended.cancel()
        await self._resources.aclose()

    async def failed(self) -> None:
        """Return only by raising what leaves nothing to run: the log's mismatch, or the last projection's failure."""
        done, _ = await asyncio.wait({self._ended, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        for ended in done:
            ended.result()

    async def check(self) -> str | None:
        """None when every projection serves and hears from the log; else which does not, and why."""
        reasons = [reason for kept in self._kept if (reason := _trouble(kept))]
        return "; ".join(reasons) or None

    async def _connect(self, service: str) -> Database:
        return await Database.connect(
            self._database_url,
            role=projector_role(service),
            application_name=f"waymark-{service}-projections",
            max_size=_CONNECTIONS_PER_PROJECTION,
            search_path=(service,),
            keep_statements=False,
        )

    def _runner(self, db: Database, projection: Projection[Any]) -> ProjectionRunner[Any]:
        return ProjectionRunner(self._log, db, projection, member=self._member, settings=self._settings)

    def _note_failure(self, error: BaseException) -> None:
        failed = sum(kept.failure is not None for kept in self._kept)
        hopeless = isinstance(error, LogMismatch) or failed == len(self._projections)
        if hopeless and not self._ended.done():
            self._ended.set_exception(error)

    async def _export(self) -> None:
        while True:
            for kept in self._kept:
                export_figures(kept.figures)
            await asyncio.sleep(_METRICS_INTERVAL_S)


def _trouble(kept: KeptRunner) -> str | None:
    figures = kept.figures
    name = f"{figures.service}.{figures.name}"
    if kept.failure is not None:
        return f"{name} failed and will be tried again: {type(kept.failure).__name__}: {kept.failure}"
    if figures.generation is None:
        return f"{name} has no generation yet"
    if figures.stopped_reason:
        return f"{name} stopped: {figures.stopped_reason}"
    if figures.silent_s > _SILENT_S:
        return f"{name} has not heard from the log for {figures.silent_s:.0f} s"
    return None


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
