"""Keeps one read model up to date, as one member among any number of others, until told to stop.

Whatever happens to the process, each record of the projection's topics is applied or parked exactly once in each
generation (`batch.py` says why). Three kinds of failure: an invalid record is parked, a transient one is waited for
with the same batch, anything else is logged and raised so that a supervisor starts the process again.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Generic, TypeVar

import structlog

from libs.eventlog.backoff import MAY_PASS, Backoff, wait_unless, will_pass
from libs.eventlog.errors import LogMismatch
from libs.eventlog.generations import Generation, check_ends, ensure_serving
from libs.eventlog.port import EventLog
from libs.eventlog.positions import GenerationChanged, PositionsLost, ProjectionStopped, current
from libs.eventlog.projection import Projection
from libs.eventlog.rebuild import Rebuilder, is_rebuild_wanted, request_once
from libs.eventlog.runner_figures import Figures
from libs.eventlog.runner_serving import Rejoin, Serving
from libs.eventlog.runner_settings import RunnerSettings
from libs.pg.database import Database

E = TypeVar("E")
_log = structlog.get_logger(__name__)
_REBUILD_STOP_S = 2.0


class ProjectionRunner(Generic[E]):
    """Runs a projection and the rebuilds asked for it.

    `db` has the service's projector role and room for at least four connections; `member` is a name that no other
    live process has and that stays the same over restarts.
    """

    def __init__(
        self,
        log: EventLog,
        db: Database,
        projection: Projection[E],
        *,
        member: str,
        settings: RunnerSettings | None = None,
    ) -> None:
        self._log = log
        self._db = db
        self._projection = projection
        self._member = member
        self._settings = settings or RunnerSettings()
        self._stopping = asyncio.Event()
        self._backoff = Backoff(
            self._stopping, first_s=self._settings.backoff_first_s, limit_s=self._settings.backoff_limit_s
        )
        self.figures = Figures(projection.service, projection.name)

    async def run(self) -> None:
        """Until `stop`. Raises LogMismatch and whatever else waiting does not mend."""
        rebuilder = Rebuilder(
            self._log,
            self._db,
            self._projection,
            member=self._member,
            settings=self._settings,
            figures=self.figures,
            stopping=self._stopping,
        )
        rebuilding = asyncio.create_task(rebuilder.run())
        try:
            await self._serve_until_stopped()
        except Exception:
            _log.exception("projection_failed", service=self._projection.service, projection=self._projection.name)
            raise
        finally:
            self._stopping.set()
            await asyncio.wait({rebuilding}, timeout=_REBUILD_STOP_S)
            rebuilding.cancel()
            with suppress(asyncio.CancelledError):
                await rebuilding

    async def stop(self) -> None:
        """Ask `run` to finish the batch at hand, leave the group and return."""
        self._stopping.set()

    async def _serve_until_stopped(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._serve()
            except GenerationChanged as change:
                _log.info("generation_changed", projection=self._projection.name, change=str(change))
            except (Rejoin, PositionsLost, ProjectionStopped) as reason:
                _log.error("projection_interrupted", projection=self._projection.name, reason=str(reason))
            except MAY_PASS as error:
                if not will_pass(error):
                    raise
                self.figures.retries += 1
                await self._backoff.pause()

    async def _serve(self) -> None:
        generation = await ensure_serving(self._db, self._log, self._projection)
        self.figures.generation = generation.number
        self.figures.stopped_reason = generation.stopped_reason
        self.figures.waiting_for = await self._obstacle(generation)
        if self.figures.stopped_reason or self.figures.waiting_for:
            self._backoff.reset()
            return await wait_unless(self._stopping, self._settings.tick_s)
        self._backoff.reset()
        await Serving(
            self._log,
            self._db,
            self._projection,
            generation,
            member=self._member,
            settings=self._settings,
            figures=self.figures,
            stopping=self._stopping,
        ).run()
        return None

    async def _obstacle(self, generation: Generation) -> str | None:
        """Why this process must not write the serving generation; a rebuild that would mend it is asked for.

        The old generation serves meanwhile and stands still: its tables were made for other code or another log.
        """
        model = (self._projection.service, self._projection.name)
        if self._projection.version < generation.version:
            return f"a process of version {generation.version}: this one is older and is to be replaced"
        if self._projection.version > generation.version:
            await request_once(self._db, *model, reason=f"version {self._projection.version}")
            return f"the rebuild to version {self._projection.version}"
        if generation.log_id != await self._log.identity():
            await request_once(self._db, *model, reason="another log")
            return "the rebuild from the log that was moved to"
        return await self._check_ends(generation)

    async def _check_ends(self, generation: Generation) -> str | None:
        """Positions are looked up before the ends, so that only a log that lost records lies behind them."""
        reached = await current(self._db, generation)
        ends = await self._log.end_offsets(self._projection.topics)
        try:
            check_ends(generation, reached, ends)
        except LogMismatch:
            if not await is_rebuild_wanted(self._db, generation.service, generation.name):
                raise
            return "the rebuild from what the log has left"
        return None
