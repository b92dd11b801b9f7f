"""A history of events for tests: its database and generation, a log in memory, and records made by hand."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from libs.contracts.events import Event, encode_event
from libs.contracts.times import format_ms
from libs.contracts.topics import EVENTS as EVENTS_TOPIC
from libs.contracts.topics import MANIFEST
from libs.eventlog.generations import ReadModel, ensure_serving
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import StoredRecord
from libs.history.catalog import Catalog
from libs.pg.database import Database, connect_once
from libs.pg.roles import projector_role, request_role
from services.queries.events.model import EVENTS
from services.queries.events.outcomes import Outcomes
from services.queries.events.projection import TABLES, Events
from services.queries.events.reads import EventHistory
from services.queries.model import SERVICE
from services.queries.settings import QueriesSettings
from services.queries.setup import setup
from tests.integration.services.queries.world import catalog_of

START_MS = 1_768_000_000_000
PROJECTION = Events(Outcomes.of(QueriesSettings()))


def event_id(number: int, tenant_id: str = "default") -> str:
    """The id of a tenant's event."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{tenant_id}/{number}"))


def event(number: int, tenant_id: str = "default", **changes: Any) -> Event:
    """An event; its id comes from tenant and number, its time from the number."""
    fields: dict[str, Any] = {
        "id": event_id(number, tenant_id),
        "type": "schedule.fired",
        "tenant_id": tenant_id,
        "resource_type": "ORDER",
        "resource_id": "order-1",
        "actor_id": "ann",
        "actor_type": "user",
        "occurred_at": format_ms(START_MS + number * 1_000),
        "data": b"{}",
        **changes,
    }
    return Event(**fields)


def stored(body: Event) -> StoredRecord:
    """An event as it is read back."""
    key, value, headers = encode_event(body)
    return StoredRecord(EVENTS_TOPIC.name, 0, 0, key, value, headers, START_MS)


@dataclass(frozen=True, slots=True)
class World:
    """A database with one empty generation of the events, a pool for each role, and a log in memory."""

    url: str
    log: MemoryEventLog
    projector: Database
    requests: Database
    schema: str

    async def apply(self, events: Sequence[Event]) -> None:
        """One batch, in a transaction of its own."""
        async with self.projector.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {self.schema}")
            await PROJECTION.apply(conn, [PROJECTION.decode(stored(body)) for body in events])

    async def empty(self) -> None:
        """Forget everything."""
        conn = await connect_once(self.url, application_name="tests")
        try:
            await conn.execute(f"SET search_path = {self.schema}")
            await conn.execute(f"TRUNCATE {', '.join(TABLES)}")
        finally:
            await conn.close()

    def history(self, catalog: Catalog | None = None) -> EventHistory:
        """The events as requests see them."""
        model = ReadModel(self.requests, SERVICE, EVENTS)
        return EventHistory(model, catalog or catalog_of("default"), 5.0, _is_level)


async def _is_level() -> None:
    """The catalog of a test is complete."""


@asynccontextmanager
async def opened_world(url: str) -> AsyncIterator[World]:
    """A world on an empty database."""
    await setup(url)
    log = MemoryEventLog()
    await log.ensure_topics(MANIFEST)
    async with (
        await Database.connect(url, role=projector_role(SERVICE), application_name="queries") as projector,
        await Database.connect(url, role=request_role(SERVICE), application_name="queries") as requests,
    ):
        generation = await ensure_serving(projector, log, PROJECTION)
        yield World(url, log, projector, requests, generation.schema)
