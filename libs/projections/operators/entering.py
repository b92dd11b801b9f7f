"""Lets operators into a consumer's tables, which belong to the projector of its service.

What a service has put on its own tables runs as whoever reads or writes them, and no role that a session takes on holds
it there: so operators come with the service's own login.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from libs.eventlog.port import TopicPartition
from libs.pg.database import Database
from libs.projections.consumer import RegisteredConsumer
from libs.projections.positions import current

ProjectorOf = Callable[[str], Awaitable[Database]]
"""Service → the database, connected with the service's login as its projector."""


async def positions_of(projector_of: ProjectorOf, consumer: RegisteredConsumer) -> dict[TopicPartition, int]:
    """Return the consumer's next offsets as they are now."""
    return await current(await projector_of(consumer.service), consumer)
