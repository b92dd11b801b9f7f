"""What both signals of OTLP have in common: where a record comes from, and which event a span is.

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
from services.gateway.otlp.values import Count, attributes, encode, field_text

SERVICE: Final = "service"
UNKNOWN_SERVICE: Final = "unknown_service"
MAX_RESOURCE_ID: Final = 200
MAX_TYPE: Final = 200
_SPAN_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:otel-span")


@dataclass(frozen=True, slots=True)
class Source:
    """What a resource says of all its records: the service's name, and its attributes as JSON, ready to be sent."""

    service: str
    resource: orjson.Fragment


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record comes from. `scope` is JSON, ready to be sent."""

    tenant_id: str
    source: Source
    scope: orjson.Fragment


Validate = Callable[[str, str, bytes], str | None]
"""Tenant, event type and payload (JSON text) → the `dataschema` it fits, None without one; raises 422 with places."""


def no_schemas(_tenant_id: str, _event_type: str, _payload: bytes) -> str | None:
    """Return the `Validate` of a gateway that knows no schemas."""
    return None


@dataclass(frozen=True, slots=True)
class Making:
    """What an event needs beside what it is made of: the time now (RFC 3339), new ids, the check of its payload."""

    now: str
    new_id: Callable[[], object]
    validate: Validate = no_schemas


def source_of(resource: Resource) -> Source:
    """Return a resource's attributes; raises Refused when they cannot be kept."""
    found = attributes(resource.attributes, Count())
    name = found.get("service.name")
    service = field_text("" if name is None else str(name), MAX_RESOURCE_ID)
    return Source(service or UNKNOWN_SERVICE, orjson.Fragment(encode(found)))


def span_event_id(trace_id: str, span_id: str) -> str:
    """Return the id of the event that a span is: UUIDv5 of its ids, in lower-case hexadecimal digits."""
    return str(uuid.uuid5(_SPAN_NAMESPACE, f"{trace_id}:{span_id}"))


def event_type(prefix: str, name: str) -> str:
    """Return an event's type: the prefix, and the name as far as a type can hold it."""
    return prefix + field_text(name, MAX_TYPE - len(prefix))


def event_of(
    origin: Origin,
    payload: dict[str, Any],
    *,
    event_id: str,
    type_: str,
    occurred_at: str,
    correlation_id: str | None,
    causation_id: str | None,
) -> Event:
    """Return the event of a record; Refused when its payload cannot be kept."""
    data = encode({**payload, "resource": origin.source.resource, "scope": origin.scope})
    return Event(
        id=event_id,
        type=type_,
        tenant_id=origin.tenant_id,
        resource_type=SERVICE,
        resource_id=origin.source.service,
        actor_id=origin.source.service,
        actor_type=SERVICE,
        occurred_at=occurred_at,
        data=data,
        correlation_id=correlation_id,
        causation_id=causation_id,
    )
