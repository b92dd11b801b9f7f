"""Reads the log from the beginning into a generation that does not serve yet.

Every batch is a `BatchWriter` transaction under owner epochs of its own, so filling stops and goes on anywhere, and a
second rebuilder that wakes up late writes nothing.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Generic, TypeVar

from libs.eventlog.port import Positions, Reader, StoredRecord, TopicPartition
from libs.projections import positions
from libs.projections.batch import BatchWriter
from libs.projections.failures import MAY_PASS, will_pass
from libs.projections.generations import Generation
from libs.projections.positions import GenerationChanged, Held, ProjectionStopped, current
from libs.projections.running import RunnerParts

E = TypeVar("E")


class Part(Generic[E]):
    """Some partitions of a generation, held under this process's epochs and read without a group."""

    def __init__(self, parts: RunnerParts[E], writer: BatchWriter[E], reader: Reader, held: Held) -> None:
        self._parts = parts
        self._writer = writer
        self._reader = reader
        self._held = dict(held)
        self._backoff = parts.backoff()

    async def to_end(self) -> None:
        """Read to where the log ends now."""
        beginnings = await self._parts.log.beginning_offsets(self._parts.projection.topics)
        ends = await self._parts.log.end_offsets(self._parts.projection.topics)
        await self.to(ends, beginnings)

    async def to(self, goal: Positions, beginnings: Positions, *, timeout_s: float = math.inf) -> bool:
        """Read until every partition held has reached `goal`; False when stopping or out of time before."""
        # Polls are not cancelled but left to end, since a cancelled one can leave a client unusable.
        deadline = time.monotonic() + timeout_s
        while self._is_short_of(goal, beginnings):
            if self._parts.stopping.is_set() or time.monotonic() > deadline:
                return False
            await self._step()
        return True

    def _is_short_of(self, goal: Positions, beginnings: Positions) -> bool:
        reached = self._reader.positions
        return any(max(reached.get(place, 0), beginnings.get(place, 0)) < goal.get(place, 0) for place in self._held)

    async def _step(self) -> None:
        try:
            records = await self._reader.poll(
                timeout_s=self._parts.settings.poll_timeout_s, max_records=self._parts.settings.fill_max_records
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

    def __init__(self, parts: RunnerParts[E]) -> None:
        self._parts = parts

    async def fill(self, generation: Generation) -> None:
        """Read everything the log holds now, or until stopping.

        PostgreSQL writes one part while this process decodes another, which is what several parts gain.
        """
        beginnings = await self._parts.log.beginning_offsets(self._parts.projection.topics)
        ends = await self._parts.log.end_offsets(self._parts.projection.topics)
        reached = await current(self._parts.db, generation)
        left = {place: ends[place] - max(reached.get(place, 0), beginnings[place]) for place in ends}
        self._parts.figures.rebuild_target = sum(ends[place] - beginnings[place] for place in ends)
        self._parts.figures.rebuild_done = self._parts.figures.rebuild_target - sum(
            max(0, count) for count in left.values()
        )
        try:
            async with asyncio.TaskGroup() as group:
                for places in _shares(left, self._parts.settings.fill_workers):
                    group.create_task(self._fill_part(generation, places, ends, beginnings))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from failures

    @asynccontextmanager
    async def catching_up(self, generation: Generation) -> AsyncIterator[Part[E]]:
        """All partitions as one part."""
        async with self._part(generation, await current(self._parts.db, generation)) as part:
            yield part

    async def _fill_part(
        self, generation: Generation, places: Collection[TopicPartition], ends: Positions, beginnings: Positions
    ) -> None:
        async with self._part(generation, places) as part:
            await part.to(ends, beginnings)

    @asynccontextmanager
    async def _part(self, generation: Generation, places: Collection[TopicPartition]) -> AsyncIterator[Part[E]]:
        idle_s = self._parts.settings.idle_in_transaction_s
        async with positions.entered(self._parts.db, generation, idle_s=idle_s, state=generation.state) as inside:
            taken = await positions.take_over(inside.conn, places, f"{self._parts.member} (rebuild)")
        reader = await self._parts.log.reader({place: at.next_offset for place, at in taken.items()})
        try:
            writer = BatchWriter(self._parts.db, self._parts.projection, generation, self._parts.settings)
            yield Part(self._parts, writer, reader, taken)
        finally:
            await reader.stop()


def _shares(left: dict[TopicPartition, int], count: int) -> list[list[TopicPartition]]:
    """The partitions in at most `count` shares of about the same number of records."""
    shares: list[tuple[int, list[TopicPartition]]] = [(0, []) for _ in range(count)]
    for place in sorted(left, key=lambda place: (-left[place], place)):
        size, places = shares.pop(min(range(count), key=lambda at: shares[at][0]))
        shares.append((size + max(1, left[place]), [*places, place]))
    return [places for _, places in shares if places]
