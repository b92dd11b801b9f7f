"""Timeline, refresh and activity over HTTP: shapes key by key, errors, tenants apart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from libs.contracts.reference import ACTION, RESOURCE_TYPE
from libs.httpkit.positions import AS_OF_HEADER, MIN_POSITION_HEADER, encode_position
from tests.support.queries.history import World
from tests.support.queries.serving import LIST, Service, running
from tests.support.records import START_MS, interaction

TIMELINE = f"{LIST}/timeline"
ACTIVITY = "/api/activity"
DAY = "2026-01-09"
assert START_MS == 1_767_916_800_000 + 83_200_000, "the first interactions are of that day, at 23:06:40"


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    """Queries, running."""
    async with running(world) as started:
        yield started


async def post(service: Service, path: str, body: Any = None, tenant_id: str = "default") -> httpx.Response:
    headers = {"x-api-key": service.keys[tenant_id]}
    return await service.client.post(path, json=body, headers=headers)


async def test_the_timeline_has_the_documented_shape(service: Service) -> None:
    await service.record(interaction(1))
    await service.record(interaction(2, **{ACTION: "READ"}))
    position = await service.record(interaction(3, **{ACTION: "READ"}))
    params = {"startDate": DAY, "endDate": DAY, "granularity": "6 hours", "groupBy": "action"}
    answer = await service.get(TIMELINE, headers={MIN_POSITION_HEADER: position}, params=params)
    assert answer.status_code == 200
    empty = [{"key": "READ", "count": 0}, {"key": "CREATE", "count": 0}]
    assert answer.json() == {
        "granularity": "6 hours",
        "startDate": f"{DAY}T00:00:00.000Z",
        "endDate": f"{DAY}T23:59:59.999Z",
        "data": [
            {"bucket": f"{DAY}T00:00:00.000Z", "count": 0, "groups": empty},
            {"bucket": f"{DAY}T06:00:00.000Z", "count": 0, "groups": empty},
            {"bucket": f"{DAY}T12:00:00.000Z", "count": 0, "groups": empty},
            {
                "bucket": f"{DAY}T18:00:00.000Z",
                "count": 3,
                "groups": [{"key": "READ", "count": 2}, {"key": "CREATE", "count": 1}],
            },
        ],
        "total": 3,
    }
    assert answer.headers[AS_OF_HEADER].endswith("Z")


async def test_the_timeline_of_nothing_given_is_ninety_days(service: Service) -> None:
    shown = (await service.get(TIMELINE)).json()
    assert (shown["granularity"], len(shown["data"]), shown["total"]) == ("day", 90, 0)
    assert list(shown["data"][0]) == ["bucket", "count"]
    assert len((await service.get(TIMELINE, params={"days": 1})).json()["data"]) == 96


async def test_a_refresh_waits_for_what_was_accepted_before(service: Service) -> None:
    for number in range(1, 60):
        await service.record(interaction(number, uow_id=f"u{number}"))
    answer = await post(service, f"{TIMELINE}/refresh")
    assert answer.status_code == 200
    assert list(answer.json()) == ["refreshed", "asOf"]
    assert answer.json()["refreshed"] is True
    assert (await service.get(TIMELINE, params={"startDate": DAY, "endDate": DAY})).json()["total"] == 59


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"days": "0"}, "days"),
        ({"days": "x"}, "days"),
        ({"days": "3", "startDate": DAY}, "days"),
        ({"granularity": "minute"}, "granularity"),
        ({"granularity": "15 minutes", "days": "1000"}, "granularity"),
        ({"groupBy": "user"}, "groupBy"),
        ({"startDate": "never"}, "startDate"),
        ({"startDate": "2026-02-01", "endDate": "2026-01-01"}, "startDate"),
        ({"dateField": "x"}, "dateField"),
    ],
)
async def test_what_the_timeline_does_not_accept_is_named(service: Service, params: dict[str, str], field: str) -> None:
    answer = await service.get(TIMELINE, params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_activity_has_the_documented_shape(service: Service) -> None:
    await service.record(interaction(1, uow_id="u", user_id="ann", resource_id="order-456"))
    await service.record(
        interaction(
            2, uow_id="u", user_id="ann", resource_id="payment-789", **{RESOURCE_TYPE: "PAYMENT", ACTION: "READ"}
        )
    )
    position = await service.record(interaction(3, uow_id="u", resource_id="order-456"))
    await service.get_after(position, LIST)
    body = {
        "resources": [
            {"resourceId": "order-456", "resourceType": "ORDER"},
            {"resourceId": "payment-789", "resourceType": "PAYMENT"},
        ],
        "startDate": "2026-01-01T00:00:00Z",
        "endDate": "2026-12-31T23:59:59Z",
    }
    answer = await post(service, ACTIVITY, body)
    assert answer.status_code == 200
    first, second, third = (interaction(number).created_date for number in (1, 2, 3))
    assert answer.json() == {
        "data": [
            {
                "userId": None,
                "uowId": "u",
                "interactionCount": 1,
                "firstInteraction": third,
                "lastInteraction": third,
                "actions": ["CREATE"],
                "resources": [{"resourceId": "order-456", "resourceType": "ORDER"}],
                "resourceCount": 1,
            },
            {
                "userId": "ann",
                "uowId": "u",
                "interactionCount": 2,
                "firstInteraction": first,
                "lastInteraction": second,
                "actions": ["CREATE", "READ"],
                "resources": [
                    {"resourceId": "order-456", "resourceType": "ORDER"},
                    {"resourceId": "payment-789", "resourceType": "PAYMENT"},
                ],
                "resourceCount": 2,
            },
        ],
        "pagination": {
            "page": 1,
            "limit": 50,
            "total": 2,
            "totalPages": 1,
            "hasNext": False,
            "hasPrev": False,
            "nextCursor": None,
        },
    }
    assert answer.headers[AS_OF_HEADER].endswith("Z")
    every = await post(service, ACTIVITY, {"resources": [{"resourceId": "*", "resourceType": "payment"}], "limit": 1})
    assert [group["interactionCount"] for group in every.json()["data"]] == [1]
    by_json = {"jsonFilters": [{"path": "total", "operator": "equals", "value": 1}], "page": 2, "limit": 1}
    assert (await post(service, ACTIVITY, by_json)).json()["pagination"]["totalPages"] == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "resources"),
        ({"startDate": DAY}, "resources"),
        ({"resources": []}, "resources"),
        ({"resources": [{"resourceId": "*"}]}, "resources[0].resourceType"),
        ({"resources": [{"resourceType": "ORDER"}]}, "resources[0].resourceId"),
        ({"resources": [{"resourceId": ""}]}, "resources[0].resourceId"),
        ({"resources": "order-1"}, "resources"),
        ({"userId": 7}, "userId"),
        ({"userId": "ann", "limit": 101}, "limit"),
        ({"userId": "ann", "page": 0}, "page"),
        ({"userId": "ann", "startDate": "never"}, "startDate"),
        ({"userId": "ann", "startDate": "2026-02-01", "endDate": "2026-01-01"}, "startDate"),
        ({"userId": "ann", "dateField": "x"}, "dateField"),
        ({"jsonFilters": [{"path": "a"}]}, "jsonFilters[0].operator"),
        ({"jsonFilters": "a"}, "jsonFilters"),
    ],
)
async def test_what_an_activity_search_does_not_accept_is_named(
    service: Service, body: dict[str, Any], field: str
) -> None:
    answer = await post(service, ACTIVITY, body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_another_tenant_sees_nothing(service: Service) -> None:
    position = await service.record(interaction(1, user_id="ann"))
    await service.get_after(position, LIST)
    assert (await service.get(TIMELINE, "acme", params={"startDate": DAY, "endDate": DAY})).json()["total"] == 0
    assert (await post(service, ACTIVITY, {"userId": "ann"}, "acme")).json()["data"] == []
    assert (await post(service, ACTIVITY, {"userId": "ann"})).json()["pagination"]["total"] == 1


async def test_without_a_key_nothing_is_answered(service: Service) -> None:
    assert (await service.client.get(TIMELINE)).status_code == 401
    assert (await service.client.post(f"{TIMELINE}/refresh")).status_code == 401
    assert (await service.client.post(ACTIVITY, json={"userId": "ann"})).status_code == 401


async def test_an_activity_search_waits_for_a_position(service: Service) -> None:
    position = await service.record(interaction(1, user_id="ann"))
    headers = {"x-api-key": service.keys["default"], MIN_POSITION_HEADER: position}
    answer = await service.client.post(ACTIVITY, json={"userId": "ann"}, headers=headers)
    assert answer.json()["pagination"]["total"] == 1
    elsewhere = {**headers, MIN_POSITION_HEADER: encode_position("another", {("t", 0): 1})}
    assert (await service.client.post(ACTIVITY, json={"userId": "ann"}, headers=elsewhere)).status_code == 422
