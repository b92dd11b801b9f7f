"""OTLP/gRPC as the official SDK's exporters speak it: the same events, limits and refusals as over HTTP."""

from __future__ import annotations

import asyncio
import gzip
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult
from opentelemetry.sdk.trace.export import SpanExportResult

from deploy.kafka.broker import free_ports
from libs.eventlog.errors import AppendFailed
from libs.eventlog.port import AppendOutcome, Record
from libs.httpkit.bodies import BodyBudget
from libs.httpkit.limits import BULK_BODY_BYTES
from services.gateway.otlp import grpc_receiver
from tests.support.gateway.otlp_exports import checkout_spans, events_in
from tests.support.gateway.otlp_messages import CHILD, span, spans_request
from tests.support.gateway.records import api_key, publish_credentials, seed
from tests.support.gateway.surroundings import Surroundings, on_one_log

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
PROGRAM = """\
import logging
from opentelemetry import metrics, trace
with trace.get_tracer("shop").start_as_current_span("payment"):
    metrics.get_meter("shop").create_counter("payments").add(1)
    logging.getLogger("shop").warning("no receipt")
"""


@asynccontextmanager
async def served(around: Surroundings) -> AsyncIterator[str]:
    """The address at which a gateway serves OTLP/gRPC."""
    (port,) = free_ports(1)
    await around.client(otlp_grpc_port=port)
    yield f"127.0.0.1:{port}"


async def call(target: str, method: str, body: bytes, *metadata: tuple[str, str]) -> tuple[bytes, dict[str, Any]]:
    """A call's answer and trailing metadata. Raises AioRpcError."""
    async with grpc.aio.insecure_channel(target) as channel:
        multi: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        calling = multi(body, metadata=metadata)
        return await calling, dict(await calling.trailing_metadata())


async def refusal(target: str, body: bytes, *metadata: tuple[str, str]) -> grpc.aio.AioRpcError:
    """The error that a call of traces ends in."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(target, TRACES, body, *metadata)
    return caught.value


async def compressed_refusal(target: str, key: str, compression: grpc.Compression) -> grpc.aio.AioRpcError:
    """The error that a call of traces ends in whose message is small, and inflated a byte over the limit."""
    options = [("grpc.max_send_message_length", -1)]
    async with grpc.aio.insecure_channel(target, options=options, compression=compression) as channel:
        multi: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(TRACES)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await multi(bytes(BULK_BODY_BYTES + 1), metadata=(("x-api-key", key),))
    return caught.value


async def silence() -> AsyncIterator[bytes]:
    """A message that does not come."""
    await asyncio.Event().wait()
    yield b""


def status_in(error: grpc.aio.AioRpcError) -> Status:
    """The error's details, which say when to come again."""
    return Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
async def test_the_sdks_spans_are_events(surroundings: Surroundings, compression: grpc.Compression) -> None:
    async with served(surroundings) as target:
        exporter = OTLPSpanExporter(
            f"http://{target}", headers={"x-api-key": surroundings.tenant.editor_key}, compression=compression
        )
        result = await asyncio.to_thread(exporter.export, checkout_spans())

    assert result is SpanExportResult.SUCCESS
    found = await events_in(surroundings.log)
    assert {envelope.type for envelope, _ in found} == {
        "otel.span.POST /checkout",
        "otel.span.payment",
        "otel.span.mail",
    }


@on_one_log
async def test_the_environment_alone_is_enough(surroundings: Surroundings) -> None:
    async with served(surroundings) as target:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")} | {
            "OTEL_SERVICE_NAME": "checkout",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{target}",
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{surroundings.tenant.editor_key}",
        }
        instrument = Path(sys.executable).with_name("opentelemetry-instrument")
        command = [str(instrument), sys.executable, "-c", PROGRAM]
        done = await asyncio.to_thread(
            subprocess.run, command, env=environment, capture_output=True, text=True, check=False
        )

    assert done.returncode == 0, done.stderr
    assert "Failed" not in done.stderr, done.stderr
    types = {envelope.type for envelope, _ in await events_in(surroundings.log)}
    assert "otel.span.payment" in types


@on_one_log
async def test_metrics_are_taken_and_not_kept(surroundings: Surroundings) -> None:
    reader = InMemoryMetricReader()
    MeterProvider([reader]).get_meter("shop").create_counter("payments").add(1)
    key = surroundings.tenant.editor_key
    async with served(surroundings) as target:
        exporter = OTLPMetricExporter(f"http://{target}", headers={"x-api-key": key})
        measured = reader.get_metrics_data()
        assert measured is not None
        result = await asyncio.to_thread(exporter.export, measured)
        answer, _ = await call(target, METRICS, b"", ("x-api-key", key))

    assert result is MetricExportResult.SUCCESS
    said = ExportMetricsServiceResponse.FromString(answer).partial_success
    assert (said.rejected_data_points, said.error_message) == (0, "metrics are taken and not kept")
    assert await events_in(surroundings.log) == []


