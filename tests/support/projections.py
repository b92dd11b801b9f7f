"""A toy read model that counts, with a ledger of ids, and what tests of the runner need around it.

Values are JSON `{"id", "tenant", "key", "n"}`; the view is the sum and the count per (tenant, key) and the order in
which each key's records came.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from libs.contracts.errors import InvalidRecord
from libs.contracts.topics import EVENTS, Topic, dead_letters
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import EventLog, Record, StoredRecord
from libs.pg.database import Connection, Database
from libs.pg.roles import projector_role, request_role, tenant_policies
from libs.projections.consumer import MODEL_TABLES
from libs.projections.generations import serving_generation
from libs.projections.positions import entered, resume
from libs.projections.projection import Projection
from libs.projections.registry import POSITIONS
from libs.projections.runner import ProjectionRunner
from libs.projections.running import RunnerSettings
from libs.projections.setup import setup_projections

SERVICE = "toys"
NAME = "sums"
TOPIC = replace(EVENTS, partitions=3)
DEAD_LETTERS = dead_letters(TOPIC)
FAST = RunnerSettings(
    poll_timeout_s=0.02,
    linger_s=0.0,
    tick_s=0.05,
    backoff_first_s=0.01,
    backoff_limit_s=0.1,
    idle_in_transaction_s=1.0,
    append_idle_s=2.0,
    stall_timeout_s=2.0,
    drop_grace_s=0.5,
    claim_s=1.0,
)

_DDL = (
    """
CREATE TABLE ledger (tenant_id text, id text, key text NOT NULL, n int NOT NULL, place bigint NOT NULL,
    PRIMARY KEY (tenant_id, id));
CREATE TABLE sums (tenant_id text, key text, n bigint NOT NULL CHECK (n < 1000000), records int NOT NULL,
    PRIMARY KEY (tenant_id, key));
CREATE SEQUENCE places;
"""
    + tenant_policies("ledger", SERVICE)
    + tenant_policies("sums", SERVICE)
)
_FINISHING_DDL = """
CREATE INDEX ledger_key ON ledger (tenant_id, key, place);
INSERT INTO sums SELECT tenant_id, key, sum(n), count(*) FROM ledger GROUP BY tenant_id, key;
"""
_LEDGER = """
INSERT INTO ledger
SELECT tenant_id, id, key, n, nextval('places') FROM unnest($1::text[], $2::text[], $3::text[], $4::int[])
    WITH ORDINALITY AS e (tenant_id, id, key, n, at) ORDER BY at
ON CONFLICT DO NOTHING RETURNING tenant_id, key, n
"""
_SUMS = """
INSERT INTO sums SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::int[])
ON CONFLICT (tenant_id, key) DO UPDATE SET n = sums.n + excluded.n, records = sums.records + excluded.records
"""


@dataclass(frozen=True, slots=True)
class Toy:
    """One thing to add."""

    id: str
    tenant: str
    key: str
    n: int


class Sums:
    """The projection; `version` and `pace_s` (a pause inside `apply`) are for tests."""

    service = SERVICE
    name = NAME
    publishes: tuple[Topic, ...] = ()
    ddl = _DDL
    finishing_ddl = _FINISHING_DDL

    def __init__(self, *, version: int = 1, topics: tuple[Topic, ...] = (TOPIC,), pace_s: float = 0.0) -> None:
        self.version = version
        self.topics = topics
        self.pace_s = pace_s
        self.forgiving = False

    def decode(self, record: StoredRecord) -> Toy | None:
        """Values that are not the toy's are invalid; a toy without a number is of no concern."""
        try:
            value = orjson.loads(record.value or b"")
            if value.get("ignore"):
                return None
            return Toy(value["id"], value["tenant"], value["key"], value["n"])
        except (orjson.JSONDecodeError, KeyError, AttributeError) as error:
            if self.forgiving:
                return Toy(f"mended-{record.partition}-{record.offset}", "acme", "mended", 1)
            raise InvalidRecord(f"not a toy: {error}") from error

    async def apply(self, conn: Connection, events: Sequence[Toy]) -> None:
        """Add what the ledger has not seen. 666 is refused here, 1000000 by the table's check."""
        await self._pause()
        sums: dict[tuple[str, str], list[int]] = {}
        for row in await self._new(conn, events):
            sums.setdefault((row["tenant_id"], row["key"]), []).append(row["n"])
        places = sorted(sums)
        await conn.execute(
            _SUMS,
            [tenant for tenant, _ in places],
            [key for _, key in places],
            [sum(sums[place]) for place in places],
            [len(sums[place]) for place in places],
        )

    async def fill(self, conn: Connection, events: Sequence[Toy]) -> None:
        """The ledger only."""
        await self._pause()
        await self._new(conn, events)

    async def _new(self, conn: Connection, events: Sequence[Toy]) -> list[Any]:
        if not self.forgiving and any(event.n == 666 for event in events):
            raise InvalidRecord("666 is not a number to add")
        return await conn.fetch(
            _LEDGER,
            [event.tenant for event in events],
            [event.id for event in events],
            [event.key for event in events],
            [event.n for event in events],
        )

    async def _pause(self) -> None:
        if self.pace_s:
            await asyncio.sleep(self.pace_s)


