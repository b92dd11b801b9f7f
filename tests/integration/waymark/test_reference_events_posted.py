"""What the walk of the events family adds where events are posted: each is read back as the reference shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.installation import Installation
from tests.support.reference_events import EVENT, LIST, NOWHERE, PAGE, REFERENCE_TYPES
from tests.support.serving import get_json
from tests.support.shapes import check_shape

POSTED: dict[str, Any] = {
    "actorId": "string",
    "actorType": "user",
    "correlationId": "string",
    "eventType": "schedule.fired",
    "occurredAt": "2019-08-24T14:15:22Z",
    "payload": {},
    "resourceId": NOWHERE,
    "resourceType": "action_run",
}


@pytest.fixture(scope="module")
async def client(postgres_installation: Installation) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the installation."""
    async with postgres_installation.client() as opened:
        yield opened


async def post(client: httpx.AsyncClient, **changes: Any) -> Any:
    """Post the reference's example; the answer is the event as it is read back."""
    answer = await client.post(LIST, json=POSTED | changes)
    assert answer.status_code == 202, answer.text
    position = {"waymark-min-position": answer.headers["waymark-position"]}
    return await get_json(client, f"{LIST}/{answer.json()['id']}", headers=position)


async def test_the_references_example_comes_back(client: httpx.AsyncClient) -> None:
    shown = await post(client)
    check_shape(EVENT, shown)
    expected = POSTED | {"occurredAt": "2019-08-24T14:15:22.000Z", "causationId": None, "tenantId": "default"}
    assert {name: shown[name] for name in expected} == expected


async def test_every_filter_finds_it(client: httpx.AsyncClient) -> None:
    shown = await post(client, eventType="walk.completed", resourceType="template")
    for query in (
        "event_type=walk.completed",
        f"resource_type=template&resource_id={NOWHERE}",
        "event_type=walk.completed&from=2019-08-24&to=2019-08-25",
        "event_type=walk.completed&correlation_id=string&actor_id=string",
    ):
        found = await get_json(client, f"{LIST}?{query}")
        check_shape(PAGE, found)
        assert shown in found["events"], query
    assert shown in (await get_json(client, f"{LIST}/resource/template/{NOWHERE}"))["events"]
    assert (await get_json(client, f"{LIST}?event_type=walk.completed&to=2019-08-24"))["total"] == 0


async def test_every_resource_type_of_the_reference_is_posted(client: httpx.AsyncClient) -> None:
    for resource_type in (*REFERENCE_TYPES, "ORDER"):
        assert (await post(client, resourceType=resource_type))["resourceType"] == resource_type


async def test_causes_of_a_posted_event(client: httpx.AsyncClient) -> None:
    root = await post(client)
    middle = await post(client, causationId=root["id"])
    last = await post(client, causationId=middle["id"])
    found = await get_json(client, f"{LIST}/{last['id']}/causes")
    assert [cause["id"] for cause in found["causes"]] == [middle["id"], root["id"]]
    assert found["complete"] is True


async def test_failures_and_successes_of_an_actor(client: httpx.AsyncClient) -> None:
    for event_type in ("walk.failed", "walk.completed", "walk.went"):
        await post(client, eventType=event_type, actorId="walker")
    actors = (await get_json(client, f"{LIST}/stats/by-actor"))["actors"]
    [walker] = [actor for actor in actors if actor["actorId"] == "walker"]
    assert walker == {"actorId": "walker", "actorType": "user", "failures": 1, "successes": 1, "total": 3}


async def test_events_by_correlation_come_oldest_first(client: httpx.AsyncClient) -> None:
    posted = [await post(client, correlationId="walk", occurredAt=f"2020-01-0{day}T00:00:00Z") for day in (2, 1, 3)]
    answer = await client.post(LIST, json=POSTED | {"correlationId": "walk", "occurredAt": "2020-01-04T00:00:00Z"})
    headers = {"waymark-min-position": answer.headers["waymark-position"]}
    found = await get_json(client, f"{LIST}/correlation/walk?limit=3&offset=0", headers=headers)
    check_shape(PAGE, found)
    assert (found["total"], found["hasNext"]) == (4, True)
    assert [event["id"] for event in found["events"]] == [posted[index]["id"] for index in (1, 0, 2)]
    assert (await get_json(client, f"{LIST}/correlation/nobody"))["events"] == []
    refused = await client.get(f"{LIST}/correlation/walk?limit=101")
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["query", "limit"]
