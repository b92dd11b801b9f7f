"""What the log learns of an event type's schema: its platform event and its reference record."""

from __future__ import annotations

from typing import Any

import msgspec

from libs.contracts.events import Cause, PlatformEvent, encode_platform_event
from libs.contracts.reference import (
    EVENT_TYPE_SCHEMA,
    EventTypeSchema,
    ReferenceRecord,
    dataschema_of,
    encode_reference,
)
from libs.contracts.times import format_time
from libs.contracts.topics import EVENTS, REFERENCE, object_key
from libs.eventlog.port import Record
from services.catalog.event_types.model import EventType, SchemaVersion
from services.catalog.records import SERVICE


def schema_data(version: SchemaVersion) -> dict[str, Any]:
    """The version's JSON shape, as the API returns it and the reference record carries it."""
    shape = EventTypeSchema(
        event_type=version.event_type.name,
        version=version.version,
        schema=version.schema if isinstance(version.schema, bool) else dict(version.schema),
        dataschema=dataschema_of(version.event_type.name, version.version),
        forced=version.forced,
        created_at=format_time(version.created_at),
        created_by=version.created_by,
    )
    data: dict[str, Any] = msgspec.to_builtins(shape)
    return data


def event_type_key(event_type: EventType) -> str:
    """The key under which the outbox keeps the order of an event type's changes."""
    return object_key(EVENT_TYPE_SCHEMA, event_type.tenant_id, event_type.name)


def reference_of(version: SchemaVersion, *, timestamp_ms: int) -> Record:
    """The reference record of the event type's latest version."""
    event_type = version.event_type
    reference = ReferenceRecord(
        kind=EVENT_TYPE_SCHEMA,
        tenant_id=event_type.tenant_id,
        id=event_type.name,
        version=event_type.revision,
        archived=event_type.archived_at is not None,
        data=schema_data(version),
    )
    key, value, headers = encode_reference(reference, timestamp_ms=timestamp_ms)
    return Record(REFERENCE.name, key, value, headers, timestamp_ms)


def event_of(version: SchemaVersion, happened: str, *, event_id: str, cause: Cause, timestamp_ms: int) -> Record:
    """The platform event `event_type_schema.<happened>`, its payload the version."""
    event = PlatformEvent(
        id=event_id,
        type=f"{EVENT_TYPE_SCHEMA}.{happened}",
        tenant_id=version.event_type.tenant_id,
        resource_type=EVENT_TYPE_SCHEMA,
        resource_id=version.event_type.name,
        actor=cause.actor,
        occurred_at_ms=timestamp_ms,
        payload=schema_data(version),
        correlation_id=cause.correlation_id,
        causation_id=cause.causation_id,
    )
    key, value, headers = encode_platform_event(event, service=SERVICE)
    return Record(EVENTS.name, key, value, headers, timestamp_ms)
