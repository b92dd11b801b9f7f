"""The calls of the API for events, as `calls` has those for the rest. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from waymark.client.event_models import Actors, Causes, Event, EventCounts, EventPage, NewEvent, RecordedEvent
from waymark.client.filters import moment_text, query, snake
from waymark.client.requests import ApiCall, bulk, creating, dated, decode, encode, get, placed, segment
from waymark.client.retries import ApiAnswer, Request
from waymark.client.spans import TRACEPARENT, Span

EVENTS = "/api/v1/events"
CLOUD_EVENTS = ("content-type", b"application/cloudevents-batch+json")


def record_event(item: NewEvent, span: Span | None, idempotency_key: str | None) -> ApiCall[RecordedEvent]:
    """Record one event; inside a span it carries the span's trace context."""
    inside = span is not None and span.uow_id == item.correlation_id
    trace = ((TRACEPARENT, span.traceparent.encode()),) if span and inside else ()
    request = creating(EVENTS, encode_event(item), idempotency_key, extra=trace)
    return ApiCall(request, lambda answer: placed(decode(answer, RecordedEvent), answer))


def event_batch(lines: Iterable[bytes]) -> Request:
    """Record many events, each line one that has an id of its own."""
    return bulk(EVENTS, b"\n".join(lines), 202)


def cloud_event_batch(events: Iterable[bytes]) -> Request:
    """Record many CloudEvents, each a JSON object."""
    return bulk(EVENTS, b"[%s]" % b",".join(events), 202, kind=CLOUD_EVENTS)


def encode_event(item: NewEvent) -> bytes:
    """Write an event as a line of a batch. Raises Refused naming the field that JSON cannot hold."""
    if item.occurred_at is not None:
        item = msgspec.structs.replace(item, occurred_at=moment_text("occurredAt", item.occurred_at))
    return encode("payload", item)


def list_events(options: Mapping[str, Any]) -> ApiCall[EventPage]:
    """Read one page of events."""
    return _page(EVENTS, options)


def events_of_resource(resource_type: str, resource_id: str, options: Mapping[str, Any]) -> ApiCall[EventPage]:
    """Read one page of a resource's events."""
    return _page(f"{EVENTS}/resource/{segment(resource_type)}/{segment(resource_id)}", options)


def events_by_correlation(correlation_id: str, options: Mapping[str, Any]) -> ApiCall[EventPage]:
    """Read one page of a correlation's events."""
    return _page(f"{EVENTS}/correlation/{segment(correlation_id)}", options)


def get_event(event_id: str) -> ApiCall[Event]:
    """Read one event."""
    return get(f"{EVENTS}/{segment(event_id)}", Event)


def causes(event_id: str) -> ApiCall[Causes]:
    """Read an event's chain of causes."""
    return get(f"{EVENTS}/{segment(event_id)}/causes", Causes)


def count_events(options: Mapping[str, Any]) -> ApiCall[EventCounts]:
    """Count events by kind."""
    return get(f"{EVENTS}/aggregate", EventCounts, options, spell=snake)


def actors(options: Mapping[str, Any]) -> ApiCall[Actors]:
    """Read the most active actors."""
    return get(f"{EVENTS}/stats/by-actor", Actors, options, spell=snake)


def _page(path: str, options: Mapping[str, Any]) -> ApiCall[EventPage]:
    request = Request("GET", path, params=query(options, snake))
    return ApiCall(request, _read_page, is_read=True)


def _read_page(answer: ApiAnswer) -> EventPage:
    return dated(decode(answer, EventPage), answer)
