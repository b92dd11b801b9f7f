"""Reactors that an earlier version kept as read models without tables: they go on where those stood."""

from __future__ import annotations

from collections.abc import Sequence

from libs.contracts.topics import Topic
from libs.eventlog.port import Record, StoredRecord
from libs.pg.database import Connection
from libs.projections.generations import ensure_serving, serving_generation
from libs.projections.operators.dead_letters import replay
from libs.projections.positions import entered
from libs.projections.rebuild.requests import request_rebuild
from libs.projections.runner import ProjectionRunner
from tests.support.projections import FAST, SERVICE, TOPIC, Toy, raw, running, toy
from tests.support.reactors import NAME, ActingWorld, Echoes
from tests.support.waiting import eventually

BEFORE = [toy(number) for number in range(200)]
AFTER = [toy(number) for number in range(200, 300)]


class ModelOfEchoes:
    """The reactor as a model."""

    service = SERVICE
    name = NAME
    version = 1
    topics: tuple[Topic, ...] = (TOPIC,)
    publishes: tuple[Topic, ...] = ()
    ddl = ""
    finishing_ddl = ""

    def __init__(self) -> None:
        self._echoes = Echoes()

    def decode(self, record: StoredRecord) -> Toy | None:
        return self._echoes.decode(record)

    async def apply(self, conn: Connection, events: Sequence[Toy]) -> None:
        await self._echoes.react(conn, events)

    async def fill(self, conn: Connection, events: Sequence[Toy]) -> None:
        await self.apply(conn, events)


def model(world: ActingWorld) -> ProjectionRunner[Toy]:
    return ProjectionRunner(world.log, world.projector, ModelOfEchoes(), member="one", settings=FAST)


async def followed(world: ActingWorld, records: Sequence[Record]) -> None:
    """Append the records and let the model apply or park them, in its second generation."""
    await world.append(records)
    async with running(model(world)) as runner:
        await eventually(lambda: runner.figures.generation == 1)
        await request_rebuild(world.projector, SERVICE, NAME, reason="to have a second generation")
        await eventually(lambda: runner.figures.generation == 2)
        await eventually(lambda: _read(world, len(records)))


async def _read(world: ActingWorld, count: int) -> bool:
    async with world.projector.transaction() as conn:
        return bool(await conn.fetchval("SELECT sum(next_offset) = $1 FROM toys_echoes_g2.positions", count))


async def left_of_models(world: ActingWorld) -> list[str]:
    """Schemas and registry rows of the model."""
    async with world.projector.transaction() as conn:
        rows = await conn.fetch(
            "SELECT nspname AS what FROM pg_namespace WHERE nspname LIKE 'toys_echoes_g%'"
            " UNION ALL SELECT 'model' FROM projections.models"
            " UNION ALL SELECT 'generation' FROM projections.generations"
            " UNION ALL SELECT 'rebuild' FROM projections.rebuilds"
        )
    return [row["what"] for row in rows]


async def test_it_goes_on_where_the_serving_generation_stood(acting_world: ActingWorld) -> None:
    await followed(acting_world, [*BEFORE, raw(1, b"{"), raw(2, b"{")])
    await request_rebuild(acting_world.projector, SERVICE, NAME, reason="asked for in vain")
    await acting_world.append(AFTER)
    async with running(acting_world.reactor()):
        await eventually(acting_world.has_reacted)
    assert sorted(await acting_world.in_outbox()) == sorted(f"toy-{number}" for number in range(200, 300))
    assert await acting_world.reacted() == (302, 300, 2)
    assert await left_of_models(acting_world) == []
    mended = Echoes()
    mended.toys.forgiving = True
    assert await replay(acting_world.projector, mended, acting_world.log) == (2, 0)


async def test_what_an_older_process_makes_again_is_dropped_at_the_next_start(acting_world: ActingWorld) -> None:
    await followed(acting_world, BEFORE)
    async with running(acting_world.reactor()):
        await eventually(acting_world.has_reacted)
    await ensure_serving(acting_world.projector, acting_world.log, ModelOfEchoes())
    assert await left_of_models(acting_world) == ["toys_echoes_g1", "model", "generation"]
    await acting_world.append(AFTER)
    async with running(acting_world.reactor()):
        await eventually(acting_world.has_reacted)
    assert len(await acting_world.in_outbox()) == 100
    assert await left_of_models(acting_world) == []


async def test_one_that_was_stopped_stays_stopped(acting_world: ActingWorld) -> None:
    await followed(acting_world, [raw(number, b"{") for number in range(100)])
    async with acting_world.projector.transaction() as conn:
        found = await serving_generation(conn, SERVICE, NAME)
    assert found is not None
    async with entered(acting_world.projector, found, idle_s=5) as inside:
        await inside.conn.execute(found.registry.stop, "too many", *found.key)
    async with running(acting_world.reactor()) as runner:
        await eventually(lambda: runner.figures.stopped_reason == "too many")


async def test_positions_of_another_log_are_left_behind(acting_world: ActingWorld) -> None:
    await followed(acting_world, BEFORE)
    async with acting_world.projector.transaction() as conn:
        await conn.execute("UPDATE projections.generations SET log_id = 'another'")
    async with running(acting_world.reactor()):
        await eventually(acting_world.has_reacted)
    assert len(await acting_world.in_outbox()) == 200
    assert await left_of_models(acting_world) == []
