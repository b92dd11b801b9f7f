"""Runs projections beside each other in one process, and tells how they are.

A projection that fails for a reason that waiting does not mend ends the worker, so that a supervisor starts a clean
process; one that stopped to wait for an operator does not.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

from libs.eventlog.port import EventLog
from libs.eventlog.projection import Projection
from libs.eventlog.runner import ProjectionRunner
from libs.eventlog.runner_settings import RunnerSettings
from libs.pg.database import Database
from libs.pg.roles import projector_role
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
        self._runners: list[ProjectionRunner[Any]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect and start every runner. Raises DatabaseUnavailable."""
        async with AsyncExitStack() as starting:
            for projection in self._projections:
                db = await starting.enter_async_context(await self._connect(projection.service))
                runner = ProjectionRunner(self._log, db, projection, member=self._member, settings=self._settings)
                self._runners.append(runner)
                self._tasks.append(asyncio.create_task(runner.run(), name=f"{projection.service}.{projection.name}"))
            self._tasks.append(asyncio.create_task(self._export(), name="projection metrics"))
            self._resources = starting.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        for runner in self._runners:
            await runner.stop()
        exporting = self._tasks.pop()
        exporting.cancel()
        await asyncio.gather(*self._tasks, exporting, return_exceptions=True)
        await self._resources.aclose()

    async def failed(self) -> None:
        """Return only by raising what ended a runner."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def check(self) -> str | None:
        """None when every projection serves and hears from the log; else which does not, and why."""
        reasons = [reason for runner in self._runners if (reason := _trouble(runner))]
        return "; ".join(reasons) or None

    async def _connect(self, service: str) -> Database:
        return await Database.connect(
            self._database_url,
            role=projector_role(service),
            application_name=f"waymark-{service}-projections",
            max_size=_CONNECTIONS_PER_PROJECTION,
            search_path=(service,),
        )

    async def _export(self) -> None:
        while True:
            for runner in self._runners:
                export_figures(runner.figures)
            await asyncio.sleep(_METRICS_INTERVAL_S)


def _trouble(runner: ProjectionRunner[Any]) -> str | None:
    figures = runner.figures
    name = f"{figures.service}.{figures.name}"
    if figures.generation is None:
        return f"{name} has no generation yet"
    if figures.stopped_reason:
        return f"{name} stopped: {figures.stopped_reason}"
    if figures.silent_s > _SILENT_S:
        return f"{name} has not heard from the log for {figures.silent_s:.0f} s"
    return None


@asynccontextmanager
async def ending_with(worker: Worker) -> AsyncIterator[None]:
    """Cancel the block when a runner of the worker fails, and raise its error instead."""
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
