"""Reactors that run: events become objects and records, whatever fails, and operators see how they are."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import asyncpg
import pytest

from libs.contracts.topics import MAX_RECORD_BYTES
from libs.eventlog.errors import LogMismatch
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record
from libs.pg.database import Connection, Database
from libs.projections.generations import ensure_serving
from libs.projections.operators.dead_letters import list_dead_letters, replay
from libs.projections.operators.overview import overview
from libs.projections.reactor import Emission
from libs.projections.reactor_registry import ensure_reactor, restart
from libs.projections.rebuild.requests import RebuildRefused, request_rebuild
from tests.support.projections import FAST, SERVICE, TOPIC, Sums, Toy, expected, raw, running, toy
from tests.support.reactors import ECHOES, NAME, ActingWorld, Echoes, echo, expected_ids, ids
from tests.support.waiting import eventually

TOYS = [toy(number) for number in range(300)]
EMISSIONS = pytest.mark.parametrize("emission", ["outbox", "append"])


@EMISSIONS
async def test_records_become_objects_and_records(any_acting_world: ActingWorld, emission: Emission) -> None:
    world = any_acting_world
    await world.append(TOYS)
    async with running(world.reactor(Echoes(emission))) as runner:
        await eventually(world.has_reacted, timeout_s=20.0)
        await world.append([toy(300)])
        await eventually(world.has_reacted, timeout_s=20.0)
        await eventually(lambda: not runner.figures.lag_records)
    assert (runner.figures.applied, runner.figures.parked, runner.figures.has_begun) == (301, 0, True)
    assert await world.objects() == {f"toy-{number}" for number in range(301)}
    published = await world.in_outbox() if emission == "outbox" else ids(await world.appended())
    assert len(published) == len(set(published)) == 301


async def test_killed_between_append_and_position_it_appends_the_same_ids_again(
    shared_acting_world: ActingWorld,
) -> None:
    world = shared_acting_world
    await world.append(TOYS)
    for number in range(1, 4):
        process = world.process(member="mortal", fate=f"append-kill-{number}")
        assert await asyncio.to_thread(process.wait, 60) == -signal.SIGKILL
    appended = Counter(ids(await world.appended()))
    read, _, _ = await world.reacted()
    assert max(appended.values()) > 1
    assert read < len(appended)
    async with running(world.reactor(Echoes("append"), member="mortal")):
        await eventually(world.has_reacted, timeout_s=40.0)
    assert set(ids(await world.appended())) == expected_ids(TOYS)
    assert await world.reacted() == (300, 300, 0)


async def test_a_zombie_that_wakes_up_moves_nothing_of_what_it_lost(shared_acting_world: ActingWorld) -> None:
    world = shared_acting_world
    await world.append(TOYS)
    zombie = world.process(member="zombie", fate="append-stop-2")
    try:
        await eventually(lambda: _has_appended(world, 2), timeout_s=40.0)
        async with running(world.reactor(Echoes("append"), member="heir")):
            await eventually(world.has_reacted, timeout_s=60.0)
            zombie.send_signal(signal.SIGCONT)
            assert zombie.stdin is not None
            zombie.stdin.close()
            assert await asyncio.to_thread(zombie.wait, 60) == 0
    finally:
        zombie.kill()
    assert await world.reacted() == (300, 300, 0)
    assert set(ids(await world.appended())) == expected_ids(TOYS)


async def _has_appended(world: ActingWorld, batches: int) -> bool:
    return len(await world.appended()) > (batches - 1) * 50


async def test_a_lost_acknowledgement_holds_the_position_and_repeats_the_ids(acting_world: ActingWorld) -> None:
    assert isinstance(acting_world.log, MemoryEventLog)
    await acting_world.append(TOYS)
    acting_world.log.broker.forget_acknowledgements = True
    async with running(acting_world.reactor(Echoes("append"))) as runner:
        await eventually(lambda: runner.figures.retries > 2)
        assert await acting_world.reacted() == (0, 0, 0)
        assert await acting_world.objects() == set()
        acting_world.log.broker.forget_acknowledgements = False
        await eventually(acting_world.has_reacted)
    appended = await acting_world.appended()
    assert len(appended) > 300
    assert set(ids(appended)) == expected_ids(TOYS)


@EMISSIONS
async def test_what_is_invalid_is_parked_and_published_by_its_replay(
    acting_world: ActingWorld, database_url: str, emission: Emission
) -> None:
    world = acting_world
    await world.append([*TOYS, raw(1, b"{"), toy(900, n=666), toy(901, n=1_000_000)])
    async with running(world.reactor(Echoes(emission))):
        await eventually(world.has_reacted)
    assert await world.reacted() == (303, 300, 3)
    async with await Database.connect(database_url, role=None, application_name="operator") as operator:
        letters = await list_dead_letters(operator, acting_world.projector_of, service=SERVICE, name=NAME)
    assert [letter.projection for letter in letters] == ["toys.echoes"] * 3
    mended = Echoes(emission)
    mended.toys.forgiving = True
    assert await replay(world.projector, mended, world.log) == (2, 1)
    assert await replay(world.projector, mended, world.log) == (0, 1)
    assert await world.reacted() == (303, 302, 1)
    published = await world.in_outbox() if emission == "outbox" else ids(await world.appended())
    assert len(published) == len(set(published)) == 302


async def test_too_many_parked_records_stop_it_until_a_replay(acting_world: ActingWorld) -> None:
    await acting_world.append([raw(number, b"{", key=f"acme:{number}") for number in range(101)])
    async with running(acting_world.reactor()) as runner:
        await eventually(lambda: runner.figures.stopped_reason)
        await acting_world.append([toy(1)])
        mended = Echoes()
        mended.toys.forgiving = True
        assert await replay(acting_world.projector, mended, acting_world.log) == (101, 0)
        await eventually(acting_world.has_reacted)
        assert runner.figures.stopped_reason is None


async def test_a_record_that_no_log_takes_is_the_fault_of_its_event(acting_world: ActingWorld) -> None:
    class Loud(Echoes):
        async def react(self, conn: Connection, events: Sequence[Toy]) -> Sequence[Record]:
            await super().react(conn, events)
            return [Record(ECHOES.name, "k", b"x" * (MAX_RECORD_BYTES * (event.n - 1)), (), 1) for event in events]

    await acting_world.append([toy(1), toy(2, n=2), toy(3)])
    async with running(acting_world.reactor(Loud())):
        await eventually(acting_world.has_reacted)
    assert await acting_world.reacted() == (3, 2, 1)
    assert await acting_world.objects() == {"toy-1", "toy-3"}


async def test_a_record_for_a_topic_it_does_not_name_is_a_bug(acting_world: ActingWorld) -> None:
    class Astray(Echoes):
        publishes = ()

    await acting_world.append([toy(1)])
    with pytest.raises(ValueError, match=r"toys\.echoes does not publish to toys\.echoes"):
        await acting_world.reactor(Astray()).run()
    assert await acting_world.reacted() == (0, 0, 0)


async def test_a_log_that_is_gone_is_waited_for(acting_world: ActingWorld) -> None:
    assert isinstance(acting_world.log, MemoryEventLog)
    async with running(acting_world.reactor(Echoes("append"))) as runner:
        await eventually(lambda: runner.figures.has_begun)
        acting_world.log.broker.available = False
        await eventually(lambda: runner.figures.retries > 2)
        acting_world.log.broker.available = True
        await acting_world.append([toy(1)])
        await eventually(acting_world.has_reacted)


async def test_it_may_start_at_the_end_of_each_topic_as_its_first_start_finds_it(acting_world: ActingWorld) -> None:
    second = replace(TOPIC, name="toys.second")
    await acting_world.log.ensure_topics((second,))
    await acting_world.append([*TOYS, replaced(toy(1_000), second.name)])
    reactor = Echoes(starts_at="end")
    await ensure_reactor(acting_world.projector, acting_world.log, reactor)
    await acting_world.append([toy(300)])
    reactor.topics = (TOPIC, second)
    async with running(acting_world.reactor(reactor)):
        await eventually(lambda: _has_echoed(acting_world, {"toy-300"}))
        await acting_world.append([replaced(toy(1_001), second.name)])
        await eventually(lambda: _has_echoed(acting_world, {"toy-300", "toy-1001"}))


def replaced(record: Record, topic: str) -> Record:
    return Record(topic, record.key, record.value, record.headers, record.timestamp_ms)


async def _has_echoed(world: ActingWorld, toys: set[str]) -> bool:
    return await world.objects() == toys


async def test_several_of_one_service_and_a_model_of_it_run_side_by_side(acting_world: ActingWorld) -> None:
    class Second(Echoes):
        name = "second"

        async def react(self, _conn: Connection, events: Sequence[Toy]) -> Sequence[Record]:
            return [echo(event) for event in events]

    await acting_world.append(TOYS)
    async with (
        running(acting_world.runner()),
        running(acting_world.reactor(Echoes("outbox"))) as first,
        running(acting_world.reactor(Second("append"))) as second,
    ):
        await eventually(acting_world.is_level)
        await eventually(lambda: first.figures.applied == second.figures.applied == 300)
    assert await acting_world.view() == expected(TOYS)
    assert len(await acting_world.in_outbox()) == len(await acting_world.appended()) == 300


async def test_operators_see_reactors_beside_models_and_cannot_rebuild_them(
    acting_world: ActingWorld, database_url: str
) -> None:
    await ensure_serving(acting_world.projector, acting_world.log, Sums())
    await acting_world.append([toy(1), raw(2, b"{")])
    async with running(acting_world.reactor()):
        await eventually(acting_world.has_reacted)
    async with await Database.connect(database_url, role=None, application_name="operator") as operator:
        found = await overview(operator, acting_world.projector_of)
    assert [(one.consumer.group, one.applied, one.parked) for one in found] == [
        ("toys.sums.g1", 0, 0),
        ("toys.echoes", 1, 1),
    ]
    with pytest.raises(RebuildRefused, match=r"toys\.echoes is a reactor: .* nothing to rebuild"):
        await request_rebuild(acting_world.projector, SERVICE, NAME, reason="asked for")


async def test_requests_see_how_far_it_is_and_nothing_it_parked(acting_world: ActingWorld) -> None:
    await ensure_reactor(acting_world.projector, acting_world.log, Echoes())
    async with acting_world.request.transaction() as conn:
        assert await conn.fetchval("SELECT count(*) FROM toys.echoes_positions") == TOPIC.partitions
    for statement in ("SELECT * FROM toys.echoes_parked", "UPDATE toys.echoes_positions SET next_offset = 9"):
        with pytest.raises(asyncpg.exceptions.InsufficientPrivilegeError):
            async with acting_world.request.transaction() as conn:
                await conn.execute(statement)


async def test_several_that_start_at_once_make_one(acting_world: ActingWorld) -> None:
    found = await asyncio.gather(
        *(ensure_reactor(acting_world.projector, acting_world.log, Echoes()) for _ in range(5))
    )
    assert {one.group for one in found} == {"toys.echoes"}


async def test_restarted_it_publishes_the_same_again_also_where_it_was_stopped(acting_world: ActingWorld) -> None:
    settings = replace(FAST, parked_allowed=2, stall_timeout_s=0.3)
    await acting_world.append([*TOYS, *[raw(number, b"{") for number in range(3)]])
    async with running(acting_world.reactor(Echoes("append"), settings=settings)) as runner:
        await eventually(lambda: runner.figures.stopped_reason)
    mended = Echoes("append")
    mended.toys.forgiving = True
    async with running(acting_world.reactor(mended, settings=settings)) as runner:
        await eventually(lambda: runner.figures.stopped_reason)
        await restart(acting_world.projector, acting_world.log, mended)
        await eventually(acting_world.has_reacted)
        await eventually(lambda: runner.figures.applied == 303)
    counts = Counter(ids(await acting_world.appended()))
    assert sorted(Counter(counts.values()).items()) == [(1, 3), (2, 300)]
    _, applied, parked = await acting_world.reacted()
    assert (applied, parked) == (606, 0)


async def test_a_log_that_lost_records_is_refused_until_it_is_restarted(acting_world: ActingWorld) -> None:
    await acting_world.append(TOYS)
    async with running(acting_world.reactor()):
        await eventually(acting_world.has_reacted)
    async with acting_world.projector.transaction() as conn:
        await conn.execute("UPDATE toys.echoes_positions SET next_offset = next_offset + 100 WHERE partition = 1")
    with pytest.raises(LogMismatch, match=r"toys\.echoes has read .*/1 up to .* projections restart toys\.echoes"):
        await acting_world.reactor().run()
    await restart(acting_world.projector, acting_world.log, Echoes())
    async with running(acting_world.reactor()):
        await eventually(acting_world.has_reacted)
    assert await acting_world.objects() == {f"toy-{number}" for number in range(300)}
