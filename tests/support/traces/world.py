"""Traces for tests: their database and generation, a log in memory, and events made by hand.

Interactions and catalog items are those of the history's tests.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import orjson

from libs.contracts.envelope import Envelope, encode_headers
from libs.contracts.events import event_key
from libs.contracts.times import format_ms
from libs.contracts.topics import EVENTS
from libs.eventlog.port import EventLog, StoredRecord
from libs.projections.projection import Projection
from services.traces.projection import TABLES, TracesProjection
from services.traces.records import TraceEntry
from services.traces.service import SERVICE
from tests.support.read_models import ModelWorld, opened_model
from tests.support.records import START_MS

PROJECTION: Projection[TraceEntry] = TracesProjection()


def event_id(name: object, tenant_id: str = "default") -> str:
    """The id of the event that a test calls `name`."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{tenant_id}/event/{name}"))


def event(name: object, uow_id: str | None, at_ms: int = 0, tenant_id: str = "default", **changes: Any) -> StoredRecord:
    """An event as it is read back; `payload` is any JSON value, other changes are the envelope's."""
    payload = orjson.dumps(changes.pop("payload", {"n": 1}))
    fields: dict[str, Any] = {
        "id": event_id(name, tenant_id),
        "type": "order.shipped",
        "time": format_ms(START_MS + at_ms),
        "subject": "order-1",
        "resource_type": "order",
        "actor_id": "ann",
        "actor_type": "user",
        **changes,
    }
    envelope = Envelope(source=f"waymark/{tenant_id}/events", tenant_id=tenant_id, correlation_id=uow_id, **fields)
    key = event_key(tenant_id, fields["resource_type"], fields["subject"], uow_id)
    return StoredRecord(EVENTS.name, 0, 0, key, payload, encode_headers(envelope), START_MS)


class World(ModelWorld):
    """The traces'."""

    __slots__ = ()

    async def apply(self, records: Sequence[StoredRecord]) -> None:
        """One batch, in a transaction of its own."""
        await self.fold_records(PROJECTION, records)

    async def empty(self) -> None:
        """Remove every row."""
        await self.truncate(TABLES)


def opened_world(url: str, given: EventLog | None = None) -> AbstractAsyncContextManager[World]:
    """A world without any record; a log in memory unless one is given (started, with its topics)."""
    return opened_model(World, url, SERVICE, PROJECTION, given)
