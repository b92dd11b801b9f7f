"""Events by correlation: oldest first, every offset, exact totals, the family's own refusals."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
import pytest

from libs.contracts.events import Event, Sender, encode_event
from libs.contracts.times import format_ms
from libs.contracts.topics import EVENTS
from libs.eventlog.port import StoredRecord
from tests.support.records import START_MS, interaction, recorded
from tests.support.traces.serving import Service
from tests.support.traces.world import event, event_id

CORRELATION = "/api/v1/events/correlation"


async def listed(service: Service, correlation_id: str, after: str, **params: Any) -> Any:
    return await service.shown(f"{CORRELATION}/{quote(correlation_id, safe='')}", after=after, params=params)


async def test_events_of_a_correlation_are_listed_oldest_first(service: Service) -> None:
    unit = "unit/1 ü"
    after = await service.record(
        event("second", unit, 200),
        recorded(interaction(1, uow_id=unit)),
        event("first", unit, 100, causation_id="x"),
        event("elsewhere", "other", 50),
        event("theirs", unit, 50, tenant_id="acme"),
        cloud_event(unit),
    )
    found = await listed(service, unit, after)
    assert list(found) == ["events", "hasNext", "limit", "offset", "total"]
    assert (found["hasNext"], found["limit"], found["offset"], found["total"]) == (False, 100, 0, 3)
    first, second, third = found["events"]
    assert first == {
        "actorId": "ann",
        "actorType": "user",
        "causationId": "x",
        "correlationId": unit,
        "eventType": "order.shipped",
        "id": event_id("first"),
        "occurredAt": format_ms(START_MS + 100),
        "payload": {"n": 1},
        "resourceId": "order-1",
        "resourceType": "order",
        "source": "waymark/default/events",
        "tenantId": "default",
    }
    assert second["id"] == event_id("second")
    assert (third["id"], third["dataschema"]) == (event_id("cloud"), "urn:order:1")
    assert third["cloudEvent"] == {
        "id": "a-1",
        "source": "/shop",
        "subject": "order-9",
        "dataschema": "urn:order:1",
        "datacontenttype": None,
        "extensions": {"region": "eu"},
    }


def cloud_event(unit: str) -> StoredRecord:
    sent = Event(
        id=event_id("cloud"),
        type="order.shipped",
        tenant_id="default",
        resource_type="cloud_event",
        resource_id="order-9",
        actor_id="ann",
        actor_type="user",
        occurred_at=format_ms(START_MS + 300),
        data=orjson.dumps({"n": 3}),
        correlation_id=unit,
        dataschema="urn:order:1",
        sender=Sender(id="a-1", source="/shop", subject="order-9", extensions={"region": "eu"}),
    )
    return StoredRecord(EVENTS.name, 0, 0, *encode_event(sent), START_MS)


async def test_every_page_by_offset_is_the_part_it_names(service: Service) -> None:
    after = await service.record(*(event(n, "u" * 2_000, n // 3) for n in range(25)))
    whole = await listed(service, "u" * 2_000, after)
    ids = [shown["id"] for shown in whole["events"]]
    assert ids == [event_id(n) for n in sorted(range(25), key=lambda n: (n // 3, event_id(n)))]
    for limit in (1, 4, 100):
        for offset in (*range(27), 2**53):
            page = await listed(service, "u" * 2_000, after, limit=limit, offset=offset)
            assert [shown["id"] for shown in page["events"]] == ids[offset : offset + limit]
            assert (page["hasNext"], page["total"]) == (offset + limit < 25, 25)


async def test_an_unknown_correlation_is_an_empty_list(service: Service) -> None:
    answer = await service.get(f"{CORRELATION}/nobody")
    assert answer.status_code == 200
    assert answer.json() == {"events": [], "hasNext": False, "limit": 100, "offset": 0, "total": 0}


@pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 101), ("offset", -1), ("limit", "x")])
async def test_bad_parameters_are_refused_in_the_familys_shape(service: Service, name: str, value: Any) -> None:
    answer = await service.get(f"{CORRELATION}/u", params={name: value})
    assert answer.status_code == 422
    [place] = answer.json()["detail"]
    assert list(place) == ["loc", "msg", "type"]
    assert place["loc"] == ["query", name]
