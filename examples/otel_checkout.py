"""A shop's checkout instrumented with OpenTelemetry alone: spans and a log record become events, read back as a tree.

Start a server (`make run`), then run this where its data directory is: `.venv/bin/python examples/otel_checkout.py`.
With `--seconds` the shop stays open for so long, and is slow while a file is there: something for alerts to see.
A program that is instrumented already needs no line of this, only the environment:

    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:8080 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
    OTEL_EXPORTER_OTLP_HEADERS=x-api-key=<key>
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

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
EXPORT_EVERY_MS = 1000  # in less than the watermark: a trace's parts may come in two exports
QUICK_S = 0.05


@dataclass(frozen=True, slots=True)
class Shop:
    """How many checkouts there are a second, for how long, and how slow a charge is while the file is there."""

    rate: float
    seconds: float
    slow_s: float
    slow_while: Path | None

    def charge_s(self) -> float:
        """How long a charge takes that begins now."""
        return self.slow_s if self.slow_while and self.slow_while.exists() else QUICK_S


@contextmanager
def providers(server: Address) -> Iterator[tuple[TracerProvider, LoggerProvider]]:
    """OpenTelemetry set up to send to the server; the end of the block sends the rest."""
    headers = {"x-api-key": server.api_key}
    spans = OTLPSpanExporter(f"{server.url}/v1/traces", headers=headers, compression=Compression.Gzip)
    logs = OTLPLogExporter(f"{server.url}/v1/logs", headers=headers, compression=Compression.Gzip)
    traced, logged = TracerProvider(resource=RESOURCE), LoggerProvider(resource=RESOURCE)
    traced.add_span_processor(BatchSpanProcessor(spans, schedule_delay_millis=EXPORT_EVERY_MS))
    logged.add_log_record_processor(BatchLogRecordProcessor(logs, schedule_delay_millis=EXPORT_EVERY_MS))
    try:
        yield traced, logged
    finally:
        traced.shutdown()
        logged.shutdown()


def check_out(traced: TracerProvider, logged: LoggerProvider, order_id: str, charge_s: float = QUICK_S) -> str:
    """One request that reserves the goods and takes the payment; returns its trace id."""
    tracer, logger = traced.get_tracer("shop", "1.0.0"), logged.get_logger("shop")
    with tracer.start_as_current_span("POST /checkout", kind=SpanKind.SERVER) as request:
        request.set_attribute("order.id", order_id)
        with tracer.start_as_current_span("reserve"):
            time.sleep(0.02)
        with tracer.start_as_current_span("payment", kind=SpanKind.CLIENT) as payment:
            payment.add_event("authorised", {"amount": 149.99})
            with tracer.start_as_current_span("POST /charges", kind=SpanKind.CLIENT):
                time.sleep(charge_s)
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


def keep_open(shop: Shop, traced: TracerProvider, logged: LoggerProvider) -> None:
    """Check out at the shop's rate until it closes, and say when charges become slow or quick."""
    count, opened_s, charge_s = ceil(shop.rate * shop.seconds), time.monotonic(), 0.0
    with ThreadPoolExecutor(max_workers=ceil(shop.rate * (shop.slow_s + 1))) as customers:
        for number in range(count):
            time.sleep(max(0.0, opened_s + number / shop.rate - time.monotonic()))
            if charge_s != shop.charge_s():
                charge_s = shop.charge_s()
                print(f"{time.strftime('%H:%M:%S')} charges take {charge_s * 1000:.0f} ms", flush=True)
            customers.submit(check_out, traced, logged, f"order-{number}", charge_s)
    print(f"{time.strftime('%H:%M:%S')} closed after {count} checkouts")


def show_tree(trace_id: str) -> None:
    """Print the trace once all of it can be read."""
    with Client() as client:
        for node in read_tree(client, trace_id).nodes:
            print(f"{'  ' * node.depth}{node.event_type} ({node.duration_ms:.0f} ms)")


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Check out once and show the trace; with --seconds, many times.")
    parser.add_argument("--seconds", type=float, default=0.0, help="keep the shop open for so long")
    parser.add_argument("--rate", type=float, default=5.0, help="checkouts a second, up to 100 (default: %(default)g)")
    parser.add_argument("--slow-while", type=Path, metavar="FILE", help="charges are slow while the file is there")
    parser.add_argument(
        "--slow-ms", type=float, default=1500.0, help="a slow charge, up to 10000 (default: %(default)g)"
    )
    given = parser.parse_args()
    if not 0 < given.rate <= 100 or not 0 <= given.slow_ms <= 10_000:
        parser.error("--rate is above 0 and at most 100, --slow-ms at most 10000")
    return given


def main() -> None:
    """Check out once and show what the trace knows of it, or keep the shop open."""
    given = options()
    with providers(find_address()) as (traced, logged):
        if given.seconds:
            shop = Shop(given.rate, given.seconds, given.slow_ms / 1000, given.slow_while)
            keep_open(shop, traced, logged)
            return
        trace_id = check_out(traced, logged, "order-456")
    show_tree(trace_id)


if __name__ == "__main__":
    main()
