"""Reactors as the registry knows them: created at their first start or by setup, and put back to a start of their own.

A reactor's positions are offsets of this database's log: whoever moves the installation to another log moves them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from libs.eventlog.port import EventLog, Positions
from libs.pg.database import Connection, Database, Row
from libs.pg.identifiers import quote_identifier
from libs.pg.sql_files import SqlFile
from libs.projections.consumer import ConsumerTables, RegistryStatements
from libs.projections.generations import check_log, drop_or_set_aside, generation_of
from libs.projections.positions import create_positions, entered, resume, start_over
from libs.projections.reactor import Reactor
from libs.projections.registry import POSITIONS, create_reactor_tables, lock_consumer

E = TypeVar("E")

REACTORS = SqlFile.load(Path(__file__).with_name("reactors.sql"))
_STATEMENTS = RegistryStatements(REACTORS.enter, REACTORS.stop, REACTORS.resume)
_IDLE_S = 30.0


@dataclass(frozen=True, slots=True)
class RegisteredReactor:
    """A reactor's row of the registry."""

    service: str
    name: str
    stopped_reason: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.service, self.name

    @property
    def group(self) -> str:
        return f"{self.service}.{self.name}"

    @property
    def state(self) -> str:
        return "reacting"

    @property
    def search_path(self) -> tuple[str]:
        return (self.service,)

    @property
    def tables(self) -> ConsumerTables:
        return ConsumerTables(f"{self.name}_positions", f"{self.name}_parked")

    @property
    def registry(self) -> RegistryStatements:
        return _STATEMENTS


def reactor_of(row: Row) -> RegisteredReactor:
    """Return a reactor from its registry row."""
    return RegisteredReactor(row["service"], row["name"], row["stopped_reason"])


async def find_reactor(conn: Connection, service: str, name: str) -> RegisteredReactor | None:
    """Return the reactor of that name, None before its first start."""
    row = await conn.fetchrow(REACTORS.find, service, name)
    return reactor_of(row) if row else None


async def ensure_reactor(db: Database, log: EventLog, reactor: Reactor[E]) -> RegisteredReactor:
    """Return the reactor's row; the first start creates it and its positions, a later one those of topics new to it.

    `db` has the service's projector role. Safe when several start at once. Raises LogMismatch (see `check_log`).
    """
    log_id = await check_log(db, log)
    starts = await _starts(log, reactor)
    async with db.transaction() as conn:
        await lock_consumer(conn, reactor.service, reactor.name)
        await conn.execute(f"SET LOCAL search_path = {quote_identifier(reactor.service)}")
        if await find_reactor(conn, reactor.service, reactor.name) is None:
            await _create(conn, reactor.service, reactor.name, log_id)
        await _drop_model(conn, reactor.service, reactor.name)
        registered = await find_reactor(conn, reactor.service, reactor.name)
        assert registered is not None
        known = {row["topic"] for row in await conn.fetch(registered.tables.sql(POSITIONS.all))}
        missing = {place: offset for place, offset in starts.items() if place.topic not in known}
        await create_positions(conn, registered.tables, missing)
    return registered


async def restart(db: Database, log: EventLog, reactor: Reactor[E]) -> None:
    """Put the reactor back to where it starts, as at its first start, and let it go on if it was stopped.

    `db` has the service's projector role.
    """
    registered = await ensure_reactor(db, log, reactor)
    starts = await _starts(log, reactor)
    async with entered(db, registered, idle_s=_IDLE_S) as inside:
        await start_over(inside, starts)
        await resume(inside, registered)


async def _starts(log: EventLog, reactor: Reactor[E]) -> Positions:
    if reactor.starts_at == "end":
        return await log.end_offsets(reactor.topics)
    return await log.beginning_offsets(reactor.topics)


async def _create(conn: Connection, service: str, name: str, log_id: str) -> None:
    """Create the reactor, where the model of that name stands that earlier versions kept instead."""
    await conn.execute(REACTORS.add, service, name)
    registered = RegisteredReactor(service, name)
    await create_reactor_tables(conn, service, registered.tables)
    for row in await conn.fetch(REACTORS.models, service, name):
        generation = generation_of(row)
        if (generation.number, generation.log_id) == (row["serving"], log_id):
            for statement in (REACTORS.fence_model, REACTORS.inherit_positions, REACTORS.inherit_parked):
                await conn.execute(registered.tables.sql(statement, model=generation.schema))
            await conn.execute(REACTORS.inherit_stop, *generation.key)


async def _drop_model(conn: Connection, service: str, name: str) -> None:
    """Drop what earlier versions kept of a reactor as a model; one of them may have started since and made it again.

    What belongs to another owner stays until setup has handed it over.
    """
    rows = await conn.fetch(REACTORS.models, service, name)
    dropped = [await drop_or_set_aside(conn, generation_of(row)) for row in rows]
    if rows and all(dropped):
        await conn.execute(REACTORS.forget_model, service, name)
