"""The reference API's family of interactions, activity and traces, walked on a running installation.

Every example and every parameter that the reference shows is sent as it stands there; answers are compared key by key:
nothing that it shows may be missing or of another type, more may be there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.installation import Installation
from tests.support.serving import get_json
from tests.support.shapes import ANY, COLOR, TIME, UUID, check_shape

ORDER = {
    "resourceId": "order-456",
    "resourceType": "ORDER",
    "action": "CREATE",
    "origin": "WEBAPP",
    "interaction": {"total": 149.99, "currency": "USD", "items": 3},
    "externalReference": "stripe-pi-abc123",
}
RECORDED = {
    "interactionId": UUID,
    "interactionNumber": 42,
    "resourceId": "order-456",
    "resourceTypeId": UUID,
    "actionId": UUID,
    "originId": UUID,
    "interaction": {"total": 149.99, "currency": "USD", "items": 3},
    "externalReference": "stripe-pi-abc123",
    "uowId": UUID,
    "userId": None,
    "createdDate": TIME,
    "interactionTimestamp": None,
}
LISTED = {
    "interactionId": UUID,
    "interactionNumber": 42,
    "resourceId": "order-456",
    "resourceTypeId": UUID,
    "actionId": UUID,
    "originId": UUID,
    "resourceTypeMnemonic": "ORDER",
    "resourceTypeIcon": "📦",
    "resourceTypeFontColorHex": COLOR,
    "resourceTypeBgColorHex": COLOR,
    "actionMnemonic": "CREATE",
    "actionIcon": "➕",
    "originMnemonic": "WEBAPP",
    "originIcon": "🌐",
    "interaction": ANY,
    "uowId": UUID,
    "userId": None,
    "createdDate": TIME,
    # Not in the reference's example, but on its recorded interaction; with the list's optional badges.
    "externalReference": "text or null",
    "interactionTimestamp": None,
    "actionFontColorHex": COLOR,
    "actionBgColorHex": COLOR,
    "originFontColorHex": COLOR,
    "originBgColorHex": COLOR,
}
PAGINATION = {"page": 1, "limit": 50, "total": 1, "totalPages": 1, "hasNext": False, "hasPrev": False}
PAGE = {"data": [LISTED], "pagination": PAGINATION}
TIMELINE = {
    "granularity": "day",
    "startDate": TIME,
    "endDate": TIME,
    "data": [{"bucket": TIME, "count": 0}],
    "total": 0,
}
GROUP = {
    "userId": "text or null",
    "uowId": "text",
    "interactionCount": 1,
    "firstInteraction": TIME,
    "lastInteraction": TIME,
    "actions": ["CREATE"],
    "resources": [{"resourceId": "text", "resourceType": "ORDER"}],
}
SUMMARY = {
    "uowId": "text",
    "totalInteractions": 1,
    "totalEvents": 0,
    "startedAt": TIME,
    "endedAt": TIME,
    "durationMs": 0,
    "uniqueActions": ["CREATE"],
    "resourceTypes": ["ORDER"],
    "origins": ["WEBAPP"],
    "resourceCount": 1,
    "users": ["text"],
}
ENTRY = {"kind": "interaction", "at": TIME, "offsetMs": 0, "gapMs": "number or null", "parallel": False}


@pytest.fixture(scope="module")
async def client(postgres_installation: Installation) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an installation that has recorded the reference's examples and a unit of work of three."""
    async with postgres_installation.client() as opened:
        await _record(opened)
        yield opened


UNIT = "550e8400-e29b-41d4-a716-446655440000"


async def _record(client: httpx.AsyncClient) -> None:
    recorded = await post(client, "/api/interactions", ORDER)
    ids = {name: recorded[name] for name in ("resourceTypeId", "actionId", "originId")}
    await post(client, "/api/interactions", {"resourceId": "order-456", **ids, "interaction": {"total": 149.99}})
    for resource_id, resource_type in (("order-456", "ORDER"), ("payment-789", "PAYMENT"), ("order-456", "ORDER")):
        body = {**ORDER, "resourceId": resource_id, "resourceType": resource_type}
        await post(client, "/api/interactions", body, {"x-uowid": UNIT, "x-userid": "ann"})
    await level(client)


