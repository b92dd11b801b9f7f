"""One rule, every road in: what one way of sending an event refuses, every other way refuses too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest

from libs.contracts.topics import EVENTS
from libs.records.events import decode_event
from tests.support.gateway.otlp_messages import CHILD, ROOT, json_request, key_value, span, spans_request
from tests.support.gateway.records import publish_reference, read_topic
from tests.support.gateway.schemas import schema_record
from tests.support.gateway.surroundings import Surroundings, on_one_log

EVENTS_URL, TRACES_URL = "/api/v1/events", "/v1/traces"
CHECKED = {"properties": {"n": {"type": "integer"}}, "required": ["n"]}


@dataclass(frozen=True)
class Fact:
    """An event, however it is sent; `payload` is JSON. A span has it in its attributes, where `n` alone is read."""

    event_type: str = "checked"
    resource_type: str = "ORDER"
    payload: bytes = b'{"n":1}'
    time: str = "2026-01-15T10:30:00Z"
    correlation: str = "c-1"


Sent = tuple[str, bytes, dict[str, str]]
"""Path, body and headers."""
GOOD = Fact()


def _own(fact: Fact) -> bytes:
    members = {
        "eventType": fact.event_type,
        "resourceType": fact.resource_type,
        "resourceId": "o-1",
        "occurredAt": fact.time,
        "correlationId": fact.correlation,
    }
    return orjson.dumps(members)[:-1] + b',"payload":' + fact.payload + b"}"


def _attributes(fact: Fact, event_id: str) -> dict[str, str]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "/shop",
        "subject": "o-1",
        "type": fact.event_type,
        "resourcetype": fact.resource_type,
        "time": fact.time,
        "correlationid": fact.correlation,
    }


def _structured(fact: Fact, event_id: str = "1") -> bytes:
    return orjson.dumps(_attributes(fact, event_id))[:-1] + b',"data":' + fact.payload + b"}"


def _binary(fact: Fact) -> Sent:
    headers = {f"ce-{name}": quote(value) for name, value in _attributes(fact, "1").items()}
    return EVENTS_URL, fact.payload, headers | {"content-type": "application/json"}


def _span_json(fact: Fact, span_id: str) -> dict[str, Any]:
    value = orjson.Fragment(b'{"stringValue":' + orjson.dumps(fact.payload.decode()) + b"}")
    if fact.payload in (b'{"n":1}', b'{"n":"x"}'):
        value = orjson.Fragment(b'{"intValue":1}' if fact.payload == b'{"n":1}' else b'{"stringValue":"x"}')
    elif b"\\u0000" in fact.payload:
        value = orjson.Fragment(b'{"stringValue":"\\u0000"}')
    attributes = [] if fact.payload == b"{}" else [{"key": "n", "value": value}]
    ids = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": span_id}
    return {**ids, "name": fact.event_type, "attributes": attributes}


def _span_protobuf(fact: Fact, span_id: str) -> Any:
    values: dict[bytes, list[Any]] = {
        b'{"n":1}': [key_value("n", int_value=1)],
        b'{"n":"x"}': [key_value("n", string_value="x")],
        b"{}": [],
    }
    nul = [key_value("n", string_value="\0")]
    return span(span_id, name=fact.event_type, attributes=values.get(fact.payload, nul))


def _many(media_type: str, body: bytes) -> Sent:
    return EVENTS_URL, body, {"content-type": media_type}


ROADS: Mapping[str, Callable[[Fact], Sent]] = {
    "single": lambda fact: _many("application/json", _own(fact)),
    "array": lambda fact: _many("application/json", b"[" + _own(fact) + b"," + _own(GOOD) + b"]"),
    "NDJSON": lambda fact: _many("application/x-ndjson", _own(fact) + b"\n" + _own(GOOD)),
    "structured": lambda fact: _many("application/cloudevents+json", _structured(fact)),
    "binary": _binary,
    "CloudEvents batch": lambda fact: _many(
        "application/cloudevents-batch+json", b"[" + _structured(fact) + b"," + _structured(GOOD, "2") + b"]"
    ),
    "OTLP in JSON": lambda fact: (
        TRACES_URL,
        json_request(_span_json(fact, ROOT), _span_json(GOOD, CHILD)),
        {"content-type": "application/json"},
    ),
    "OTLP in protobuf": lambda fact: (
        TRACES_URL,
        spans_request(_span_protobuf(fact, ROOT), _span_protobuf(GOOD, CHILD)).SerializeToString(),
        {"content-type": "application/x-protobuf"},
    ),
}
RULES: Mapping[str, Fact] = {
    "a payload of another type than its schema's": replace(GOOD, payload=b'{"n":"x"}'),
    "a payload without what its schema requires": replace(GOOD, payload=b"{}"),
    "NUL in a payload": replace(GOOD, payload=b'{"n":1,"text":"\\u0000"}'),
}
OF_EVENTS: Mapping[str, Fact] = {
    "a payload that is no object of the schema": replace(GOOD, payload=b'{"n":1.5}'),
    "half a surrogate pair": replace(GOOD, payload=b'{"n":1,"text":"\\ud800"}'),
    "a number beyond a double": replace(GOOD, payload=b'{"n":1,"x":1e999}'),
    "an integer beyond 64 bits": replace(GOOD, payload=b'{"n":9223372036854775808}'),
    "nesting beyond the limit": replace(GOOD, payload=b'{"n":1,"x":' + b"[" * 40 + b"]" * 40 + b"}"),
    "JSON that is none": replace(GOOD, payload=b'{"n":1,"x":NaN}'),
    "a resource type that nobody made": replace(GOOD, resource_type="ODER"),
    "an event type that is too long": replace(GOOD, event_type="t" * 201),
    "an event type with a control character": replace(GOOD, event_type="a\tb"),
    "a time that is none": replace(GOOD, time="yesterday"),
    "a correlation that is too long": replace(GOOD, correlation="c" * 201),
    "more than a record may hold": replace(GOOD, payload=b'{"n":1,"text":"' + b"x" * 2**20 + b'"}'),
}
"""A span has no such thing: OTLP cuts its names, has no numbers of the kind, and knows the catalog's service alone."""


