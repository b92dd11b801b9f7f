"""A log record as an event. It has no identity of its own, so each time it comes it is another event.

A record written within a span says so by `parentSpanId` and has the span's event for its cause; `spanId` is left to
events that are spans, which is how a trace's tree tells them apart.
"""

from __future__ import annotations

from typing import Any, Final

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from libs.contracts.events import Event
from services.gateway.otlp.model import EventTools, RecordContext, event_of, event_type, span_event_id
from services.gateway.otlp.spans import SPAN_ID_BYTES, TRACE_ID_BYTES
from services.gateway.otlp.values import ValueCount, attributes, dropped, format_nano, hex_id, json_value, time_members

PREFIX: Final = "otel.log."
_SEVERITIES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


def log_event(record: LogRecord, context: RecordContext, tools: EventTools) -> Event:
    """Return the event of a log record; RecordRefused when its payload cannot be kept.

    Ids that are not valid count as absent.
    """
    trace_id = hex_id(record.trace_id, TRACE_ID_BYTES)
    span_id = hex_id(record.span_id, SPAN_ID_BYTES) if trace_id else None
    count = ValueCount()
    members = attributes(record.attributes, count)
    severity = record.severity_text or _severity(record.severity_number)
    at = record.time_unix_nano or record.observed_time_unix_nano
    return event_of(
        context,
        _payload(record, members, json_value(record.body, count), trace_id, span_id),
        event_id=str(tools.new_id()),
        type_=event_type(PREFIX, _name(record, members) or severity or "record"),
        occurred_at=format_nano(at) if at else tools.now,
        correlation_id=trace_id,
        causation_id=span_event_id(trace_id, span_id) if trace_id and span_id else None,
    )


def _name(record: LogRecord, members: dict[str, Any]) -> str:
    name = record.event_name or members.get("event.name")
    return name.strip() if isinstance(name, str) else ""


def _severity(number: int) -> str:
    """Return the short name of a severity number (1 to 24, four to a name); empty when it has none."""
    return _SEVERITIES[(number - 1) // 4] if 1 <= number <= 24 else ""


def _payload(
    record: LogRecord, members: dict[str, Any], body: Any, trace_id: str | None, span_id: str | None
) -> dict[str, Any]:
    return {
        "traceId": trace_id,
        "parentSpanId": span_id,
        "eventName": _name(record, members) or None,
        **time_members("time", record.time_unix_nano),
        **time_members("observedTime", record.observed_time_unix_nano),
        "severityNumber": record.severity_number,
        "severityText": record.severity_text or _severity(record.severity_number),
        "body": body,
        "attributes": members,
        **dropped(droppedAttributesCount=record.dropped_attributes_count),
    }
