"""The events' routes over HTTP, with a real projection between log and answer: shapes, errors, freshness, tenants."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from libs.contracts.events import Event, Sender, encode_event
from libs.contracts.reference import RESOURCE_TYPE, encode_reference
from libs.contracts.times import format_ms
from libs.contracts.topics import EVENTS as EVENTS_TOPIC
from libs.contracts.topics import REFERENCE
from libs.eventlog.port import Appended, Record
from libs.httpkit.positions import AS_OF_HEADER, MIN_POSITION_HEADER, encode_position
from libs.service.app import create_service_app
from services.queries.events import counts, store
from services.queries.service import SERVICE
from services.queries.settings import QueriesSettings
from tests.support.consumers import ensure_begun
from tests.support.queries.events import PROJECTION, START_MS, World, event, event_id
from tests.support.read_models import Viewers, projecting, viewer_key
from tests.support.records import catalog_item
from tests.support.serving import serving
from tests.support.unfiltered import unfiltered

LIST = "/api/v1/events"
RUN = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
TENANTS = ("default", "acme")


@dataclass(frozen=True, slots=True)
class Service(Viewers):
    """Queries running over a log in memory, with a viewer's key for each tenant."""

    world: World

    async def record(self, *events: Event) -> dict[str, str]:
        """Put events into the log; the answer is the header that waits for them."""
        records = [Record(EVENTS_TOPIC.name, *encode_event(body), timestamp_ms=START_MS) for body in events]
        places: dict[tuple[str, int], int] = {}
        for outcome in await self.world.log.append(records):
            assert isinstance(outcome, Appended)
            places[outcome.topic, outcome.partition] = outcome.offset + 1
        return {MIN_POSITION_HEADER: encode_position(await self.world.log.identity(), places)}

    async def body(self, path: str, tenant_id: str = "default", **options: Any) -> Any:
        """The body of a successful answer."""
        answer = await self.get(path, tenant_id, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def _publish(world: World, tenant_id: str) -> str:
    """Let a tenant, a viewer's key and the type ORDER be known; the answer is the key."""
    key = await viewer_key(world.log, tenant_id)
    await _publish_type(world, tenant_id, "ORDER")
    return key


async def _publish_type(world: World, tenant_id: str, mnemonic: str) -> None:
    item = encode_reference(catalog_item(tenant_id, RESOURCE_TYPE, mnemonic), timestamp_ms=1)
    await world.log.append([Record(REFERENCE.name, *item, timestamp_ms=1)])


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    """Queries, running beside the projection."""
    keys = {tenant_id: await _publish(world, tenant_id) for tenant_id in TENANTS}
    settings = QueriesSettings(database_url=world.url)
    await ensure_begun(world.projector, world.log, *SERVICE.consumers(settings))
    async with (
        projecting(world, PROJECTION),
        serving(create_service_app(SERVICE, settings, log=world.log)) as client,
    ):
        yield Service(client, keys, world)


async def test_the_list_has_the_documented_shape(service: Service) -> None:
    body = event(
        1,
        resource_type="action_run",
        resource_id=RUN,
        correlation_id="c-1",
        causation_id=event_id(0),
        data=b'{"total": 149.990, "a": 1}',
    )
    answer = await service.get(LIST, headers=await service.record(body))
    assert answer.status_code == 200
    assert AS_OF_HEADER in answer.headers
    shown = {
        "actorId": "ann",
        "actorType": "user",
        "causationId": event_id(0),
        "correlationId": "c-1",
        "eventType": "schedule.fired",
        "id": body.id,
        "occurredAt": format_ms(START_MS + 1_000),
        "payload": {"total": 149.99, "a": 1},
        "resourceId": RUN,
        "resourceType": "action_run",
        "source": "waymark/default/events",
        "tenantId": "default",
    }
    page = {"hasNext": False, "limit": 100, "offset": 0, "total": 1, "nextCursor": None}
    assert answer.json() == {"events": [shown], **page}
    assert b'"total": 149.990' in answer.content, "the payload is the sender's own text"
    assert await service.body(f"{LIST}/{body.id}") == shown
    assert await service.body(f"{LIST}/{body.id.upper()}") == shown


async def test_a_cloud_event_shows_what_its_sender_said(service: Service) -> None:
    sender = Sender(id="a-1", source="/shop", subject="order-1", extensions={"region": "eu"})
    body = event(1, sender=sender, dataschema="https://example.com/schema", data=b"\x00\x01", content_type="image/png")
    found = (await service.body(LIST, headers=await service.record(body)))["events"][0]
    assert found["dataschema"] == "https://example.com/schema"
    assert found["payload"] == {"data_base64": "AAE="}
    assert found["cloudEvent"] == {
        "id": "a-1",
        "source": "/shop",
        "subject": "order-1",
        "dataschema": "https://example.com/schema",
        "datacontenttype": None,
        "extensions": {"region": "eu"},
    }


async def test_every_filter_and_the_pages(service: Service) -> None:
    run = event(4, resource_type="action_run", resource_id=RUN, actor_id="bob", correlation_id="c-1")
    seen = await service.record(*(event(n, type=f"order.{n % 2}") for n in range(4)), run)
    assert (await service.body(LIST, headers=seen))["total"] == 5

    async def numbers(**params: Any) -> list[int]:
        of_id = {event_id(n): n for n in range(5)}
        return [of_id[shown["id"]] for shown in (await service.body(LIST, params=params))["events"]]

    assert await numbers(event_type="order.1") == [3, 1]
    assert await numbers(resource_type="order") == [3, 2, 1, 0]
    assert await numbers(resource_type="action_run", resource_id=RUN.upper()) == [4]
    assert await numbers(resource_id="order-1", event_type="order.0") == [2, 0]
    assert await numbers(actor_id="bob") == [4]
    assert await numbers(correlation_id="c-1") == [4]
    since, until = format_ms(START_MS + 1_000), format_ms(START_MS + 3_000)
    assert await numbers(**{"from": since, "to": until}) == [2, 1]
    assert await numbers(**{"from": since, "to": since}) == []
    assert await numbers(to="2020-01-01") == []
    assert await numbers(limit=2, offset=3) == [1, 0]
    first = await service.body(LIST, params={"limit": 3})
    assert (first["hasNext"], first["limit"], first["offset"], first["total"]) == (True, 3, 0, 5)
    rest = await service.body(LIST, params={"limit": 3, "cursor": first["nextCursor"]})
    assert [shown["id"] for shown in rest["events"]] == [event_id(1), event_id(0)]
    assert (rest["hasNext"], rest["offset"], rest["nextCursor"]) == (False, 3, None)


async def test_a_resources_events(service: Service) -> None:
    odd = "a/b %&ü"
    seen = await service.record(
        event(1, resource_type="action_run", resource_id=RUN),
        event(2, resource_type="template", resource_id=RUN),
        event(3, resource_id=odd),
    )
    found = await service.body(f"{LIST}/resource/action_run/{RUN}", headers=seen)
    assert [shown["id"] for shown in found["events"]] == [event_id(1)]
    assert (found["total"], found["limit"], found["offset"], found["hasNext"]) == (1, 100, 0, False)
    found = await service.body(f"{LIST}/resource/order/a%2Fb%20%25%26%C3%BC")
    assert [shown["resourceId"] for shown in found["events"]] == [odd]
    assert (await service.body(f"{LIST}/resource/service/nobody"))["events"] == []


async def test_aggregate_and_actors(service: Service) -> None:
    seen = await service.record(
        event(1, type="order.failed"),
        event(2, type="order.completed"),
        event(3, resource_type="service", actor_id="cron", actor_type="system"),
    )
    found = await service.body(f"{LIST}/aggregate", headers=seen)
    assert found == {
        "byActorType": [{"count": 2, "key": "user"}, {"count": 1, "key": "system"}],
        "byEventType": [
            {"count": 1, "key": "order.completed"},
            {"count": 1, "key": "order.failed"},
            {"count": 1, "key": "schedule.fired"},
        ],
        "byResourceType": [{"count": 2, "key": "ORDER"}, {"count": 1, "key": "service"}],
        "total": 3,
    }
    since = format_ms(START_MS + 3_000)
    assert (await service.body(f"{LIST}/aggregate", params={"from": since}))["total"] == 1
    ann = {"actorId": "ann", "actorType": "user", "failures": 1, "successes": 1, "total": 2}
    cron = {"actorId": "cron", "actorType": "system", "failures": 0, "successes": 0, "total": 1}
    assert await service.body(f"{LIST}/stats/by-actor") == {"actors": [ann, cron], "hasMore": False}
    assert await service.body(f"{LIST}/stats/by-actor?limit=1") == {"actors": [ann], "hasMore": True}
    assert (await service.body(f"{LIST}/stats/by-actor", params={"from": since}))["actors"] == [cron]


@pytest.mark.parametrize(
    ("path", "loc"),
    [
        ("?limit=0", ["query", "limit"]),
        ("?limit=101", ["query", "limit"]),
        ("?limit=many", ["query", "limit"]),
        ("?offset=-1", ["query", "offset"]),
        ("?offset=99999999999999999999", ["query", "offset"]),
        ("?from=yesterday", ["query", "from"]),
        ("?to=2026-13-01", ["query", "to"]),
        ("?from=2026-01-02&to=2026-01-01", ["query", "from"]),
        ("?resource_type=nothing", ["query", "resource_type"]),
        ("?resource_type=action_run&resource_id=1", ["query", "resource_id"]),
        ("?cursor=x", ["query", "cursor"]),
        ("/aggregate?from=yesterday", ["query", "from"]),
        ("/stats/by-actor?to=yesterday", ["query", "to"]),
        ("/stats/by-actor?limit=10001", ["query", "limit"]),
        ("/resource/nothing/1", ["path", "resource_type"]),
        ("/resource/action_run/1", ["path", "resource_id"]),
        (f"/resource/action_run/{RUN}?limit=0", ["query", "limit"]),
        ("/1", ["path", "event_id"]),
        ("/1/causes", ["path", "event_id"]),
    ],
)
async def test_a_bad_parameter_is_a_422_in_the_familys_shape(service: Service, path: str, loc: list[str]) -> None:
    answer = await service.get(LIST + path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"detail"}
    [place] = answer.json()["detail"]
    assert place["loc"] == loc
    assert place["msg"]
    assert place["type"]


async def test_other_errors_are_problems(service: Service) -> None:
    unknown = await service.get(f"{LIST}/{uuid.uuid4()}")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")
    assert (await service.get(f"{LIST}/{uuid.uuid4()}/causes")).status_code == 404
    for path in ("", "/aggregate", "/stats/by-actor", f"/{RUN}", f"/{RUN}/causes", f"/resource/action_run/{RUN}"):
        assert (await service.client.get(LIST + path)).status_code == 401, path


async def test_a_type_just_made_is_known(service: Service) -> None:
    await _publish_type(service.world, "default", "PARCEL")
    assert (await service.body(f"{LIST}?resource_type=parcel"))["events"] == []
    assert (await service.get(f"{LIST}?resource_type=parcel", "acme")).status_code == 422


async def test_tenants_are_apart_without_the_filter(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = await service.record(event(1), event(2, causation_id=event_id(1)))
    assert (await service.body(LIST, headers=seen))["total"] == 2
    for statements in (store._SQL, unfiltered(store._SQL)):
        monkeypatch.setattr(store, "_SQL", statements)
        monkeypatch.setattr(counts, "_SQL", statements)
        assert (await service.body(LIST, "acme"))["events"] == []
        assert (await service.body(f"{LIST}?actor_id=ann", "acme"))["total"] == 0
        assert (await service.body(f"{LIST}/aggregate", "acme"))["total"] == 0
        assert (await service.body(f"{LIST}/stats/by-actor", "acme"))["actors"] == []
        for path in (f"/{event_id(2)}", f"/{event_id(2)}/causes"):
            assert (await service.get(LIST + path, "acme")).status_code == 404


async def test_the_service_is_ready_and_describes_itself(service: Service) -> None:
    assert (await service.client.get("/readyz")).json()["failing"] == {}
    paths = (await service.client.get("/openapi.json")).json()["paths"]
    assert {LIST, f"{LIST}/aggregate", f"{LIST}/stats/by-actor", f"{LIST}/{{event_id}}"} <= set(paths)


async def test_ranges_reach_from_the_first_to_the_last_time(service: Service) -> None:
    times = [
        "0001-01-01T00:00:00.000Z",
        "0999-12-31T23:59:59.999Z",
        "9999-12-31T23:59:30.000Z",
        "9999-12-31T23:59:59.999Z",
    ]
    recorded = await service.record(*(event(number, occurred_at=at) for number, at in enumerate(times)))
    await service.body(LIST, headers=recorded)
    for since in (None, "0001-01-01", *times):
        for until in (None, "0001-01-01", *times):
            dates = {name: text for name, text in (("from", since), ("to", until)) if text is not None}
            answer = await service.get(LIST, params=dates)
            if since is not None and until is not None and until < since[: len(until)]:
                assert answer.status_code == 422, dates
                continue
            inside = [at for at in times if (since or "") <= at and (until is None or at < until.ljust(11, "T"))]
            shown = answer.json()
            assert [one["occurredAt"] for one in shown["events"]] == sorted(inside, reverse=True), dates
            assert shown["total"] == len(inside)
            assert (await service.body(f"{LIST}/aggregate", params=dates))["total"] == len(inside)
            actors = (await service.body(f"{LIST}/stats/by-actor", params=dates))["actors"]
            assert sum(actor["total"] for actor in actors) == len(inside)
