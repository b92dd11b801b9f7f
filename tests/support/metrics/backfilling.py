"""Series that come while records flow: the live fold, the backfill and a rebuild, taken step by step.

A step is one transaction of the real thing: any order of steps is one in which processes may come to do them.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Final
from unittest import mock

import orjson

from libs.contracts.paths import METRICS
from libs.contracts.times import format_ms
from libs.contracts.topics import EVENTS, INTERACTIONS
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import EventLog, Positions, Record, StoredRecord
from libs.pg.database import Connection
from libs.projections import positions
from libs.projections.batch import BatchWriter
from libs.projections.generations import Generation, create_generation, living_generations
from libs.projections.rebuild.switch import finish, switch
from libs.projections.work import projecting
from services.metrics.backfill.coverage import beginnings
from services.metrics.backfill.cut import cut
from services.metrics.backfill.filling import SeriesFilling, contributing
from services.metrics.backfill.generation import BACKFILL_SQL, entered
from services.metrics.backfill.progress import unfilled_series
from services.metrics.definitions.model import Metric
from services.metrics.feeding.index import Contribution, SeriesIndex
from services.metrics.series import fold
from services.metrics.series.index_source import indexed
from services.metrics.series.model import SERIES_MODEL
from services.metrics.series.projection import Feeding, SeriesProjection
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.series import TENANT, SeriesWorld, opened_series
from tests.support.projections import FAST
from tests.support.records import START_MS, interaction, recorded

SOURCES: Final = ("total", "create", "read")
_TOPICS = (replace(INTERACTIONS, partitions=2), replace(EVENTS, partitions=1))
_HOUR_MS = 3_600_000
_GROUPED = """
SELECT tenant_id, series_id, customer, dims, day_of(event_at), count(*), count(number), sum(number), min(number),
    max(number), min(event_at)
FROM contributions GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
_ADD = fold.add_past


class Killed(Exception):
    """The process that was doing a step is gone."""