def _is_projection(_: Projection[Toy]) -> None:
    """Types only."""


_is_projection(Sums())


def toy(number: int, *, key: str | None = None, n: int = 1, tenant: str = "acme", id_: str | None = None) -> Record:
    """A record to append; ten keys unless one is given."""
    name = key or f"key-{number % 10}"
    value = {"id": id_ or f"toy-{number}", "tenant": tenant, "key": name, "n": n}
    return Record(TOPIC.name, f"{tenant}:{name}", orjson.dumps(value), (("ce_id", b"x"),), 1_700_000_000_000 + number)


def raw(number: int, value: bytes | None, *, key: str = "acme:key-0", tenant: str | None = None) -> Record:
    """A record with any value, of a tenant or of none."""
    headers = (("ce_id", b"\xff\x00"), *([] if tenant is None else [("ce_tenantid", tenant.encode())]))
    return Record(TOPIC.name, key, value, headers, 1_700_000_000_000 + number)


def expected(records: Sequence[Record]) -> dict[tuple[str, str], tuple[int, int]]:
    """The oracle: (tenant, key) to (sum, records), each id once."""
    seen: set[tuple[str, str]] = set()
    view: dict[tuple[str, str], tuple[int, int]] = {}
    for record in records:
        value = orjson.loads(record.value or b"{}")
        if (value["tenant"], value["id"]) not in seen:
            seen.add((value["tenant"], value["id"]))
            n, count = view.get((value["tenant"], value["key"]), (0, 0))
            view[value["tenant"], value["key"]] = (n + value["n"], count + 1)
    return view


