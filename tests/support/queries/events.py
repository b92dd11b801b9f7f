"""A history of events for tests: its database and generation, a log in memory, and records made by hand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from libs.contracts.events import Event, encode_event
from libs.contracts.paths import QUERIES
from libs.contracts.times import format_ms
from libs.contracts.topics import EVENTS as EVENTS_TOPIC
from libs.eventlog.port import StoredRecord
from libs.projections.generations import ReadModel
from libs.records.catalog import Catalog
from services.queries import service
from services.queries.events.model import EVENTS
from services.queries.events.outcomes import Outcomes
from services.queries.events.projection import TABLES, EventsProjection
from services.queries.events.reads import EventReads
from services.queries.settings import QueriesSettings
from tests.support.read_models import ModelWorld, opened_model
from tests.support.records import catalog_of

START_MS = 1_768_000_000_000
PROJECTION = EventsProjection(Outcomes.of(QueriesSettings()))


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


def source(body: Event) -> str | None:
    """Who wrote an event, as rows have it: what becomes of order-2 is told by the catalog, all else by producers."""
    return f"waymark/{body.tenant_id}/catalog" if body.resource_id == "order-2" else None


def stored(body: Event) -> StoredRecord:
    """An event as it is read back."""
    key, value, headers = encode_event(body)
    if (written_by := source(body)) is not None:
        headers = tuple((dict(headers) | {"ce_source": written_by.encode()}).items())
    return StoredRecord(EVENTS_TOPIC.name, 0, 0, key, value, headers, START_MS)


class World(ModelWorld):
    """The events'."""

    __slots__ = ()

    async def apply(self, events: Sequence[Event]) -> None:
        """One batch, in a transaction of its own."""
        await self.fold_into(PROJECTION, [PROJECTION.decode(stored(body)) for body in events])

    async def empty(self) -> None:
        """Forget everything."""
        await self.truncate(TABLES)

    def history(self, catalog: Catalog | None = None) -> EventReads:
        """The events as requests see them."""
        model = ReadModel(self.requests, QUERIES, EVENTS)
        return EventReads(model, catalog or catalog_of("default"), 5.0, _is_level)


async def _is_level() -> None:
    """The catalog of a test is complete."""


def opened_world(url: str) -> AbstractAsyncContextManager[World]:
    """A world without any record."""
    return opened_model(World, url, service.SERVICE, PROJECTION)
