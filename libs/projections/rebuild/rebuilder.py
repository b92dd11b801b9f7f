"""Builds a read model's next generation beside the serving one and switches to it.

Killed at any moment and started again, a rebuild goes on from what it committed: filling and catching up move their
positions with their rows, finishing and the switch are one transaction each. Requests are rows; one runner claims each.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Generic, TypeVar

import asyncpg

from libs.background.tasks import task_group
from libs.background.waiting import wait_unless
from libs.eventlog.port import Positions, TopicPartition
from libs.projections.failures import MAY_PASS, will_pass
from libs.projections.generations import (
    Generation,
    check_log,
    create_generation,
    drop_or_set_aside,
    drop_retired,
    generation_of,
)
from libs.projections.parking import is_at_fault, readable
from libs.projections.positions import GenerationChanged, PositionsLost, current
from libs.projections.projection import Projection
from libs.projections.rebuild.fill import Filling
from libs.projections.rebuild.requests import REBUILDS, RebuildRefused
from libs.projections.rebuild.switch import begin_finished, finish, is_filled, switch, vacuum
from libs.projections.registry import REGISTRY, lock_consumer
from libs.projections.running import RunnerParts
from libs.telemetry.logger import get_logger

E = TypeVar("E")
_log = get_logger(__name__)
# How often whoever waits for a rebuild is told how far it is.
_PROGRESS_S = 1.0


@dataclass(frozen=True, slots=True)
class _Request:
    from_retained: bool
    reason: str


class Rebuilder(Generic[E]):
    """Claims the rebuilds asked for one model, and drops generations that stopped serving."""

    def __init__(self, parts: RunnerParts, projection: Projection[E]) -> None:
        self._parts = parts
        self._projection = projection
        self._backoff = parts.backoff()
        self._model = (projection.service, projection.name)

    async def rebuild_if_requested(self) -> None:
        """Carry out a requested rebuild, if there is one, and drop generations that nobody reads any more.

        A rebuild that fails for good is marked so, with its reason; the serving generation goes on.
        """
        try:
            await self._round()
            self._backoff.reset()
        except (GenerationChanged, PositionsLost) as change:
            _log.info("rebuild_looks_again", model=self._model, change=str(change))
        except MAY_PASS as error:
            if not will_pass(error):
                await self._fail(error)
            await self._backoff.pause()
        # The outermost place of a rebuild: the failure is kept in the request, where operators look for it.
        except Exception as error:  # noqa: BLE001
            await self._fail(error)

    async def _round(self) -> None:
        request = await self._claim()
        if request is not None:
            await self._rebuild_under_claim(request)
        await drop_retired(self._parts.db, *self._model, grace_s=self._parts.settings.drop_grace_s)

    async def _rebuild_under_claim(self, request: _Request) -> None:
        try:
            async with task_group() as group:
                keeping = group.create_task(self._keep_claim())
                await self._rebuild(request)
                keeping.cancel()
        finally:
            # Whether it is done, has failed or is another process's now: nothing is left to read here.
            self._parts.figures.rebuild_target = self._parts.figures.rebuild_done = 0

    async def _rebuild(self, request: _Request) -> None:
        generation = await self._target(request)
        _log.info("rebuild_goes_on", model=self._model, generation=generation.number, state=generation.state)
        filling = Filling(self._parts, self._projection)
        if generation.state == "filling":
            await filling.fill(generation)
            if self._parts.stopping.is_set():
                return
            generation = await self._finish(generation)
            await vacuum(self._parts.db, generation)
        while not self._parts.stopping.is_set():
            async with filling.catching_up(generation) as catching_up:
                await filling.catch_up(generation, catching_up)
                if not await is_filled(self._parts.db, self._projection, generation):
                    await wait_unless(self._parts.stopping, self._parts.settings.tick_s)
                elif await switch(
                    self._parts.db,
                    self._parts.log,
                    self._projection,
                    generation,
                    catching_up,
                    self._parts.settings,
                ):
                    _log.info("generation_switched", model=self._model, generation=generation.number)
                    return

    async def _finish(self, generation: Generation) -> Generation:
        """Finish the filled tables; where rows make that impossible, begin anew with finished tables.

        Nobody can tell which record is at fault then. Applied one by one it will show, and be parked.
        """
        try:
            return await finish(self._parts.db, self._projection, generation)
        except asyncpg.PostgresError as error:
            if not is_at_fault(error):
                raise
            _log.error("rebuild_begins_anew", model=self._model, generation=generation.number, reason=str(error))
        beginnings = await self._parts.log.beginning_offsets(self._projection.topics)
        self._parts.figures.rebuild_done = 0
        return await begin_finished(self._parts.db, self._projection, generation, beginnings)

    async def _target(self, request: _Request) -> Generation:
        """Return the generation to build: the unfinished one if it can be continued, else a new one."""
        log_id = await check_log(self._parts.db, self._parts.log)
        beginnings = await self._parts.log.beginning_offsets(self._projection.topics)
        async with self._parts.db.transaction() as conn:
            await lock_consumer(conn, *self._model)
            row = await conn.fetchrow(REGISTRY.unfinished, *self._model)
            found = generation_of(row) if row else None
        if found and await self._is_usable(found, log_id, beginnings):
            return found
        self._check_retained(request, beginnings)
        async with self._parts.db.transaction() as conn:
            await lock_consumer(conn, *self._model)
            if found:
                await drop_or_set_aside(conn, found)
            return await create_generation(conn, self._projection, log_id, beginnings, state="filling")

    async def _is_usable(self, found: Generation, log_id: str, beginnings: Positions) -> bool:
        if found.version != self._projection.version or found.log_id != log_id or found.stopped_reason:
            return False
        reached = await current(self._parts.db, found)
        kept = self._kept_whole(beginnings)
        return all(reached.get(place, -1) >= offset for place, offset in kept.items())

    def _check_retained(self, request: _Request, beginnings: Positions) -> None:
        missing = [place for place, offset in sorted(self._kept_whole(beginnings).items()) if offset > 0]
        if missing and not request.from_retained:
            place = missing[0]
            raise RebuildRefused(
                f"{place.topic}/{place.partition} begins at offset {beginnings[place]}: retention has deleted what"
                " lies before, and a rebuild would lose it. Ask again with --from-retained to accept that."
            )

    def _kept_whole(self, beginnings: Positions) -> dict[TopicPartition, int]:
        """Return the beginnings of topics that are not compacted; compaction loses nothing that counts."""
        plain = {topic.name for topic in self._projection.topics if not topic.compacted}
        return {place: offset for place, offset in beginnings.items() if place.topic in plain}

    async def _claim(self) -> _Request | None:
        async with self._parts.db.transaction() as conn:
            row = await conn.fetchrow(REBUILDS.claim, *self._model, self._parts.member, self._parts.settings.claim_s)
        return _Request(row["from_retained"], row["reason"]) if row else None

    async def _keep_claim(self) -> None:
        """Renew the claim and tell the progress; losing the claim is harmless, since owner epochs fence."""
        while True:
            await asyncio.sleep(min(_PROGRESS_S, self._parts.settings.claim_s / 5))
            try:
                await self._claim()
                async with self._parts.db.transaction() as conn:
                    row = await conn.fetchrow(REGISTRY.unfinished, *self._model)
                    if row:
                        progress = (self._parts.figures.rebuild_done, self._parts.figures.rebuild_target)
                        await conn.execute(REGISTRY.set_progress, *generation_of(row).key, *progress)
            except MAY_PASS as error:
                if not will_pass(error):
                    raise

    async def _fail(self, error: BaseException) -> None:
        _log.error("rebuild_failed", model=self._model, exc_info=error)
        try:
            async with self._parts.db.transaction() as conn:
                await lock_consumer(conn, *self._model)
                await conn.execute(REBUILDS.fail, *self._model, readable(error))
            await self._drop_unfinished()
        except MAY_PASS as second:
            if not will_pass(second):
                raise

    async def _drop_unfinished(self) -> None:
        async with self._parts.db.transaction() as conn:
            await lock_consumer(conn, *self._model)
            row = await conn.fetchrow(REGISTRY.unfinished, *self._model)
            if row:
                await drop_or_set_aside(conn, generation_of(row))
