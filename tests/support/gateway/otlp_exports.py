"""Exports by the official SDK, and the events that a log holds of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace import Status as SpanStatus

from libs.contracts.envelope import Envelope, decode_headers
from libs.contracts.topics import EVENTS
from libs.eventlog.port import EventLog
from tests.support.gateway.records import read_topic


async def events_in(log: EventLog) -> list[tuple[Envelope, dict[str, Any]]]:
    """Every event of the log: its envelope and its payload."""
    records = await read_topic(log, EVENTS)
    return [(decode_headers(record.headers), orjson.loads(record.value or b"null")) for record in records]


def checkout_spans() -> Sequence[ReadableSpan]:
    """What the SDK makes of a checkout: a request that pays, and fails to mail."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "checkout", "host.name": "a"}))
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("shop", "1.4.0")
    with tracer.start_as_current_span("POST /checkout", kind=SpanKind.SERVER) as root:
        root.set_attribute("order.ids", [7, 8])
        with tracer.start_as_current_span("payment") as payment:
            payment.add_event("captured", {"amount": 149.99})
        with tracer.start_as_current_span("mail") as mail:
            mail.set_status(SpanStatus(StatusCode.ERROR, "no address"))
    return kept.get_finished_spans()
