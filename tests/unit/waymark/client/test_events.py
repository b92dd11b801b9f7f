"""Events are sent as the API takes them, once in effect, and asked for in the events family's own spelling."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import httpx
import orjson
import pytest

from tests.support.scripted_api import ScriptedApi, impatient
from waymark.client import NewEvent, Refused, Unsent

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PAGE = {"events": [], "hasNext": False, "limit": 100, "offset": 0, "total": 0}


def events(count: int) -> list[NewEvent]:
    return [NewEvent("order.shipped", "ORDER", f"order-{n}") for n in range(count)]


def answering_pages(*cursors: str | None) -> ScriptedApi:
    event = {"id": "e", "eventType": "a", "occurredAt": "2026-01-15T10:30:00.000Z"}

    def page(cursor: str | None) -> Any:
        content = {**PAGE, "events": [event], "nextCursor": cursor}
        return lambda _: httpx.Response(200, json=content)

    return ScriptedApi(*map(page, cursors))


def test_all_tries_of_an_event_carry_the_same_key_and_body() -> None:
    api = ScriptedApi(503, httpx.ReadError("reset"))
    with api.client(retries=impatient(), read_your_writes=True) as client:
        recorded = client.events.record(
            *("order.shipped", "ORDER", "order-1"), payload={"a": 1}, occurred_at=AT, idempotency_key="mine"
        )
        api.then(lambda _: httpx.Response(200, json=PAGE))
        client.events.list()
    *tries, read = api.requests
    assert len(tries) == 3
    assert {(request.headers["idempotency-key"], request.content) for request in tries} == {("mine", tries[0].content)}
    assert orjson.loads(tries[0].content) == {
        "eventType": "order.shipped",
        "resourceType": "ORDER",
        "resourceId": "order-1",
        "payload": {"a": 1},
        "occurredAt": "2026-01-02T03:04:05+00:00",
    }
    assert (recorded.id, recorded.position) == ("made", "!3")
    assert read.headers["waymark-min-position"] == "!3"


def test_an_event_belongs_to_the_unit_of_work_around_it() -> None:
    api = ScriptedApi()
    with api.client() as client, client.unit_of_work("job-1", user_id="ann") as uow:
        client.events.record("a.b", "ORDER", "order-1")
        client.events.record("a.b", "ORDER", "order-1", correlation_id="other", actor_id="bob")
        client.events.record_many([NewEvent("a.b", "ORDER", "order-1", actor_type="system")])
    inside, outside, one_of_many = api.accepted
    assert (inside["correlationId"], inside["actorId"]) == ("job-1", "ann")
    assert (outside["correlationId"], outside["actorId"]) == ("other", "bob")
    assert (one_of_many["correlationId"], one_of_many["actorType"]) == ("job-1", "system")
    assert "actorId" not in one_of_many
    traces = [request.headers.get("traceparent") for request in api.requests]
    assert traces == [uow.traceparent, None, None]


async def test_many_go_a_thousand_to_a_request_and_are_sent_again_with_their_ids() -> None:
    api = ScriptedApi()
    api.then(api.some_events(lambda event: 202 if event["resourceId"] == "order-0" else 503))
    async with api.async_client(retries=impatient()) as client:
        recorded = await client.events.record_many(events(1_200))
    first, second, third = api.bodies()
    assert [len(first), len(second), len(third)] == [1000, 999, 200]
    assert second == first[1:]
    assert sorted(item.id for item in recorded.items) == sorted(event["id"] for event in api.accepted)
    assert recorded.position == "!1,!2,!3"


def test_a_refused_event_costs_only_itself() -> None:
    api = ScriptedApi()
    api.then(api.some_events(lambda event: 422 if event["resourceId"] == "order-1" else 202))
    with api.client() as client, pytest.raises(Unsent, match="1 event could not be sent; the first: 422") as raised:
        client.events.record_many(events(3))
    assert [item.item.resource_id for item in raised.value.items] == ["order-1"]
    assert len(raised.value.recorded) == 2


def test_what_was_not_sent_can_be_kept_as_lines(tmp_path: Any) -> None:
    kept = tmp_path / "kept.jsonl"
    unwritable = NewEvent("a.b", "ORDER", "o", payload={"a": "x" * 1_100_000})
    with ScriptedApi().client() as client, pytest.raises(Unsent) as raised:
        client.events.record_many([unwritable])
    assert raised.value.write_jsonl(kept) == 1
    assert orjson.loads(kept.read_bytes())["eventType"] == "a.b"


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"occurred_at": datetime(2026, 1, 1)}, "occurredAt"), ({"payload": {"a": object()}}, "payload")],  # noqa: DTZ001
)
def test_what_cannot_be_sent_is_refused_by_name(fields: dict[str, Any], field: str) -> None:
    api = ScriptedApi()
    with api.client() as client, pytest.raises(Refused) as raised:
        client.events.record("a.b", "ORDER", "o", **fields)
    assert [place.field for place in raised.value.problems] == [field]
    assert not api.requests


def test_filters_are_spelt_as_the_events_family_does() -> None:
    api = answering_pages(None)
    with api.client() as client:
        client.events.list(event_type="a.b", resource_id="a/b", since=date(2026, 1, 1), until=AT, limit=5)
    assert dict(api.requests[0].url.params) == {
        "event_type": "a.b",
        "resource_id": "a/b",
        "from": "2026-01-01",
        "to": "2026-01-02T03:04:05+00:00",
        "limit": "5",
    }


def test_ids_stay_one_segment_of_their_path() -> None:
    api = answering_pages(None, None)
    with api.client() as client:
        client.events.of_resource("A/B", "c d", limit=2)
        client.events.by_correlation("..", offset=3)
    paths = [request.url.raw_path.decode() for request in api.requests]
    assert paths == [
        "/api/v1/events/resource/A%2FB/c%20d?limit=2",
        "/api/v1/events/correlation/%2E%2E?offset=3",
    ]


async def test_all_pages_are_walked_by_cursor() -> None:
    api = answering_pages("c1", None)
    with api.client() as client:
        assert len(list(client.events.all(event_type="a"))) == 2
    api.then(*answering_pages("c1", None)._replies)
    async with api.async_client() as client_too:
        assert len([event async for event in client_too.events.all(event_type="a")]) == 2
    asked = [(request.url.params.get("cursor"), request.url.params["event_type"]) for request in api.requests]
    assert asked == [(None, "a"), ("c1", "a")] * 2
