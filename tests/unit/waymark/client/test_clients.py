"""Both clients send what the API takes, once in effect, and read what it answers, whatever was added to it."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import UTC, date, datetime

import httpx
import orjson
import pytest

from tests.support.scripted_api import ScriptedApi, impatient, problem
from waymark.client import (
    ConnectionFailed,
    JsonFilter,
    NewInteraction,
    Refused,
    Resource,
    Unavailable,
    UnexpectedAnswer,
    Unsent,
)

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def items(count: int) -> list[NewInteraction]:
    return [NewInteraction(f"order-{n}", "ORDER", "CREATE", "API") for n in range(count)]


def test_all_tries_of_a_record_carry_the_same_key_and_body() -> None:
    api = ScriptedApi(503, httpx.ReadError("reset"), 502)
    with api.client(retries=impatient()) as client:
        recorded = client.record("order-1", "ORDER", "CREATE", "API", interaction={"a": 1})
        client.record("order-1", "ORDER", "CREATE", "API", idempotency_key="mine")
    assert recorded.number == 1
    first, second = api.requests[:4], api.requests[4]
    assert len({(request.headers["idempotency-key"], request.content) for request in first}) == 1
    assert second.headers["idempotency-key"] == "mine"
    assert second.headers["idempotency-key"] != first[0].headers["idempotency-key"]


async def test_the_asynchronous_client_does_the_same() -> None:
    api = ScriptedApi(503, httpx.ConnectError("no"))
    async with api.async_client(retries=impatient()) as client:
        recorded = await client.record("order-1", "ORDER", "CREATE", "API", user_id="ann")
    assert recorded.id == "id-1"
    assert len({request.headers["idempotency-key"] for request in api.requests}) == 1
    assert api.requests[-1].headers["x-userid"] == "ann"


def test_what_the_api_takes_from_headers_travels_there() -> None:
    api = ScriptedApi()
    with api.client() as client:
        client.record(
            *("order-1", "ORDER", "CREATE", "API"),
            uow_id="работа",
            user_id="zoë",
            timestamp=AT,
            span_id="s",
            parent_span_id="p",
        )
    sent = {name.lower().decode(): value.decode() for name, value in api.requests[0].headers.raw}
    said = [sent[name] for name in ("x-uowid", "x-userid", "x-span-id", "x-parent-span-id")]
    assert said == ["работа", "zoë", "s", "p"]
    assert sent["x-interaction-timestamp"] == "2026-01-02T03:04:05+00:00"
    assert api.accepted == [{"resourceId": "order-1", "resourceType": "ORDER", "action": "CREATE", "origin": "API"}]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"uow_id": "a\nb"}, "x-uowid"),
        ({"uow_id": " a"}, "x-uowid"),
        ({"user_id": "x" * 201}, "x-userid"),
        ({"timestamp": datetime(2026, 1, 1)}, "timestamp"),  # noqa: DTZ001
        ({"interaction": {"a": object()}}, "interaction"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name_and_not_sent(fields: dict[str, object], field: str) -> None:
    api = ScriptedApi()
    with api.client() as client, pytest.raises(Refused) as raised:
        client.record("order-1", "ORDER", "CREATE", "API", **fields)  # type: ignore[arg-type]
    assert [place.field for place in raised.value.problems] == [field]
    assert not api.requests


def test_ending_something_is_not_repeated_when_it_may_have_been_done() -> None:
    api = ScriptedApi(httpx.ReadError("reset"))
    with api.client(retries=impatient()) as client, pytest.raises(ConnectionFailed):
        client.keys.revoke("k")
    assert len(api.requests) == 1


def test_a_server_that_stays_away_is_said_to_be_so() -> None:
    api = ScriptedApi(*[httpx.ConnectError("refused")] * 500)
    with api.client(retries=impatient(deadline_s=0.05)) as client, pytest.raises(ConnectionFailed, match="refused"):
        client.interactions.list()


def test_another_kind_of_server_is_told_from_an_api() -> None:
    api = ScriptedApi(lambda _: httpx.Response(200, text="<html>hello</html>"))
    with api.client() as client, pytest.raises(UnexpectedAnswer, match="hello"):
        client.interactions.get("x")


def test_many_go_a_thousand_to_a_request_in_their_order() -> None:
    api = ScriptedApi()
    with api.client() as client:
        recorded = client.record_many(items(2_300))
    assert [len(body) for body in api.bodies()] == [1000, 1000, 300]
    assert [item["resourceId"] for item in api.accepted] == [f"order-{n}" for n in range(2_300)]
    assert [item.number for item in recorded.items] == list(range(1, 2_301))
    assert len({item.id for item in recorded.items}) == 2_300
    assert recorded.position == "!1,!2,!3"


def test_many_are_split_where_they_are_large() -> None:
    api = ScriptedApi()
    with api.client() as client:
        client.record_many(NewInteraction("o", "ORDER", "CREATE", "API", interaction="x" * 900_000) for _ in range(9))
    assert all(len(request.content) <= 4 * 1024 * 1024 for request in api.requests)
    assert len(api.accepted) == 9


def test_items_that_could_not_be_appended_are_sent_again_with_their_ids() -> None:
    api = ScriptedApi()
    api.then(api.some(lambda item: 201 if item["resourceId"] in {"order-0", "order-3"} else 503))
    api.then(api.some(lambda item: 409 if item["resourceId"] == "order-2" else 201))
    with api.client(retries=impatient()) as client:
        recorded = client.record_many(items(4))
    first, second, third = api.bodies()
    assert second == first[1:3]
    assert third == [first[2]]
    assert len(recorded.items) == 4


def test_a_refused_item_costs_only_itself() -> None:
    api = ScriptedApi()
    api.then(api.some(lambda item: 422 if item["resourceId"] == "order-5" else 201))
    huge = NewInteraction("huge", "ORDER", "CREATE", "API", interaction="x" * 1_100_000)
    with api.client() as client, pytest.raises(Unsent) as raised:
        client.record_many([huge, *items(1_500)])
    assert [item.item.resource_id for item in raised.value.items] == ["huge", "order-5"]
    assert isinstance(raised.value.items[1].error, Refused)
    assert len(raised.value.recorded) == 1_499


def test_what_cannot_be_sent_ends_the_reading_of_many() -> None:
    api = ScriptedApi(*[500] * 200)
    read = iter(items(5_000))
    with api.client(retries=impatient(deadline_s=0.05)) as client, pytest.raises(Unsent) as raised:
        client.record_many(read)
    assert len(raised.value.items) == 1_000
    assert isinstance(raised.value.items[0].error, Unavailable)
    assert next(read).resource_id == "order-1001"


async def test_the_asynchronous_client_records_many_too() -> None:
    api = ScriptedApi(503)
    async with api.async_client(retries=impatient()) as client:
        assert len((await client.record_many(items(1_200))).items) == 1_200


def test_filters_are_written_as_the_api_takes_them() -> None:
    api = ScriptedApi()
    with api.client() as client:
        client.interactions.list(
            resource_id="a/b",
            start_date=date(2026, 1, 1),
            end_date=AT,
            json_filters=[JsonFilter("total", "equals", 1)],
            limit=5,
        )
        client.activity(resources=[Resource("*", "ORDER")], user_id="ann", start_date=AT)
    assert dict(api.requests[0].url.params) == {
        "resourceId": "a/b",
        "startDate": "2026-01-01",
        "endDate": "2026-01-02T03:04:05+00:00",
        "jsonFilters": '[{"path":"total","operator":"equals","value":1}]',
        "limit": "5",
    }
    resources = [{"resourceId": "*", "resourceType": "ORDER"}]
    asked = {"resources": resources, "userId": "ann", "startDate": AT.isoformat()}
    assert orjson.loads(api.requests[1].content) == asked


@pytest.mark.parametrize(("uow_id", "path"), [("a/b c", "/api/traces/a%2Fb%20c"), ("..", "/api/traces/%2E%2E")])
def test_an_id_stays_one_segment_of_its_path(uow_id: str, path: str) -> None:
    api = ScriptedApi(lambda _: httpx.Response(200, json={"uowId": uow_id}))
    with api.client() as client:
        client.trace(uow_id)
    assert api.requests[0].url.raw_path.decode() == path


def test_all_pages_are_walked_by_cursor() -> None:
    def page(cursor: str | None) -> httpx.Response:
        pagination = {"page": 1, "limit": 100, "total": 0, "nextCursor": cursor}
        ids = {"resourceTypeId": "t", "actionId": "a", "originId": "o", "uowId": "u", "resourceId": "r"}
        row = {**ids, "interactionId": "i", "interactionNumber": 1, "createdDate": "2026-01-15T10:30:00.000Z"}
        return httpx.Response(200, json={"data": [row], "pagination": pagination})

    api = ScriptedApi(lambda _: page("c1"), lambda _: page("c2"), lambda _: page(None))
    with api.client() as client:
        assert len(list(client.interactions.all(user_id="ann"))) == 3
    assert [request.url.params.get("cursor") for request in api.requests] == [None, "c1", "c2"]
    assert {request.url.params["userId"] for request in api.requests} == {"ann"}


def test_reads_wait_for_own_writes_when_asked_to() -> None:
    api = ScriptedApi()
    with api.client() as client:
        recorded = client.record("order-1", "ORDER", "CREATE", "API")
        client.interactions.list()
        client.interactions.list(after=recorded)
    with api.client(read_your_writes=True) as client:
        client.record("order-1", "ORDER", "CREATE", "API")
        client.record_many(items(1))
        client.interactions.list()
        client.interactions.list(after="!7")
        client.record("order-1", "ORDER", "CREATE", "API")
    asked = [request.headers.get("waymark-min-position") for request in api.requests]
    assert asked == [None, None, "!1", None, None, "!4,!5", "!7", None]


def test_a_reused_key_names_its_field() -> None:
    place = {"field": "Idempotency-Key", "message": "the key was used with another request", "type": "reused"}
    api = ScriptedApi(lambda _: problem(422, errors=[place]))
    with api.client() as client, pytest.raises(Refused, match="Idempotency-Key: the key was used"):
        client.record("order-1", "ORDER", "CREATE", "API", idempotency_key="k")


def test_both_clients_have_the_same_methods() -> None:
    parts = ("interactions", "traces", "events", "resource_types", "origins", "keys")
    ours, theirs = ScriptedApi().client(), ScriptedApi().async_client()
    for one, other in [(ours, theirs), *((getattr(ours, part), getattr(theirs, part)) for part in parts)]:
        for name, method in inspect.getmembers(one, inspect.isroutine):
            if not name.startswith("_"):
                assert (
                    inspect.signature(method).parameters.keys()
                    == inspect.signature(getattr(other, name)).parameters.keys()
                ), name


def test_it_is_imported_without_anything_of_the_server() -> None:
    code = (
        "import sys, waymark.client\n"
        "heads = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(heads & set('libs services fastapi asyncpg aiokafka pydantic orjson typer'.split())))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
