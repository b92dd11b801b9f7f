"""OTLP messages for tests, and what the translation makes of them without any log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from libs.contracts.events import Event
from libs.eventlog.errors import AppendFailed
from libs.eventlog.port import Appended, AppendOutcome
from services.gateway.otlp.exporting import ExportOutcome, export
from services.gateway.otlp.json_form import Json
from services.gateway.otlp.model import EventTools
from services.gateway.otlp.pieces import Encoding
from services.gateway.otlp.protobuf_form import Protobuf
from services.gateway.otlp.signals import LOGS, SPANS, Signal
from services.gateway.replicas.event_schemas import FindSchema, no_schemas

TRACE = "5b8efff798038103d269b633813fc60c"
ROOT, CHILD = "eee19b7ec3c1b174", "00f067aa0ba902b7"
START_NS = 1_768_473_000_123_456_789
NOW = "2026-01-15T11:00:00.000Z"
SERVICE = Resource(attributes=[KeyValue(key="service.name", value=AnyValue(string_value="checkout"))])
SCOPE = InstrumentationScope(name="shop", version="1.4.0")


def key_value(key: str, **value: Any) -> KeyValue:
    """An attribute: `key_value("n", int_value=1)`."""
    return KeyValue(key=key, value=AnyValue(**value))


def span(span_id: str = ROOT, trace_id: str = TRACE, **fields: Any) -> Span:
    """A span of a quarter of a second."""
    said: dict[str, Any] = {
        "name": "GET /orders",
        "start_time_unix_nano": START_NS,
        "end_time_unix_nano": START_NS + 250_000_000,
        **fields,
    }
    return Span(trace_id=bytes.fromhex(trace_id), span_id=bytes.fromhex(span_id), **said)


def spans_request(*spans: Span, resource: Resource = SERVICE) -> ExportTraceServiceRequest:
    """A request of one resource and one scope."""
    scoped = ScopeSpans(scope=SCOPE, spans=spans)
    return ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, scope_spans=[scoped])])


def logs_request(*records: LogRecord, resource: Resource = SERVICE) -> ExportLogsServiceRequest:
    """A request of one resource and one scope."""
    scoped = ScopeLogs(scope=SCOPE, log_records=records)
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=resource, scope_logs=[scoped])])


def json_request(*spans: Any, **resource_spans: Any) -> bytes:
    """Spans as OTLP/JSON."""
    group = {"scopeSpans": [{"spans": list(spans)}], **resource_spans}
    return orjson.dumps({"resourceSpans": [group]})


class Sink:
    """An `Append` that keeps what it is given; a call numbered `fails_at` is not acknowledged."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.calls: list[list[Event]] = []
        self._fails_at = fails_at

    @property
    def events(self) -> list[Event]:
        """All events, in order."""
        return [event for call in self.calls for event in call]

    async def __call__(self, events: Sequence[Event]) -> Sequence[AppendOutcome]:
        """As `Append`."""
        self.calls.append(list(events))
        if len(self.calls) - 1 == self._fails_at:
            return [AppendFailed("away", unknown=True) for _ in events]
        return [Appended("waymark.events.v1", 0, offset) for offset, _ in enumerate(events)]


async def exported(
    body: bytes,
    *,
    signal: Signal[Any] = SPANS,
    encoding: Encoding | None = None,
    sink: Sink | None = None,
    new_id: Callable[[], object] = lambda: "a-new-id",
    find_schema: FindSchema = no_schemas,
) -> tuple[ExportOutcome, Sink]:
    """What a request comes to, and what was appended."""
    sink = sink or Sink()
    outcome = await export(signal, encoding or Protobuf(), body, "acme", sink, EventTools(NOW, new_id, find_schema))
    return outcome, sink


async def event_of_span(one: Span, resource: Resource = SERVICE) -> tuple[Event, dict[str, Any]]:
    """The event of a span that is not refused, and its payload."""
    outcome, sink = await exported(spans_request(one, resource=resource).SerializeToString())
    assert outcome.rejected == 0, outcome.message
    return sink.events[0], orjson.loads(sink.events[0].data)


async def event_of_log(record: LogRecord, resource: Resource = SERVICE) -> tuple[Event, dict[str, Any]]:
    """The event of a log record that is not refused, and its payload."""
    body = logs_request(record, resource=resource).SerializeToString()
    outcome, sink = await exported(body, signal=LOGS)
    assert outcome.rejected == 0, outcome.message
    return sink.events[0], orjson.loads(sink.events[0].data)


async def from_json(body: bytes, signal: Signal[Any] = SPANS) -> tuple[ExportOutcome, list[dict[str, Any]]]:
    """What a JSON request comes to, and the payloads appended."""
    outcome, sink = await exported(body, signal=signal, encoding=Json())
    return outcome, [orjson.loads(event.data) for event in sink.events]
