"""The two signals kept: how a request of each is laid out, which message a record is, which event it becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsPartialSuccess, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from libs.contracts.events import Event
from services.gateway.otlp.logs import log_event
from services.gateway.otlp.model import EventTools, RecordContext
from services.gateway.otlp.spans import span_event

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Signal(Generic[M]):
    """A kind of telemetry. The names are those of OTLP/JSON; in protobuf all three lists have the same numbers.

    `answer(rejected, message)` is the response; without anything rejected it is empty, which means full success.
    """

    noun: str
    resources: str
    scopes: str
    records: str
    record_type: type[M]
    event: Callable[[M, RecordContext, EventTools], Event]
    answer: Callable[[int, str], Message]


def _trace_answer(rejected: int, message: str) -> Message:
    if not rejected:
        return ExportTraceServiceResponse()
    partial = ExportTracePartialSuccess(rejected_spans=rejected, error_message=message)
    return ExportTraceServiceResponse(partial_success=partial)


def _logs_answer(rejected: int, message: str) -> Message:
    if not rejected:
        return ExportLogsServiceResponse()
    partial = ExportLogsPartialSuccess(rejected_log_records=rejected, error_message=message)
    return ExportLogsServiceResponse(partial_success=partial)


SPANS = Signal("span", "resourceSpans", "scopeSpans", "spans", Span, span_event, _trace_answer)
LOGS = Signal("log record", "resourceLogs", "scopeLogs", "logRecords", LogRecord, log_event, _logs_answer)
METRICS_ANSWER = ExportMetricsServiceResponse(
    partial_success=ExportMetricsPartialSuccess(error_message="metrics are taken and not kept")
)
"""The answer to metrics: a success with a warning, as the protocol has one, so that their sender goes on."""
