"""A shop's checkout instrumented with OpenTelemetry alone: spans and a log record become events, read back as a tree.

Start a server (`make run`), then run this where its data directory is: `.venv/bin/python examples/otel_checkout.py`.
A program that is instrumented already needs no line of this, only the environment:

    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:8080 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
    OTEL_EXPORTER_OTLP_HEADERS=x-api-key=<key>
"""

from __future__ import annotations

import time

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AnyValue

from waymark.client import Client, NotFound, TraceTree
from waymark.client.address import Address, find_address

RESOURCE = Resource.create({"service.name": "checkout", "deployment.environment.name": "example"})
SPANS_AND_LOGS = 5


def providers(server: Address) -> tuple[TracerProvider, LoggerProvider]:
    """OpenTelemetry set up to send to the server."""
    headers = {"x-api-key": server.api_key}
    spans = OTLPSpanExporter(f"{server.url}/v1/traces", headers=headers, compression=Compression.Gzip)
    logs = OTLPLogExporter(f"{server.url}/v1/logs", headers=headers, compression=Compression.Gzip)
    traced, logged = TracerProvider(resource=RESOURCE), LoggerProvider(resource=RESOURCE)
    traced.add_span_processor(BatchSpanProcessor(spans))
    logged.add_log_record_processor(BatchLogRecordProcessor(logs))
    return traced, logged


def check_out(traced: TracerProvider, logged: LoggerProvider, order_id: str) -> str:
    """One request that reserves the goods and takes the payment; returns its trace id."""
    tracer, logger = traced.get_tracer("shop", "1.0.0"), logged.get_logger("shop")
    with tracer.start_as_current_span("POST /checkout", kind=SpanKind.SERVER) as request:
        request.set_attribute("order.id", order_id)
        with tracer.start_as_current_span("reserve"):
            time.sleep(0.02)
        with tracer.start_as_current_span("payment", kind=SpanKind.CLIENT) as payment:
            payment.add_event("authorised", {"amount": 149.99})
            with tracer.start_as_current_span("POST /charges", kind=SpanKind.CLIENT):
                time.sleep(0.05)
            said: dict[str, AnyValue] = {"order": order_id, "amount": 149.99}
            logger.emit(LogRecord(event_name="payment.captured", severity_number=SeverityNumber.INFO, body=said))
        return f"{request.get_span_context().trace_id:032x}"


def read_tree(client: Client, trace_id: str, patience_s: float = 30.0) -> TraceTree:
    """The trace, once all of it can be read."""
    deadline_s = time.monotonic() + patience_s
    while time.monotonic() < deadline_s and not _is_whole(client, trace_id):
        time.sleep(0.1)
    return client.trace_tree(trace_id)


def _is_whole(client: Client, trace_id: str) -> bool:
    try:
        return client.trace_summary(trace_id).total_events == SPANS_AND_LOGS
    except NotFound:
        return False


def main() -> None:
    """Check out once, and show what the trace knows of it."""
    traced, logged = providers(find_address())
    trace_id = check_out(traced, logged, "order-456")
    traced.shutdown()
    logged.shutdown()
    with Client() as client:
        for node in read_tree(client, trace_id).nodes:
            print(f"{'  ' * node.depth}{node.event_type} ({node.duration_ms:.0f} ms)")


if __name__ == "__main__":
    main()