@dataclass(frozen=True, slots=True)
class World:
    """A database set up for the toy service, with one pool for each of its roles, and a log."""

    url: str
    log: EventLog
    projector: Database
    request: Database
    place: tuple[str, ...] = ()

    def process(self, *, member: str, fate: str = "live") -> subprocess.Popen[bytes]:
        """A process of its own that runs the toy (see `toy_process`); it ends when its standard input does."""
        command = [sys.executable, "-m", "tests.support.toy_process", *self.place, self.url, member, fate]
        return subprocess.Popen(command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE)

    def runner(
        self, projection: Projection[Any] | None = None, *, member: str = "one", settings: RunnerSettings = FAST
    ) -> Any:
        """A runner of the toy, not running."""
        return ProjectionRunner(self.log, self.projector, projection or Sums(), member=member, settings=settings)

    async def projector_of(self, _service: str) -> Database:
        """The pool of the toy service's projector, as operators come."""
        return self.projector

    async def append(self, records: Sequence[Record]) -> None:
        """Append, each acknowledged."""
        for outcome in await self.log.append(records):
            if isinstance(outcome, Exception):
                raise outcome

    async def serving(self) -> int:
        """The number of the serving generation; 0 for none."""
        async with self.projector.transaction() as conn:
            found = await conn.fetchval("SELECT serving FROM projections.models WHERE name = $1", NAME)
            return int(found or 0)

    async def serves(self, generation: int) -> bool:
        """Whether that generation serves."""
        return await self.serving() == generation

    async def view(self, generation: int | None = None) -> dict[tuple[str, str], tuple[int, int]]:
        """What the tables say, and that the ledger agrees with the sums."""
        schema = f"{SERVICE}_{NAME}_g{generation or await self.serving()}"
        async with self.projector.transaction(isolation="repeatable_read") as conn:
            sums = await conn.fetch(f"SELECT tenant_id, key, n, records FROM {schema}.sums")
            ledger = await conn.fetch(
                f"SELECT tenant_id, key, sum(n) AS n, count(*) AS records FROM {schema}.ledger GROUP BY 1, 2"
            )
        view = {(row["tenant_id"], row["key"]): (row["n"], row["records"]) for row in sums}
        assert view == {(row["tenant_id"], row["key"]): (row["n"], row["records"]) for row in ledger}
        return view

    async def counts(self, generation: int | None = None) -> tuple[int, int, int]:
        """(sum of next offsets, applied, parked), with the parked rows counted against the position's own figure."""
        schema = f"{SERVICE}_{NAME}_g{generation or await self.serving()}"
        async with self.projector.transaction(isolation="repeatable_read") as conn:
            row = await conn.fetchrow(
                "SELECT sum(next_offset)::bigint, sum(applied)::bigint, sum(parked)::bigint,"
                f" (SELECT count(*) FROM {schema}.parked) FROM {schema}.positions"
            )
        assert row is not None
        read, applied, parked, rows = (int(value) for value in row)
        assert parked == rows
        return read, applied, parked

    async def parked(self) -> list[Mapping[str, Any]]:
        """The parked rows of the serving generation."""
        async with self.projector.transaction() as conn:
            schema = f"{SERVICE}_{NAME}_g{await self.serving()}"
            rows = await conn.fetch(f'SELECT * FROM {schema}.parked ORDER BY topic, partition, "offset"')
            return [dict(row) for row in rows]

    async def resume(self) -> None:
        """Let the stopped projection go on, as an operator does."""
        async with self.projector.transaction() as conn:
            found = await serving_generation(conn, SERVICE, NAME)
        assert found is not None
        async with entered(self.projector, found, idle_s=5) as inside:
            await resume(inside, found)

    async def is_level(self) -> bool:
        """Whether the serving generation stands at the log's end."""
        if not await self.serving():
            return False
        ends = await self.log.end_offsets((TOPIC,))
        async with self.projector.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {SERVICE}_{NAME}_g{await self.serving()}")
            rows = await conn.fetch(MODEL_TABLES.sql(POSITIONS.all))
        return bool(sum(row["next_offset"] for row in rows) == sum(ends.values()))


@asynccontextmanager
async def opened_world(url: str, log: EventLog | None = None, *, place: tuple[str, ...] = ()) -> AsyncIterator[World]:
    """A world on an empty database; a memory log unless one is given (started, topics made).

    `place` is how other processes reach the log: kind, address, prefix.
    """
    await setup_projections(url, SERVICE)
    used = log or MemoryEventLog()
    if log is None:
        await used.ensure_topics((TOPIC, DEAD_LETTERS))
    async with (
        await Database.connect(url, role=projector_role(SERVICE), application_name="toys", max_size=12) as projector,
        await Database.connect(url, role=request_role(SERVICE), application_name="toys", max_size=8) as request,
    ):
        yield World(url, used, projector, request, place)


@asynccontextmanager
async def running(runner: Any) -> AsyncIterator[Any]:
    """A runner that runs during the block; what it raises is raised here."""
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        await runner.stop()
        await asyncio.wait_for(task, 20)
