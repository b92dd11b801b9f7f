"""The reference API's family of events, walked on a running installation.

Every example and every parameter that the reference shows is sent; answers are compared key by key: nothing that it
shows may be missing or of another type, more may be there. The events are Waymark's own: a key and an action made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.installation import Installation
from tests.support.reference_events import EVENT, LIST, NOWHERE, PAGE, REFERENCE_TYPES
from tests.support.serving import get_json
from tests.support.shapes import check_shape

COUNTS = [{"count": 0, "key": "string"}]
AGGREGATE = {"byActorType": COUNTS, "byEventType": COUNTS, "byResourceType": COUNTS, "total": 0}
ACTORS = {
    "actors": [{"actorId": "string", "actorType": "string", "failures": 0, "successes": 0, "total": 0}],
}
INVALID = {"detail": [{"loc": ["string"], "msg": "string", "type": "string"}]}


@pytest.fixture(scope="module")
async def walked(postgres_installation: Installation) -> Installation:
    """An installation on which a key and an action were made."""
    async with postgres_installation.client() as opened:
        positions = [
            await make(opened, "/api/keys", {"label": "walk", "roles": ["viewer"]}),
            await make(opened, "/api/actions", {"title": "Walk", "mnemonic": "WALK"}),
        ]
        await get_json(opened, LIST, headers={"waymark-min-position": ",".join(positions)})
    return postgres_installation


@pytest.fixture
async def client(walked: Installation) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that installation."""
    async with walked.client() as opened:
        yield opened


async def make(client: httpx.AsyncClient, path: str, body: Any) -> str:
    """Make an object; the answer is the position that its event is applied at."""
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.headers["waymark-position"]


async def made_key(client: httpx.AsyncClient) -> Any:
    """The event of the key that was made last."""
    return (await get_json(client, f"{LIST}?event_type=api_key.created"))["events"][0]


async def test_the_list_and_its_defaults(client: httpx.AsyncClient) -> None:
    answer = await client.get(LIST)
    found = answer.json()
    check_shape(PAGE, found)
    assert (found["limit"], found["offset"]) == (100, 0)
    assert answer.headers["waymark-as-of"]
    order = [(shown["occurredAt"], shown["id"]) for shown in found["events"]]
    assert order == sorted(order, reverse=True)
    types = {shown["eventType"] for shown in found["events"]}
    assert {"api_key.created", "action.created"} <= types


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ("?event_type=action.created", True),
        ("?resource_type=api_key", True),
        ("?resource_type=api_key&event_type=api_key.created", True),
        ("?resource_type=order", False),
        ("?resource_type=cloud_event", False),
        ("?resource_type=service&resource_id=shop", False),
        (f"?resource_type=action_run&resource_id={NOWHERE}", False),
        ("?from=2024-01-15T10:30:00Z", True),
        ("?from=2024-01-15&to=2099-01-15", True),
        ("?to=2024-01-15", False),
        ("?limit=1", True),
        ("?limit=100&offset=1", True),
        ("?offset=1000000", False),
    ],
)
async def test_the_list_with_every_parameter(client: httpx.AsyncClient, query: str, finds: bool) -> None:
    found = await get_json(client, LIST + query)
    check_shape(PAGE, found)
    assert bool(found["events"]) is finds


async def test_every_resource_type_of_the_reference_is_taken(client: httpx.AsyncClient) -> None:
    for resource_type in REFERENCE_TYPES:
        check_shape(PAGE, await get_json(client, f"{LIST}?resource_type={resource_type}"))
        check_shape(PAGE, await get_json(client, f"{LIST}/resource/{resource_type}/{NOWHERE}"))


async def test_pages_follow_each_other(client: httpx.AsyncClient) -> None:
    whole = await get_json(client, LIST)
    first = await get_json(client, f"{LIST}?limit=1")
    assert (first["hasNext"], first["total"]) == (True, whole["total"])
    by_offset = await get_json(client, f"{LIST}?limit=1&offset=1")
    by_cursor = await get_json(client, LIST, params={"limit": 1, "cursor": first["nextCursor"]})
    assert first["events"] + by_offset["events"] == whole["events"][:2]
    assert by_cursor == by_offset


