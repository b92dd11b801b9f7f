"""The job: beside the live fold, after failures, and where the log has lost its beginning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest

from libs.eventlog.errors import LogUnavailable
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import EventLog, StoredRecord, TopicPartition
from libs.projections.runner import ProjectionRunner
from services.metrics.backfill import coverage, filling, job, reading
from services.metrics.backfill.coverage import beginnings
from services.metrics.backfill.filling import Found
from services.metrics.backfill.job import Backfill, Backfilling
from services.metrics.backfill.pace import is_behind
from services.metrics.definitions import editions
from services.metrics.feeding.index import SeriesIndex
from services.metrics.series.projection import SeriesProjection
from tests.support.metrics.backfilling import Course
from tests.support.metrics.series import TENANT
from tests.support.projections import FAST, running
from tests.support.records import START_MS
from tests.support.waiting import eventually


@asynccontextmanager
async def at_work(course: Course) -> AsyncIterator[None]:
    """The job, while the live fold runs."""
    stopping = asyncio.Event()
    async with running(ProjectionRunner(course.log, course.db, SeriesProjection(), member="one", settings=FAST)):
        task = asyncio.create_task(Backfill().run(course.log, course.db, stopping))
        yield
        stopping.set()
        await task


async def filled_in_once(course: Course) -> None:
    """A round of the job."""
    await Backfilling(course.log, course.db, asyncio.Event()).round(await course.log.identity())


async def is_filled(course: Course) -> bool:
    return not await course.unfilled(await course.serving())


async def test_series_are_filled_in_beside_the_live_fold(
    shared_course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = shared_course
    monkeypatch.setattr(job, "LOOK_S", 0.05)
    monkeypatch.setattr(reading, "MAX_RECORDS", 20)
    await course.record(60)
    async with at_work(course):
        await course.define()
        await course.record(60)
        await course.define()
        await course.record(60)
        await eventually(partial(is_filled, course), timeout_s=30)
    await course.settle()
    await course.check()


async def test_a_metric_says_how_far_its_series_is(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_RECORDS", 4)
    await course.record(10)
    await course.settle()
    metric = await course.define()
    waiting = await course.state(metric)
    await course.cut(await course.serving())
    await course.fill(await course.serving(), 1)
    begun = await course.state(metric)
    await course.settle()
    filled = await course.state(metric)
    async with course.db.transaction() as conn:
        await editions.serve(conn, TENANT, metric.id, 1)

    assert waiting.json() == {
        "phase": "waiting",
        "progress": 0.0,
        "recordsRead": 0,
        "recordsTotal": 0,
        "servingVersion": None,
        "coveredFrom": None,
        "error": None,
    }
    assert (begun.phase, begun.progress, begun.records_read, begun.records_total) == ("backfilling", 0.4, 4, 10)
    assert (filled.phase, filled.progress, filled.serving_version) == ("backfilling", 1.0, None)
    served = await course.state(metric)
    assert (served.phase, served.progress, served.serving_version) == ("current", 1.0, 1)


async def test_the_live_fold_is_behind_while_older_records_wait_for_it(course: Course) -> None:
    serving, topics = await course.serving(), course.projection.topics
    assert not await is_behind(course.log, course.db, serving, topics)
    await course.record(9)
    assert await is_behind(course.log, course.db, serving, topics)
    await course.define()
    await filled_in_once(course)
    assert await course.unfilled(serving)
    await course.fold(serving, 9)
    assert not await is_behind(course.log, course.db, serving, topics)
    await filled_in_once(course)
    assert not await course.unfilled(serving)


async def test_a_series_that_cannot_be_filled_in_says_so_and_keeps_no_other_back(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    await course.record(9)
    await course.settle()
    broken, sound = await course.define(), await course.define()

    def contributing(index: SeriesIndex, records: Sequence[StoredRecord]) -> list[Found]:
        found = honest(index, records)
        if any(one.series_id == 1 for each in found for one in each.event):
            raise ZeroDivisionError("a bug")
        return found

    honest = filling.contributing
    monkeypatch.setattr(filling, "contributing", contributing)
    for _ in range(12):
        await filled_in_once(course)
        await try_again_now(course)

    state = await course.state(broken)
    assert (state.phase, state.error) == ("failed", "a bug")
    assert (await course.state(sound)).progress == 1.0
    monkeypatch.setattr(filling, "contributing", honest)
    await filled_in_once(course)
    assert (await course.state(broken)).phase == "backfilling"
    await course.check()


async def try_again_now(course: Course) -> None:
    async with course.db.transaction() as conn:
        await conn.execute(f"UPDATE {(await course.serving()).schema}.backfill_failures SET retry_at = now()")


async def test_a_log_that_is_away_is_waited_for(course: Course) -> None:
    assert isinstance(course.log, MemoryEventLog)
    await course.record(9)
    await course.settle()
    metric = await course.define()
    course.log.broker.available = False
    for _ in range(6):
        with pytest.raises(LogUnavailable):
            await Backfilling(course.log, course.db, asyncio.Event()).round(course.log.broker.identity)
    assert (await course.state(metric)).phase == "waiting"


async def test_records_that_retention_has_deleted_are_said_to_be_lacking(course: Course) -> None:
    assert isinstance(course.log, MemoryEventLog)
    await course.record(40)
    await course.settle()
    before = await course.define()
    await course.cut(await course.serving())
    deleted_from = await delete_first(course.log, 5)
    after = await course.define()
    await filled_in_once(course)

    states = [await course.state(metric) for metric in (before, after)]
    assert [state.covered_from for state in states] == [deleted_from] * 2
    assert [(state.records_read, state.records_total) for state in states] == [(30, 30)] * 2
    assert not await course.unfilled(await course.serving())


async def delete_first(log: MemoryEventLog, count: int) -> int:
    """Delete as many records of each partition that has some; return when the last was accepted that begins one now."""
    kept = []
    for place, partition in log.broker.partitions.items():
        if partition.end:
            log.broker.delete_before(place, count)
            kept.append(partition.records[0].timestamp_ms)
    return max(kept)


async def test_where_a_partition_begins_is_read_again_only_once_it_has_moved(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(course.log, MemoryEventLog)
    await course.record(40)
    await delete_first(course.log, 5)
    read: list[TopicPartition] = []

    async def accepted_at(log: EventLog, place: TopicPartition, offset: int) -> int:
        read.append(place)
        return await honest(log, place, offset)

    honest = coverage._accepted_at
    monkeypatch.setattr(coverage, "_accepted_at", accepted_at)
    known = await beginnings(course.log, SeriesProjection.topics)
    read.clear()
    assert await beginnings(course.log, SeriesProjection.topics, known) == known
    assert read == []
    moved = next(TopicPartition(one.topic, one.partition) for one in known if one.offset)
    course.log.broker.delete_before(moved, 6)
    assert await beginnings(course.log, SeriesProjection.topics, known) != known
    assert read == [moved]


async def test_a_generation_that_began_without_the_log_s_beginning_says_so(course: Course) -> None:
    assert isinstance(course.log, MemoryEventLog)
    metric = await course.define()
    await course.record(40)
    deleted_from = await delete_first(course.log, 5)
    await course.begin_rebuild()
    await filled_in_once(course)
    await course.settle()

    assert (await course.state(metric)).covered_from == deleted_from
    assert START_MS < deleted_from < START_MS + 40
