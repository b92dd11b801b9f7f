"""A toy reactor that echoes, and a world in which toys act: a service's schema with objects and an outbox.

Each toy becomes a row of `echoes` and a record on the topic of the same name, under an id made from the toy's own.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import orjson

from libs.contracts.errors import InvalidRecord
from libs.contracts.topics import EVENTS, Topic
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import EventLog, Record, StoredRecord
from libs.objects.outbox import outbox_ddl
from libs.pg.database import Connection, connect_once
from libs.pg.roles import ensure_roles, grant_own_schema, grant_tables
from libs.projections.projection import Projection
from libs.projections.reactor import Emission, Reactor, Start
from libs.projections.reactor_registry import RegisteredReactor
from libs.projections.reactor_runner import ReactorRunner
from libs.projections.registry import POSITIONS
from libs.projections.running import RunnerSettings
from tests.support.projections import DEAD_LETTERS, FAST, SERVICE, TOPIC, Sums, Toy, World, opened_world

NAME = "echoes"
ECHOES = replace(EVENTS, name="toys.echoes", partitions=2)
REGISTERED = RegisteredReactor(SERVICE, NAME)
_SCHEMA = """
CREATE SCHEMA toys;
CREATE TABLE toys.echoes (tenant_id text, id text, n int NOT NULL CHECK (n < 1000000), PRIMARY KEY (tenant_id, id));
"""
_ADD = """
INSERT INTO echoes SELECT * FROM unnest($1::text[], $2::text[], $3::int[]) ON CONFLICT DO NOTHING
"""


def derived(toy: Toy) -> str:
    """Return the id of a toy's echo."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{toy.tenant}/{toy.id}"))


def echo(toy: Toy, new_id: Callable[[Toy], str] = derived) -> Record:
    """Return the record that comes of a toy."""
    headers = (("ce_id", new_id(toy).encode()),)
    return Record(ECHOES.name, f"{toy.tenant}:{toy.key}", orjson.dumps({"of": toy.id, "n": toy.n}), headers, 1)


class Echoes:
    """The reactor; another `new_id` breaks its law."""

    service = SERVICE
    name = NAME
    topics: tuple[Topic, ...] = (TOPIC,)
    publishes: tuple[Topic, ...] = (ECHOES,)

    def __init__(
        self,
        emission: Emission = "outbox",
        *,
        starts_at: Start = "beginning",
        new_id: Callable[[Toy], str] = derived,
    ) -> None:
        self.emission = emission
        self.starts_at = starts_at
        self.new_id = new_id
        self.toys = Sums()

    def decode(self, record: StoredRecord) -> Toy | None:
        """As the toy model does."""
        return self.toys.decode(record)

    async def react(self, conn: Connection, events: Sequence[Toy]) -> Sequence[Record]:
        """Echo. 666 is refused here, 1000000 by the table's check."""
        if not self.toys.forgiving and any(event.n == 666 for event in events):
            raise InvalidRecord("666 is not a number to echo")
        await conn.execute(
            _ADD, [event.tenant for event in events], [event.id for event in events], [event.n for event in events]
        )
        return [echo(event, self.new_id) for event in events]


class EchoingSums:
    """The toy model, which publishes an echo of every toy that is new to its ledger."""

    service = SERVICE
    name = Sums.name
    publishes: tuple[Topic, ...] = (ECHOES,)
    ddl = Sums.ddl
    finishing_ddl = Sums.finishing_ddl

    def __init__(self, *, version: int = 1, topics: tuple[Topic, ...] = (TOPIC,)) -> None:
        self.version = version
        self.topics = topics
        self.sums = Sums()

    def decode(self, record: StoredRecord) -> Toy | None:
        """As the toy model does."""
        return self.sums.decode(record)

    async def apply(self, conn: Connection, events: Sequence[Toy]) -> Sequence[Record]:
        """Add, and echo."""
        known = await conn.fetch("SELECT id FROM ledger WHERE id = ANY ($1::text[])", [event.id for event in events])
        await self.sums.apply(conn, events)
        ids = {row["id"] for row in known}
        return [echo(event) for event in {event.id: event for event in events}.values() if event.id not in ids]

    async def fill(self, conn: Connection, events: Sequence[Toy]) -> None:
        """As the toy model does."""
        await self.sums.fill(conn, events)


