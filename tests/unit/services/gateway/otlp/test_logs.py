"""A log record's event: which type, which time, and what it says of the span it was written in."""

from __future__ import annotations

import itertools

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber

from services.gateway.otlp.model import span_event_id
from services.gateway.otlp.signals import LOGS
from tests.support.gateway.otlp_messages import (
    NOW,
    ROOT,
    START_NS,
    TRACE,
    event_of_log,
    exported,
    key_value,
    logs_request,
)

INFO = SeverityNumber.SEVERITY_NUMBER_INFO
_EVENT_NAME = key_value("event.name", string_value="by.attribute")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (LogRecord(event_name="order.placed", attributes=[_EVENT_NAME], severity_text="Warn"), "order.placed"),
        (LogRecord(attributes=[_EVENT_NAME], severity_text="Warn"), "by.attribute"),
        (LogRecord(severity_text="Warn", severity_number=INFO), "Warn"),
        (LogRecord(severity_number=INFO), "INFO"),
        (LogRecord(severity_number=SeverityNumber.SEVERITY_NUMBER_FATAL4), "FATAL"),
        (LogRecord(event_name=" ", attributes=[key_value("event.name", int_value=1)]), "record"),
        (LogRecord(), "record"),
    ],
)
async def test_the_type_says_the_most_telling_thing_there_is(record: LogRecord, expected: str) -> None:
    event, _ = await event_of_log(record)

    assert event.type == f"otel.log.{expected}"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (LogRecord(time_unix_nano=START_NS, observed_time_unix_nano=1), "2026-01-15T10:30:00.123Z"),
        (LogRecord(observed_time_unix_nano=START_NS), "2026-01-15T10:30:00.123Z"),
        (LogRecord(), NOW),
    ],
)
async def test_the_time_is_its_own_else_when_it_was_seen_else_now(record: LogRecord, expected: str) -> None:
    event, _ = await event_of_log(record)

    assert event.occurred_at == expected


async def test_a_record_within_a_span_has_the_spans_event_for_its_cause() -> None:
    event, payload = await event_of_log(LogRecord(trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(ROOT)))

    assert (event.correlation_id, event.causation_id) == (TRACE, span_event_id(TRACE, ROOT))
    assert (payload["traceId"], payload["parentSpanId"]) == (TRACE, ROOT)
    assert "spanId" not in payload


@pytest.mark.parametrize("trace_id", [b"", bytes(16), b"short"])
async def test_ids_that_are_not_valid_count_as_absent(trace_id: bytes) -> None:
    event, payload = await event_of_log(LogRecord(trace_id=trace_id, span_id=bytes.fromhex(ROOT)))

    assert (event.correlation_id, event.causation_id) == (None, None)
    assert (payload["traceId"], payload["parentSpanId"]) == (None, None)


async def test_the_payload_keeps_what_the_record_says() -> None:
    _, payload = await event_of_log(
        LogRecord(
            time_unix_nano=START_NS,
            severity_number=INFO,
            event_name="order.placed",
            body=AnyValue(string_value="order 7"),
            attributes=[key_value("total", double_value=149.99)],
        )
    )

    assert payload == {
        "traceId": None,
        "parentSpanId": None,
        "eventName": "order.placed",
        "time": "2026-01-15T10:30:00.123Z",
        "timeUnixNano": str(START_NS),
        "observedTime": None,
        "observedTimeUnixNano": None,
        "severityNumber": 9,
        "severityText": "INFO",
        "body": "order 7",
        "attributes": {"total": 149.99},
        "resource": {"service.name": "checkout"},
        "scope": {"name": "shop", "version": "1.4.0"},
    }


async def test_every_record_is_an_event_of_its_own() -> None:
    ids = itertools.count()
    body = logs_request(LogRecord(event_name="a"), LogRecord(event_name="a")).SerializeToString()

    _, sink = await exported(body, signal=LOGS, new_id=lambda: next(ids))

    assert [event.id for event in sink.events] == ["0", "1"]
