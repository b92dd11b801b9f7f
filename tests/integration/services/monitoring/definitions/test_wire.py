"""The five routes behind `/v1/interactions` as their documentation shows them, and what is ours beside them."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.callers import Callers, email_of
from tests.support.monitoring.defining import URL, body, create, delete, get, listed, patch

SEED: dict[str, Any] = {
    "name": "example_interaction",
    "description": "Some description",
    "uptimeLowerLimitInMs": 100,
    "uptimeMidLimitInMS": 200,
    "uptimeUpperLimitInMs": 300,
    "thresholdInMs": 60000,
    "events": [
        {
            "name": "event1",
            "props": [
                {"name": "property1", "value": "value1", "operator": "EQUALS"},
                {"name": "property2", "value": "value2", "operator": "CONTAINS"},
            ],
            "isBlacklisted": None,
        },
        {
            "name": "event2",
            "props": [{"name": "property3", "value": "value3", "operator": "notEquals"}],
            "isBlacklisted": False,
        },
    ],
    "globalBlacklistedEvents": [
        {
            "name": "blacklisted_event",
            "props": [{"name": "property4", "value": "value4", "operator": None}],
            "isBlacklisted": False,
        }
    ],
}


async def test_a_definition_reads_back_whole(client: httpx.AsyncClient) -> None:
    created = await client.post(URL, json=SEED)
    assert (created.status_code, created.json()) == (201, {"data": {"id": 1}})
    assert created.headers["etag"] == '"1"'

    found = await client.get(f"{URL}/example_interaction")
    details = found.json()["data"]
    at = details.pop("createdAt")
    assert found.headers["etag"] == '"1"'
    assert isinstance(at, int)
    assert details == {
        "id": 1,
        "name": "example_interaction",
        "interactionName": "example_interaction",
        "description": "Some description",
        "uptimeLowerLimitInMs": 100,
        "uptimeMidLimitInMs": 200,
        "uptimeUpperLimitInMs": 300,
        "thresholdInMS": 60000,
        "thresholdInMs": 60000,
        "status": "RUNNING",
        "events": [
            {**SEED["events"][0], "isBlacklisted": False},
            {
                "name": "event2",
                "props": [{"name": "property3", "value": "value3", "operator": "NOTEQUALS"}],
                "isBlacklisted": False,
            },
        ],
        "globalBlacklistedEvents": [
            {
                "name": "blacklisted_event",
                "props": [{"name": "property4", "value": "value4", "operator": "EQUALS"}],
                "isBlacklisted": True,
            }
        ],
        "correlationProperty": None,
        "dimensions": ["origin"],
        "version": 1,
        "createdBy": email_of("editor"),
        "updatedAt": at,
        "updatedBy": email_of("editor"),
    }
    page = (await client.get(URL, params={"page": 0, "size": 10})).json()["data"]
    assert page == {"interactions": [{**details, "createdAt": at}], "totalInteractions": 1}


async def test_ids_count_per_tenant_and_are_never_given_twice(client: httpx.AsyncClient) -> None:
    assert [await create(client, name) for name in ("A", "B")] == [1, 2]
    await delete(client, "B")
    assert await create(client, "B") == 3
    with pytest.raises(AssertionError, match="CONFLICT"):
        await create(client, "A")
    assert await create(client, "a") == 4


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"page": 0}, 400),
        ({"size": 1}, 400),
        ({}, 400),
        ({"page": -1, "size": 1}, 422),
        ({"page": 0, "size": 0}, 422),
        ({"page": 0, "size": 501}, 422),
        ({"page": "x", "size": 1}, 422),
        ({"page": 0, "size": 500}, 200),
        ({"page": 0, "size": 1, "interactionname": "x"}, 422),
    ],
)
async def test_the_list_wants_a_page(client: httpx.AsyncClient, params: dict[str, Any], status: int) -> None:
    answer = await client.get(URL, params=params)
    assert answer.status_code == status
    if status >= 400:
        assert answer.json()["error"].keys() == {"code", "message", "cause"}
        assert answer.json()["error"]["code"] == "VALIDATION_ERROR"


async def test_the_list_is_filtered_and_in_the_order_of_names(client: httpx.AsyncClient, callers: Callers) -> None:
    for name in ("beta", "Alpha", "alphabet"):
        await create(client, name)
    by_admin = await client.post(URL, json=body("Straße"), headers=callers.user("admin"))
    assert by_admin.status_code == 201

    assert await listed(client) == (["Alpha", "Straße", "alphabet", "beta"], 4)
    assert await listed(client, interactionName="ALPHA") == (["Alpha", "alphabet"], 2)
    assert await listed(client, interactionName="straSSE") == (["Straße"], 1)
    assert await listed(client, interactionName="%") == ([], 0)
    assert await listed(client, userEmail=email_of("admin")) == (["Straße"], 1)
    assert await listed(client, userEmail=email_of("admin").upper()) == ([], 0)
    assert await listed(client, page=1, size=3) == (["beta"], 4)
    await patch(client, "beta", status="STOPPED")
    assert await listed(client, status="stopped") == (["beta"], 1)
    assert await listed(client, status="RUNNING", interactionName="alpha") == (["Alpha", "alphabet"], 2)
    assert await listed(client, page=9, size=3) == ([], 4)


async def test_a_change_makes_a_version_and_no_change_makes_none(client: httpx.AsyncClient) -> None:
    await create(client)
    same = await client.patch(
        f"{URL}/Checkout", json={"thresholdInMS": 60_000.0, "status": "running", "name": "Checkout"}
    )
    assert (same.status_code, same.json(), same.headers["etag"]) == (200, {"data": {"id": 1}}, '"1"')
    empty = await client.patch(f"{URL}/Checkout", json={"events": None, "status": None, "dimensions": None})
    assert empty.headers["etag"] == '"1"'

    changed = await client.patch(f"{URL}/Checkout", json={"description": "d", "status": "Stopped"})
    assert changed.headers["etag"] == '"2"'
    details = await get(client)
    assert (details["description"], details["status"], details["version"]) == ("d", "STOPPED", 2)
    assert details["updatedAt"] >= details["createdAt"]
    await patch(client, description=None, correlationProperty="orderId")
    assert ((await get(client))["description"], (await get(client))["correlationProperty"]) == (None, "orderId")
    await patch(client, correlationProperty=None, dimensions=[])
    assert ((await get(client))["correlationProperty"], (await get(client))["dimensions"]) == (None, [])


async def test_a_write_may_be_meant_for_one_version(client: httpx.AsyncClient) -> None:
    await create(client)
    await patch(client, thresholdInMs=1)
    url = f"{URL}/Checkout"
    stale = await client.patch(url, json={"thresholdInMs": 2}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")
    assert (await client.patch(url, json={"thresholdInMs": 2}, headers={"If-Match": '"2"'})).status_code == 200
    assert (await client.delete(url, headers={"If-Match": '"2"'})).status_code == 412
    assert (await client.delete(url, headers={"If-Match": "*"})).status_code == 204


async def test_what_is_deleted_is_gone_and_its_name_free(client: httpx.AsyncClient) -> None:
    await create(client)
    await delete(client)
    for answer in (
        await client.get(f"{URL}/Checkout"),
        await client.patch(f"{URL}/Checkout", json={"description": "d"}),
        await client.delete(f"{URL}/Checkout"),
        await client.get(f"{URL}/Checkout/versions"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert await listed(client) == ([], 0)
    await create(client)
    assert (await get(client))["version"] == 1


async def test_a_repeated_request_creates_nothing(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k1"}
    first = await client.post(URL, json=body(), headers=key)
    again = await client.post(URL, json=body(), headers=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (201, {"data": {"id": 1}})
    assert (await client.post(URL, json=body("Other"), headers=key)).status_code == 422
    await delete(client)
    assert (await client.post(URL, json=body(), headers=key)).json() == first.json()
    assert await listed(client) == ([], 0)


async def test_of_two_at_once_with_one_name_one_is_made(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(URL, json=body()) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_versions_tell_what_was_in_force_when(client: httpx.AsyncClient, callers: Callers) -> None:
    await create(client)
    await client.patch(f"{URL}/Checkout", json={"thresholdInMs": 5, "description": "d"}, headers=callers.user("admin"))
    await patch(client, status="STOPPED")

    answer = await client.get(f"{URL}/Checkout/versions", headers=callers.key("viewer"))
    data = answer.json()["data"]
    third, second, first = data["versions"]
    assert data["totalVersions"] == 3
    assert [one["version"] for one in data["versions"]] == [3, 2, 1]
    assert [one["changed"] for one in data["versions"]] == [["status"], ["description", "thresholdInMs"], []]
    assert first["thresholdInMS"] == first["thresholdInMs"] == 60_000
    assert (first["inForceTo"], second["inForceTo"]) == (second["inForceFrom"], third["inForceFrom"])
    assert third["inForceTo"] is None
    assert [one["updatedBy"] for one in data["versions"]] == [email_of(each) for each in ("editor", "admin", "editor")]
    assert {one["createdAt"] for one in data["versions"]} == {first["inForceFrom"]}
    paged = await client.get(f"{URL}/Checkout/versions", params={"page": 1, "size": 2})
    assert [one["version"] for one in paged.json()["data"]["versions"]] == [1]


async def test_filter_options_are_those_there_are(client: httpx.AsyncClient, callers: Callers) -> None:
    await client.post(URL, json=body("A"), headers=callers.user("admin"))
    await create(client, "B")
    answer = await client.get(f"{URL}/filter-options", headers=callers.key("viewer"))
    assert answer.json()["data"] == {
        "statuses": ["RUNNING", "STOPPED"],
        "createdBy": [email_of("admin"), email_of("editor")],
        "operators": ["CONTAINS", "ENDSWITH", "EQUALS", "NOTCONTAINS", "NOTEQUALS", "STARTSWITH"],
    }


@pytest.mark.parametrize(
    "name", ["a/b", "a/versions", "preview/x", "50 % off", "Größe", "a?b#c", "versions", "Preview"]
)
async def test_a_name_may_hold_any_printable_character(client: httpx.AsyncClient, name: str) -> None:
    await create(client, name)
    url = f"{URL}/{quote(name, safe='')}"
    assert (await client.get(url)).json()["data"]["name"] == name
    assert (await client.get(f"{url}/versions")).json()["data"]["totalVersions"] == 1
    assert (await client.patch(url, json={"description": "d"})).status_code == 200
    assert (await client.delete(url)).status_code == 204


async def test_the_paths_of_other_routes_are_no_names(client: httpx.AsyncClient) -> None:
    for path in ("filter-options", "%66ilter-options"):
        answer = await client.delete(f"{URL}/{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
