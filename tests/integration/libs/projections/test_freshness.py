"""No partition is called fresher than what is applied of it, while others are level and whenever records arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from libs.contracts.times import from_ms
from libs.eventlog.partitioner import partition_of
from libs.eventlog.port import Record
from libs.projections.generations import ReadModel
from tests.support.projections import DEAD_LETTERS, FAST, NAME, SERVICE, TOPIC, World, opened_world, running, toy
from tests.support.waiting import eventually
from tests.support.withholding import EVERYTHING, WithholdingLog

PATIENT = replace(FAST, stall_timeout_s=60.0)
HERE = partition_of("acme:here", TOPIC.partitions)


@pytest.fixture
async def log() -> WithholdingLog:
    made = WithholdingLog()
    await made.ensure_topics((TOPIC, DEAD_LETTERS))
    return made


@pytest.fixture
async def lagging(database_url: str, log: WithholdingLog) -> AsyncIterator[World]:
    """A world on the log that withholds."""
    async with opened_world(database_url, log) as opened:
        yield opened


async def as_of(world: World) -> dict[int, datetime]:
    """How fresh each partition of the model is; the model is as fresh as the one furthest behind."""
    async with world.projector.transaction() as conn:
        rows = await conn.fetch(f"SELECT partition, as_of FROM {SERVICE}_{NAME}_g1.positions")
    return {row["partition"]: row["as_of"] for row in rows}


async def others_renewed_since(world: World, moment: datetime) -> bool:
    return all(at > moment for partition, at in (await as_of(world)).items() if partition != HERE)


async def model_as_of(world: World) -> datetime:
    return await ReadModel(world.request, SERVICE, NAME).as_of()


def of_now(number: int) -> Record:
    return msgspec.structs.replace(toy(number, key="here"), timestamp_ms=int(datetime.now(UTC).timestamp() * 1000))


async def test_one_that_catches_up_is_as_fresh_as_the_last_it_applied(lagging: World, log: WithholdingLog) -> None:
    records = [toy(number, key="here") for number in range(30)]
    await lagging.append(records)
    log.left = 10
    async with running(lagging.runner(settings=PATIENT)) as runner:
        await eventually(lambda: runner.figures.applied == 10)
        moment = datetime.now(UTC)
        await eventually(lambda: others_renewed_since(lagging, moment))
        assert (await as_of(lagging))[HERE] == from_ms(records[9].timestamp_ms)
        assert await model_as_of(lagging) == from_ms(records[9].timestamp_ms)
        log.left = EVERYTHING
        await eventually(lagging.is_level)
        await eventually(lambda: _is_newer(lagging, moment))


async def test_one_that_was_level_stays_at_the_last_moment_it_was(lagging: World, log: WithholdingLog) -> None:
    async with running(lagging.runner(settings=PATIENT)) as runner:
        await eventually(lagging.serving)
        began = datetime.now(UTC)
        await eventually(lambda: _is_newer(lagging, began))
        log.left = 0
        await lagging.append([of_now(1)])
        moment = datetime.now(UTC)
        await eventually(lambda: others_renewed_since(lagging, moment))
        assert (await as_of(lagging))[HERE] <= moment
        assert await model_as_of(lagging) <= moment
        assert runner.figures.behind_s > 0


async def test_records_that_arrive_as_the_end_is_asked_for_are_not_covered(lagging: World, log: WithholdingLog) -> None:
    async with running(lagging.runner(settings=PATIENT)) as runner:
        await eventually(lagging.serving)
        began = datetime.now(UTC)
        await eventually(lambda: _is_newer(lagging, began))
        log.left = 0
        log.arriving = [of_now(1)]
        await eventually(lambda: runner.figures.lag_records == 1)
        assert log.arrived_at is not None
        assert await model_as_of(lagging) <= log.arrived_at


async def _is_newer(world: World, moment: datetime) -> bool:
    return await model_as_of(world) > moment
