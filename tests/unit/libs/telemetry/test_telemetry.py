"""Logs without secrets, metrics by route template and gathered over processes, trace context as W3C says."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from libs.auth import keys
from libs.httpkit.app import create_app
from libs.httpkit.router import FamilyRouter
from libs.telemetry.exposition import merge_expositions, render_metrics
from libs.telemetry.logs import REDACTED, configure_logs, redact
from libs.telemetry.metrics import REGISTRY
from libs.telemetry.tracing import (
    TraceParent,
    current_traceparent,
    new_traceparent,
    parse_traceparent,
    span_context,
    tracing_wanted,
)

PLAIN = keys.generate().plain


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logs("gateway", json_lines=True, stream=stream)
    yield stream
    configure_logs("tests", level="WARNING", json_lines=True, stream=sys.__stderr__)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "hunter2"),
        ("api_key", PLAIN),
        ("x-api-key", PLAIN),
        ("apiKey", PLAIN),
        ("Authorization", "Bearer x"),
        ("refresh_token", "x"),
        ("vai_token", "x"),
        ("secret_key", "hunter2"),
        ("dsn", "x"),
        ("newPassword", "x"),
    ],
    ids=lambda text: text if text != PLAIN else "a key",
)
def test_values_under_secret_names_are_blotted_out(name: str, value: str) -> None:
    assert redact(None, "info", {name: value}) == {name: REDACTED}
    assert redact(None, "info", {"request": {name: value}}) == {"request": {name: REDACTED}}


def test_texts_that_look_like_secrets_are_blotted_out_wherever_they_are() -> None:
    event: dict[str, Any] = {
        "event": f"refused {PLAIN}",
        "list": ["eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2ln"],
        "url": "postgresql://waymark:hunter2@db/waymark",
    }
    text = str(redact(None, "info", event))
    assert "hunter2" not in text
    assert "eyJ" not in text
    assert PLAIN not in text
    assert "@db/waymark" in text


def test_what_is_no_secret_stays() -> None:
    event = {"key_id": "k1", "prefix": "abcd", "tokens": None, "offset": 4, "key": "t:1", "monkey": "x"}
    assert redact(None, "info", dict(event)) == event


def test_logs_are_json_lines_with_the_context(out: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("a").info("appended", count=2, password="hunter2")
    logging.getLogger("library").warning("it says %s", PLAIN)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first["event"] == "appended"
    assert (first["count"], first["request_id"], first["service"], first["level"]) == (2, "r1", "gateway", "info")
    assert first["timestamp"].endswith("Z")
    assert second["event"] == f"it says {REDACTED}"
    assert "hunter2" not in out.getvalue()


def test_the_kafka_client_may_not_flood_the_logs(out: io.StringIO) -> None:
    for node in range(100):
        logging.getLogger("aiokafka.conn").error("no connection to node %s", node)
        logging.getLogger("waymark").error("ours")
    events = [json.loads(line)["event"] for line in out.getvalue().splitlines()]
    assert (len(events), events.count("ours"), events[0]) == (101, 100, "no connection to node 0")


def test_tracebacks_hold_no_secret(out: io.StringIO) -> None:
    structlog.get_logger("a").error("failed", exc_info=RuntimeError(f"key {PLAIN}"))
    entry = json.loads(out.getvalue())
    assert "RuntimeError" in entry["exception"]
    assert PLAIN not in out.getvalue()


async def test_requests_are_measured_by_template() -> None:
    router = FamilyRouter(prefix="/things")

    @router.get("/{thing}")
    async def get(thing: str) -> str:
        return thing

    app = create_app("measured", routers=[router])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        await client.get("/things/a%2F1")
        await client.get("/things/b")
        await client.get("/nowhere/at/all")
        await client.request("BREW", "/things/b")

    def count(**labels: str) -> float | None:
        return REGISTRY.get_sample_value(
            "waymark_http_request_duration_seconds_count", {"service": "measured", **labels}
        )

    assert count(method="GET", route="/things/{thing}", status="200") == 2
    assert count(method="GET", route="none", status="404") == 1
    assert count(method="other", route="/things/{thing}", status="405") == 1
    assert REGISTRY.get_sample_value("waymark_http_requests_in_flight", {"service": "measured"}) == 0


def test_expositions_of_processes_are_gathered_into_one() -> None:
    one = b'# HELP a_total A.\n# TYPE a_total counter\na_total{x="1"} 2.0\n# HELP b B.\n# TYPE b gauge\nb 1.0\n'
    merged = merge_expositions({"api": one, "proj": one})
    assert merged.count(b"# TYPE a_total counter") == 1
    families = {f.name: f for f in text_string_to_metric_families(merged.decode())}
    assert [(s.labels, s.value) for s in families["a"].samples] == [
        ({"process": "api", "x": "1"}, 2.0),
        ({"process": "proj", "x": "1"}, 2.0),
    ]
    assert [s.labels for s in families["b"].samples] == [{"process": "api"}, {"process": "proj"}]


def test_our_own_exposition_survives_the_gathering() -> None:
    own = render_metrics()
    merged = merge_expositions({"api": own}).decode()
    before = {f.name: len(f.samples) for f in text_string_to_metric_families(own.decode())}
    after = {f.name: len(f.samples) for f in text_string_to_metric_families(merged)}
    assert before == after


def test_every_metric_says_what_it_means() -> None:
    ours = [family for family in REGISTRY.collect() if family.name.startswith("waymark_")]
    assert len(ours) > 20
    assert [family.name for family in ours if not family.documentation.endswith(".")] == []


GOOD = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "nonsense",
        GOOD.upper(),
        GOOD.replace("00-", "ff-", 1),
        GOOD + "-more",
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
        GOOD[:-1],
    ],
)
def test_what_is_no_traceparent_is_ignored(text: str | None) -> None:
    assert parse_traceparent(text) is None
    assert span_context(text) is None


def test_traceparents() -> None:
    assert parse_traceparent(GOOD) == TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "01")
    assert str(parse_traceparent(GOOD)) == GOOD
    assert parse_traceparent("01" + GOOD[2:] + "-more") is not None
    assert parse_traceparent(str(new_traceparent())) is not None
    context = span_context(GOOD)
    assert context is not None
    assert f"{context.trace_id:032x}" in GOOD
    assert current_traceparent() is None


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_tracing_is_off_without_a_place_to_send_to(environ: dict[str, str], wanted: bool) -> None:
    assert tracing_wanted(environ) is wanted
