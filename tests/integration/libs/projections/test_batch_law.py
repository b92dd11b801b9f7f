"""The law: any split into batches, any interleaving of writers, any repetition and any crash give the same view.

Two writers take partitions from each other, read again what is old, die at every step, and wake up late. A
writer that lost a partition must write nothing of it. After every step the view must be what the records below the
stored positions make, each id once, and read = applied + parked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import orjson
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from libs.eventlog.port import Record, StoredRecord, TopicPartition
from libs.pg.database import Connection
from libs.projections import positions
from libs.projections.batch import BatchWriter
from libs.projections.generations import Generation, ensure_serving
from libs.projections.positions import Position
from libs.projections.running import RunnerSettings
from tests.support.projections import TOPIC, Sums, Toy, World, expected, opened_world, raw, toy

PLACES = [TopicPartition(TOPIC.name, number) for number in range(2)]
SETTINGS = RunnerSettings(parked_allowed=10_000)


class Crash(Exception):
    """The process died here."""


class CrashingSums(Sums):
    """Dies before or after its writes when told to."""

    crash: str | None = None

    async def apply(self, conn: Connection, events: Sequence[Toy]) -> None:
        if self.crash == "before":
            raise Crash
        await super().apply(conn, events)
        if self.crash == "after":
            raise Crash


@dataclass(slots=True)
class Writer:
    """A member of the group as it sees itself."""

    held: dict[TopicPartition, Position] = field(default_factory=dict)
    cursors: dict[TopicPartition, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What one writer does next."""

    writer: int
    what: str
    place: TopicPartition
    count: int


def _record(number: int, place: TopicPartition, kind: str) -> Record:
    if kind == "repeat":
        return toy(number, n=1, key="again", id_=f"again-{place.partition}-{number % 3}")
    if kind == "undecodable":
        return raw(number, b"{")
    return toy(number, n={"refused": 666, "too much": 1_000_000}.get(kind, number % 7))


KINDS = st.sampled_from(["good", "good", "good", "repeat", "undecodable", "refused", "too much"])
WHAT = ["take", "deliver", "deliver", "deliver both", "read again", "die before", "die after"]
STEPS = st.builds(
    Step,
    writer=st.integers(0, 1),
    what=st.sampled_from(WHAT),
    place=st.sampled_from(PLACES),
    count=st.integers(1, 5),
)


class Play:
    """One log, one view and two writers, kept against an oracle."""

    def __init__(self, world: World, generation: Generation, log: dict[TopicPartition, list[Record]]) -> None:
        self.world = world
        self.generation = generation
        self.log = log
        self.projection = CrashingSums()
        self.batches = BatchWriter(world.projector, self.projection, generation, SETTINGS)
        self.writers = [Writer(), Writer()]
        self.owners: dict[TopicPartition, Writer] = {}

    async def clear(self) -> None:
        async with self.world.projector.transaction() as conn:
            await conn.execute("SET LOCAL search_path = toys_sums_g1")
            await conn.execute("DELETE FROM ledger")
            await conn.execute("DELETE FROM sums")
            await conn.execute("DELETE FROM parked")
            await conn.execute("UPDATE positions SET next_offset = 0, applied = 0, parked = 0, owner_epoch = 0")

    async def do(self, step: Step) -> None:
        writer = self.writers[step.writer]
        if step.what == "take":
            await self._take(writer, step.place)
        elif step.what == "read again" and step.place in writer.cursors:
            writer.cursors[step.place] = max(0, writer.cursors[step.place] - step.count)
            await self._deliver(writer, [step.place], step.count + 1)
        elif step.what.startswith("deliver"):
            places = PLACES if step.what == "deliver both" else [step.place]
            await self._deliver(writer, [place for place in places if place in writer.cursors], step.count)
        elif step.what.startswith("die") and step.place in writer.cursors:
            await self._die(writer, step)

    async def _take(self, writer: Writer, place: TopicPartition) -> None:
        async with positions.entered(self.world.projector, self.generation, idle_s=5) as inside:
            taken = await positions.take_over(inside.conn, [place], "writer")
        self.owners[place] = writer
        writer.held[place] = taken[place]
        writer.cursors[place] = taken[place].next_offset

    async def _deliver(self, writer: Writer, places: Sequence[TopicPartition], count: int) -> None:
        batch = [record for place in places for record in self._read(place, writer.cursors[place], count)]
        superseded = {record.topic_partition for record in batch if self.owners[record.topic_partition] is not writer}
        before = await self._reached()
        if batch:
            outcome = await self.batches.write(batch, writer.held)
            assert outcome.fenced == superseded
        after = await self._reached()
        assert all(after[place] == before[place] for place in superseded)
        for record in batch:
            writer.cursors[record.topic_partition] = record.offset + 1

    async def _die(self, writer: Writer, step: Step) -> None:
        self.projection.crash = step.what.removeprefix("die ")
        try:
            await self._deliver(writer, [step.place], step.count)
        except Crash:
            writer.cursors.clear()
            writer.held.clear()
        finally:
            self.projection.crash = None

    def _read(self, place: TopicPartition, start: int, count: int) -> list[StoredRecord]:
        return [
            StoredRecord(*place, start + at, record.key, record.value, record.headers, record.timestamp_ms)
            for at, record in enumerate(self.log[place][start : start + count])
        ]

    async def _reached(self) -> dict[TopicPartition, int]:
        return await positions.current(self.world.projector, self.generation)

    async def check(self) -> None:
        reached = await self._reached()
        read = [record for place in PLACES for record in self.log[place][: reached[place]]]
        good = [record for record in read if _is_good(record)]
        assert await self.world.view() == expected(good)
        assert await self.world.counts() == (len(read), len(good), len(read) - len(good))


