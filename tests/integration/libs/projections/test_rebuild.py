"""Rebuilds beside a serving generation: same view, no failed read, and nothing lost when killed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record, TopicPartition
from libs.pg.database import Connection, Database
from libs.pg.roles import projector_role, request_role
from libs.projections.generations import ReadModel, create_generation
from libs.projections.operators.overview import overview
from libs.projections.rebuild.rebuilder import Rebuilder
from libs.projections.rebuild.requests import RebuildRefused, request_rebuild
from libs.projections.setup import setup_projections
from tests.support.postgres import database_name, with_login
from tests.support.projections import (
    DEAD_LETTERS,
    FAST,
    NAME,
    SERVICE,
    TOPIC,
    Sums,
    World,
    expected,
    opened_world,
    raw,
    running,
    toy,
)
from tests.support.waiting import eventually

SMALL = replace(FAST, fill_max_records=40, max_records=40)


async def ask(world: World, **options: Any) -> None:
    await request_rebuild(world.projector, SERVICE, NAME, reason="asked for", **options)


async def _until_it_serves(world: World, generation: int) -> None:
    await eventually(lambda: world.serves(generation), timeout_s=40.0)


async def failure(world: World) -> str | None:
    async with world.projector.transaction() as conn:
        found: str | None = await conn.fetchval("SELECT failure FROM projections.rebuilds")
        return found


async def schemas(world: World) -> list[str]:
    async with world.projector.transaction() as conn:
        rows = await conn.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'toys_sums_g%' ORDER BY 1")
        return [row["nspname"] for row in rows]


async def test_a_rebuilt_generation_says_the_same_and_the_old_one_goes(any_world: World) -> None:
    records: list[Record] = [toy(number, n=number % 9) for number in range(400)]
    await any_world.append([*records, raw(1, b"{"), toy(7, n=666, key="bad", id_="bad")])
    async with running(any_world.runner(settings=SMALL)) as runner:
        await eventually(any_world.is_level)
        await ask(any_world)
        await eventually(lambda: any_world.serves(2), timeout_s=30.0)
        await any_world.append([toy(400)])
        await eventually(any_world.is_level)
        await eventually(lambda: runner.figures.generation == 2)
        await eventually(lambda: _only(any_world, ["toys_sums_g2"]))
    assert await any_world.view() == expected([*records, toy(400)])
    assert await any_world.counts() == (403, 401, 2)


class FilledToys(Sums):
    """The toy with something that others fill in; `missing` says what each generation lacks of that."""

    def __init__(self, **missing: set[str]) -> None:
        super().__init__()
        self.missing = missing
        self.looks = 0

    async def lacking(self, conn: Connection) -> set[str]:
        self.looks += 1
        return self.missing[await conn.fetchval("SELECT current_schema")]


async def test_a_generation_waits_until_others_have_filled_in_what_the_serving_one_has(world: World) -> None:
    projection = FilledToys(toys_sums_g1={"in neither"}, toys_sums_g2={"in neither", "in the old one"})
    await world.append([toy(number) for number in range(20)])
    async with running(world.runner(projection)):
        await eventually(world.is_level)
        await ask(world)
        await eventually(lambda: projection.looks > 6)
        assert await world.serves(1)
        projection.missing["toys_sums_g2"].remove("in the old one")
        await _until_it_serves(world, 2)


async def test_dead_letters_that_the_log_has_are_not_copied_again(any_world: World) -> None:
    await any_world.append([toy(1), raw(1, b"{")])
    async with running(any_world.runner()):
        await eventually(lambda: _copied(any_world, 1))
        await ask(any_world)
        await eventually(lambda: any_world.serves(2), timeout_s=30.0)
        await any_world.append([raw(2, b"{")])
        await eventually(lambda: _copied(any_world, 2))
    assert sum((await any_world.log.end_offsets((DEAD_LETTERS,))).values()) == 2


async def _copied(world: World, count: int) -> bool:
    """Whether so many records are parked, and the log has a copy of each."""
    if not await world.serving():
        return False
    rows = await world.parked()
    return len(rows) == count and all(row["published_at"] for row in rows)


async def _only(world: World, wanted: list[str]) -> bool:
    return await schemas(world) == wanted


async def test_readers_see_no_error_and_no_step_back_while_records_flow(world: World) -> None:
    sent: list[Record] = []
    stopping = asyncio.Event()

    async def send() -> None:
        while not stopping.is_set():
            batch = [toy(len(sent) + at) for at in range(5)]
            await world.append(batch)
            sent.extend(batch)
            await eventually(world.is_level, timeout_s=30.0)

    async def read(model: ReadModel) -> int:
        seen = reads = 0
        while not stopping.is_set():
            async with model.transaction("acme") as conn:
                total = await conn.fetchval("SELECT coalesce(sum(records), 0) FROM sums")
                await asyncio.sleep(0)
                assert await conn.fetchval("SELECT count(*) FROM ledger") == total
            assert total >= seen
            seen, reads = total, reads + 1
        return reads

    async with running(world.runner(settings=SMALL)):
        await eventually(world.serving)
        models = [ReadModel(world.request, SERVICE, NAME) for _ in range(2)]
        tasks = [asyncio.create_task(send()), *(asyncio.create_task(read(model)) for model in models)]
        for generation in (2, 3):
            await ask(world)
            await _until_it_serves(world, generation)
        stopping.set()
        _, *reads = await asyncio.gather(*tasks)
        await eventually(world.is_level, timeout_s=30.0)
    assert all(count for count in reads)
    assert await world.view() == expected(sent)


async def test_killed_again_and_again_it_goes_on(shared_world: World) -> None:
    records = [toy(number, key=f"key-{number % 60}") for number in range(1_500)]
    world = shared_world
    await world.append(records)
    async with running(world.runner()):
        await eventually(world.is_level, timeout_s=30.0)
    await ask(world)
    for _ in range(5):
        process = world.process(member="mortal", fate="kill-4")
        assert await asyncio.to_thread(process.wait, 60) == -9
    assert await world.serves(1)
    async with running(world.runner(member="mortal")):
        await eventually(lambda: world.serves(2), timeout_s=40.0)
        await eventually(world.is_level, timeout_s=30.0)
    assert await world.view(2) == expected(records)
    assert await world.counts(2) == (1_500, 1_500, 0)


async def test_one_rebuild_at_a_time(world: World) -> None:
    with pytest.raises(RebuildRefused, match="no read model"):
        await ask(world)
    async with running(world.runner()):
        await eventually(world.serving)
    await ask(world)
    with pytest.raises(RebuildRefused, match="under way"):
        await ask(world)


async def test_two_runners_rebuild_once(world: World) -> None:
    await world.append([toy(number) for number in range(300)])
    async with running(world.runner(member="one", settings=SMALL)), running(world.runner(member="two", settings=SMALL)):
        await eventually(world.is_level)
        await ask(world)
        await eventually(lambda: world.serves(2), timeout_s=30.0)
        await world.append([toy(300)])
        await eventually(world.is_level)
    assert await world.view() == expected([toy(number) for number in range(301)])


async def test_what_retention_deleted_is_not_given_up_unasked(world: World) -> None:
    assert isinstance(world.log, MemoryEventLog)
    await world.append([toy(number) for number in range(100)])
    async with running(world.runner()):
        await eventually(world.is_level)
        world.log.broker.delete_before(TopicPartition(TOPIC.name, 0), 5)
        await ask(world)
        assert "retention has deleted" in str(await eventually(lambda: failure(world)))
        assert await _only(world, ["toys_sums_g1"])
        await ask(world, from_retained=True)
        await eventually(lambda: world.serves(2))
        await world.append([toy(100)])
        await eventually(world.is_level)
    assert len(expected([toy(number) for number in range(100)])) == len(await world.view(2))


async def test_a_higher_version_is_built_beside_the_old_one(world: World) -> None:
    await world.append([toy(number) for number in range(50)])
    async with running(world.runner(Sums(version=1))):
        await eventually(world.is_level)
    async with running(world.runner(Sums(version=2))):
        await eventually(lambda: world.serves(2))
        await world.append([toy(50)])
        await eventually(world.is_level)
    async with running(world.runner(Sums(version=1))) as old:
        reason = await eventually(lambda: old.figures.waiting_for)
        assert "this one is older" in reason
    assert await world.view() == expected([toy(number) for number in range(51)])


async def test_a_rebuild_that_fails_says_why_and_leaves_the_old_one_serving(world: World) -> None:
    broken = Sums()
    broken.finishing_ddl = "SELECT 1 / 0;"
    await world.append([toy(1)])
    async with running(world.runner()):
        await eventually(world.is_level)
    async with running(world.runner(broken)) as runner:
        await ask(world)
        assert "division by zero" in str(await eventually(lambda: failure(world)))
        await world.append([toy(2)])
        await eventually(world.is_level)
        assert await world.serves(1)
        assert runner.figures.generation == 1
        assert runner.figures.rebuild_target == 0
    assert await _only(world, ["toys_sums_g1"])


async def _begun_by_an_earlier_version(world: World) -> None:
    """Begin to build a generation in a schema that is the owner's."""
    async with world.projector.transaction() as conn:
        starts = await world.log.beginning_offsets((TOPIC,))
        begun = await create_generation(conn, Sums(), await world.log.identity(), starts, state="filling")
    async with await Database.connect(world.url, role=None, application_name="owner") as db, db.transaction() as conn:
        await conn.execute(
            f"ALTER SCHEMA {begun.schema} OWNER TO CURRENT_USER;"
            f"GRANT USAGE ON SCHEMA {begun.schema} TO {projector_role(SERVICE)}"
        )