@on_one_log
async def test_what_was_refused_is_counted_and_the_rest_has_a_position(surroundings: Surroundings) -> None:
    bad = span()
    bad.trace_id = bytes(16)
    body = spans_request(bad, span(CHILD)).SerializeToString()
    async with served(surroundings) as target:
        answer, trailing = await call(target, TRACES, body, ("x-api-key", surroundings.tenant.editor_key))

    assert ExportTraceServiceResponse.FromString(answer).partial_success.rejected_spans == 1
    assert trailing["waymark-position"]


@on_one_log
async def test_hostile_calls_are_answered_with_a_status(surroundings: Surroundings) -> None:
    good = spans_request(span()).SerializeToString()
    editor = ("x-api-key", surroundings.tenant.editor_key)
    async with served(surroundings) as target:
        codes = [
            (await refusal(target, body, *metadata)).code().name
            for body, metadata in [
                (good, ()),
                (good, (("x-api-key", "wm_none"),)),
                (good, (("x-api-key", surroundings.tenant.viewer_key),)),
                (good[:-3], (editor,)),
                (b"\x0a\x00" * 60_000, (editor,)),
                (bytes(BULK_BODY_BYTES + 1), (editor,)),
            ]
        ]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(target, "/opentelemetry.proto.collector.trace.v1.TraceService/Nothing", b"", editor)

    assert codes == [
        "UNAUTHENTICATED",
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "INVALID_ARGUMENT",
        "RESOURCE_EXHAUSTED",
        "RESOURCE_EXHAUSTED",
    ]
    assert caught.value.code().name == "UNIMPLEMENTED"
    assert await events_in(surroundings.log) == []


@on_one_log
async def test_a_message_is_no_larger_decompressed(surroundings: Surroundings) -> None:
    async with served(surroundings) as target:
        error = await compressed_refusal(target, surroundings.tenant.editor_key, grpc.Compression.Gzip)

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@on_one_log
async def test_a_message_is_counted_as_it_is_inflated(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grpc_receiver, "PROCESS_BUDGET", BodyBudget(1024 * 1024))
    async with served(surroundings) as target:
        error = await compressed_refusal(target, surroundings.tenant.editor_key, grpc.Compression.Gzip)

    assert error.code() is grpc.StatusCode.UNAVAILABLE


@on_one_log
async def test_gzip_alone_is_taken(surroundings: Surroundings) -> None:
    key = surroundings.tenant.editor_key
    async with served(surroundings) as target:
        deflated = await compressed_refusal(target, key, grpc.Compression.Deflate)
        cut_short = await refusal(target, gzip.compress(b"")[:-1], ("x-api-key", key))

    assert deflated.code() is grpc.StatusCode.UNIMPLEMENTED
    assert cut_short.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "cut short" in str(cut_short.details())


@on_one_log
async def test_silent_calls_of_a_tenant_keep_no_other_waiting(surroundings: Surroundings) -> None:
    other = await seed(surroundings.log, "other")
    own = ("x-api-key", surroundings.tenant.editor_key)
    async with served(surroundings) as target, grpc.aio.insecure_channel(target) as channel:
        multi: grpc.aio.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(TRACES)
        calls = [multi(silence(), metadata=(own,)) for _ in range(20)]
        for calling in calls:
            await calling.wait_for_connection()
        answer, _ = await asyncio.wait_for(call(target, METRICS, b"", ("x-api-key", other.editor_key)), 5)
        for calling in calls:
            calling.cancel()
        await asyncio.wait_for(call(target, METRICS, b"", own), 5)

    assert answer


@on_one_log
async def test_a_caller_is_judged_before_its_message_is_read(surroundings: Surroundings) -> None:
    async with served(surroundings) as target, grpc.aio.insecure_channel(target) as channel:
        multi: grpc.aio.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(TRACES)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await multi(silence(), metadata=(("x-api-key", "wm_none"),))

    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


@on_one_log
async def test_a_key_over_its_limit_is_told_when_to_come_again(surroundings: Surroundings) -> None:
    key, record = api_key("default", "editor", rate_limit_per_minute=1)
    await publish_credentials(surroundings.log, record)
    async with served(surroundings) as target:
        await call(target, METRICS, b"", ("x-api-key", key))
        error = await refusal(target, b"", ("x-api-key", key))

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    retry = RetryInfo()
    assert status_in(error).details[0].Unpack(retry)
    assert retry.retry_delay.seconds > 0


@on_one_log
async def test_a_log_that_is_away_asks_for_a_retry(surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def append(records: Sequence[Record]) -> Sequence[AppendOutcome]:
        return [AppendFailed("away", unknown=True) for _ in records]

    monkeypatch.setattr(surroundings.log, "append", append)
    async with served(surroundings) as target:
        body = spans_request(span()).SerializeToString()
        error = await refusal(target, body, ("x-api-key", surroundings.tenant.editor_key))

    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert status_in(error).code == 14
