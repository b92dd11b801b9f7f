"""How requests see a read model: one generation, one tenant, and as far as they asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from libs.contracts.times import EPOCH
from libs.contracts.topics import Topic
from libs.eventlog.errors import LogMismatch, ModelBehind
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Positions, TopicPartition
from libs.pg.database import Database
from libs.pg.roles import projector_role
from libs.pg.sql_files import prepare_all
from libs.projections.generations import ReadModel, check_log, ensure_serving, refuse_another_log
from libs.projections.operators.copy import COPIES
from libs.projections.reactor_registry import REACTORS
from libs.projections.rebuild.requests import REBUILDS, request_rebuild
from libs.projections.registry import PARKING, POSITIONS, REGISTRY
from tests.support.projections import DEAD_LETTERS, NAME, SERVICE, TOPIC, Sums, World, opened_world, running, toy
from tests.support.waiting import eventually


@pytest.fixture
def model(world: World) -> ReadModel:
    return ReadModel(world.request, SERVICE, NAME)


async def test_a_model_that_is_not_built_is_behind(model: ReadModel) -> None:
    with pytest.raises(ModelBehind, match="not built"):
        async with model.transaction("acme"):
            pass
    with pytest.raises(ModelBehind):
        await model.as_of()
    with pytest.raises(ModelBehind):
        await model.wait_for({TopicPartition(TOPIC.name, 0): 1}, timeout_s=0.1)


async def test_a_request_sees_its_tenant_in_the_serving_generation(world: World, model: ReadModel) -> None:
    await world.append([toy(1, tenant="acme"), toy(2, tenant="globex")])
    async with running(world.runner()):
        await eventually(world.is_level)
    async with model.transaction("globex") as conn:
        assert await conn.fetchval("SELECT array_agg(tenant_id) FROM sums") == ["globex"]
        path = await conn.fetchval("SELECT current_schemas(false)")
    assert path == ["toys_sums_g1"]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM parked",
        "UPDATE sums SET n = 0",
        "UPDATE positions SET next_offset = 0",
        "UPDATE projections.models SET serving = 9",
    ],
)
async def test_requests_have_no_business_with_the_machinery(world: World, model: ReadModel, statement: str) -> None:
    await ensure_serving(world.projector, world.log, Sums())
    with pytest.raises(asyncpg.exceptions.InsufficientPrivilegeError):
        async with model.transaction("acme", readonly=False) as conn:
            await conn.execute(statement)


async def test_a_read_model_is_its_projectors_and_the_registry_nobodys(world: World) -> None:
    await ensure_serving(world.projector, world.log, Sums())
    for db, statement in (
        (world.projector, "ALTER TABLE projections.models DISABLE ROW LEVEL SECURITY"),
        (world.projector, "CREATE SCHEMA more"),
        (world.request, "ALTER TABLE toys_sums_g1.sums DISABLE ROW LEVEL SECURITY"),
        (world.request, "DROP SCHEMA toys_sums_g1 CASCADE"),
    ):
        with pytest.raises(asyncpg.exceptions.InsufficientPrivilegeError):
            async with db.transaction() as conn:
                await conn.execute(statement)
    async with world.projector.transaction() as conn:
        owner = await conn.fetchval(
            "SELECT relowner::regrole::text FROM pg_class WHERE oid = 'toys_sums_g1.sums'::regclass"
        )
        forced = await conn.fetchval(
            "SELECT relforcerowsecurity FROM pg_class WHERE oid = 'toys_sums_g1.sums'::regclass"
        )
    assert (owner, forced) == (projector_role(SERVICE), True)


async def test_several_that_start_at_once_make_one_generation(world: World) -> None:
    found = await asyncio.gather(*(ensure_serving(world.projector, world.log, Sums()) for _ in range(5)))
    assert {generation.number for generation in found} == {1}


async def test_waiting_ends_when_the_position_is_applied(world: World, model: ReadModel) -> None:
    await ensure_serving(world.projector, world.log, Sums())
    [appended] = await world.log.append([toy(1)])
    assert not isinstance(appended, Exception)
    wanted = {TopicPartition(appended.topic, appended.partition): appended.offset + 1}
    with pytest.raises(ModelBehind):
        await model.wait_for(wanted, timeout_s=0.05)
    waiting = [asyncio.create_task(model.wait_for(wanted)) for _ in range(20)]
    async with running(world.runner()):
        await asyncio.gather(*waiting)
        assert await world.view() == {("acme", "key-1"): (1, 1)}


async def test_positions_of_topics_it_does_not_read_are_ignored(world: World, model: ReadModel) -> None:
    await ensure_serving(world.projector, world.log, Sums())
    await model.wait_for({TopicPartition("waymark.interactions.v1", 0): 10_000}, timeout_s=0.0)


async def test_as_of_is_as_old_as_the_partition_furthest_behind(world: World, model: ReadModel) -> None:
    await ensure_serving(world.projector, world.log, Sums())
    assert await model.as_of() == EPOCH
    before = datetime.now(UTC)
    async with running(world.runner()):

        async def is_fresh() -> bool:
            return await model.as_of() > before

        await eventually(is_fresh)
        first = await model.as_of()

        async def is_renewed() -> bool:
            return await model.as_of() > first + timedelta(milliseconds=100)

        await eventually(is_renewed)
        assert await model.as_of() <= datetime.now(UTC)


async def test_another_log_is_refused(world: World) -> None:
    await ensure_serving(world.projector, world.log, Sums())
    other = MemoryEventLog()
    await other.ensure_topics((TOPIC,))
    with pytest.raises(LogMismatch, match="waymark log copy"):
        await check_log(world.projector, other)
    with pytest.raises(LogMismatch, match="belongs to log"):
        await World(world.url, other, world.projector, world.request).runner().run()


async def test_setup_refuses_another_log_before_it_is_written_to(world: World) -> None:
    other = MemoryEventLog()
    async with world.projector.transaction() as conn:
        await refuse_another_log(conn, other)
    await ensure_serving(world.projector, world.log, Sums())
    async with world.projector.transaction() as conn:
        await refuse_another_log(conn, world.log)
        with pytest.raises(LogMismatch, match="belongs to log"):
            await refuse_another_log(conn, other)


async def test_setup_of_an_empty_database_takes_any_log(database_url: str) -> None:
    async with await Database.connect(database_url, role=None, application_name="a") as db, db.transaction() as conn:
        await refuse_another_log(conn, MemoryEventLog())


async def test_a_log_that_lost_records_is_refused(world: World) -> None:
    await world.append([toy(number) for number in range(10)])
    async with running(world.runner()):
        await eventually(world.is_level)
    async with world.projector.transaction() as conn:
        await conn.execute("UPDATE toys_sums_g1.positions SET next_offset = next_offset + 100 WHERE partition = 1")
    with pytest.raises(LogMismatch, match=r"has read .*/1 up to offset 10"):
        await world.runner().run()


class HeldLog(MemoryEventLog):
    """Its first look at the ends takes until the gate opens."""

    def __init__(self) -> None:
        super().__init__()
        self.looking, self.gate = asyncio.Event(), asyncio.Event()

    async def end_offsets(self, topics: Sequence[Topic]) -> Positions:
        if not self.looking.is_set():
            self.looking.set()
            await self.gate.wait()
        return await super().end_offsets(topics)


async def test_a_runner_that_looked_up_a_generation_before_its_rebuild_goes_on_with_the_new_one(
    database_url: str,
) -> None:
    log = HeldLog()
    await log.ensure_topics((TOPIC, DEAD_LETTERS))
    async with opened_world(database_url, log) as world:
        await world.append([toy(number) for number in range(10)])
        await ensure_serving(world.projector, log, Sums())
        async with world.projector.transaction() as conn:
            await conn.execute("UPDATE toys_sums_g1.positions SET next_offset = next_offset + 100 WHERE partition = 1")
        async with running(world.runner()):
            await log.looking.wait()
            await request_rebuild(world.projector, SERVICE, NAME, reason="asked for")
            await eventually(lambda: world.serves(2))
            log.gate.set()
            await eventually(world.is_level)


async def test_every_statement_of_the_library_is_one_postgresql_accepts(world: World, database_url: str) -> None:
    generation = await ensure_serving(world.projector, world.log, Sums())
    async with await Database.connect(database_url, role=None, application_name="a") as db, db.transaction() as conn:
        await conn.execute(f"SET LOCAL search_path = {generation.schema}")
        names = {"positions": "positions", "parked": "parked", "model": generation.schema}
        assert await prepare_all(conn, (REGISTRY, POSITIONS, PARKING, REBUILDS, COPIES, REACTORS), **names) > 55