@pytest.fixture
async def checked(surroundings: Surroundings) -> httpx.AsyncClient:
    """A client of a gateway that knows the schema."""
    of_spans = {"properties": {"attributes": CHECKED}}
    await publish_reference(
        surroundings.log, schema_record("checked", CHECKED), schema_record("otel.span.checked", of_spans)
    )
    return await surroundings.client()


@on_one_log
@pytest.mark.parametrize("road", ROADS)
async def test_what_one_road_refuses_every_road_refuses(
    surroundings: Surroundings, checked: httpx.AsyncClient, road: str
) -> None:
    rules = RULES if road.startswith("OTLP") else {**RULES, **OF_EVENTS}
    neighbours = 0
    for rule, fact in rules.items():
        path, body, headers = ROADS[road](fact)
        answer = await checked.post(path, content=body, headers=headers)
        neighbours += _refused(rule, road, answer)

    found = [decode_event(record) for record in await read_topic(surroundings.log, EVENTS)]
    assert len(found) == neighbours
    assert all(orjson.loads(one.payload).get("n", 1) == 1 for one in found)


@on_one_log
@pytest.mark.parametrize("road", ROADS)
async def test_what_is_good_is_taken_by_every_road(
    surroundings: Surroundings, checked: httpx.AsyncClient, road: str
) -> None:
    path, body, headers = ROADS[road](GOOD)

    answer = await checked.post(path, content=body, headers=headers)

    assert answer.is_success
    found = [decode_event(record) for record in await read_topic(surroundings.log, EVENTS)]
    assert {one.dataschema for one in found} <= {
        f"/api/v1/event-types/{name}/schema?version=1" for name in ("checked", "otel.span.checked")
    }
    assert len(found) == 1 + (road in ("array", "NDJSON", "CloudEvents batch") or road.startswith("OTLP"))


def _refused(rule: str, road: str, answer: httpx.Response) -> bool:
    """Assert that the first event is refused; return whether it had a neighbour, which has to be taken."""
    if road in ("single", "structured", "binary"):
        assert answer.status_code in (413, 422), rule
        return False
    assert answer.is_success, rule
    if road == "OTLP in protobuf":
        assert b"span [0][0][0]" in answer.content, rule
    elif road.startswith("OTLP"):
        assert answer.json()["partialSuccess"]["rejectedSpans"] == "1", rule
    else:
        assert [item["status"] for item in answer.json()["items"]] in ([422, 202], [413, 202]), rule
    return True
