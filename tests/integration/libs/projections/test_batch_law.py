"""The law: any split into batches, any interleaving of writers, any repetition and any crash give the same view.

After every step the view must be what the records below the stored positions make, each id once, and read = applied +
parked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from libs.eventlog.port import Record, TopicPartition
from libs.pg.database import Connection
from libs.projections.generations import Generation, ensure_serving
from libs.projections.work import projecting
from tests.support.plays import KINDS, PLACES, Fate, Play, Step, is_good, records_of, steps
from tests.support.projections import Sums, Toy, World, expected, opened_world, toy


class CrashingSums(Sums):
    """Dies before or after its writes when that is its fate."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self._fate = fate

    async def apply(self, conn: Connection, events: Sequence[Toy]) -> None:
        self._fate.meet("before")
        await super().apply(conn, events)
        self._fate.meet("after")


class SumsPlay(Play):
    """Two writers of the toy model."""

    def __init__(self, world: World, generation: Generation, log: dict[TopicPartition, list[Record]]) -> None:
        fate = Fate()
        super().__init__(world.projector, projecting(CrashingSums(fate), generation), log, fate)
        self.world = world

    async def clear(self) -> None:
        async with self.world.projector.transaction() as conn:
            await conn.execute("SET LOCAL search_path = toys_sums_g1")
            await conn.execute("DELETE FROM ledger")
            await conn.execute("DELETE FROM sums")
            await conn.execute("DELETE FROM parked")
            await conn.execute("UPDATE positions SET next_offset = 0, applied = 0, parked = 0, owner_epoch = 0")

    async def check(self) -> None:
        read = await self.read()
        good = [record for record in read if is_good(record)]
        assert await self.world.view() == expected(good)
        assert await self.world.counts() == (len(read), len(good), len(read) - len(good))


Start = Callable[[dict[TopicPartition, list[Record]]], Awaitable[SumsPlay]]


@pytest.fixture
async def play(database_url: str) -> AsyncIterator[Start]:
    async with opened_world(database_url) as world:
        generation = await ensure_serving(world.projector, world.log, Sums())

        async def start(log: dict[TopicPartition, list[Record]]) -> SumsPlay:
            opened = SumsPlay(world, generation, log)
            await opened.clear()
            return opened

        yield start


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(
    kinds=st.lists(st.lists(KINDS, min_size=4, max_size=12), min_size=2, max_size=2),
    todo=steps("before", "after"),
)
@example(
    kinds=[["good"] * 6, []],
    todo=[
        Step(0, "deliver", PLACES[0], 1),
        Step(1, "take", PLACES[0], 1),
        Step(0, "deliver", PLACES[0], 1),
        Step(0, "deliver", PLACES[0], 1),
        Step(1, "read again", PLACES[0], 1),
    ],
)
async def test_any_split_repetition_interleaving_or_crash_gives_the_same_view(
    play: Start, kinds: list[list[str]], todo: list[Step]
) -> None:
    opened = await play(records_of(kinds))
    await opened.run(todo)


async def test_writers_side_by_side_do_not_meet(play: Start) -> None:
    log = {place: [toy(number * 2 + place.partition) for number in range(200)] for place in PLACES}
    opened = await play(log)
    for number, place in enumerate(PLACES):
        await opened.do(Step(number, "take", place, 1))

    async def run(number: int) -> None:
        for _ in range(40):
            await opened.do(Step(number, "deliver", PLACES[number], 5))

    await asyncio.gather(run(0), run(1))
    await opened.check()