class Course:
    """A log, the read model with its generations, and the metrics of one tenant.

    What is filled stays so when generations are switched.
    """

    def __init__(self, world: SeriesWorld) -> None:
        self.log = world.log
        self.db = world.projector
        self.metrics = Definitions(world.requests)
        self.state = world.state
        self.projection = SeriesProjection()
        self._recorded = self._defined = 0

    async def record(self, count: int) -> None:
        """Record interactions of a few users over some days; one in nine is invalid."""
        await self.log.append([_record(self._recorded + number) for number in range(count)])
        self._recorded += count

    async def define(self) -> Metric:
        """Create a metric of the next source."""
        source = SOURCES[self._defined % len(SOURCES)]
        self._defined += 1
        return await self.metrics.create(f"{source} {self._defined}", source_field=source)

    async def generation(self, *states: str) -> Generation | None:
        """Return the generation in one of the states; None when there is none."""
        async with self.db.transaction() as conn:
            found = await living_generations(conn, METRICS, SERIES_MODEL)
        return next((one for one in found if one.state in states), None)

    async def serving(self) -> Generation:
        """Return the generation that serves."""
        generation = await self.generation("serving")
        assert generation is not None
        return generation

    async def fold(self, generation: Generation, limit: int, *, projection: SeriesProjection | None = None) -> int:
        """Fold the next batch; return how many records it had."""
        async with positions.entered(self.db, generation, idle_s=5) as inside:
            places = await self.log.beginning_offsets(self.projection.topics)
            held = await positions.take_over(inside, places, "test")
        records = await self._read({place: at.next_offset for place, at in held.items()}, limit)
        if records:
            writer = BatchWriter(self.db, projecting(projection or self.projection, generation), FAST)
            await writer.write(records, held)
        return len(records)

    async def cut(self, generation: Generation) -> int:
        """Cut the series that the generation does not fold yet."""
        return await cut(self.db, generation, await beginnings(self.log, self.projection.topics))

    async def fill(self, generation: Generation, steps: int, *, is_killed: bool = False) -> bool:
        """Fill in what waits, in as many steps at most, the last of which a kill may end; False when nothing waits."""
        async with entered(self.db, generation) as inside:
            series = indexed(await inside.conn.fetch(BACKFILL_SQL.waiting))
        if not series:
            return False
        async with SeriesFilling.opened(self.log, self.db, generation, series) as filling:
            while not filling.is_over and steps:
                steps -= 1
                add = _dying if is_killed and not steps else fold.add_past
                with mock.patch.object(fold, "add_past", add), suppress(Killed):
                    await filling.step()
        return True

    async def begin_rebuild(self) -> None:
        """Create the next generation, unless there is one."""
        if await self.generation("filling", "catching_up") is None:
            starts = await self.log.beginning_offsets(self.projection.topics)
            async with self.db.transaction() as conn:
                log_id = await self.log.identity()
                await create_generation(conn, self.projection, log_id, starts, state="filling")

    async def finish_rebuild(self) -> None:
        """Make the tiles of a generation that is filled so far: it catches up from here on."""
        if (filling := await self.generation("filling")) is not None:
            await finish(self.db, self.projection, filling)

    async def switch(self) -> bool:
        """Try to let the generation that catches up serve."""
        generation = await self.generation("catching_up")
        if generation is None:
            return False
        unfilled = await self.unfilled(await self.serving())
        has_switched = await switch(self.db, self.log, self.projection, generation, _CatchingUp(self, generation), FAST)
        if has_switched:
            assert await self.unfilled(generation) <= unfilled
        return has_switched

    async def unfilled(self, generation: Generation) -> set[tuple[str, int]]:
        """Return the series that are not filled in the generation."""
        async with positions.entered(self.db, generation, idle_s=5) as inside:
            return await unfilled_series(inside.conn)

    async def settle(self) -> None:
        """Do everything that is left."""
        await self.finish_rebuild()
        while (generation := await self.generation("catching_up")) is not None:
            await self._bring_up(await self.serving())
            await self._bring_up(generation)
            await self.switch()
        await self._bring_up(await self.serving())

    async def check(self) -> None:
        """Assert that the serving generation has the contributions of all records to all series, and their tiles."""
        index = await self._index()
        expected = {one[:3]: one for found in contributing(index, await self._all()) for one in found.event}
        generation = await self.serving()
        async with positions.entered(self.db, generation, idle_s=5) as inside:
            rows = await inside.conn.fetch("SELECT * FROM contributions")
            found = [Contribution(*row) for row in rows]
            tiles = await inside.conn.fetch("SELECT * FROM tiles ORDER BY 1, 2, 3, 4, 5")
            grouped = await inside.conn.fetch(_GROUPED)
        assert sorted(one[:3] for one in found) == sorted(expected)
        assert {one[:3]: one for one in found} == expected
        assert list(map(tuple, tiles)) == list(map(tuple, grouped))

    async def _bring_up(self, generation: Generation) -> None:
        while await self.fold(generation, 1_000):
            pass
        await self.cut(generation)
        while await self.fill(generation, 1_000):
            pass

    async def _read(self, starts: Positions, limit: int) -> list[StoredRecord]:
        """Return the next records, `limit` at most."""
        begin = await self.log.beginning_offsets(self.projection.topics)
        ends = await self.log.end_offsets(self.projection.topics)
        left = min(limit, sum(ends[place] - max(start, begin[place]) for place, start in starts.items()))
        reader = await self.log.reader(starts)
        records: list[StoredRecord] = []
        while len(records) < left:
            records += await reader.poll(timeout_s=0.2, max_records=left - len(records))
        await reader.stop()
        return records

    async def _all(self) -> list[StoredRecord]:
        return await self._read(await self.log.beginning_offsets(self.projection.topics), sys.maxsize)

    async def _index(self) -> SeriesIndex:
        async with self.db.transaction() as conn:
            rows = await conn.fetch("SELECT tenant_id, id AS series_id, source FROM metrics.series ORDER BY id")
        return SeriesIndex(indexed(rows))


class Pausing(SeriesProjection):
    """Stands still once it has folded a batch, until it may commit."""

    def __init__(self) -> None:
        super().__init__()
        self.has_folded, self.may_commit = asyncio.Event(), asyncio.Event()

    async def apply(self, conn: Connection, events: Sequence[Feeding]) -> None:
        await super().apply(conn, events)
        self.has_folded.set()
        await self.may_commit.wait()


class _CatchingUp:
    def __init__(self, course: Course, generation: Generation) -> None:
        self._course = course
        self._generation = generation

    async def to(self, goal: Positions, beginnings: Positions, *, timeout_s: float) -> bool:
        while await self._course.fold(self._generation, 1_000):
            pass
        return True


@asynccontextmanager
async def opened_course(url: str, given: EventLog | None = None) -> AsyncIterator[Course]:
    """Nothing recorded, no metrics, one empty generation; a log in memory of few partitions unless one is given."""
    log = given or MemoryEventLog()
    if given is None:
        await log.ensure_topics(_TOPICS)
    async with opened_series(url, log) as world:
        yield Course(world)


async def _dying(conn: Connection, contributions: Sequence[Contribution]) -> None:
    await _ADD(conn, contributions)
    raise Killed


def _record(number: int) -> Record:
    body = interaction(
        number,
        TENANT,
        action=("CREATE", "READ", "DELETE")[number % 3],
        user_id=f"user-{number % 4}",
        interaction_timestamp=format_ms(START_MS + number * _HOUR_MS * 5),
        json=orjson.dumps({"total": number / 4 if number % 5 else "none"}),
    )
    stored = recorded(body, TENANT)
    value = b"{" if number % 9 == 8 else stored.value
    return Record(stored.topic, f"{TENANT}:{number % 4}", value, stored.headers, START_MS + number)
