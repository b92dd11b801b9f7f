"""A frontier's positions lie behind every number below it, whatever happens between the questions it is made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from libs.contracts.interactions import encode_voided
from libs.contracts.reference import Frontier, decode_data, decode_reference
from libs.contracts.topics import INTERACTIONS, MANIFEST, REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Appended, Positions, Record
from services.gateway.numbering.frontier import FrontierPublisher
from services.gateway.numbering.numbers import NumberFrontier
from tests.support.gateway.memory_numbers import MemoryNumberStore
from tests.support.gateway.records import read_topic


class Moving:
    """A tenant to whom a number is given, and its record appended, whenever store or log is asked anything."""

    def __init__(self) -> None:
        self.log = MovingLog(self)
        self.store = MovingStore(self)
        self.places: dict[int, Appended] = {}

    async def move(self) -> None:
        number = len(self.places) + 1
        key, value, headers = encode_voided("default", number, "2026-01-01T00:00:00.000Z", "test")
        (at,) = await self.log.append([Record(INTERACTIONS.name, key, value, headers, 1)])
        assert isinstance(at, Appended)
        self.places[number] = at


class MovingLog(MemoryEventLog):
    def __init__(self, world: Moving) -> None:
        super().__init__()
        self._world = world

    async def end_offsets(self, topics: Sequence[object]) -> Positions:
        await self._world.move()
        found = await super().end_offsets([INTERACTIONS])
        await self._world.move()
        return found


class MovingStore(MemoryNumberStore):
    def __init__(self, world: Moving) -> None:
        super().__init__()
        self._world = world

    async def frontiers(self, tenants: Collection[str] | None) -> Sequence[NumberFrontier]:
        await self._world.move()
        following = len(self._world.places) + 1
        await self._world.move()
        return [NumberFrontier("default", following, following)]


async def published(log: MemoryEventLog) -> list[Frontier]:
    """The frontiers that the log has, in its order."""
    ends = MemoryEventLog(log.broker)
    references = [decode_reference(record.value or b"") for record in await read_topic(ends, REFERENCE)]
    return [decode_data(reference, Frontier) for reference in references]


async def test_every_number_below_lies_before_the_positions() -> None:
    world = Moving()
    await world.log.ensure_topics(MANIFEST)
    publisher = FrontierPublisher(world.store, world.log)

    for _ in range(5):
        publisher.touch("default")
        await publisher.publish()

    frontiers = await published(world.log)
    assert len(frontiers) == 5
    for frontier in frontiers:
        below = [world.places[number] for number in range(1, frontier.below)]
        assert all(at.offset < frontier.positions[str(at.partition)] for at in below)


async def test_nothing_lower_is_published_than_the_log_has() -> None:
    world = Moving()
    await world.log.ensure_topics(MANIFEST)

    await FrontierPublisher(world.store, world.log, on_log=lambda _: 1_000).publish()

    assert await published(world.log) == []
