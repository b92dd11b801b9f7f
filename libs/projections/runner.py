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

from libs.background.waiting import wait_unless
from libs.eventlog.errors import LogMismatch
from libs.eventlog.port import EventLog
from libs.pg.database import Database
from libs.projections.failures import MAY_PASS, will_pass
from libs.projections.generations import Generation, check_ends, ensure_serving
from libs.projections.positions import GenerationChanged, PositionsLost, ProjectionStopped, current
from libs.projections.projection import Projection
from libs.projections.rebuild.rebuilder import Rebuilder
from libs.projections.rebuild.requests import is_rebuild_wanted, request_once
from libs.projections.running import Figures, RunnerParts, RunnerSettings
from libs.projections.serving import Rejoin, Serving

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
        self.figures = Figures(projection.service, projection.name)
        self._stopping = asyncio.Event()
        self._parts = RunnerParts(
            log, db, projection, member, settings or RunnerSettings(), self.figures, self._stopping
        )
        self._backoff = self._parts.backoff()

    async def run(self) -> None:
        """Until `stop`. Raises LogMismatch and whatever else waiting does not mend."""
        rebuilder = Rebuilder(self._parts)
        rebuilding = asyncio.create_task(rebuilder.run())
        try:
            await self._serve_until_stopped()
        except Exception:
            _log.exception(
                "projection_failed", service=self._parts.projection.service, projection=self._parts.projection.name
            )
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
                _log.info("generation_changed", projection=self._parts.projection.name, change=str(change))
            except (Rejoin, PositionsLost, ProjectionStopped) as reason:
                _log.error("projection_interrupted", projection=self._parts.projection.name, reason=str(reason))
            except MAY_PASS as error:
                if not will_pass(error):
                    raise
                self.figures.retries += 1
                await self._backoff.pause()

    async def _serve(self) -> None:
        generation = await ensure_serving(self._parts.db, self._parts.log, self._parts.projection)
        self.figures.generation = generation.number
        self.figures.stopped_reason = generation.stopped_reason
        self.figures.waiting_for = await self._obstacle(generation)
        if self.figures.stopped_reason or self.figures.waiting_for:
            self._backoff.reset()
            return await wait_unless(self._stopping, self._parts.settings.tick_s)
        self._backoff.reset()
        await Serving(self._parts, generation).run()
        return None

    async def _obstacle(self, generation: Generation) -> str | None:
        """Why this process must not write the serving generation; a rebuild that would mend it is asked for.

        The old generation serves meanwhile and stands still: its tables were made for other code or another log.
        """
        model = (self._parts.projection.service, self._parts.projection.name)
        if self._parts.projection.version < generation.version:
            return f"a process of version {generation.version}: this one is older and is to be replaced"
        if self._parts.projection.version > generation.version:
            await request_once(self._parts.db, *model, reason=f"version {self._parts.projection.version}")
            return f"the rebuild to version {self._parts.projection.version}"
        if generation.log_id != await self._parts.log.identity():
            await request_once(self._parts.db, *model, reason="another log")
            return "the rebuild from the log that was moved to"
        return await self._check_ends(generation)

    async def _check_ends(self, generation: Generation) -> str | None:
        """Positions are looked up before the ends, so that only a log that lost records lies behind them."""
        reached = await current(self._parts.db, generation)
        ends = await self._parts.log.end_offsets(self._parts.projection.topics)
        try:
            check_ends(generation, reached, ends)
        except LogMismatch:
            if not await is_rebuild_wanted(self._parts.db, generation.service, generation.name):
                raise
            return "the rebuild from what the log has left"
        return None
