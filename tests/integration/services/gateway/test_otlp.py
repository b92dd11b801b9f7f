"""OTLP/HTTP as the official SDK's exporters speak it, against a served gateway: what the log holds in the end."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from google.rpc.status_pb2 import Status
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import NonRecordingSpan, SpanContext, set_span_in_context

from libs.contracts.topics import EVENTS
from libs.eventlog.errors import AppendFailed
from libs.eventlog.port import AppendOutcome, Record
from libs.httpkit.limits import BULK_BODY_BYTES
from libs.service.app import create_service_app
from services.gateway.service import SERVICE
from services.gateway.settings import GatewaySettings
from tests.support.gateway.otlp_exports import checkout_spans, events_in
from tests.support.gateway.otlp_messages import CHILD, ROOT, json_request, span, spans_request
from tests.support.gateway.records import api_key, publish_credentials, read_topic
from tests.support.gateway.surroundings import Surroundings
from tests.support.waiting import eventually

TRACES, LOGS = "/v1/traces", "/v1/logs"
PROTOBUF, JSON = {"content-type": "application/x-protobuf"}, {"content-type": "application/json"}
# What never reaches the log is tried on one log only.
on_one_log = pytest.mark.parametrize("new_log", ["postgres"], indirect=True)


@asynccontextmanager
async def served(around: Surroundings) -> AsyncIterator[str]:
    """The address of a gateway that is served on a socket, which the SDK's exporters need."""
    app = create_service_app(SERVICE, GatewaySettings(database_url=around.database_url), log=around.log)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
async def test_the_sdks_spans_are_events(surroundings: Surroundings, compression: Compression) -> None:
    spans = checkout_spans()

    async with served(surroundings) as url:
        headers = {"x-api-key": surroundings.tenant.editor_key}
        exporter = OTLPSpanExporter(f"{url}{TRACES}", headers=headers, compression=compression)
        result = await asyncio.to_thread(exporter.export, spans)

    assert result is SpanExportResult.SUCCESS
    events = {envelope.type: (envelope, payload) for envelope, payload in await events_in(surroundings.log)}
    assert set(events) == {"otel.span.POST /checkout", "otel.span.payment", "otel.span.mail"}
    root, root_payload = events["otel.span.POST /checkout"]
    payment, payment_payload = events["otel.span.payment"]
    context = spans[0].get_span_context()
    assert context is not None
    trace_id = f"{context.trace_id:032x}"
    assert {envelope.correlation_id for envelope, _ in events.values()} == {trace_id}
    assert payment.causation_id == root.id
    assert (root.resource_type, root.subject, root.tenant_id) == ("service", "checkout", "default")
    assert (root.actor_type, root.actor_id, root.content_type) == ("service", "checkout", "application/json")
    assert root.time == root_payload["startTime"]
    assert root_payload["attributes"] == {"order.ids": [7, 8]}
    assert root_payload["resource"]["host.name"] == "a"
    assert payment_payload["events"][0]["attributes"] == {"amount": 149.99}
    assert events["otel.span.mail"][1]["status"] == {"code": "ERROR", "message": "no address"}


@on_one_log
async def test_a_batch_that_is_sent_again_holds_the_same_events(surroundings: Surroundings) -> None:
    spans = checkout_spans()

    async with served(surroundings) as url:
        exporter = OTLPSpanExporter(f"{url}{TRACES}", headers={"x-api-key": surroundings.tenant.editor_key})
        for _ in range(2):
            await asyncio.to_thread(exporter.export, spans)

    records = await read_topic(surroundings.log, EVENTS)
    assert len(records) == 6
    assert len({(record.headers, record.value) for record in records}) == 3


async def test_the_sdks_log_records_are_events(surroundings: Surroundings) -> None:
    async with served(surroundings) as url:
        headers = {"Authorization": f"Bearer {surroundings.tenant.editor_key}"}
        provider = LoggerProvider(resource=Resource.create({"service.name": "checkout"}))
        exporter = OTLPLogExporter(f"{url}{LOGS}", headers=headers, compression=Compression.Gzip)
        provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
        within = NonRecordingSpan(SpanContext(int("5b" * 16, 16), int(ROOT, 16), is_remote=True))
        record = LogRecord(
            timestamp=1_768_473_000_123_000_000,
            context=set_span_in_context(within),
            severity_number=SeverityNumber.INFO,
            body={"order": 7, "paid": True},
            event_name="order.placed",
        )
        await asyncio.to_thread(provider.get_logger("shop").emit, record)

    ((envelope, payload),) = await events_in(surroundings.log)
    assert (envelope.type, envelope.time) == ("otel.log.order.placed", "2026-01-15T10:30:00.123Z")
    assert (envelope.subject, envelope.correlation_id) == ("checkout", "5b" * 16)
    assert payload["body"] == {"order": 7, "paid": True}


async def test_a_span_in_json_is_answered_in_json_with_a_position(client: httpx.AsyncClient) -> None:
    body = json_request({"traceId": "5b" * 16, "spanId": ROOT, "name": "by hand", "startTimeUnixNano": "1"})

    answer = await client.post(TRACES, content=gzip.compress(body), headers={**JSON, "content-encoding": "gzip"})

    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["waymark-position"]


