"""Keeps one read model up to date, and builds its next generation when that is asked for.

Whatever happens to the process, each record of the projection's topics is applied or parked exactly once in each
generation (`batch.py` says why).
"""

from __future__ import annotations

import math
from typing import Generic, TypeVar

from libs.background.loops import Periodic
from libs.eventlog.errors import LogMismatch
from libs.eventlog.port import EventLog
from libs.pg.database import Database
from libs.projections.consumer_runner import ConsumerRunner
from libs.projections.generations import Generation, check_ends, ensure_serving
from libs.projections.positions import current, entered
from libs.projections.projection import Projection
from libs.projections.rebuild.rebuilder import Rebuilder
from libs.projections.rebuild.requests import is_rebuild_wanted, request_once
from libs.projections.running import RunnerSettings
from libs.projections.serving import Serving
from libs.projections.work import projecting

E = TypeVar("E")
_REBUILD_STOP_S = 2.0
_REMEDY = "rebuild the model from what is left with `waymark projections rebuild`"


class ProjectionRunner(ConsumerRunner, Generic[E]):
    """Runs a projection and the rebuilds asked for it. Raises ValueError for a projection that cannot be rebuilt."""

    def __init__(
        self,
        log: EventLog,
        db: Database,
        projection: Projection[E],
        *,
        member: str,
        settings: RunnerSettings | None = None,
    ) -> None:
        super().__init__(log, db, projection, member=member, settings=settings)
        if projection.publishes and any(topic.compacted for topic in projection.topics):
            raise ValueError(f"{projection.service}.{projection.name} publishes, and may read no compacted topic")
        self._projection = projection

    async def run(self) -> None:
        rebuilding = self._rebuilding()
        await rebuilding.start()
        try:
            await super().run()
        finally:
            await rebuilding.stop()
        rebuilding.raise_failure()

    def _rebuilding(self) -> Periodic:
        """Return the loop of rebuilds; the runner stops when it fails, and raises the failure."""
        return Periodic(
            f"rebuilds of {self.figures.service}.{self.figures.name}",
            self._parts.settings.tick_s,
            Rebuilder(self._parts, self._projection).rebuild_if_requested,
            at_once=True,
            longest_round_s=math.inf,
            grace_s=_REBUILD_STOP_S,
            on_failure=lambda _: self._stopping.set(),
        )

    async def _serve(self) -> None:
        generation = await ensure_serving(self._parts.db, self._parts.log, self._projection)
        self.figures.has_begun, self.figures.generation = True, generation.number
        self.figures.stopped_reason = generation.stopped_reason
        await self._look_at_parked(generation)
        self.figures.waiting_for = await self._obstacle(generation)
        if self.figures.stopped_reason or self.figures.waiting_for:
            return await self._wait_a_tick()
        self._backoff.reset()
        await Serving(self._parts, projecting(self._projection, generation), self._projection.topics).run()
        return None

    async def _obstacle(self, generation: Generation) -> str | None:
        """Return why this process must not write the serving generation, after requesting the rebuild that mends it.

        The old generation serves meanwhile and stands still: its tables were made for other code or another log.
        """
        model = (self._projection.service, self._projection.name)
        if self._projection.version < generation.version:
            return f"a process of version {generation.version}: this one is older and is to be replaced"
        if self._projection.version > generation.version:
            await request_once(self._parts.db, *model, reason=f"version {self._projection.version}")
            return f"the rebuild to version {self._projection.version}"
        if generation.log_id != await self._parts.log.identity():
            await request_once(self._parts.db, *model, reason="another log")
            return "the rebuild from the log that was moved to"
        return await self._check_ends(generation)

    async def _check_ends(self, generation: Generation) -> str | None:
        """Compare positions with the log's ends, read after them: so only a log that lost records lies behind."""
        reached = await current(self._parts.db, generation)
        ends = await self._parts.log.end_offsets(self._projection.topics)
        try:
            check_ends(generation, reached, ends, remedy=_REMEDY)
        except LogMismatch:
            if await is_rebuild_wanted(self._parts.db, generation.service, generation.name):
                return "the rebuild from what the log has left"
            await self._require_serving(generation)
            raise
        return None

    async def _require_serving(self, generation: Generation) -> None:
        """Raise GenerationChanged when a rebuild has replaced the generation since it was looked up."""
        idle_s = self._parts.settings.idle_in_transaction_s
        async with entered(self._parts.db, generation, idle_s=idle_s, state="serving"):
            pass
