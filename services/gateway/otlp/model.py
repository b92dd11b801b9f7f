"""The rules that both signals of OTLP share: the context of a record, and the event of a span.

A span's event id is made of its trace and span id alone, so a repeat is the same event, and a child knows its parent's
without having seen it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from libs.contracts.events import Event
from services.gateway.otlp.values import ValueCount, attributes, encode, field_text
from services.gateway.replicas.event_schemas import FindSchema, no_schemas

SERVICE: Final = "service"
UNKNOWN_SERVICE: Final = "unknown_service"
MAX_RESOURCE_ID: Final = 200
MAX_TYPE: Final = 200
_SPAN_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:otel-span")


@dataclass(frozen=True, slots=True)
class Source:
    """A resource: the name of its service, and its attributes as JSON, ready to be sent."""

    service: str
    resource: orjson.Fragment


@dataclass(frozen=True, slots=True)
class RecordContext:
    """The tenant, resource and instrumentation scope of a record. `scope` is JSON, ready to be sent."""

    tenant_id: str
    source: Source
    scope: orjson.Fragment


@dataclass(frozen=True, slots=True)
class EventTools:
    """The time now (RFC 3339), a source of ids, and the check of payloads."""

    now: str
    new_id: Callable[[], object]
    find_schema: FindSchema = no_schemas


def source_of(resource: Resource) -> Source:
    """Read a resource; raises RecordRefused when its attributes cannot be kept."""
    members = attributes(resource.attributes, ValueCount())
    name = members.get("service.name")
    service = field_text("" if name is None else str(name), MAX_RESOURCE_ID)
    return Source(service or UNKNOWN_SERVICE, orjson.Fragment(encode(members)))


def span_event_id(trace_id: str, span_id: str) -> str:
    """Return the id of a span's event: UUIDv5 of its ids, in lower-case hexadecimal digits."""
    return str(uuid.uuid5(_SPAN_NAMESPACE, f"{trace_id}:{span_id}"))


def event_type(prefix: str, name: str) -> str:
    """Return an event's type: the prefix, and the name as far as a type can hold it."""
    return prefix + field_text(name, MAX_TYPE - len(prefix))


def event_of(
    context: RecordContext,
    payload: dict[str, Any],
    *,
    event_id: str,
    type_: str,
    occurred_at: str,
    correlation_id: str | None,
    causation_id: str | None,
) -> Event:
    """Return the event of a record; RecordRefused when its payload cannot be kept."""
    data = encode({**payload, "resource": context.source.resource, "scope": context.scope})
    return Event(
        id=event_id,
        type=type_,
        tenant_id=context.tenant_id,
        resource_type=SERVICE,
        resource_id=context.source.service,
        actor_id=context.source.service,
        actor_type=SERVICE,
        occurred_at=occurred_at,
        data=data,
        correlation_id=correlation_id,
        causation_id=causation_id,
    )
