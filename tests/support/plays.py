"""Two writers of one consumer: they take partitions from each other, read again what is old, die, and wake up late.

A writer that lost a partition must write nothing of it. What must hold after every step is the consumer's own to check.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from hypothesis import strategies as st

from libs.eventlog.port import Record, StoredRecord, TopicPartition
from libs.pg.database import Database
from libs.projections import positions
from libs.projections.batch import BatchWriter
from libs.projections.positions import Position
from libs.projections.running import RunnerSettings
from libs.projections.work import Work
from tests.support.projections import TOPIC, raw, toy

PLACES = [TopicPartition(TOPIC.name, number) for number in range(2)]
SETTINGS = RunnerSettings(parked_allowed=10_000)
KINDS = st.sampled_from(["good", "good", "good", "repeat", "undecodable", "refused", "too much"])


class Crash(Exception):
    """The process died here."""


@dataclass(slots=True)
class Fate:
    """The moment at which the process dies, if it does."""

    moment: str | None = None

    def meet(self, moment: str) -> None:
        """Die if this is the moment."""
        if self.moment == moment:
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


def steps(*moments: str) -> st.SearchStrategy[list[Step]]:
    """Return steps of the two writers, which die at these moments."""
    what = ["take", "deliver", "deliver", "deliver both", "read again", *(f"die {moment}" for moment in moments)]
    step = st.builds(
        Step,
        writer=st.integers(0, 1),
        what=st.sampled_from(what),
        place=st.sampled_from(PLACES),
        count=st.integers(1, 5),
    )
    return st.lists(step, min_size=6, max_size=20)


def records_of(kinds: list[list[str]]) -> dict[TopicPartition, list[Record]]:
    """Return a log of records of these kinds, a list for each partition."""
    return {
        place: [
            _record(number * 2 + place.partition, place, kind) for number, kind in enumerate(kinds[place.partition])
        ]
        for place in PLACES
    }


def _record(number: int, place: TopicPartition, kind: str) -> Record:
    if kind == "repeat":
        return toy(number, n=1, key="again", id_=f"again-{place.partition}-{number % 3}")
    if kind == "undecodable":
        return raw(number, b"{")
    return toy(number, n={"refused": 666, "too much": 1_000_000}.get(kind, number % 7))


def is_good(record: Record) -> bool:
    """Return whether the toys apply the record; they park every other."""
    return record.value != b"{" and orjson.loads(record.value or b"")["n"] not in (666, 1_000_000)


class Play(ABC):
    """One log, one consumer and two writers, kept against an oracle."""

    def __init__(self, db: Database, work: Work[Any], log: dict[TopicPartition, list[Record]], fate: Fate) -> None:
        self.db = db
        self.consumer = work.consumer
        self.log = log
        self.fate = fate
        self.batches: BatchWriter[Any] = BatchWriter(db, work, SETTINGS)
        self.writers = [Writer(), Writer()]
        self.owners: dict[TopicPartition, Writer] = {}

    @abstractmethod
    async def check(self) -> None:
        """Look that everything is as the records below the stored positions make it."""

    async def run(self, todo: Sequence[Step]) -> None:
        """Do the steps, then read the log to its end, and check all along."""
        for step in [Step(0, "take", place, 1) for place in PLACES] + list(todo):
            await self.do(step)
            if step.what != "take":
                await self.check()
        last = self.writers[0]
        for place in PLACES:
            await self.do(Step(0, "take", place, 1))
        while any(last.cursors[place] < len(self.log[place]) for place in PLACES):
            await self.do(Step(0, "deliver both", PLACES[0], 3))
        await self.check()

    async def do(self, step: Step) -> None:
        """Do one step."""
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

    async def read(self) -> list[Record]:
        """Return the records below the stored positions."""
        reached = await self._reached()
        return [record for place in PLACES for record in self.log[place][: reached[place]]]

    async def _take(self, writer: Writer, place: TopicPartition) -> None:
        async with positions.entered(self.db, self.consumer, idle_s=5) as inside:
            taken = await positions.take_over(inside, [place], "writer")
        self.owners[place] = writer
        writer.held[place] = taken[place]
        writer.cursors[place] = taken[place].next_offset

    async def _deliver(self, writer: Writer, places: Sequence[TopicPartition], count: int) -> None:
        batch = [record for place in places for record in self._records(place, writer.cursors[place], count)]
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
        self.fate.moment = step.what.removeprefix("die ")
        try:
            await self._deliver(writer, [step.place], step.count)
        except Crash:
            writer.cursors.clear()
            writer.held.clear()
        finally:
            self.fate.moment = None

    def _records(self, place: TopicPartition, start: int, count: int) -> list[StoredRecord]:
        return [
            StoredRecord(*place, start + at, record.key, record.value, record.headers, record.timestamp_ms)
            for at, record in enumerate(self.log[place][start : start + count])
        ]

    async def _reached(self) -> dict[TopicPartition, int]:
        return await positions.current(self.db, self.consumer)
