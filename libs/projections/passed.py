"""How far consumers have passed on what the log accepted, as their positions say; under the projector's role."""

from __future__ import annotations

from datetime import datetime

from libs.contracts.times import EPOCH
from libs.eventlog.errors import ModelBehind
from libs.eventlog.port import TopicPartition
from libs.pg.database import Connection
from libs.pg.identifiers import quote_identifier
from libs.projections.generations import Generation, serving_generation
from libs.projections.positions import hold_all
from libs.projections.reactor_registry import find_reactor
from libs.projections.registry import POSITIONS


async def passed_by_reactor(conn: Connection, service: str, name: str) -> datetime:
    """Return up to when a reactor has acted on what the log accepted. Raises ModelBehind before it has begun."""
    reactor = await find_reactor(conn, service, name)
    if reactor is None:
        raise ModelBehind(f"{service}.{name} has not begun yet")
    await _enter(conn, service)
    found: datetime | None = await conn.fetchval(reactor.tables.sql(POSITIONS.as_of))
    return found or EPOCH


async def model_offsets(conn: Connection, service: str, name: str, *, log_id: str) -> dict[TopicPartition, int]:
    """Return the next offsets of what serves, which the transaction enters. Raises ModelBehind as `enter_model`."""
    generation = await enter_model(conn, service, name, log_id=log_id)
    rows = await conn.fetch(generation.tables.sql(POSITIONS.all))
    return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def pass_batches(conn: Connection, service: str, name: str) -> None:
    """Wait until the batches that are being folded into what serves are committed; the transaction enters it.

    Later ones wait for the transaction's end, and see what was committed before. Raises ModelBehind as `enter_model`.
    """
    generation = await enter_model(conn, service, name)
    await hold_all(conn, generation.tables)


async def enter_model(conn: Connection, service: str, name: str, *, log_id: str | None = None) -> Generation:
    """Put the serving generation's schema on the search path of the transaction, alone.

    Raises ModelBehind before it is built, and while it was built from another log than that of `log_id`, if given.
    """
    generation = await serving_generation(conn, service, name)
    if generation is None:
        raise ModelBehind(f"{service}.{name} is not built yet")
    if log_id is not None and generation.log_id != log_id:
        raise ModelBehind(f"{service}.{name} is not built from this log yet")
    await _enter(conn, generation.schema)
    return generation


async def _enter(conn: Connection, schema: str) -> None:
    await conn.execute(f"SET LOCAL search_path = {quote_identifier(schema)}")
