"""The valuer: what it keeps up, and what it leaves alone."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from libs.pg.database import connect_once
from services.metrics.definitions.model import EditionKey, Metric
from services.metrics.values import valuer
from services.metrics.values.computing import hold_edition
from services.metrics.values.model import KeyCursor
from services.metrics.values.valuer import Valuing
from tests.support.metrics.runs import RunsWorld
from tests.support.postgres import a_session_waits
from tests.support.waiting import eventually


async def test_a_metric_whose_values_cannot_be_stored_keeps_no_other_back(world: RunsWorld, service_url: str) -> None:
    broken, sound = [await world.definitions.create(name, compute_mode="realtime") for name in ("broken", "sound")]
    await world.fold(sound, "ann")
    await world.work_off()
    conn = await connect_once(service_url, application_name="tests")
    await conn.execute(
        f"ALTER TABLE metrics.metric_values ADD CONSTRAINT small CHECK (value < 2 OR metric_id <> '{broken.id}')"
    )
    await conn.close()
    await world.fold(sound, "ann")
    await world.value_all()
    assert [(await world.stored(metric))["ann"].value for metric in (broken, sound)] == [1, 2]


async def test_values_stand_still_while_the_generation_lacks_records_of_their_series(world: RunsWorld) -> None:
    metric = await world.definitions.create(compute_mode="realtime")
    await world.fold(metric, "ann")
    await world.work_off()
    await world.fold(metric, "ann")
    await world.execute(f"UPDATE {world.series.schema}.series_starts SET next_offset = 1")
    await world.value_all()
    assert (await world.stored(metric))["ann"].value == 1
    await world.execute(f"UPDATE {world.series.schema}.series_starts SET filled_to = 1")
    await world.value_all()
    assert (await world.stored(metric))["ann"].value == 2


async def test_a_metric_with_much_to_compute_keeps_no_other_waiting(world: RunsWorld) -> None:
    large, small = [await world.definitions.create(name, compute_mode="realtime") for name in ("large", "small")]
    await world.fold(large, "ann")
    await world.work_off()
    await world.execute(f"DELETE FROM {world.series.schema}.touched")
    visited: list[uuid.UUID] = []

    class Interrupted(Valuing):
        """Has the small metric touched during the first chunk of the large one."""

        async def chunk(self, key: EditionKey, cursor: KeyCursor) -> KeyCursor | None:
            if not visited:
                await touch(small, "ann")
            visited.append(key.metric_id)
            return await super().chunk(key, cursor)

    async def touch(metric: Metric, *customers: str) -> None:
        statement = f"INSERT INTO {world.series.schema}.touched VALUES ('acme', $1, 1, $2, '[]')"
        for customer in customers:
            await world.execute(statement, metric.id, customer)

    await touch(large, "a", "b", "c", "d", "e")
    await Interrupted(world.db, chunk_keys=1).round(asyncio.Event())
    assert visited[0] == visited[-1] == large.id
    assert visited.index(small.id) <= 2


async def test_a_run_under_way_keeps_the_valuer_waiting_for_a_chunk_and_no_longer(
    world: RunsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valuer, "LONGEST_WAIT_S", 30)
    metric = await world.definitions.create(compute_mode="realtime")
    await world.fold(metric, "ann")
    await world.work_off()
    await world.fold(metric, "ann")
    async with world.db.transaction() as chunk:
        assert await hold_edition(chunk, "acme", metric.id, 1)
        valuing = asyncio.create_task(world.value_all())
        async with world.db.transaction() as conn:
            await eventually(lambda: a_session_waits(conn))
    await valuing
    assert (await world.stored(metric))["ann"].value == 2