async def post(client: httpx.AsyncClient, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
    answer = await client.post(path, json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()


async def level(client: httpx.AsyncClient) -> None:
    """Everything recorded so far is visible, in the history and in traces."""
    answer = await client.post("/api/interactions", json=ORDER)
    for path in ("/api/interactions", "/api/traces"):
        await get_json(client, path, headers={"waymark-min-position": answer.headers["waymark-position"]})


async def test_recording_with_mnemonics(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/interactions", json=ORDER)
    assert answer.status_code == 201
    check_shape(RECORDED, answer.json())
    assert {key: answer.json()[key] for key in ("resourceId", "interaction", "externalReference")} == {
        key: ORDER[key] for key in ("resourceId", "interaction", "externalReference")
    }


async def test_recording_with_ids(client: httpx.AsyncClient) -> None:
    first = await post(client, "/api/interactions", ORDER)
    ids = {name: first[name] for name in ("resourceTypeId", "actionId", "originId")}
    again = await post(
        client, "/api/interactions", {"resourceId": "order-456", **ids, "interaction": {"total": 149.99}}
    )
    check_shape({**RECORDED, "externalReference": None, "interaction": {"total": 149.99}}, again)
    assert {name: again[name] for name in ids} == ids
    assert again["interactionNumber"] > first["interactionNumber"]


async def test_a_mnemonic_and_an_id_must_match(client: httpx.AsyncClient) -> None:
    first = await post(client, "/api/interactions", ORDER)
    both = {**ORDER, "resourceTypeId": first["resourceTypeId"]}
    assert (await client.post("/api/interactions", json=both)).status_code == 201
    answer = await client.post("/api/interactions", json={**both, "resourceType": "PAYMENT"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "resourceType"


@pytest.mark.parametrize("field", ["resourceId", "resourceType", "action", "origin"])
async def test_every_required_field_is_required(client: httpx.AsyncClient, field: str) -> None:
    body = {name: value for name, value in ORDER.items() if name != field}
    answer = await client.post("/api/interactions", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_every_optional_field_and_header(client: httpx.AsyncClient) -> None:
    body = {**ORDER, "externalResponse": {"status": "succeeded"}}
    headers = {
        "x-uowid": "7b9e5d3c-0000-4000-8000-000000000007",
        "x-userid": "ann",
        "x-interaction-timestamp": "2024-01-15T10:30:00Z",
    }
    answer = await post(client, "/api/interactions", body, headers)
    assert (answer["uowId"], answer["userId"]) == (headers["x-uowid"], "ann")
    assert answer["interactionTimestamp"] == "2024-01-15T10:30:00.000Z"
    bare = {name: ORDER[name] for name in ("resourceId", "resourceType", "action", "origin")}
    answer = await post(client, "/api/interactions", bare)
    assert (answer["interaction"], answer["externalReference"], answer["userId"]) == (None, None, None)
    check_shape(UUID, answer["uowId"])


async def test_a_key_is_required(client: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(base_url=client.base_url) as stranger:
        assert (await stranger.post("/api/interactions", json=ORDER)).status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?resourceId=order-456",
        "?action=CREATE&resourceType=ORDER",
        "?startDate=2024-01-01&endDate=2099-01-31",
        "?page=1&limit=25",
        f"?uowId={UNIT}",
        "?externalReference=stripe-pi-abc123",
        "?userId=ann",
        "?action=CREATE",
        "?resourceType=ORDER",
        "?origin=WEBAPP",
        "?startDate=2024-01-01",
        "?endDate=2099-12-31",
        "?page=1",
        "?limit=100",
    ],
)
async def test_the_list_with_every_parameter(client: httpx.AsyncClient, query: str) -> None:
    found = await get_json(client, f"/api/interactions{query}")
    check_shape(PAGE, found)
    assert found["data"], "the example finds something"


async def test_the_list_by_id_and_its_defaults(client: httpx.AsyncClient) -> None:
    found = await get_json(client, "/api/interactions")
    assert (found["pagination"]["page"], found["pagination"]["limit"]) == (1, 50)
    first = found["data"][0]
    by_id = await get_json(client, f"/api/interactions?interactionId={first['interactionId']}")
    assert by_id["data"] == [first]
    assert await get_json(client, f"/api/interactions/{first['interactionId']}") == first
    assert (await client.get("/api/interactions?limit=101")).status_code == 422


@pytest.mark.parametrize(
    ("query", "granularity", "buckets"),
    [
        ("?days=90", "day", 90),
        ("?startDate=2024-01-01&endDate=2024-01-31", "6 hours", 31 * 4),
        ("?startDate=2024-01-01&endDate=2024-01-02&granularity=hour", "hour", 48),
        ("?startDate=2024-01-01&endDate=2024-01-01&granularity=15%20minutes", "15 minutes", 96),
        ("?startDate=2024-01-01&endDate=2024-01-02&granularity=6%20hours", "6 hours", 8),
        ("?startDate=2024-01-01&endDate=2024-12-31&granularity=day", "day", 366),
        ("", "day", 90),
    ],
)
async def test_the_timeline_with_every_parameter(
    client: httpx.AsyncClient, query: str, granularity: str, buckets: int
) -> None:
    found = await get_json(client, f"/api/interactions/timeline{query}")
    check_shape(TIMELINE, found)
    assert (found["granularity"], len(found["data"])) == (granularity, buckets)
    assert found["total"] == sum(bucket["count"] for bucket in found["data"])


async def test_the_timeline_counts_what_the_list_lists(client: httpx.AsyncClient) -> None:
    check_shape({"refreshed": True}, await post(client, "/api/interactions/timeline/refresh", None))
    listed = (await get_json(client, "/api/interactions"))["pagination"]["total"]
    assert (await get_json(client, "/api/interactions/timeline?days=2"))["total"] == listed


async def test_activity_across_resources(client: httpx.AsyncClient) -> None:
    body = {
        "resources": [
            {"resourceId": "order-456", "resourceType": "ORDER"},
            {"resourceId": "payment-789", "resourceType": "PAYMENT"},
        ],
        "startDate": "2024-01-01T00:00:00Z",
        "endDate": "2099-12-31T23:59:59Z",
    }
    found = await post(client, "/api/activity", body)
    check_shape({"data": [GROUP], "pagination": PAGINATION}, found)
    [unit] = [group for group in found["data"] if group["uowId"] == UNIT]
    assert (unit["userId"], unit["interactionCount"]) == ("ann", 3)
    assert len(unit["resources"]) == 2


async def test_traces(client: httpx.AsyncClient) -> None:
    trace = await get_json(client, f"/api/traces/{UNIT}")
    check_shape({"uowId": UUID, "interactions": [LISTED], "events": [], "total": 3}, trace)
    numbers = [interaction["interactionNumber"] for interaction in trace["interactions"]]
    assert numbers == sorted(numbers)
    assert len(numbers) == 3
    timeline = await get_json(client, f"/api/traces/{UNIT}/timeline")
    check_shape({"uowId": UUID, "entries": [ENTRY]}, timeline)
    assert len(timeline["entries"]) == 3
    summary = await get_json(client, f"/api/traces/{UNIT}/summary")
    check_shape(SUMMARY, summary)
    assert {
        key: summary[key] for key in ("totalInteractions", "resourceCount", "uniqueActions", "origins", "users")
    } == {
        "totalInteractions": 3,
        "resourceCount": 2,
        "uniqueActions": ["CREATE"],
        "origins": ["WEBAPP"],
        "users": ["ann"],
    }
    assert summary["resourceTypes"] == ["ORDER", "PAYMENT"]
    assert (await client.get("/api/traces/nowhere")).status_code == 404


async def test_every_endpoint_of_the_reference_is_described(client: httpx.AsyncClient) -> None:
    paths = (await get_json(client, "/openapi.json"))["paths"]
    endpoints = {
        ("get", "/api/interactions"),
        ("get", "/api/interactions/{interactionId}"),
        ("post", "/api/interactions"),
        ("get", "/api/interactions/timeline"),
        ("post", "/api/interactions/timeline/refresh"),
        ("post", "/api/activity"),
        ("get", "/api/traces/{uowId}"),
        ("get", "/api/traces/{uowId}/timeline"),
        ("get", "/api/traces/{uowId}/summary"),
    }
    assert not {(method, path) for method, path in endpoints if method not in paths.get(path, {})}
