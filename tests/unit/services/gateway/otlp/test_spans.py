"""A span's event: identity, cause, time, type, and everything the payload keeps of it."""

from __future__ import annotations

import uuid

import pytest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.support.gateway.otlp_messages import (
    CHILD,
    NOW,
    ROOT,
    START_NS,
    TRACE,
    event_of_span,
    exported,
    key_value,
    span,
    spans_request,
)


async def test_a_span_is_an_event_of_its_service() -> None:
    event, _ = await event_of_span(span())

    assert (event.type, event.tenant_id) == ("otel.span.GET /orders", "acme")
    assert (event.resource_type, event.resource_id) == ("service", "checkout")
    assert (event.actor_type, event.actor_id) == ("service", "checkout")
    assert event.correlation_id == TRACE
    assert event.causation_id is None
    assert event.occurred_at == "2026-01-15T10:30:00.123Z"


async def test_a_childs_cause_is_its_parents_event() -> None:
    parent, _ = await event_of_span(span(ROOT))
    child, payload = await event_of_span(span(CHILD, parent_span_id=bytes.fromhex(ROOT)))

    assert child.causation_id == parent.id
    assert uuid.UUID(parent.id).version == 5
    assert payload["parentSpanId"] == ROOT


async def test_the_same_span_of_another_trace_is_another_event() -> None:
    one, _ = await event_of_span(span())
    other, _ = await event_of_span(span(trace_id=TRACE[::-1]))

    assert one.id != other.id


async def test_the_payload_keeps_what_the_span_says() -> None:
    event = Span.Event(name="retry", time_unix_nano=START_NS, attributes=[key_value("attempt", int_value=2)])
    link = Span.Link(trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(CHILD), trace_state="a=b")
    _, payload = await event_of_span(
        span(
            kind=Span.SPAN_KIND_SERVER,
            status=Status(code=Status.STATUS_CODE_ERROR, message="no stock"),
            attributes=[key_value("http.method", string_value="GET")],
            events=[event],
            links=[link],
            dropped_links_count=3,
        )
    )

    assert payload == {
        "traceId": TRACE,
        "spanId": ROOT,
        "parentSpanId": None,
        "name": "GET /orders",
        "kind": "SERVER",
        "startTime": "2026-01-15T10:30:00.123Z",
        "startTimeUnixNano": str(START_NS),
        "endTime": "2026-01-15T10:30:00.373Z",
        "endTimeUnixNano": str(START_NS + 250_000_000),
        "durationMs": 250.0,
        "status": {"code": "ERROR", "message": "no stock"},
        "attributes": {"http.method": "GET"},
        "resource": {"service.name": "checkout"},
        "scope": {"name": "shop", "version": "1.4.0"},
        "events": [
            {
                "name": "retry",
                "time": "2026-01-15T10:30:00.123Z",
                "timeUnixNano": str(START_NS),
                "attributes": {"attempt": 2},
            }
        ],
        "links": [{"traceId": TRACE, "spanId": CHILD, "traceState": "a=b", "attributes": {}}],
        "droppedLinksCount": 3,
    }


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (Resource(), "unknown_service"),
        (Resource(attributes=[key_value("service.name", string_value=" ")]), "unknown_service"),
        (Resource(attributes=[key_value("service.name", int_value=7)]), "7"),
        (Resource(attributes=[key_value("service.name", string_value="a\tb" + "c" * 300)]), "a_b" + "c" * 197),
    ],
)
async def test_the_services_name_as_an_id_can_hold_it(resource: Resource, expected: str) -> None:
    event, _ = await event_of_span(span(), resource)

    assert event.resource_id == event.actor_id == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", "unnamed"), ("a\nb", "a_b"), ("x" * 300, "x" * 190), ("  padded ", "padded")],
)
async def test_a_name_as_a_type_can_hold_it(name: str, expected: str) -> None:
    event, payload = await event_of_span(span(name=name))

    assert event.type == f"otel.span.{expected}"
    assert len(event.type) <= 200
    assert payload["name"] == name


async def test_a_span_without_times_happened_now() -> None:
    event, payload = await event_of_span(span(start_time_unix_nano=0, end_time_unix_nano=0))

    assert event.occurred_at == NOW
    assert [payload[name] for name in ("startTime", "endTime", "startTimeUnixNano", "durationMs")] == [None] * 4


async def test_a_span_that_ends_before_it_starts_has_no_duration() -> None:
    _, payload = await event_of_span(span(end_time_unix_nano=START_NS - 1))

    assert payload["durationMs"] is None


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (Span(trace_id=bytes(16), span_id=bytes.fromhex(ROOT)), "the trace id is not of 16 bytes"),
        (Span(trace_id=bytes.fromhex(TRACE)[:15], span_id=bytes.fromhex(ROOT)), "the trace id is not of 16 bytes"),
        (Span(trace_id=bytes.fromhex(TRACE), span_id=bytes(8)), "the span id is not of 8 bytes"),
        (Span(trace_id=bytes.fromhex(TRACE)), "the span id is not of 8 bytes"),
        (span(parent_span_id=b"abc"), "the parent span id is not of 8 bytes"),
        (span(name="a\0b"), "name holds \\u0000"),
        (span(attributes=[key_value("k\0", string_value="v")]), "attributes.k\ufffd holds \\u0000"),
        (span(attributes=[key_value("big", string_value="x" * 1_050_000)]), "more than 1048576"),
    ],
)
async def test_what_cannot_be_an_event_is_counted_and_costs_no_other(bad: Span, why: str) -> None:
    outcome, sink = await exported(spans_request(span(CHILD), bad, span(ROOT)).SerializeToString())

    assert (outcome.appended, outcome.rejected) == (2, 1)
    assert outcome.message.startswith("span [0][0][1]: ")
    assert why in outcome.message
    assert len(sink.events) == 2


async def test_a_parent_id_of_zeros_is_none() -> None:
    event, payload = await event_of_span(span(parent_span_id=bytes(8)))

    assert event.causation_id is None
    assert payload["parentSpanId"] is None


async def test_unknown_kinds_and_codes_stay_readable() -> None:
    _, payload = await event_of_span(span(kind=42, status=Status(code=9)))  # type: ignore[arg-type]

    assert (payload["kind"], payload["status"]["code"]) == ("42", "9")
