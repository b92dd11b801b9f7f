"""Consumers that act on records, reactors and projections that publish, when the log under them is exchanged.

It goes on where the records begin that not all of it has read: it misses none, and acts again on a few, under the same
ids.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from libs.eventlog.port import Positions, TopicPartition
from libs.pg.database import Connection, Database
from libs.projections.generations import Generation
from libs.projections.operators.entering import ProjectorOf, positions_of
from libs.projections.operators.overview import registered_consumers
from libs.projections.positions import enter, start_over
from libs.projections.projection import Projection
from libs.projections.reactor_registry import RegisteredReactor
from libs.projections.registry import POSITIONS, REGISTRY

_IDLE_S = 30.0

Acting = Generation | RegisteredReactor


async def acting_consumers(db: Database, projections: Sequence[Projection[Any]], log_id: str) -> list[Acting]:
    """Return every reactor, and of those `projections` that publish the generations that serve and follow the log."""
    publishing = {(projection.service, projection.name) for projection in projections if projection.publishes}
    return [
        consumer
        for consumer in await registered_consumers(db)
        if not isinstance(consumer, Generation)
        or ((consumer.service, consumer.name) in publishing and consumer.log_id == log_id)
    ]


async def read_by_all(
    projector_of: ProjectorOf, consumers: Sequence[Acting], ends: Positions
) -> dict[TopicPartition, int]:
    """Return how far each partition was read by all of the consumers that read it; to its end where none does."""
    reached = dict(ends)
    for consumer in consumers:
        for place, offset in (await positions_of(projector_of, consumer)).items():
            reached[place] = min(offset, reached.get(place, 0))
    return reached


@asynccontextmanager
async def moved(
    projector_of: ProjectorOf, consumers: Sequence[Acting], starts: Positions, log_id: str
) -> AsyncIterator[None]:
    """Put the consumers at `starts` of the log of that id; it is committed at the end of the block.

    Each service's are moved in a transaction of its own, all of them open during the block. Moving them once more to
    the same starts changes nothing.
    """
    async with AsyncExitStack() as stack:
        for service in sorted({consumer.service for consumer in consumers}):
            conn = await stack.enter_async_context((await projector_of(service)).transaction())
            for consumer in consumers:
                if consumer.service == service:
                    await _move(conn, consumer, starts, log_id)
        yield


async def _move(conn: Connection, consumer: Acting, starts: Positions, log_id: str) -> None:
    inside = await enter(conn, consumer, idle_s=_IDLE_S)
    topics = {row["topic"] for row in await conn.fetch(inside.sql(POSITIONS.all))}
    await start_over(inside, {place: offset for place, offset in starts.items() if place.topic in topics})
    if isinstance(consumer, Generation):
        await conn.execute(REGISTRY.set_log, *consumer.key, log_id)