def _are_consumers(_: Reactor[Toy], __: Projection[Toy]) -> None:
    """Types only."""


_are_consumers(Echoes(), EchoingSums())


def ids(records: Sequence[StoredRecord | Record]) -> list[str]:
    """Return the ids of records."""
    return [dict(record.headers)["ce_id"].decode() for record in records]


def expected_ids(records: Sequence[Record]) -> set[str]:
    """Return the ids of the echoes of toys."""
    toys = [orjson.loads(record.value or b"") for record in records]
    return {derived(Toy(toy["id"], toy["tenant"], toy["key"], toy["n"])) for toy in toys}


@dataclass(frozen=True, slots=True)
class ActingWorld(World):
    """A world with the toy service's own schema, which has echoes and an outbox."""

    def reactor(
        self, reactor: Echoes | None = None, *, member: str = "one", settings: RunnerSettings = FAST
    ) -> ReactorRunner[Toy]:
        """Return a runner of the toy reactor, not running."""
        return ReactorRunner(self.log, self.projector, reactor or Echoes(), member=member, settings=settings)

    async def objects(self) -> set[str]:
        """Return the ids of the toys that were echoed."""
        async with self.projector.transaction() as conn:
            return {row["id"] for row in await conn.fetch("SELECT id FROM toys.echoes")}

    async def in_outbox(self) -> list[str]:
        """Return the ids of the toys with an echo in the outbox, in its order."""
        async with self.projector.transaction() as conn:
            rows = await conn.fetch("SELECT convert_from(value, 'UTF8')::jsonb AS value FROM toys.outbox ORDER BY id")
        return [row["value"]["of"] for row in rows]

    async def appended(self) -> list[StoredRecord]:
        """Return the echoes in the log."""
        ends = await self.log.end_offsets((ECHOES,))
        reader = await self.log.reader(await self.log.beginning_offsets((ECHOES,)))
        found: list[StoredRecord] = []
        while any(reader.positions[place] < end for place, end in ends.items()):
            found += await reader.poll(timeout_s=1.0, max_records=1_000)
        await reader.stop()
        return found

    async def reacted(self) -> tuple[int, int, int]:
        """Return (sum of next offsets, applied, parked) of the reactor; its parked rows must be as many as it says."""
        async with self.projector.transaction(isolation="repeatable_read") as conn:
            await conn.execute("SET LOCAL search_path = toys")
            rows = await conn.fetch(REGISTERED.tables.sql(POSITIONS.all))
            parked = await conn.fetchval("SELECT count(*) FROM echoes_parked")
        assert parked == sum(row["parked"] for row in rows)
        return sum(row["next_offset"] for row in rows), sum(row["applied"] for row in rows), parked

    async def has_reacted(self) -> bool:
        """Return whether the reactor stands at the log's end."""
        async with self.projector.transaction() as conn:
            if await conn.fetchval("SELECT to_regclass('toys.echoes_positions') IS NULL"):
                return False
        read, _, _ = await self.reacted()
        return read == sum((await self.log.end_offsets((TOPIC,))).values())


@asynccontextmanager
async def opened_acting_world(
    url: str, log: EventLog | None = None, *, place: tuple[str, ...] = ()
) -> AsyncIterator[ActingWorld]:
    """Open an acting world on an empty database; otherwise as `opened_world`."""
    connection = await connect_once(url, application_name="toys")
    await ensure_roles(connection, SERVICE)
    await connection.execute(
        _SCHEMA + grant_own_schema(SERVICE) + grant_tables(["toys.echoes"], SERVICE) + outbox_ddl(SERVICE)
    )
    await connection.close()
    used = log or MemoryEventLog()
    if log is None:
        await used.ensure_topics((TOPIC, DEAD_LETTERS, ECHOES))
    async with opened_world(url, used) as world:
        yield ActingWorld(world.url, world.log, world.projector, world.request, place)