@on_one_log
async def test_what_was_refused_is_counted_in_both_encodings(
    client: httpx.AsyncClient, surroundings: Surroundings
) -> None:
    bad = span()
    bad.trace_id = bytes(16)
    body = spans_request(bad, span(CHILD)).SerializeToString()

    binary = await client.post(TRACES, content=body, headers=PROTOBUF)
    text = await client.post(TRACES, content=json_request({"spanId": ROOT}), headers=JSON)

    said = ExportTraceServiceResponse.FromString(binary.content).partial_success
    assert (binary.status_code, said.rejected_spans) == (200, 1)
    assert said.error_message.startswith("span [0][0][0]: the trace id")
    assert text.status_code == 200
    assert text.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert len(await events_in(surroundings.log)) == 1


@on_one_log
async def test_an_empty_export_is_a_success(client: httpx.AsyncClient) -> None:
    answer = await client.post(LOGS, content=b"", headers=PROTOBUF)

    assert answer.status_code == 200
    assert ExportLogsServiceResponse.FromString(answer.content) == ExportLogsServiceResponse()
    assert answer.headers["content-type"] == "application/x-protobuf"


@on_one_log
async def test_metrics_are_taken_and_not_kept(client: httpx.AsyncClient, surroundings: Surroundings) -> None:
    binary = await client.post("/v1/metrics", content=b"\x0a\x00", headers=PROTOBUF)
    text = await client.post("/v1/metrics", content=b'{"resourceMetrics": []}', headers=JSON)
    refused = await client.post("/v1/metrics", content=b"", headers={**PROTOBUF, "x-api-key": "wm_none"})

    said = ExportMetricsServiceResponse.FromString(binary.content).partial_success
    assert (binary.status_code, said.rejected_data_points) == (200, 0)
    assert said.error_message == "metrics are taken and not kept"
    assert (text.status_code, text.json()) == (200, {"partialSuccess": {"errorMessage": said.error_message}})
    assert refused.status_code == 401
    assert await events_in(surroundings.log) == []


BOMB = gzip.compress(bytes(BULK_BODY_BYTES + 1))
DEEP = b'{"resourceSpans":' + b"[" * 100_000


@on_one_log
@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (spans_request(span()).SerializeToString()[:-3], PROTOBUF, 400, 3),
        (b"{not json", JSON, 400, 3),
        (DEEP, JSON, 400, 3),
        (b"\x1f\x8b broken", {**PROTOBUF, "content-encoding": "gzip"}, 400, 3),
        (BOMB, {**PROTOBUF, "content-encoding": "gzip"}, 413, 8),
        (b"\x0a\x00" * 60_000, PROTOBUF, 413, 8),
        (b"", {"content-type": "text/plain"}, 415, 3),
        (b"", {}, 415, 3),
        (b"", {**PROTOBUF, "content-encoding": "br"}, 415, 3),
        (b"", {**PROTOBUF, "x-api-key": "wm_none"}, 401, 16),
    ],
)
async def test_hostile_bodies_are_answered_with_a_status(
    client: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int, code: int
) -> None:
    for path in (TRACES, LOGS):
        answer = await client.post(path, content=content, headers=headers)

        assert answer.status_code == status, answer.text
        if headers.get("content-type") == PROTOBUF["content-type"]:
            assert answer.headers["content-type"] == PROTOBUF["content-type"]
            said = Status.FromString(answer.content)
            assert (said.code, bool(said.message)) == (code, True)
        else:
            assert answer.headers["content-type"] == JSON["content-type"]
            assert answer.json()["code"] == code


@on_one_log
async def test_a_viewer_may_not_export(client: httpx.AsyncClient, surroundings: Surroundings) -> None:
    headers = {**JSON, "x-api-key": surroundings.tenant.viewer_key}

    answer = await client.post(TRACES, content=b"{}", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, 7)


@on_one_log
async def test_a_key_over_its_limit_is_told_when_to_come_again(
    client: httpx.AsyncClient, surroundings: Surroundings
) -> None:
    key, record = api_key("default", "editor", rate_limit_per_minute=1)
    await publish_credentials(surroundings.log, record)
    headers = {**PROTOBUF, "x-api-key": key}

    assert (await client.post(LOGS, content=b"", headers=headers)).status_code == 200
    answer = await client.post(LOGS, content=b"", headers=headers)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert Status.FromString(answer.content).code == 8


@on_one_log
async def test_a_log_that_is_away_asks_for_a_retry(
    client: httpx.AsyncClient, surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def append(records: Sequence[Record]) -> Sequence[AppendOutcome]:
        return [AppendFailed("away", unknown=True) for _ in records]

    monkeypatch.setattr(surroundings.log, "append", append)

    answer = await client.post(TRACES, content=spans_request(span()).SerializeToString(), headers=PROTOBUF)

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert Status.FromString(answer.content).code == 14


@on_one_log
async def test_another_method_is_answered_as_otlp(client: httpx.AsyncClient) -> None:
    answer = await client.get(TRACES)

    assert (answer.status_code, answer.json()["code"]) == (405, 12)
