"""Lets operators into a consumer's tables, which belong to the projector of its service.

What a service has put on its own tables runs as whoever reads or writes them, and no role that a session takes on holds
it there: so operators come with the service's own login.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from libs.eventlog.port import TopicPartition
from libs.pg.database import Connection, Database
from libs.pg.identifiers import quote_identifier
from libs.pg.roles import projector_role
from libs.projections.consumer import RegisteredConsumer
from libs.projections.positions import current

ProjectorOf = Callable[[str], Awaitable[Database]]
"""Service → the database, connected with the service's login as its projector."""


async def positions_of(projector_of: ProjectorOf, consumer: RegisteredConsumer) -> dict[TopicPartition, int]:
    """Return the consumer's next offsets as they are now."""
    return await current(await projector_of(consumer.service), consumer)


@asynccontextmanager
async def as_projector(conn: Connection, service: str) -> AsyncIterator[None]:
    """Act as a service's projector for the block, inside a transaction of the owner's, and as the owner after it."""
    await conn.execute(f"SET LOCAL ROLE {quote_identifier(projector_role(service))}")
    yield
    await conn.execute("SET LOCAL ROLE NONE")
