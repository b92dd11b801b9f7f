"""A request as a whole: what it may come to, when the log is away, and that the loop gets its turn."""

from __future__ import annotations

import pytest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from libs.httpkit.errors import Unavailable, Unprocessable, Violation
from services.gateway.otlp import exporting, pieces
from services.gateway.otlp.json_form import Json
from tests.support.gateway.otlp_messages import (
    SERVICE,
    TRACE,
    Sink,
    exported,
    json_request,
    key_value,
    span,
    spans_request,
)
from tests.support.gateway.schemas import made_up
from tests.support.turns import counted_turns


def ids(count: int) -> list[str]:
    return [f"{number:016x}" for number in range(1, count + 1)]


async def test_a_large_request_is_appended_piece_by_piece_in_order() -> None:
    body = spans_request(*map(span, ids(1_200))).SerializeToString()

    outcome, sink = await exported(body)

    assert [len(call) for call in sink.calls] == [500, 500, 200]
    assert outcome.appended == 1_200
    assert outcome.reached == {("waymark.events.v1", 0): 500}


async def test_an_append_that_fails_asks_for_the_same_request_again() -> None:
    body = spans_request(*map(span, ids(700))).SerializeToString()

    with pytest.raises(Unavailable) as refused:
        await exported(body, sink=Sink(fails_at=1))

    assert refused.value.headers["Retry-After"] == "2"


async def test_the_events_of_a_repeat_are_the_same_events() -> None:
    body = spans_request(*map(span, ids(3))).SerializeToString()

    _, first = await exported(body)
    _, again = await exported(body)

    assert first.events == again.events


async def test_a_payload_that_does_not_fit_its_schema_is_counted_and_the_rest_is_kept() -> None:
    def judge(payload: bytes) -> str:
        if b'"0000000000000002"' in payload:
            raise Unprocessable(
                Violation(("body", "payload", "attributes", "amount"), "a number is expected", "schema_type")
            )
        return "/api/v1/event-types/otel.span.a span/schema?version=1"

    named = [span(one, name="a span") for one in ids(3)]
    outcome, sink = await exported(
        spans_request(*named).SerializeToString(), find_schema=made_up({"otel.span.a span": judge})
    )

    assert (outcome.appended, outcome.rejected) == (2, 1)
    assert outcome.message == "span [0][0][1]: payload.attributes.amount: a number is expected"
    assert {event.dataschema for event in sink.events} == {"/api/v1/event-types/otel.span.a span/schema?version=1"}


async def test_a_large_resource_does_not_multiply_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MAX_EVENTS_BYTES", 1_000_000)
    large = Resource(
        attributes=[key_value("service.name", string_value="a"), key_value("x", string_value="x" * 90_000)]
    )

    outcome, sink = await exported(spans_request(*map(span, ids(30)), resource=large).SerializeToString())

    assert (outcome.appended, outcome.rejected) == (11, 19)
    assert "the events of one request" in outcome.message
    assert outcome.message.endswith("and 14 more")
    assert sum(len(event.data) for event in sink.events) <= 1_000_000


async def test_a_resource_that_cannot_be_kept_refuses_its_spans_alone() -> None:
    nul = Resource(attributes=[key_value("host", string_value="\0")])
    body = spans_request(span(), resource=nul).SerializeToString() + spans_request(span()).SerializeToString()

    outcome, _ = await exported(body)

    assert (outcome.appended, outcome.rejected) == (1, 1)
    assert outcome.message == "span [0][0][0]: its resource: host holds \\u0000"


async def test_others_get_their_turn_while_a_large_request_is_translated() -> None:
    body = spans_request(*map(span, ids(1_000)), resource=SERVICE).SerializeToString()
    async with counted_turns() as turns:
        await exported(body)

    assert turns() >= 20


async def test_a_request_of_very_many_values_is_taken_as_far_as_they_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pieces.NodeCount.__init__, "__defaults__", (100,))
    attributes = [{"key": f"k{number}", "value": {"intValue": number}} for number in range(10)]
    spans = [{"traceId": TRACE, "spanId": one, "name": "a", "attributes": attributes} for one in ids(4)]

    outcome, _ = await exported(json_request(*spans), encoding=Json())

    assert (outcome.appended, outcome.rejected) == (2, 2)
    assert "more than 100 values" in outcome.message