def _is_good(record: Record) -> bool:
    return record.value != b"{" and orjson.loads(record.value or b"")["n"] not in (666, 1_000_000)


@pytest.fixture
async def play(database_url: str) -> AsyncIterator[Callable[[dict[TopicPartition, list[Record]]], Awaitable[Play]]]:
    async with opened_world(database_url) as world:
        generation = await ensure_serving(world.projector, world.log, Sums())

        async def start(log: dict[TopicPartition, list[Record]]) -> Play:
            opened = Play(world, generation, log)
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
    steps=st.lists(STEPS, min_size=6, max_size=20),
)
@example(
    kinds=[["good"] * 6, []],
    steps=[
        Step(0, "deliver", PLACES[0], 1),
        Step(1, "take", PLACES[0], 1),
        Step(0, "deliver", PLACES[0], 1),
        Step(0, "deliver", PLACES[0], 1),
        Step(1, "read again", PLACES[0], 1),
    ],
)
async def test_any_split_repetition_interleaving_or_crash_gives_the_same_view(
    play: Callable[[dict[TopicPartition, list[Record]]], Awaitable[Play]], kinds: list[list[str]], steps: list[Step]
) -> None:
    log = {
        place: [
            _record(number * 2 + place.partition, place, kind) for number, kind in enumerate(kinds[place.partition])
        ]
        for place in PLACES
    }
    opened = await play(log)
    for step in [Step(0, "take", place, 1) for place in PLACES] + steps:
        await opened.do(step)
        if step.what != "take":
            await opened.check()
    last = opened.writers[0]
    for place in PLACES:
        await opened.do(Step(0, "take", place, 1))
    while any(last.cursors[place] < len(log[place]) for place in PLACES):
        await opened.do(Step(0, "deliver both", PLACES[0], 3))
    await opened.check()


async def test_writers_side_by_side_do_not_meet(
    play: Callable[[dict[TopicPartition, list[Record]]], Awaitable[Play]],
) -> None:
    log = {place: [toy(number * 2 + place.partition) for number in range(200)] for place in PLACES}
    opened = await play(log)
    for number, place in enumerate(PLACES):
        await opened.do(Step(number, "take", place, 1))

    async def run(number: int) -> None:
        for _ in range(40):
            await opened.do(Step(number, "deliver", PLACES[number], 5))

    await asyncio.gather(run(0), run(1))
    await opened.check()
