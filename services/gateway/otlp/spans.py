"""A span as an event: it happened when it began, its parent is its cause, its ids make it the same event for ever."""

from __future__ import annotations

from typing import Any, Final

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from libs.contracts.events import Event
from services.gateway.otlp.model import EventTools, RecordContext, event_of, event_type, span_event_id
from services.gateway.otlp.values import (
    RecordRefused,
    ValueCount,
    attributes,
    dropped,
    format_nano,
    hex_id,
    time_members,
)

PREFIX: Final = "otel.span."
TRACE_ID_BYTES: Final = 16
SPAN_ID_BYTES: Final = 8
_KINDS = {number: name.removeprefix("SPAN_KIND_") for name, number in Span.SpanKind.items()}
_CODES = {number: name.removeprefix("STATUS_CODE_") for name, number in Status.StatusCode.items()}


def span_event(span: Span, context: RecordContext, tools: EventTools) -> Event:
    """Return the event of a span; RecordRefused when its ids are not valid, or its payload cannot be kept."""
    trace_id = _required(span.trace_id, TRACE_ID_BYTES, "trace id")
    span_id = _required(span.span_id, SPAN_ID_BYTES, "span id")
    parent_id = hex_id(span.parent_span_id, SPAN_ID_BYTES)
    if parent_id is None and len(span.parent_span_id) not in (0, SPAN_ID_BYTES):
        raise RecordRefused(f"the parent span id is not of {SPAN_ID_BYTES} bytes")
    began = span.start_time_unix_nano or span.end_time_unix_nano
    return event_of(
        context,
        _payload(span, trace_id, span_id, parent_id),
        event_id=span_event_id(trace_id, span_id),
        type_=event_type(PREFIX, span.name or "unnamed"),
        occurred_at=format_nano(began) if began else tools.now,
        correlation_id=trace_id,
        causation_id=None if parent_id is None else span_event_id(trace_id, parent_id),
    )


def _required(raw: bytes, length: int, what: str) -> str:
    text = hex_id(raw, length)
    if text is None:
        raise RecordRefused(f"the {what} is not of {length} bytes that are not all zero")
    return text


def _payload(span: Span, trace_id: str, span_id: str, parent_id: str | None) -> dict[str, Any]:
    count = ValueCount()
    count.take(len(span.events) + len(span.links))
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "parentSpanId": parent_id,
        **({"traceState": span.trace_state} if span.trace_state else {}),
        "name": span.name,
        "kind": _KINDS.get(span.kind, str(span.kind)),
        **time_members("startTime", span.start_time_unix_nano),
        **time_members("endTime", span.end_time_unix_nano),
        "durationMs": _duration_ms(span.start_time_unix_nano, span.end_time_unix_nano),
        "status": {"code": _CODES.get(span.status.code, str(span.status.code)), "message": span.status.message},
        "attributes": attributes(span.attributes, count),
        "events": [_point(event, count) for event in span.events],
        "links": [_link(link, count) for link in span.links],
        **dropped(
            droppedAttributesCount=span.dropped_attributes_count,
            droppedEventsCount=span.dropped_events_count,
            droppedLinksCount=span.dropped_links_count,
        ),
    }


def _duration_ms(start_unix_nano: int, end_unix_nano: int) -> float | None:
    """Return the duration; None when either time is not set, or the end lies before the start."""
    if not start_unix_nano or end_unix_nano < start_unix_nano:
        return None
    return (end_unix_nano - start_unix_nano) / 1_000_000


def _point(event: Span.Event, count: ValueCount) -> dict[str, Any]:
    return {
        "name": event.name,
        **time_members("time", event.time_unix_nano),
        "attributes": attributes(event.attributes, count),
        **dropped(droppedAttributesCount=event.dropped_attributes_count),
    }


def _link(link: Span.Link, count: ValueCount) -> dict[str, Any]:
    return {
        "traceId": link.trace_id.hex(),
        "spanId": link.span_id.hex(),
        **({"traceState": link.trace_state} if link.trace_state else {}),
        "attributes": attributes(link.attributes, count),
        **dropped(droppedAttributesCount=link.dropped_attributes_count),
    }
