"""How far consumers have passed on what the log accepted, as their positions say; under the projector's role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from libs.contracts.times import EPOCH
from libs.eventlog.errors import ModelBehind
from libs.pg.database import Connection
from libs.pg.identifiers import quote_identifier
from libs.projections.consumer import ConsumerTables
from libs.projections.generations import Generation, serving_generation
from libs.projections.reactor_registry import find_reactor
from libs.projections.registry import POSITIONS

Stage = Callable[[Connection], Awaitable[datetime | None]]
"""Returns the instant up to which a stage has passed everything on, None when nothing waits in it."""


def passed_by_reactor(service: str, name: str) -> Callable[[Connection], Awaitable[datetime]]:
    """Return the stage of a reactor: what it has acted on. It raises ModelBehind before the reactor has begun."""

    async def look(conn: Connection) -> datetime:
        reactor = await find_reactor(conn, service, name)
        if reactor is None:
            raise ModelBehind(f"{service}.{name} has not begun yet")
        await _enter(conn, service)
        return await _earliest(conn, reactor.tables)

    return look


def passed_by_model(service: str, name: str) -> Callable[[Connection], Awaitable[datetime]]:
    """Return the stage of a read model: what it has applied. It raises ModelBehind before the model is built."""

    async def look(conn: Connection) -> datetime:
        return await _earliest(conn, (await enter_model(conn, service, name)).tables)

    return look


async def enter_model(conn: Connection, service: str, name: str) -> Generation:
    """Put the serving generation's schema on the search path of the transaction, alone. Raises ModelBehind."""
    generation = await serving_generation(conn, service, name)
    if generation is None:
        raise ModelBehind(f"{service}.{name} is not built yet")
    await _enter(conn, generation.schema)
    return generation


async def _enter(conn: Connection, schema: str) -> None:
    await conn.execute(f"SET LOCAL search_path = {quote_identifier(schema)}")


async def _earliest(conn: Connection, tables: ConsumerTables) -> datetime:
    found: datetime | None = await conn.fetchval(tables.sql(POSITIONS.as_of))
    return found or EPOCH
