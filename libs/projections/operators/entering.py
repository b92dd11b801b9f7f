"""Lets the owner of an installation into a consumer's tables, which belong to the projector of its service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.eventlog.port import TopicPartition
from libs.pg.database import Connection, Database
from libs.pg.identifiers import quote_identifier
from libs.pg.roles import projector_role
from libs.projections.consumer import RegisteredConsumer
from libs.projections.positions import Entered, enter
from libs.projections.registry import POSITIONS

_LOOK_S = 5.0


@asynccontextmanager
async def entered_by_owner(db: Database, consumer: RegisteredConsumer, *, idle_s: float) -> AsyncIterator[Entered]:
    """Open a transaction in the consumer's schemas, as its projector; `db` is connected as the owner."""
    async with db.transaction() as conn, as_projector(conn, consumer.service):
        yield await enter(conn, consumer, idle_s=idle_s)


async def positions_of(db: Database, consumer: RegisteredConsumer) -> dict[TopicPartition, int]:
    """Return the consumer's next offsets as they are now; `db` as for `entered_by_owner`."""
    async with entered_by_owner(db, consumer, idle_s=_LOOK_S) as inside:
        rows = await inside.conn.fetch(inside.sql(POSITIONS.all))
    return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


@asynccontextmanager
async def as_projector(conn: Connection, service: str) -> AsyncIterator[None]:
    """Act as a service's projector for the block, inside a transaction of the owner's, and as the owner after it."""
    await conn.execute(f"SET LOCAL ROLE {quote_identifier(projector_role(service))}")
    yield
    await conn.execute("SET LOCAL ROLE NONE")
