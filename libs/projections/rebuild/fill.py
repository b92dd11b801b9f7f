"""Reads the log from the beginning into a generation that does not serve yet.

Every batch is a `BatchWriter` transaction under owner epochs of its own, so filling stops and goes on anywhere, and a
second rebuilder that wakes up late writes nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Generic, TypeVar

from libs.background.tasks import task_group
from libs.eventlog.port import Positions, StoredRecord, TopicPartition
from libs.projections import positions
from libs.projections.batch import BatchWriter
from libs.projections.failures import MAY_PASS, will_pass
from libs.projections.feeds import Feed, PartitionsInTurn, PartitionsTogether
from libs.projections.generations import Generation, serving_generation
from libs.projections.positions import GenerationChanged, Held, ProjectionStopped, current
from libs.projections.projection import Projection
from libs.projections.rebuild.level import level_with
from libs.projections.running import RunnerParts
from libs.projections.work import projecting

E = TypeVar("E")


class Part(Generic[E]):
    """Some partitions of a generation, held under this process's epochs and read without a group."""

    def __init__(self, parts: RunnerParts, writer: BatchWriter[E], feed: Feed, held: Held) -> None:
        self._parts = parts
        self._writer = writer
        self._feed = feed
        self._held = dict(held)
        self._backoff = parts.backoff()

    async def to(self, goal: Positions, beginnings: Positions, *, timeout_s: float = math.inf) -> bool:
        """Read until every partition held has reached `goal`; False when stopping or out of time before."""
        # Polls are not cancelled but left to end, since a cancelled one can leave a client unusable.
        deadline = time.monotonic() + timeout_s
        held = {place: offset for place, offset in goal.items() if offset > beginnings.get(place, 0)}
        while not self._feed.has_reached(held):
            if self._parts.stopping.is_set() or time.monotonic() > deadline:
                return False
            await self._step(held)
        return True

    async def _step(self, goal: Positions) -> None:
        settings = self._parts.settings
        try:
            records = await self._feed.poll(
                goal, timeout_s=settings.poll_timeout_s, max_records=settings.fill_max_records
            )
        except MAY_PASS as error:
            if not will_pass(error):
                raise
            return await self._backoff.pause()
        if records:
            await self._write(records)
        return None

    async def _write(self, records: Sequence[StoredRecord]) -> None:
        batch = await self._writer.decode(records)
        while not self._parts.stopping.is_set():
            try:
                outcome = await self._writer.write_decoded(batch, self._held)
            except MAY_PASS as error:
                if not will_pass(error):
                    raise
                await self._backoff.pause()
            else:
                self._backoff.reset()
                self._parts.figures.rebuild_done += outcome.applied + outcome.parked
                for place, offset in outcome.positions.items():
                    self._held[place] = replace(self._held[place], next_offset=offset)
                if outcome.fenced:
                    raise GenerationChanged("another process goes on with the rebuild")
                if outcome.stopped:
                    raise ProjectionStopped(outcome.stopped)
                return


class Filling(Generic[E]):
    """Fills a generation, in parts side by side, and catches up with it."""

    def __init__(self, parts: RunnerParts, projection: Projection[E]) -> None:
        self._parts = parts
        self._projection = projection

    async def fill(self, generation: Generation) -> None:
        """Read up to the goal as it is now, or until stopping.

        PostgreSQL writes one part while this process decodes another, which is what several parts gain.
        """
        goal, beginnings = await self._goal(generation)
        reached = await current(self._parts.db, generation)
        left = {place: goal[place] - max(reached.get(place, 0), beginnings[place]) for place in goal}
        self._parts.figures.rebuild_target = sum(max(0, goal[place] - beginnings[place]) for place in goal)
        self._parts.figures.rebuild_done = self._parts.figures.rebuild_target - sum(
            max(0, count) for count in left.values()
        )
        async with task_group() as group:
            for places in _shares(left, self._parts.settings.fill_workers):
                group.create_task(self._fill_part(generation, places, goal, beginnings))

    @asynccontextmanager
    async def catching_up(self, generation: Generation) -> AsyncIterator[Part[E]]:
        """Open all partitions as one part."""
        async with self._part(generation, await current(self._parts.db, generation)) as part:
            yield part

    async def catch_up(self, generation: Generation, part: Part[E]) -> None:
        """Read up to the goal as it is now, or until stopping."""
        await part.to(*await self._goal(generation))

    async def _goal(self, generation: Generation) -> tuple[Positions, Positions]:
        """Return where to read to, and where the log begins.

        To the log's end; for a projection that publishes no further than the serving generation, which publishes the
        records of what it has applied, and leaves the rest to its successor.
        """
        log, topics = self._parts.log, self._projection.topics
        beginnings = await log.beginning_offsets(topics)
        if not self._projection.publishes:
            return await log.end_offsets(topics), beginnings
        return await self._published(generation), beginnings

    async def _published(self, generation: Generation) -> Positions:
        """Return for each partition how far the serving generation has published what comes of it."""
        async with self._parts.db.transaction() as conn:
            serving = await serving_generation(conn, generation.service, generation.name)
        reached = await current(self._parts.db, serving) if serving else {}
        ends = await self._parts.log.end_offsets(self._projection.topics)
        level = level_with(serving, generation, reached, ends, publishes=True) if serving else {}
        return {place: level.get(place, 0) for place in ends}

    async def _fill_part(
        self, generation: Generation, places: Collection[TopicPartition], goal: Positions, beginnings: Positions
    ) -> None:
        async with self._part(generation, places) as part:
            await part.to(goal, beginnings)

    @asynccontextmanager
    async def _part(self, generation: Generation, places: Collection[TopicPartition]) -> AsyncIterator[Part[E]]:
        idle_s = self._parts.settings.idle_in_transaction_s
        async with positions.entered(self._parts.db, generation, idle_s=idle_s, state=generation.state) as inside:
            taken = await positions.take_over(inside, places, f"{self._parts.member} (rebuild)")
        feed = await self._feed({place: at.next_offset for place, at in taken.items()})
        try:
            writer = BatchWriter(self._parts.db, projecting(self._projection, generation), self._parts.settings)
            yield Part(self._parts, writer, feed, taken)
        finally:
            await feed.stop()

    async def _feed(self, starts: Positions) -> Feed:
        if self._projection.publishes:
            return PartitionsInTurn(self._parts.log, starts)
        return PartitionsTogether(await self._parts.log.reader(starts))


def _shares(left: dict[TopicPartition, int], count: int) -> list[list[TopicPartition]]:
    """Return the partitions in at most `count` shares of about the same number of records."""
    shares: list[tuple[int, list[TopicPartition]]] = [(0, []) for _ in range(count)]
    for place in sorted(left, key=lambda place: (-left[place], place)):
        size, places = shares.pop(min(range(count), key=lambda at: shares[at][0]))
        shares.append((size + max(1, left[place]), [*places, place]))
    return [places for _, places in shares if places]