async def test_a_generation_of_another_owner_is_set_aside_until_setup(world: World) -> None:
    broken = Sums()
    broken.finishing_ddl = "SELECT 1 / 0;"
    await world.append([toy(1)])
    async with running(world.runner()):
        await eventually(world.is_level)
    await _begun_by_an_earlier_version(world)
    await ask(world)
    async with running(world.runner(broken)):
        assert "division by zero" in str(await eventually(lambda: failure(world)))
        await world.append([toy(2)])
        await eventually(world.is_level)
    async with running(world.runner()):
        await ask(world)
        await _until_it_serves(world, 3)
        await eventually(lambda: _only(world, ["toys_sums_g2", "toys_sums_g3"]))
        await setup_projections(world.url, SERVICE)
        await eventually(lambda: _only(world, ["toys_sums_g3"]))
    assert await world.view() == expected([toy(1), toy(2)])


async def test_a_rebuild_whose_claim_cannot_be_kept_by_a_bug_fails_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Rebuilder[Any]) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(Rebuilder, "_keep_claim", broken)
    async with running(world.runner()):
        await eventually(world.is_level)
        await ask(world)
        assert "a bug" in str(await eventually(lambda: failure(world)))
        assert await world.serves(1)
    assert await _only(world, ["toys_sums_g1"])


