"""Schemas of event types as objects: their JSON shape, their reference records, and how they are found and held."""

from __future__ import annotations

from typing import Any

import msgspec

from libs.contracts.paths import CATALOG
from libs.contracts.reference import EVENT_TYPE_SCHEMA, EventTypeSchema, ReferenceRecord, dataschema_of
from libs.contracts.times import format_time
from libs.objects.kinds import REFERENCE_RECORDS, Latest, ObjectId, ObjectKind
from services.catalog.event_types.model import SchemaVersion
from services.catalog.event_types.store import every_latest_version, lock_latest_version, take_up_event_types


def schema_data(version: SchemaVersion) -> dict[str, Any]:
    """Return the version's JSON shape, as the API, the events and the reference record have it."""
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


def schema_reference(version: SchemaVersion) -> ReferenceRecord:
    """Return the reference record of the event type whose latest version this is."""
    event_type = version.event_type
    return ReferenceRecord(
        kind=EVENT_TYPE_SCHEMA,
        tenant_id=event_type.tenant_id,
        id=event_type.name,
        version=event_type.revision,
        archived=event_type.archived_at is not None,
        data=schema_data(version),
    )


SCHEMAS: ObjectKind[SchemaVersion] = ObjectKind(
    service=CATALOG,
    name=EVENT_TYPE_SCHEMA,
    identify=lambda version: ObjectId(version.event_type.tenant_id, version.event_type.name),
    payload=schema_data,
    latest=Latest(
        REFERENCE_RECORDS,
        schema_reference,
        holds=lambda record: record.kind == EVENT_TYPE_SCHEMA,
        every=every_latest_version,
        lock=lock_latest_version,
        take_up=take_up_event_types,
    ),
)
