"""Streams of events over HTTP: what they send, where they start, who may read them, how many there may be."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from libs.contracts.events import Sender, encode_event
from libs.contracts.topics import EVENTS
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record, TopicPartition
from libs.httpkit.positions import encode_position
from libs.telemetry.metrics import REGISTRY
from services.queries.stream.occurrence import Occurrence
from tests.support.listening import event_source
from tests.support.queries.streaming import Site, made, numbers, opened_site
from tests.support.records import START_MS
from tests.support.waiting import eventually


@pytest.fixture
async def site(service_url: str) -> AsyncIterator[Site]:
    async with opened_site(service_url) as opened:
        yield opened


@pytest.fixture
async def url(site: Site) -> AsyncIterator[str]:
    async with site.serving() as address:
        yield address


async def test_an_event_is_sent_as_the_list_shows_it_from_now_on(site: Site, url: str) -> None:
    await site.append(made(1))
    async with event_source(url, site.keys["default"]) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["x-accel-buffering"] == "no"
        begun = await stream.opened()
        sender = Sender(id="a-1", source="/shop", extensions={"region": "eu"})
        await site.append(made(2, data=b'{\r\n "n": 2,\n "text": "\\n"}', sender=sender, dataschema="urn:x:1"))
        [event] = await stream.take(1)
        assert stream.last_id != begun
    assert event == {
        "actorId": "ann",
        "actorType": "user",
        "causationId": None,
        "correlationId": "unit-2",
        "eventType": "order.shipped",
        "id": made(2).id,
        "occurredAt": made(2).occurred_at,
        "payload": {"n": 2, "text": "\n"},
        "resourceId": "order-2",
        "resourceType": "service",
        "source": "waymark/default/events",
        "tenantId": "default",
        "dataschema": "urn:x:1",
        "cloudEvent": {
            "id": "a-1",
            "source": "/shop",
            "subject": None,
            "dataschema": "urn:x:1",
            "datacontenttype": None,
            "extensions": {"region": "eu"},
        },
    }


async def test_what_the_log_has_twice_is_sent_once(site: Site, url: str) -> None:
    await site.append(*(made(n) for n in range(6)), *(made(n) for n in range(4)), made(0, "acme"), made(6))
    async with event_source(url, site.keys["default"], **{"from": "beginning"}) as stream:
        assert sorted(numbers(await stream.take(7))) == list(range(7))
        await site.append(made(3), made(6), made(7), made(7), made(8))
        assert sorted(numbers(await stream.take(2))) == [7, 8]
        last_id = stream.last_id
    await site.append(made(1), made(8), made(9))
    async with site.serving() as other_url, event_source(other_url, site.keys["default"], last_id=last_id) as stream:
        assert numbers(await stream.take(1)) == [9]
        await site.append(made(9), made(2), made(10))
        assert numbers(await stream.take(1)) == [10]
    async with event_source(url, site.keys["default"]) as stream:
        await stream.opened()
        await site.append(made(10), made(11))
        assert numbers(await stream.take(1)) == [11]


async def test_every_filter_holds_and_malformed_records_are_passed_over(site: Site, url: str) -> None:
    await site.append_records(Record(EVENTS.name, "default:x", b"{}", (("ce_id", b"?"),), timestamp_ms=START_MS))
    changes = {
        "event_type": {"type": "order.paid"},
        "resource_type": {"resource_type": "cloud_event"},
        "resource_id": {"resource_id": "order-77"},
        "actor_id": {"actor_id": "bob"},
        "actor_type": {"actor_type": "service"},
        "correlation_id": {"correlation_id": "elsewhere"},
    }
    await site.append(*(made(n, **change) for n, change in enumerate(changes.values())), made(99))
    await site.append(made(100, id="no id"))
    for number, (name, change) in enumerate(changes.items()):
        [value] = change.values()
        asked = {name: value, "from": "beginning"}
        async with event_source(url, site.keys["default"], **asked) as stream:
            assert numbers(await stream.take(1)) == [number]
            await site.append(made(200 + number, **change), made(300 + number))
            assert numbers(await stream.take(1)) == [200 + number]


async def test_tenants_see_their_own_only(site: Site, url: str) -> None:
    await site.append(made(1, "acme"), made(2), made(3, "acme"))
    async with event_source(url, site.keys["acme"], **{"from": "beginning"}) as stream:
        assert sorted(numbers(await stream.take(2))) == [1, 3]
        await site.append(made(4), made(5, "acme"))
        assert numbers(await stream.take(1)) == [5]


async def test_tenants_are_apart_without_the_filter(site: Site, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Occurrence, "is_for", lambda _occurrence, _wanted: True)
    key, value, headers = encode_event(made(6))
    await site.append(made(1, "acme"), made(2), made(3, "acme"))
    async with event_source(url, site.keys["acme"], **{"from": "beginning"}) as stream:
        assert sorted(numbers(await stream.take(2))) == [1, 3]
        # Under one tenant's key and in another's name: neither sees it.
        await site.append_records(Record(EVENTS.name, key.replace("default", "acme"), value, headers, START_MS))
        await site.append(made(4), made(5, "acme"))
        assert numbers(await stream.take(1)) == [5]


async def test_ids_that_cannot_be_read_are_refused(site: Site, url: str) -> None:
    log_id = await site.log.identity()
    places = {(place.topic, place.partition): 0 for place in await site.log.end_offsets([EVENTS])}
    cases = {
        "nonsense": "not a position",
        encode_position("another-log", places): "another log",
        encode_position(log_id, {(EVENTS.name, 0): 0}): "where all",
        encode_position(log_id, {**places, (EVENTS.name, 0): 7}): "ahead",
    }
    for last_id, words in cases.items():
        async with event_source(url, site.keys["default"], last_id=last_id) as stream:
            assert stream.response.status_code == 400
            assert stream.response.headers["content-type"] == "application/problem+json"
            assert words in stream.response.json()["detail"]
    async with event_source(url, site.keys["default"], **{"from": "yesterday"}) as stream:
        assert stream.response.status_code == 422
        assert stream.response.json()["detail"][0]["loc"] == ["query", "from"]
    async with event_source(url, "") as stream:
        assert stream.response.status_code == 401


async def test_what_is_not_kept_any_more_is_said_to_be_gone(site: Site, url: str) -> None:
    async with event_source(url, site.keys["default"]) as stream:
        begun = await stream.opened()
    await site.append(*(made(n) for n in range(20)))
    assert isinstance(site.log, MemoryEventLog)
    for place, end in (await site.log.end_offsets([EVENTS])).items():
        site.log.broker.delete_before(TopicPartition(*place), end)
    async with event_source(url, site.keys["default"], last_id=begun) as stream:
        assert stream.response.status_code == 410


async def test_a_resource_that_the_list_refuses_is_refused(site: Site, url: str) -> None:
    for asked, loc in (
        ({"resource_type": "nonsense"}, "resource_type"),
        ({"resource_type": "decision", "resource_id": "order-1"}, "resource_id"),
    ):
        async with event_source(url, site.keys["default"], **asked) as stream:
            assert stream.response.status_code == 422
            detail = orjson.loads(await stream.response.aread())["detail"]
            assert detail[0]["loc"] == ["query", loc]


async def test_streams_are_bounded_and_a_closed_one_makes_room(site: Site) -> None:
    async with site.serving(queries_streams_max=3, queries_streams_per_tenant_max=2) as url:
        default, acme = site.keys["default"], site.keys["acme"]
        before = open_streams()

        async def status(key: str) -> int:
            async with event_source(url, key) as stream:
                return stream.response.status_code

        async def has_room() -> bool:
            return await status(default) == 200

        async with event_source(url, default) as one:
            await one.opened()
            async with event_source(url, default) as other:
                await other.opened()
                assert await status(default) == 503
                async with event_source(url, acme) as third:
                    await third.opened()
                    assert await status(acme) == 503
                    assert open_streams() == before + 3
            await eventually(has_room)

    async def all_closed() -> bool:
        return open_streams() == before

    await eventually(all_closed)


def open_streams() -> float:
    """What the gauge says."""
    found = REGISTRY.get_sample_value("waymark_queries_streams_open")
    assert found is not None
    return found


async def test_a_revoked_key_ends_its_streams(site: Site, url: str) -> None:
    async with event_source(url, site.keys["default"]) as stream, event_source(url, site.keys["acme"]) as other:
        await stream.opened()
        await other.opened()
        await site.revoke("default")
        assert await stream.take(1, timeout_s=10) == []
        await site.append(made(1, "acme"))
        assert numbers(await other.take(1)) == [1]


async def test_a_head_request_ends(site: Site, url: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.head(url, headers={"x-api-key": site.keys["default"]})
    assert answer.status_code == 200