async def test_aggregate(client: httpx.AsyncClient) -> None:
    found = await get_json(client, f"{LIST}/aggregate")
    check_shape(AGGREGATE, found)
    assert found["total"] == (await get_json(client, LIST))["total"]
    for counts in (found["byEventType"], found["byResourceType"]):
        assert sum(item["count"] for item in counts) == found["total"]
        assert counts == sorted(counts, key=lambda item: (-item["count"], item["key"]))
    ranged = await get_json(client, f"{LIST}/aggregate?from=2024-01-15T10:30:00Z&to=2099-01-15T10:30:00Z")
    assert ranged == found
    assert (await get_json(client, f"{LIST}/aggregate?to=2024-01-15"))["total"] == 0


async def test_events_of_a_resource(client: httpx.AsyncClient) -> None:
    event = await made_key(client)
    found = await get_json(client, f"{LIST}/resource/api_key/{event['resourceId']}?limit=100&offset=0")
    check_shape(PAGE, found)
    assert found["events"] == [event]
    assert (found["total"], found["hasNext"]) == (1, False)


async def test_stats_by_actor(client: httpx.AsyncClient) -> None:
    found = await get_json(client, f"{LIST}/stats/by-actor?from=2024-01-15T10:30:00Z&to=2099-01-15T10:30:00Z")
    check_shape(ACTORS, found)
    assert found == await get_json(client, f"{LIST}/stats/by-actor")
    assert sum(actor["total"] for actor in found["actors"]) == (await get_json(client, LIST))["total"]


async def test_one_event_and_its_causes(client: httpx.AsyncClient) -> None:
    event = await made_key(client)
    check_shape(EVENT, event)
    assert await get_json(client, f"{LIST}/{event['id']}") == event
    found = await get_json(client, f"{LIST}/{event['id']}/causes")
    assert (found["causes"], found["complete"]) == ([], event["causationId"] is None)
    assert (await client.get(f"{LIST}/{NOWHERE}")).status_code == 404


@pytest.mark.parametrize(
    ("path", "loc"),
    [
        ("?limit=0", ["query", "limit"]),
        ("?limit=101", ["query", "limit"]),
        ("?offset=-1", ["query", "offset"]),
        ("?resource_type=nothing", ["query", "resource_type"]),
        ("?from=then", ["query", "from"]),
        ("/aggregate?to=then", ["query", "to"]),
        (f"/resource/nothing/{NOWHERE}", ["path", "resource_type"]),
        ("/resource/action_run/string", ["path", "resource_id"]),
        (f"/resource/action_run/{NOWHERE}?limit=101", ["query", "limit"]),
        ("/stats/by-actor?from=then", ["query", "from"]),
        ("/string", ["path", "event_id"]),
    ],
)
async def test_errors_have_the_references_shape(client: httpx.AsyncClient, path: str, loc: list[str]) -> None:
    answer = await client.get(LIST + path)
    assert answer.status_code == 422
    check_shape(INVALID, answer.json())
    assert answer.json()["detail"][0]["loc"] == loc


async def test_every_way_to_say_who_asks(client: httpx.AsyncClient) -> None:
    key = client.headers["x-api-key"]
    async with httpx.AsyncClient(base_url=client.base_url) as stranger:
        assert (await stranger.get(LIST)).status_code == 401
        assert (await stranger.get(LIST, headers={"X-API-Key": key})).status_code == 200
        assert (await stranger.get(LIST, headers={"authorization": f"Bearer {key}"})).status_code == 200


async def test_a_session_reads_by_token_and_by_cookie(walked: Installation) -> None:
    credentials = {name: walked.credentials[name] for name in ("email", "password")}
    async with httpx.AsyncClient(base_url=walked.url) as person:
        login = await person.post("/api/v1/auth/login", json=credentials)
        assert login.status_code == 200, login.text
        token = login.json()["accessToken"]
        assert (await person.get(LIST, headers={"authorization": f"Bearer {token}"})).status_code == 200
        assert (await person.get(LIST, headers={"cookie": f"vai_token={token}"})).status_code == 200


async def test_every_endpoint_of_the_reference_is_described(client: httpx.AsyncClient) -> None:
    paths = (await get_json(client, "/openapi.json"))["paths"]
    endpoints = (
        "",
        "/aggregate",
        "/resource/{resource_type}/{resource_id}",
        "/stats/by-actor",
        "/{event_id}",
    )
    assert not [path for path in endpoints if "get" not in paths.get(LIST + path, {})]
