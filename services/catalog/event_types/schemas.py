"""Response bodies of the event types' routes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, JsonValue
from pydantic.alias_generators import to_camel

from libs.httpkit.camel import Camel

_SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"carrier": {"type": "string"}},
    "required": ["carrier"],
}
_TYPE: dict[str, JsonValue] = {
    "eventType": "order.shipped",
    "latestVersion": 1,
    "dataschema": "/api/v1/event-types/order.shipped/schema?version=1",
    "createdAt": "2026-01-15T10:30:00.000Z",
    "modifiedAt": "2026-01-15T10:30:00.000Z",
    "archivedAt": None,
}
_VERSION: dict[str, JsonValue] = {
    "eventType": "order.shipped",
    "version": 1,
    "schema": _SCHEMA,
    "dataschema": "/api/v1/event-types/order.shipped/schema?version=1",
    "forced": False,
    "createdAt": "2026-01-15T10:30:00.000Z",
    "createdBy": "6f1c2c39-9c1a-5a53-8f0b-0f4a6f0d2c11",
    "archivedAt": None,
}


class SchemaVersionOut(Camel):
    """A version of an event type's schema; `forced` when it was registered although narrower than the one before."""

    model_config = ConfigDict(
        alias_generator=lambda name: to_camel(name).rstrip("_"), json_schema_extra={"example": _VERSION}
    )

    event_type: str
    version: int
    schema_: dict[str, Any] | bool
    dataschema: str
    forced: bool
    created_at: datetime
    created_by: str
    archived_at: datetime | None


class SchemaVersionsOut(Camel):
    """Versions of a schema, newest first."""

    versions: list[SchemaVersionOut]
    total: int
    limit: int
    offset: int


class EventTypeOut(Camel):
    """An event type that has a schema; while it is archived its events are not checked."""

    model_config = ConfigDict(json_schema_extra={"example": _TYPE})

    event_type: str
    latest_version: int
    dataschema: str
    created_at: datetime
    modified_at: datetime
    archived_at: datetime | None


class EventTypesOut(Camel):
    """Event types that have a schema, by name."""

    event_types: list[EventTypeOut]
    total: int
    limit: int
    offset: int
