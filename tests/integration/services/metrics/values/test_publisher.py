"""The publisher: the topic has the history of every value, in order, also while values change and editions follow."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from libs.contracts.metric_values import MetricValue, metric_text
from libs.contracts.times import format_ms
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.memory import MemoryBroker, MemoryEventLog
from libs.eventlog.port import AppendOutcome, Record
from libs.pg.locks import session_lock
from libs.telemetry.metrics import METRIC_VALUES_UNPUBLISHED, REGISTRY
from services.metrics.values.publisher import _LOCK, Publisher, publish
from tests.support.metrics.runs import DAY_MS, Died, RunsWorld
from tests.support.waiting import eventually

Said = tuple[int | None, int | None]


def said(found: Sequence[MetricValue | None]) -> list[Said | None]:
    """Value and former value of each record; None for a tombstone."""
    return [None if one is None else (_number(one.value), _number(one.previous_value)) for one in found]


def _number(raw: Any) -> int | None:
    text = bytes(raw).decode()
    return None if text == "null" else int(text)


async def test_every_change_is_appended_once_with_the_value_before(world: RunsWorld) -> None:
    metric = await world.definitions.create(compute_mode="realtime", window_days=1)
    await world.fold(metric, "ann", "bob", "cyd")
    await world.work_off()
    for _ in range(2):
        await world.publish()
        await world.fold(metric, "ann")
        await world.value_all()
    await world.publish()
    assert said(await world.published("ann")) == [(1, None), (2, 1), (3, 2)]
    assert said(await world.published("bob")) == [(1, None)]
    (first, *_) = await world.published("ann")
    assert first is not None
    run = await world.last_run(metric)
    assert run.at is not None
    at_ms = int(run.at.timestamp() * 1000)
    assert (first.metric_id, first.metric_name, first.record_count) == (metric_text(metric.id), "purchases", 1)
    assert (first.from_, first.to, first.computed_at) == (
        format_ms(at_ms - DAY_MS),
        format_ms(at_ms),
        format_ms(at_ms),
    )


async def test_a_value_of_which_nothing_is_left_ends_by_a_tombstone_and_then_its_row_goes(world: RunsWorld) -> None:
    metric = await world.definitions.create(compute_mode="realtime", window_days=1)
    await world.fold(metric, "ann")
    await world.work_off()
    await world.publish()
    await world.let_pass(2 * DAY_MS)
    await world.value_all()
    assert (await world.stored(metric))["ann"].value is None
    await world.publish()
    assert said(await world.published("ann")) == [(1, None), None]
    assert await world.stored(metric) == {}
    assert await world.value("SELECT value_count FROM metrics.editions") == 0
    await world.fold(metric, "ann")
    await world.value_all()
    await world.publish()
    assert said(await world.published("ann")) == [(1, None), None, (1, None)]


async def test_what_changes_while_it_is_appended_is_appended_again(world: RunsWorld) -> None:
    metric = await world.definitions.create(compute_mode="realtime")
    await world.fold(metric, "ann", "bob")
    await world.work_off()

    class Slow(MemoryEventLog):
        """Appends, and has a value changed before it answers."""

        async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
            outcomes = await super().append(records)
            await world.fold(metric, "ann")
            await world.value_all()
            return outcomes

    async with world.db.acquire() as conn:
        assert await publish(Slow(_broker(world)), conn) == 2
    await world.publish()
    assert said(await world.published("ann")) == [(1, None), (2, 1)]
    assert said(await world.published("bob")) == [(1, None)]


async def test_what_ends_while_it_is_appended_ends_by_a_tombstone(world: RunsWorld) -> None:
    metric = await world.definitions.create(compute_mode="realtime", window_days=1)
    await world.fold(metric, "ann")
    await world.work_off()

    class Slow(MemoryEventLog):
        """Appends, and has the value end before it answers."""

        async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
            outcomes = await super().append(records)
            await world.let_pass(2 * DAY_MS)
            await world.value_all()
            return outcomes

    async with world.db.acquire() as conn:
        assert await publish(Slow(_broker(world)), conn) == 1
    await world.publish()
    assert said(await world.published("ann")) == [(1, None), None]
    assert await world.value("SELECT count(*) FROM metrics.metric_values") == 0


@pytest.mark.parametrize("is_deleted", [True, False])
async def test_what_was_appended_before_a_death_is_followed_by_what_is_so_now(
    world: RunsWorld, *, is_deleted: bool
) -> None:
    metric = await world.definitions.create(compute_mode="realtime", aggregate_function="sum")
    await world.fold(metric, "ann")
    await world.work_off()
    if not is_deleted:
        await world.publish()
        await world.fold(metric, "ann", number=5)
        await world.value_all()

    class Dying(MemoryEventLog):
        """Appends, and dies."""

        async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
            await super().append(records)
            raise Died

    async with world.db.acquire() as conn:
        with pytest.raises(Died):
            await publish(Dying(_broker(world)), conn)
    if is_deleted:
        await world.definitions.delete(metric.id)
    else:
        await world.fold(metric, "ann", number=-5)
        await world.value_all()
    await world.publish()
    assert said(await world.published("ann")) == ([(1, None), None] if is_deleted else [(1, None), (6, 1), (1, 1)])


async def test_values_of_few_metrics_are_appended_at_a_time(world: RunsWorld) -> None:
    metrics = [await world.definitions.create(f"purchases {number}") for number in range(3)]
    await world.fold(metrics[0], "ann", "bob")
    await world.work_off()
    sizes: list[int] = []

    class Counting(MemoryEventLog):
        """Counts what it is given at once."""

        async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
            sizes.append(len(records))
            return await super().append(records)

    async with world.db.acquire() as conn:
        assert await publish(Counting(_broker(world)), conn, at_once=2) == 6
    assert sizes == [4, 2]


async def test_what_the_log_does_not_take_stays_to_be_appended(world: RunsWorld) -> None:
    metric = await world.definitions.create(compute_mode="realtime")
    await world.fold(metric, "ann")
    await world.work_off()
    _broker(world).available = False
    with pytest.raises(LogUnavailable):
        await world.publish()
    _broker(world).available = True
    await world.publish()
    assert said(await world.published("ann")) == [(1, None)]


async def test_a_new_edition_follows_the_former_one(world: RunsWorld) -> None:
    metric = await world.definitions.create(compute_mode="realtime")
    await world.fold(metric, "ann", "bob", "cyd", "dan")
    await world.fold(metric, "ann", ago_ms=3 * DAY_MS)
    await world.fold(metric, "eve", "fay", "gus", ago_ms=3 * DAY_MS)
    await world.work_off()
    await world.publish()
    changed = await world.definitions.update(metric, window_days=1)
    await world.fold(changed, "bob")
    await world.value_all()
    await world.work_off()
    await world.publish()
    assert said(await world.published("ann")) == [(2, None), (1, 2)]
    assert said(await world.published("bob")) == [(1, None), (2, 1)]
    assert said(await world.published("eve")) == [(1, None), None]
    assert await world.value("SELECT count(*) FROM metrics.metric_values WHERE edition = 1") == 0
    assert await world.value("SELECT count(*) FROM metrics.metric_values WHERE NOT is_published") == 0


async def test_the_values_of_a_deleted_metric_end(world: RunsWorld) -> None:
    metric = await world.definitions.create()
    await world.fold(metric, "ann", "bob", "cyd")
    await world.work_off()
    await world.publish()
    await world.fold(metric, "dan")
    await world.definitions.delete(metric.id)
    await world.publish()
    for customer in ("ann", "bob", "cyd"):
        assert said(await world.published(customer)) == [(1, None), None]
    assert await world.published("dan") == []
    assert await world.value("SELECT count(*) FROM metrics.metric_values") == 0


def _broker(world: RunsWorld) -> MemoryBroker:
    assert isinstance(world.log, MemoryEventLog)
    return world.log.broker


async def test_whoever_stands_by_tells_of_no_values(world: RunsWorld) -> None:
    METRIC_VALUES_UNPUBLISHED.set(7)
    stopping = asyncio.Event()
    async with world.db.acquire() as other, session_lock(other, _LOCK):
        running = asyncio.create_task(Publisher().run(MemoryEventLog(), world.db, stopping))
        await eventually(lambda: REGISTRY.get_sample_value("waymark_metric_values_unpublished") == 0)
        stopping.set()
        await running
