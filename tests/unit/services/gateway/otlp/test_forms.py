"""Both encodings say the same, and whatever bytes come are answered: an outcome, or one of two refusals."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

from libs.httpkit.errors import MalformedBody, TooLarge
from services.gateway.otlp.json_form import Json
from services.gateway.otlp.pieces import MAX_PARTS
from services.gateway.otlp.protobuf_form import Protobuf
from services.gateway.otlp.signals import LOGS, SPANS
from tests.support.gateway.otlp_messages import (
    CHILD,
    ROOT,
    SERVICE,
    START_NS,
    TRACE,
    Sink,
    exported,
    from_json,
    json_request,
    key_value,
    span,
    spans_request,
)

JSON_SPAN: dict[str, Any] = {
    "traceId": TRACE.upper(),
    "spanId": CHILD,
    "parentSpanId": ROOT,
    "name": "GET /orders",
    "kind": 3,
    "startTimeUnixNano": str(START_NS),
    "endTimeUnixNano": START_NS + 250_000_000,
    "attributes": [
        {"key": "n", "value": {"intValue": "7"}},
        {"key": "raw", "value": {"bytesValue": "AP8="}},
        {"key": "list", "value": {"arrayValue": {"values": [{"boolValue": True}]}}},
    ],
    "links": [{"traceId": TRACE, "spanId": ROOT}],
    "status": {"code": 2},
    "somethingNew": {"of": ["a", "later", "version"]},
}


async def test_json_and_protobuf_make_the_same_event() -> None:
    link = {"trace_id": bytes.fromhex(TRACE), "span_id": bytes.fromhex(ROOT)}
    values = [
        key_value("n", int_value=7),
        key_value("raw", bytes_value=b"\x00\xff"),
        key_value("list", array_value={"values": [{"bool_value": True}]}),
    ]
    parent = bytes.fromhex(ROOT)
    message = span(CHILD, parent_span_id=parent, kind=3, attributes=values, links=[link], status={"code": 2})
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}}]}
    scope = {"scope": {"name": "shop", "version": "1.4.0"}, "spans": [JSON_SPAN]}

    _, binary = await exported(spans_request(message).SerializeToString())
    _, text = await exported(json_request(resource=resource, scopeSpans=[scope]), encoding=Json())

    assert text.events == binary.events


async def test_a_schema_url_is_kept_with_its_scope() -> None:
    for encoding, body in (
        (Json(), json_request(scopeSpans=[{"spans": [JSON_SPAN], "schemaUrl": "https://x/1"}])),
        (
            Protobuf(),
            ResourceSpans(scope_spans=[ScopeSpans(schema_url="https://x/1", spans=[span()])]).SerializeToString(),
        ),
    ):
        whole = body if isinstance(encoding, Json) else b"\x0a" + bytes([len(body)]) + body
        _, sink = await exported(whole, encoding=encoding)
        assert b'"schemaUrl":"https://x/1"' in sink.events[0].data


async def test_a_resource_that_comes_in_two_pieces_is_merged() -> None:
    more = ResourceSpans(resource=Resource(attributes=[key_value("host", string_value="a")])).SerializeToString()
    body = ResourceSpans(resource=SERVICE, scope_spans=[ScopeSpans(spans=[span()])]).SerializeToString() + more

    _, sink = await exported(b"\x0a" + bytes([len(body) & 0x7F | 0x80, len(body) >> 7]) + body)

    assert b'"resource":{"service.name":"checkout","host":"a"}' in sink.events[0].data


@pytest.mark.parametrize("empty", [b"{}", b'{"resourceSpans":[]}', b'{"resourceSpans":null}', b'{"other":1}'])
async def test_an_empty_json_request_is_fine(empty: bytes) -> None:
    outcome, payloads = await from_json(empty)

    assert (outcome.rejected, payloads) == (0, [])


async def test_an_empty_protobuf_request_is_fine() -> None:
    outcome, sink = await exported(b"")

    assert (outcome.rejected, sink.events) == (0, [])


@pytest.mark.parametrize(
    "garbage",
    [
        *(b"", b"{", b"null", b"[]", b"7", b"\xff\xfe", b'{"resourceSpans":{}}', b'{"resourceSpans":[7]}'),
        *(b'{"resourceSpans":[{"scopeSpans":"x"}]}', b'{"resourceSpans":' + b"[" * 200_000),
    ],
)
async def test_what_is_no_request_in_json_is_malformed(garbage: bytes) -> None:
    with pytest.raises(MalformedBody):
        await from_json(garbage)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({**JSON_SPAN, "traceId": "xyz"}, "the trace id is not of 16 bytes"),
        ({**JSON_SPAN, "links": [{}] * 50_000}, "more than 10000"),
        ({**JSON_SPAN, "attributes": [{"key": "a", "value": {"stringValue": "x" * 1_050_000}}]}, "more than 1048576"),
        ({**JSON_SPAN, "traceId": 7}, "the trace id is not of 16 bytes"),
        ({**JSON_SPAN, "name": 7}, "name"),
        ({**JSON_SPAN, "startTimeUnixNano": "soon"}, "startTimeUnixNano"),
        ({**JSON_SPAN, "startTimeUnixNano": str(2**64)}, "startTimeUnixNano"),
        ({**JSON_SPAN, "attributes": [{"key": "a", "value": {"stringValue": "\0"}}]}, "attributes.a holds"),
        (["not", "an", "object"], "not a JSON object"),
        (None, "the trace id is not of 16 bytes"),
    ],
)
async def test_a_bad_span_in_json_costs_only_itself(bad: Any, why: str) -> None:
    outcome, payloads = await from_json(json_request(bad, JSON_SPAN))

    assert (len(payloads), outcome.rejected) == (1, 1)
    assert why in outcome.message


async def test_a_deep_value_in_json_costs_only_its_span() -> None:
    deep = b'{"arrayValue":{"values":[' * 100 + b"]}}" * 100
    bad = b'{"name":"deep","attributes":[{"key":"a","value":' + deep + b"}]}"
    body = json_request("HERE", JSON_SPAN).replace(b'"HERE"', bad)

    outcome, payloads = await from_json(body)

    assert (len(payloads), outcome.rejected) == (1, 1)


@pytest.mark.parametrize("number", [b"1e-400", b"-1e400", b"1e-20000", b"0." + b"3" * 17_000])
async def test_a_number_that_no_double_holds_costs_only_its_span(number: bytes) -> None:
    bad = {**JSON_SPAN, "attributes": [{"key": "n", "value": {"doubleValue": "HERE"}}]}
    outcome, payloads = await from_json(json_request(bad, JSON_SPAN).replace(b'"HERE"', number))
    assert (outcome.rejected, len(payloads)) == (1, 1)
    assert outcome.message.startswith("span [0][0][0]: ")


NO_JSON = (
    *(
        rb'"\ud800"',
        rb'"\udc00\ud800"',
        rb'"\ud83d\u0041"',
        b'"\xff"',
        b'"\n"',
        rb'"\x41"',
        b"NaN",
        b"-Infinity",
        b"01",
    ),
    *(b"tru", b"1 2", b"", b"[" * 20_000 + b"]" * 20_000, b'{"a":1,}', b'{"a"}'),
)


@pytest.mark.parametrize("bad", NO_JSON, ids=range(len(NO_JSON)))
@pytest.mark.parametrize("where", ["name", "attributes", "unheardOf"])
async def test_what_is_no_json_costs_its_span_alone(bad: bytes, where: str) -> None:
    body = json_request(JSON_SPAN, {**JSON_SPAN, "spanId": ROOT, where: "HERE"}, JSON_SPAN)

    outcome, payloads = await from_json(body.replace(b'"HERE"', bad))

    assert (len(payloads), outcome.rejected) == (2, 1)
    assert outcome.message.startswith("span [0][0][1]: ")


@pytest.mark.parametrize("bad", NO_JSON, ids=range(len(NO_JSON)))
@pytest.mark.parametrize("where", ["resource", "scope", "schemaUrl"])
async def test_what_is_no_json_in_a_resource_or_a_scope_costs_its_spans(bad: bytes, where: str) -> None:
    scope = {"scope": {"name": "shop"}, "schemaUrl": "https://x/1", "spans": [JSON_SPAN, JSON_SPAN]}
    spoilt = orjson.dumps({"resource": {}, "scopeSpans": [scope]} | ({} if where != "resource" else {where: "HERE"}))
    if where != "resource":
        spoilt = orjson.dumps({"scopeSpans": [{**scope, where: "HERE"}]})
    whole = orjson.dumps({"scopeSpans": [scope]})

    outcome, payloads = await from_json(b'{"resourceSpans":[%b,%b]}' % (spoilt.replace(b'"HERE"', bad), whole))

    assert (len(payloads), outcome.rejected) == (2, 2)
    assert outcome.message.startswith("span [0][0][0]: ")


async def test_a_schema_url_that_is_no_text_costs_the_spans_of_its_scope() -> None:
    scopes = [{"spans": [JSON_SPAN], "schemaUrl": 7}, {"spans": [JSON_SPAN]}]
    spans = ResourceSpans(scope_spans=[ScopeSpans(schema_url="HERE", spans=[span()]), ScopeSpans(spans=[span()])])
    binary = ExportTraceServiceRequest(resource_spans=[spans]).SerializeToString().replace(b"HERE", b"\xff" * 4)
    for encoding, body in ((Json(), json_request(scopeSpans=scopes)), (Protobuf(), binary)):
        outcome, sink = await exported(body, encoding=encoding)
        assert (len(sink.events), outcome.rejected) == (1, 1)
        assert "its scope" in outcome.message


async def test_a_byte_order_mark_is_ignored() -> None:
    outcome, payloads = await from_json(b"\xef\xbb\xbf" + json_request(JSON_SPAN))

    assert (len(payloads), outcome.rejected) == (1, 0)


async def test_log_records_in_json() -> None:
    record = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a.b","body":{"stringValue":"hi"}}]}]}]}'

    outcome, payloads = await from_json(record, LOGS)

    assert outcome.rejected == 0
    assert (payloads[0]["eventName"], payloads[0]["body"]) == ("a.b", "hi")


@pytest.mark.parametrize("missing", range(1, 100, 9))
async def test_a_truncated_protobuf_request_leaves_nothing_behind(missing: int) -> None:
    whole = spans_request(span(), span(CHILD)).SerializeToString()
    sink = Sink()

    with pytest.raises(MalformedBody):
        await exported(whole[:-missing], sink=sink)

    assert sink.calls == []


@pytest.mark.parametrize("bomb", [b"\x0a\x00" * (MAX_PARTS + 1), b"\x08\x01" * (MAX_PARTS + 1)])
async def test_a_request_of_nothing_but_parts_is_refused(bomb: bytes) -> None:
    with pytest.raises(TooLarge):
        await exported(bomb)


async def test_a_json_request_of_nothing_but_parts_is_refused() -> None:
    with pytest.raises(TooLarge):
        await from_json(json_request(*[{}] * (MAX_PARTS + 1)))


@pytest.mark.parametrize(("piece", "taken", "too_many"), [(b"[],", 40_000, 60_000), (b'"",', 100_000, 150_000)])
async def test_a_request_that_is_no_json_is_taken_apart_by_so_many_brackets_in_all(
    piece: bytes, taken: int, too_many: int
) -> None:
    body = json_request("HERE", "NONE").replace(b'"NONE"', b"@")

    outcome, _ = await from_json(body.replace(b'"HERE"', b'{"x":[%b[]]}' % (piece * taken)))
    assert outcome.rejected == 2
    with pytest.raises(MalformedBody, match="too many brackets"):
        await from_json(body.replace(b'"HERE"', b'{"x":[%b[]]}' % (piece * too_many)))


async def test_others_have_their_turn_between_the_levels_of_a_request_that_is_no_json() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    waiting = asyncio.create_task(others())
    async for _ in Json().groups(json_request("HERE").replace(b'"HERE"', b"@"), SPANS):
        waiting.cancel()

    assert turns >= 5


@settings(max_examples=300)
@given(st.binary(max_size=200))
async def test_any_bytes_are_answered_in_protobuf(body: bytes) -> None:
    await _answered(body, Protobuf())


@settings(max_examples=200)
@given(st.data())
async def test_any_bytes_within_a_span_are_answered(data: st.DataObject) -> None:
    whole = bytearray(spans_request(span(attributes=[key_value("a", string_value="b")])).SerializeToString())
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=5)):
        whole[at] = data.draw(st.integers(0, 255))

    await _answered(bytes(whole), Protobuf())


_texts = st.text("a0=\0\u00e9", max_size=5)
_json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from([*JSON_SPAN, "events", "flags", "trace_id", "traceState"]), _json_values))
async def test_any_json_as_a_span_is_answered(changes: dict[str, Any]) -> None:
    await _answered(json_request({**JSON_SPAN, **changes}), Json())


async def _answered(body: bytes, encoding: Protobuf | Json) -> None:
    for signal in (SPANS, LOGS):
        with contextlib.suppress(MalformedBody):
            await exported(body, signal=signal, encoding=encoding)