async def test_a_rebuild_lets_a_stopped_projection_go_on_once_it_decodes_better(world: World) -> None:
    await world.append([raw(number, b"{") for number in range(120)])
    async with running(world.runner()) as runner:
        await eventually(lambda: runner.figures.stopped_reason)
    mended = Sums()
    mended.forgiving = True
    async with running(world.runner(mended)) as runner:
        await ask(world)
        await eventually(lambda: world.serves(2))
        await eventually(world.is_level)
        await eventually(lambda: runner.figures.generation == 2 and not runner.figures.stopped_reason)
    assert await world.counts() == (120, 120, 0)


async def test_operators_see_what_serves_and_what_is_under_way(world: World, database_url: str) -> None:
    await world.append([toy(1), raw(2, b"{")])
    async with running(world.runner()):
        await eventually(world.is_level)
    await ask(world)
    async with await Database.connect(database_url, role=None, application_name="operator") as db:
        [found] = await overview(db, world.projector_of)
    assert (found.consumer.group, found.applied, found.parked) == ("toys.sums.g1", 1, 1)
    assert found.rebuild is not None
    assert (found.rebuild.reason, found.rebuild.failure, found.rebuild.generation) == ("asked for", None, None)


async def _make_plain_login(database_url: str) -> None:
    """A login that may create roles and owns the database, and is nothing more."""
    async with (
        await Database.connect(database_url, role=None, application_name="setup") as db,
        db.transaction() as conn,
    ):
        if not await conn.fetchval("SELECT 1 FROM pg_roles WHERE rolname = 'plain_login'"):
            await conn.execute("CREATE ROLE plain_login LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS")
        await conn.execute(f'ALTER DATABASE "{database_name(database_url)}" OWNER TO plain_login')
        for role in (projector_role(SERVICE), request_role(SERVICE)):
            if await conn.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await conn.execute(f"GRANT {role} TO plain_login")


async def test_a_login_without_special_powers_builds_and_finishes(database_url: str) -> None:
    await _make_plain_login(database_url)
    async with opened_world(with_login(database_url, "plain_login")) as world:
        records = [toy(number) for number in range(60)]
        await world.append(records)
        async with running(world.runner()):
            await eventually(world.is_level)
            await ask(world)
            await eventually(lambda: world.serves(2), timeout_s=20.0)
            await eventually(world.is_level)
        assert await world.view() == expected(records)
