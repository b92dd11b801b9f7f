"""Consumers of either kind, made ready as their first start makes them."""

from __future__ import annotations

from libs.eventlog.port import EventLog
from libs.pg.database import Database
from libs.projections.generations import ensure_serving
from libs.projections.reactor import Reactor
from libs.projections.reactor_registry import ensure_reactor
from libs.service.service import AnyConsumer


async def ensure_begun(db: Database, log: EventLog, *consumers: AnyConsumer) -> None:
    """Create what the library keeps of the consumers, unless it is there."""
    for consumer in consumers:
        if isinstance(consumer, Reactor):
            await ensure_reactor(db, log, consumer)
        else:
            await ensure_serving(db, log, consumer)
