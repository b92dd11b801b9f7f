"""Generations of a read model, and the way requests read the one that serves.

Exactly one generation of a model serves at any time once its first exists; which one is a single row, read by the same
statement that sets a request's tenant, so a request sees one generation from its first row to its last.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from libs.background.waiting import Looks
from libs.contracts.times import EPOCH
from libs.eventlog.errors import LogMismatch, ModelBehind
from libs.eventlog.port import EventLog, Positions, TopicPartition
from libs.pg.database import Connection, Database, Isolation, Row
from libs.pg.identifiers import quote_identifier
from libs.pg.time_limits import wait_for_locks
from libs.projections.consumer import MODEL_TABLES, ConsumerTables, RegisteredConsumer, RegistryStatements
from libs.projections.positions import create_positions
from libs.projections.projection import Projection
from libs.projections.registry import POSITIONS, REGISTRY, create_tables, finish_tables, lock_consumer
from libs.telemetry.logger import get_logger

E = TypeVar("E")
_log = get_logger(__name__)

WAIT_LIMIT_S = 5.0
_POLL_FIRST_S = 0.005
_POLL_LIMIT_S = 0.05
_DROP_WAIT_S = 1.0
_STATEMENTS = RegistryStatements(REGISTRY.enter, REGISTRY.stop, REGISTRY.resume)


@dataclass(frozen=True, slots=True)
class Generation:
    """One set of tables of a read model: `state` is filling, catching_up, serving or retired."""

    service: str
    name: str
    number: int
    version: int
    log_id: str
    state: str
    stopped_reason: str | None = None

    @property
    def schema(self) -> str:
        """Return the schema that holds its tables."""
        return f"{self.service}_{self.name}_g{self.number}"

    @property
    def group(self) -> str:
        return f"{self.service}.{self.name}.g{self.number}"

    @property
    def key(self) -> tuple[str, str, int]:
        return self.service, self.name, self.number

    @property
    def search_path(self) -> tuple[str, str]:
        return self.schema, self.service

    @property
    def tables(self) -> ConsumerTables:
        return MODEL_TABLES

    @property
    def registry(self) -> RegistryStatements:
        return _STATEMENTS


def generation_of(row: Row) -> Generation:
    """Return a generation from its registry row."""
    return Generation(
        row["service"],
        row["name"],
        row["generation"],
        row["version"],
        row["log_id"],
        row["state"],
        row["stopped_reason"],
    )


async def serving_generation(conn: Connection, service: str, name: str) -> Generation | None:
    """Return the generation that answers reads, None before the first exists."""
    row = await conn.fetchrow(REGISTRY.serving, service, name)
    return generation_of(row) if row else None


async def living_generations(conn: Connection, service: str, name: str) -> list[Generation]:
    """Return the generations that records are folded into, the serving one first."""
    return [generation_of(row) for row in await conn.fetch(REGISTRY.living, service, name)]


async def ensure_serving(db: Database, log: EventLog, projection: Projection[E]) -> Generation:
    """Return the serving generation; the first is created on the spot, empty, with all its indexes.

    `db` has the service's projector role. Safe when several start at once. Raises LogMismatch (see `check_log`).
    """
    log_id = await check_log(db, log)
    starts = await log.beginning_offsets(projection.topics)
    async with db.transaction() as conn:
        found = await serving_generation(conn, projection.service, projection.name)
        if found:
            return found
        await lock_consumer(conn, projection.service, projection.name)
        found = await serving_generation(conn, projection.service, projection.name)
        if found:
            return found
        generation = await create_generation(conn, projection, log_id, starts, state="serving")
        await finish_tables(conn, generation.service, generation.schema, projection.finishing_ddl)
        await conn.execute(REGISTRY.serve, *generation.key)
        return generation


async def create_generation(
    conn: Connection, projection: Projection[E], log_id: str, starts: Positions, *, state: str
) -> Generation:
    """Create the next generation's tables, with positions at `starts`."""
    await conn.execute(REGISTRY.add_model, projection.service, projection.name)
    number = await conn.fetchval(REGISTRY.next_generation, projection.service, projection.name)
    await create_tables(conn, projection.service, projection.name, number, projection.ddl)
    await create_positions(conn, MODEL_TABLES, starts)
    row = await conn.fetchrow(
        REGISTRY.add_generation, projection.service, projection.name, number, projection.version, log_id, state
    )
    assert row is not None
    return generation_of(row)


async def drop_generation(conn: Connection, generation: Generation) -> None:
    """Remove a generation's tables and registry row; waits a second at most for a lock, then raises."""
    await wait_for_locks(conn, _DROP_WAIT_S)
    await conn.execute(f"DROP SCHEMA IF EXISTS {quote_identifier(generation.schema)} CASCADE")
    await conn.execute(REGISTRY.forget_generation, *generation.key)


async def drop_or_set_aside(conn: Connection, generation: Generation) -> bool:
    """Drop a generation; one that a process of an earlier version made for another owner is retired, until setup.

    Returns whether it is dropped.
    """
    if await conn.fetchval(REGISTRY.may_drop, generation.schema):
        await drop_generation(conn, generation)
        return True
    if generation.state != "retired":
        await conn.execute(REGISTRY.retire, *generation.key)
        _log.warning("generation_set_aside", schema=generation.schema, remedy="run `waymark setup`")
    return False


async def drop_retired(db: Database, service: str, name: str, *, grace_s: float) -> int:
    """Drop the generations that were retired at least `grace_s` ago; returns how many it dropped."""
    dropped = 0
    async with db.transaction() as conn:
        rows = await conn.fetch(REGISTRY.droppable, service, name, grace_s)
    for row in rows:
        async with db.transaction() as conn:
            await lock_consumer(conn, service, name)
            found = await conn.fetchrow(REGISTRY.generation, service, name, row["generation"])
            if found:
                dropped += await drop_or_set_aside(conn, generation_of(found))
    return dropped


