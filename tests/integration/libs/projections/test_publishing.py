"""Projections that publish: once while they serve, nothing again by a rebuild, and nothing lost between generations."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from libs.contracts.topics import REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import TopicPartition
from libs.projections.operators.dead_letters import replay
from libs.projections.rebuild.requests import request_rebuild
from tests.support.projections import FAST, NAME, SERVICE, TOPIC, expected, raw, running, toy
from tests.support.reactors import ActingWorld, EchoingSums
from tests.support.waiting import eventually

SMALL = replace(FAST, fill_max_records=40, max_records=40)
TOYS = [toy(number, key=f"key-{number % 60}") for number in range(400)]


def names(count: int) -> list[str]:
    return sorted(f"toy-{number}" for number in range(count))


def runner(world: ActingWorld, *, version: int = 1, member: str = "one") -> Any:
    return world.runner(EchoingSums(version=version), member=member, settings=SMALL)


async def ask(world: ActingWorld, **options: Any) -> None:
    await request_rebuild(world.projector, SERVICE, NAME, reason="asked for", **options)


async def test_what_comes_of_records_is_in_the_outbox_with_the_rows(any_acting_world: ActingWorld) -> None:
    world = any_acting_world
    await world.append([*TOYS, raw(1, b"{"), toy(3, key="key-3")])
    async with running(runner(world)):
        await eventually(world.is_level, timeout_s=20.0)
    assert sorted(await world.in_outbox()) == names(400)
    assert await world.view() == expected(TOYS)


async def test_a_rebuild_publishes_nothing_again_and_loses_nothing_while_records_flow(
    any_acting_world: ActingWorld,
) -> None:
    world = any_acting_world
    sent = list(TOYS)
    await world.append(sent)
    stopping = asyncio.Event()

    async def send() -> None:
        while not stopping.is_set():
            batch = [toy(len(sent) + at, key=f"key-{at}") for at in range(20)]
            await world.append(batch)
            sent.extend(batch)
            await eventually(world.is_level, timeout_s=30.0)

    async with running(runner(world)), running(runner(world, member="two")):
        await eventually(world.is_level, timeout_s=30.0)
        sending = asyncio.create_task(send())
        for generation in (2, 3):
            await ask(world)
            await eventually(partial(world.serves, generation), timeout_s=60.0)
        stopping.set()
        await sending
        await eventually(world.is_level, timeout_s=60.0)
    assert sorted(await world.in_outbox()) == names(len(sent))
    assert await world.view() == expected(sent)


async def test_a_new_version_publishes_what_the_old_one_had_not_come_to(world_with_unread: ActingWorld) -> None:
    world = world_with_unread
    async with running(runner(world, version=2)):
        await eventually(lambda: world.serves(2), timeout_s=30.0)
        await eventually(world.is_level)
    assert sorted(await world.in_outbox()) == names(400)
    assert await world.view() == expected(TOYS)


async def test_retention_may_have_deleted_what_the_old_one_had_not_come_to(world_with_unread: ActingWorld) -> None:
    world = world_with_unread
    assert isinstance(world.log, MemoryEventLog)
    place = TopicPartition(TOPIC.name, 0)
    end = (await world.log.end_offsets((TOPIC,)))[place]
    world.log.broker.delete_before(place, end - 5)
    await ask(world, from_retained=True)
    async with running(runner(world, version=2)):
        await eventually(lambda: world.serves(2), timeout_s=30.0)
        await eventually(world.is_level)
    published = await world.in_outbox()
    assert len(published) == len(set(published))


async def test_after_a_log_lost_records_everything_is_published_again_under_the_same_ids(
    acting_world: ActingWorld,
) -> None:
    await acting_world.append(TOYS)
    async with running(runner(acting_world)):
        await eventually(acting_world.is_level)
    async with acting_world.projector.transaction() as conn:
        await conn.execute("UPDATE toys_sums_g1.positions SET next_offset = next_offset + 100 WHERE partition = 1")
    await ask(acting_world)
    async with running(runner(acting_world)):
        await eventually(lambda: acting_world.serves(2), timeout_s=30.0)
        await eventually(acting_world.is_level)
    assert Counter(await acting_world.in_outbox()) == Counter(names(400) * 2)
    assert await acting_world.view() == expected(TOYS)


@pytest.fixture
async def world_with_unread(acting_world: ActingWorld) -> ActingWorld:
    """A world whose model has applied half of the toys, and stands still."""
    await acting_world.append(TOYS[:200])
    async with running(runner(acting_world)):
        await eventually(acting_world.is_level)
    await acting_world.append(TOYS[200:])
    return acting_world


async def test_a_replay_publishes_what_was_parked(acting_world: ActingWorld) -> None:
    await acting_world.append([*TOYS, raw(1, b"{")])
    async with running(runner(acting_world)):
        await eventually(acting_world.is_level)
    mended = EchoingSums()
    mended.sums.forgiving = True
    assert await replay(acting_world.projector, mended, acting_world.log) == (1, 0)
    assert await replay(acting_world.projector, mended, acting_world.log) == (0, 0)
    assert len(await acting_world.in_outbox()) == 401


def test_one_that_reads_a_compacted_topic_is_refused(acting_world: ActingWorld) -> None:
    with pytest.raises(ValueError, match=r"toys\.sums publishes, and may read no compacted topic"):
        acting_world.runner(EchoingSums(topics=(TOPIC, REFERENCE)))
