"""The law of reactors: any split, interleaving, repetition or crash leaves the same objects and publishes the same ids.

Through the outbox each record that was read has published once. By appends it has published at least once, always the
same; what a writer appended before it died may lie beyond the position.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import orjson
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import AppendOutcome, Record, TopicPartition
from libs.pg.database import Connection
from libs.projections.reactor import Emission
from libs.projections.reactor_registry import ensure_reactor
from libs.projections.work import reacting
from tests.support.plays import KINDS, PLACES, Fate, Play, Step, is_good, records_of, steps
from tests.support.projections import Toy, toy
from tests.support.reactors import (
    ECHOES,
    REGISTERED,
    ActingWorld,
    Echoes,
    expected_ids,
    ids,
)

EMISSIONS = pytest.mark.parametrize("emission", ["outbox", "append"])


class CrashingEchoes(Echoes):
    """Dies before or after it has echoed when that is its fate."""

    def __init__(self, emission: Emission, fate: Fate) -> None:
        super().__init__(emission)
        self._fate = fate

    async def react(self, conn: Connection, events: Sequence[Toy]) -> Sequence[Record]:
        self._fate.meet("before")
        records = await super().react(conn, events)
        self._fate.meet("after")
        return records


class CrashingLog(MemoryEventLog):
    """Dies when it has appended, before anybody knows, when that is its fate."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self._fate = fate

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        outcomes = await super().append(records)
        self._fate.meet("appended")
        return outcomes


class EchoesPlay(Play):
    """Two writers of the toy reactor, which append to a log of their own."""

    def __init__(self, world: ActingWorld, emission: Emission, log: dict[TopicPartition, list[Record]]) -> None:
        fate = Fate()
        target = CrashingLog(fate)
        super().__init__(
            world.projector, reacting(CrashingEchoes(emission, fate), REGISTERED, target, append_idle_s=5), log, fate
        )
        self.begun_by = world.log
        self.world = replace(world, log=target)
        self.emission = emission

    async def begin(self) -> None:
        await ensure_reactor(self.db, self.begun_by, Echoes())
        await self.world.log.ensure_topics((ECHOES,))
        async with self.world.projector.transaction() as conn:
            await conn.execute("SET LOCAL search_path = toys")
            for table in ("echoes", "outbox", "echoes_parked"):
                await conn.execute(f"DELETE FROM {table}")
            await conn.execute("UPDATE echoes_positions SET next_offset = 0, applied = 0, parked = 0, owner_epoch = 0")

    async def check(self) -> None:
        read = await self.read()
        good = [record for record in read if is_good(record)]
        toys = [orjson.loads(record.value or b"")["id"] for record in good]
        assert await self.world.objects() == set(toys)
        assert await self.world.reacted() == (len(read), len(good), len(read) - len(good))
        appended = await self.world.appended()
        if self.emission == "outbox":
            assert Counter(await self.world.in_outbox()) == Counter(toys)
            assert not appended
            return
        assert not await self.world.in_outbox()
        assert expected_ids(good) <= set(ids(appended)) <= expected_ids(self._all_good())
        assert len({(record.key, record.value, record.headers) for record in appended}) == len(set(ids(appended)))

    def _all_good(self) -> list[Record]:
        return [record for place in PLACES for record in self.log[place] if is_good(record)]


@EMISSIONS
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(
    kinds=st.lists(st.lists(KINDS, min_size=4, max_size=12), min_size=2, max_size=2),
    todo=steps("before", "after", "appended"),
)
@example(
    kinds=[["good"] * 6, []],
    todo=[Step(0, "die appended", PLACES[0], 3), Step(1, "take", PLACES[0], 1), Step(1, "deliver", PLACES[0], 2)],
)
async def test_any_split_repetition_interleaving_or_crash_publishes_the_same(
    acting_world: ActingWorld, emission: Emission, kinds: list[list[str]], todo: list[Step]
) -> None:
    play = EchoesPlay(acting_world, emission, records_of(kinds))
    await play.begin()
    await play.run(todo)


@EMISSIONS
async def test_a_member_that_lost_its_partition_writes_and_publishes_nothing(
    acting_world: ActingWorld, emission: Emission
) -> None:
    play = EchoesPlay(acting_world, emission, {place: [toy(number) for number in range(5)] for place in PLACES})
    await play.begin()
    for number in range(2):
        await play.do(Step(number, "take", PLACES[0], 1))
    await play.do(Step(0, "deliver", PLACES[0], 5))
    assert await play.world.objects() == set()
    assert await play.world.in_outbox() == []
    assert await play.world.appended() == []
    await play.do(Step(1, "deliver", PLACES[0], 5))
    await play.check()