async def refuse_another_log(conn: Connection, log: EventLog) -> None:
    """Raise LogMismatch when the database belongs to another log. Adopts nothing, needs no registry, as setup does.

    `conn` is the URL's login. To be asked before anything is written to the log: it may be somebody else's.
    """
    if await conn.fetchval("SELECT to_regclass('projections.log')") is not None:
        known = await conn.fetchval(REGISTRY.known_log)
        if known is not None:
            _require_same(known, await log.identity())


async def check_log(db: Database, log: EventLog) -> str:
    """Return the log's id, which is this database's own: the first log seen is adopted.

    Raises LogMismatch for another log, because offsets of one log mean nothing in another.
    """
    log_id = await log.identity()
    async with db.transaction() as conn:
        known = await conn.fetchval(REGISTRY.known_log)
        if known is None:
            await conn.execute(REGISTRY.adopt_log, log_id)
            known = await conn.fetchval(REGISTRY.known_log)
    _require_same(known, log_id)
    return log_id


def _require_same(known: str, log_id: str) -> None:
    if known != log_id:
        raise LogMismatch(
            f"this database belongs to log {known}, but the configured log is {log_id}: positions of one mean nothing"
            " in the other. Configure the first one again, or move its records over with `waymark log copy`."
        )


def check_ends(consumer: RegisteredConsumer, positions: Positions, ends: Positions, *, remedy: str) -> None:
    """Raise LogMismatch when the consumer has read further than the log reaches: records it applied are gone.

    `remedy` says how an operator accepts that.
    """
    beyond = [place for place, offset in sorted(positions.items()) if offset > ends.get(place, 0)]
    if beyond:
        place = beyond[0]
        raise LogMismatch(
            f"{consumer.group} has read {place.topic}/{place.partition} up to offset {positions[place]}, but the log"
            f" ends at {ends.get(place, 0)}: it was truncated or restored from an older copy. Restore the log, or bring"
            f" its records back with `waymark log copy`, or {remedy}."
        )


async def as_of_snapshot(conn: Connection) -> datetime:
    """Return the moment before which all that the log accepted is in the snapshot; `conn` has entered a model."""
    found: datetime | None = await conn.fetchval(MODEL_TABLES.sql(POSITIONS.as_of))
    return found or EPOCH


class ReadModel:
    """A read model as requests see it; `db` has the service's request role.

    One per process and model: waiters share one look at the positions.
    """

    def __init__(self, db: Database, service: str, name: str) -> None:
        self._db = db
        self._service = service
        self._name = name
        self._generation: int | None = None
        self._looking: asyncio.Task[dict[TopicPartition, int]] | None = None

    @asynccontextmanager
    async def transaction(
        self, tenant_id: str, *, isolation: Isolation = "repeatable_read", readonly: bool = True
    ) -> AsyncIterator[Connection]:
        """Yield a connection that sees one tenant of the serving generation.

        The service's own schema follows on the path.

        Raises ModelBehind before the first generation exists, DatabaseUnavailable.
        """
        async with self._db.transaction(isolation=isolation, readonly=readonly) as conn:
            await self.enter(conn, tenant_id)
            yield conn

    async def wait_for(self, positions: Positions, *, timeout_s: float = WAIT_LIMIT_S) -> None:
        """Return once everything before the positions is applied; topics the model does not read are ignored.

        Raises ModelBehind after `timeout_s`. Positions are of this database's log: check their log id before.
        """
        looks = Looks(timeout_s, first_s=_POLL_FIRST_S, limit_s=_POLL_LIMIT_S)
        while missing := _missing(positions, reached := await self._positions()):
            if looks.is_time_over:
                raise ModelBehind(_how_far_behind(missing[0], positions[missing[0]], reached[missing[0]]))
            await looks.pause()

    async def as_of(self) -> datetime:
        """Return the moment before which everything that the log accepted is visible.

        Raises ModelBehind as `transaction` does.
        """
        async with self._db.transaction(readonly=True) as conn:
            await self.enter(conn, "")
            return await as_of_snapshot(conn)

    async def enter(self, conn: Connection, tenant_id: str) -> bool:
        """Let the rest of the transaction see one tenant of the serving generation; return whether it is of this log.

        Raises ModelBehind as `transaction` does.
        """
        row = await conn.fetchrow(REGISTRY.read, self._service, self._name, tenant_id)
        if row is None:
            raise ModelBehind(f"{self._service}.{self._name} is not built yet")
        if row["generation"] != self._generation:
            # Statements prepared against another generation's tables may have other types.
            await conn.reload_schema_state()
            self._generation = row["generation"]
        return bool(row["same_log"])

    async def _positions(self) -> dict[TopicPartition, int]:
        """Return the positions now, or those of a read that began a moment ago."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> dict[TopicPartition, int]:
        async with self._db.transaction(readonly=True) as conn:
            same_log = await self.enter(conn, "")
            rows = await conn.fetch(MODEL_TABLES.sql(POSITIONS.all))
        return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] if same_log else 0 for row in rows}


def _how_far_behind(place: TopicPartition, wanted: int, reached: int) -> str:
    return (
        f"{place.topic}/{place.partition} is applied up to offset {reached}, the position asks for {wanted};"
        " try again, and if it stays so, the position may come from elsewhere"
    )


def _missing(wanted: Positions, reached: Positions) -> list[TopicPartition]:
    return [place for place, offset in wanted.items() if place in reached and reached[place] < offset]
