"""The routes over HTTP, with a real projection between log and list: shapes key by key, errors, freshness."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from libs.contracts.reference import ACTION, encode_reference
from libs.contracts.topics import INTERACTIONS, REFERENCE
from libs.eventlog.port import Record
from libs.httpkit.positions import AS_OF_HEADER, MIN_POSITION_HEADER, encode_position
from libs.service import reading
from tests.support.queries.history import World
from tests.support.queries.serving import ITEM_KEYS, LIST, Service, running
from tests.support.records import NAMES, catalog_item, interaction
from tests.support.waiting import eventually


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    """Queries, running."""
    async with running(world) as started:
        yield started


async def test_the_list_has_the_documented_shape(service: Service) -> None:
    body = interaction(1, json=b'{"total": 149.990, "currency": "USD", "items": 3}')
    position = await service.record(body)
    answer = await service.get(LIST, headers={MIN_POSITION_HEADER: position})
    assert answer.status_code == 200
    shown = answer.json()
    assert list(shown) == ["data", "pagination"]
    assert shown["pagination"] == {
        "page": 1,
        "limit": 50,
        "total": 1,
        "totalPages": 1,
        "hasNext": False,
        "hasPrev": False,
        "nextCursor": None,
    }
    [item] = shown["data"]
    assert list(item) == ITEM_KEYS
    assert item == {
        "interactionId": body.interaction_id,
        "interactionNumber": 1,
        "resourceId": "order-1",
        "resourceTypeId": body.resource_type_id,
        "actionId": body.action_id,
        "originId": body.origin_id,
        "resourceTypeMnemonic": "ORDER",
        "resourceTypeIcon": "icon ORDER",
        "resourceTypeFontColorHex": "#fff",
        "resourceTypeBgColorHex": "#f59e0b",
        "actionMnemonic": "CREATE",
        "actionIcon": "icon CREATE",
        "actionFontColorHex": "#fff",
        "actionBgColorHex": "#f59e0b",
        "originMnemonic": "WEBAPP",
        "originIcon": "icon WEBAPP",
        "originFontColorHex": "#fff",
        "originBgColorHex": "#f59e0b",
        "interaction": {"total": 149.99, "currency": "USD", "items": 3},
        "externalReference": None,
        "externalResponse": None,
        "uowId": "unit-1",
        "userId": None,
        "createdDate": body.created_date,
        "interactionTimestamp": None,
        "spanId": None,
        "parentSpanId": None,
        "sequenceIndex": None,
    }
    assert answer.headers[AS_OF_HEADER].endswith("Z")


async def test_the_senders_json_comes_back_byte_for_byte(service: Service) -> None:
    sent = '{"b": 1.50, "a": 12345678901234567, "é": [1e2,  {}]}'
    position = await service.record(interaction(1, json=sent.encode()))
    answer = await service.get(LIST, headers={MIN_POSITION_HEADER: position})
    assert f'"interaction":{sent},' in answer.text


async def test_one_interaction_has_the_lists_shape(service: Service) -> None:
    body = interaction(
        1,
        user_id="ann",
        external_reference="ref-1",
        interaction_timestamp="2020-01-01T00:00:00.000Z",
        span_id="span",
        parent_span_id="parent",
        sequence_index=3,
    )
    position = await service.record(body)
    [listed] = (await service.get_after(position, LIST))["data"]
    one = (await service.get(f"{LIST}/{body.interaction_id.upper()}")).json()
    assert one == listed
    assert (await service.get(LIST, params={"interactionNumber": 1})).json()["data"] == [listed]
    assert (one["userId"], one["externalReference"], one["sequenceIndex"]) == ("ann", "ref-1", 3)
    assert (one["spanId"], one["parentSpanId"]) == ("span", "parent")
    assert one["interactionTimestamp"] == "2020-01-01T00:00:00.000Z"


async def test_badges_are_as_they_are_now(service: Service) -> None:
    position = await service.record(interaction(1))
    await service.get_after(position, LIST)
    known = catalog_item("default", ACTION, "CREATE")
    changed = msgspec.structs.replace(known, version=2, data={**known.data, "mnemonic": "MAKE", "icon": "new"})
    await service.world.log.append([Record(REFERENCE.name, *encode_reference(changed, timestamp_ms=1), timestamp_ms=1)])

    async def renamed() -> bool:
        [item] = (await service.get(LIST)).json()["data"]
        return bool((item["actionMnemonic"], item["actionIcon"]) == ("MAKE", "new"))

    await eventually(renamed)
    assert (await service.get(LIST, params={"action": "make"})).json()["pagination"]["total"] == 1


async def test_filters_dates_and_pages(service: Service) -> None:
    for number in range(1, 31):
        position = await service.record(
            interaction(number, **{ACTION: NAMES[ACTION][number % 3]}, uow_id="one unit", resource_id=f"r {number % 2}")
        )
    listed = await service.get_after(position, LIST, params={"limit": 7, "page": 2})
    assert [item["interactionNumber"] for item in listed["data"]] == list(range(23, 16, -1))
    pagination = listed["pagination"]
    assert (pagination["total"], pagination["totalPages"]) == (30, 5)
    assert (pagination["hasNext"], pagination["hasPrev"]) == (True, True)
    following = (await service.get(LIST, params={"pageSize": 7, "cursor": pagination["nextCursor"]})).json()
    assert [item["interactionNumber"] for item in following["data"]] == list(range(16, 9, -1))
    assert following["pagination"]["page"] == 3

    async def total(**params: Any) -> int:
        return int((await service.get(LIST, params=params)).json()["pagination"]["total"])

    assert await total(action="read") == 10
    assert await total(action="read", resourceType="order", origin="WebApp", resourceId="r 1") == 5
    assert await total(uowId="one unit", userId="nobody") == 0
    assert await total(action="UNKNOWN") == 0
    at = interaction(10).created_date
    assert await total(startDate=at, endDate=at) == 1
    assert await total(endDate=at[:10]) == 30
    assert await total(startDate=at, dateField="eventTime") == 21
    assert await total(jsonFilters='[{"path":"total","operator":"equals","value":1}]') == 30
    past = (await service.get(LIST, params={"page": 99})).json()
    assert (past["data"], past["pagination"]["total"], past["pagination"]["hasNext"]) == ([], 30, False)


async def test_an_empty_list_has_no_pages(service: Service) -> None:
    pagination = (await service.get(LIST)).json()["pagination"]
    assert (pagination["total"], pagination["totalPages"], pagination["hasNext"]) == (0, 0, False)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": "101"}, "limit"),
        ({"limit": "0"}, "limit"),
        ({"page": "0"}, "page"),
        ({"page": "x"}, "page"),
        ({"pageSize": "101"}, "pageSize"),
        ({"startDate": "yesterday"}, "startDate"),
        ({"startDate": "2026-02-01", "endDate": "2026-01-01"}, "startDate"),
        ({"interactionId": "42"}, "interactionId"),
        ({"interactionNumber": "0"}, "interactionNumber"),
        ({"dateField": "never"}, "dateField"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"jsonFilters": "["}, "jsonFilters"),
    ],
)
async def test_what_is_not_acceptable_is_named(service: Service, params: dict[str, str], field: str) -> None:
    answer = await service.get(LIST, params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field


async def test_ids_that_are_none_unknown_or_foreign(service: Service) -> None:
    body = interaction(1, "acme")
    position = await service.record(body, "acme")
    await service.get_after(position, LIST, tenant_id="acme")
    assert (await service.get(f"{LIST}/42")).status_code == 422
    assert (await service.get(f"{LIST}/00000000-0000-4000-8000-000000000000")).status_code == 404
    assert (await service.get(f"{LIST}/{body.interaction_id}")).status_code == 404
    assert (await service.get(f"{LIST}/{body.interaction_id}", tenant_id="acme")).status_code == 200
    assert (await service.get(LIST)).json()["data"] == []


async def test_without_a_key_nothing_is_shown(service: Service) -> None:
    for path in (LIST, f"{LIST}/gaps", f"{LIST}/{interaction(1).interaction_id}"):
        assert (await service.client.get(path)).status_code == 401


async def test_a_position_of_another_log_is_refused(service: Service) -> None:
    elsewhere = encode_position("another", {(INTERACTIONS.name, 0): 1})
    assert (await service.get(LIST, headers={MIN_POSITION_HEADER: elsewhere})).status_code == 422


@pytest.mark.parametrize("sent", ["%00", "7", "%ff"])
async def test_a_wrong_id_in_the_path_is_named_as_in_the_answers(service: Service, sent: str) -> None:
    answer = await service.get(f"{LIST}/{sent}")
    assert answer.status_code in (400, 422)
    assert "interactionId" in answer.json()["detail"]
    assert "interaction_id" not in answer.text


async def test_a_position_that_is_not_reached_is_said(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READ_YOUR_WRITES_TIMEOUT_S", 0.1)
    await service.record(interaction(1))
    ahead = encode_position(await service.world.log.identity(), {(INTERACTIONS.name, 0): 10**9})
    answer = await service.get(LIST, headers={MIN_POSITION_HEADER: ahead})
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    detail = answer.json()["detail"]
    assert f"{INTERACTIONS.name}/0" in detail
    assert "1000000000" in detail
    assert "elsewhere" in detail


async def test_gaps_have_their_shape(service: Service) -> None:
    first = interaction(1)
    await service.record(first)
    await service.record(interaction(2, uow_id=first.uow_id, interaction_id=first.interaction_id))
    position = await service.record(interaction(4, uow_id=first.uow_id))
    shown = await service.get_after(position, f"{LIST}/gaps")
    assert shown["data"] == [
        {
            "first": 2,
            "last": 2,
            "state": "duplicate",
            "reason": None,
            "at": interaction(2).created_date,
            "duplicateOf": 1,
        },
        {"first": 3, "last": 3, "state": "in flight", "reason": None, "at": None},
    ]
    assert shown["pagination"]["total"] == 2


async def test_the_service_is_ready_and_describes_itself(service: Service) -> None:
    assert (await service.client.get("/readyz")).json()["failing"] == {}
    paths = (await service.client.get("/openapi.json")).json()["paths"]
    assert {LIST, f"{LIST}/gaps", f"{LIST}/{{interactionId}}"} <= set(paths)


FIRST, LAST = "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"
EDGES = (None, "0001-01-01", FIRST, "0999-12-31T23:59:59.999Z", "9999-12-31", LAST)


async def test_ranges_reach_from_the_first_to_the_last_time(service: Service) -> None:
    times = [FIRST, "0999-12-31T23:59:59.999Z", "2026-01-01T00:00:00.000Z", LAST]
    for number, at in enumerate(times, start=1):
        position = await service.record(interaction(number, interaction_timestamp=at, uow_id="unit"))
    await service.get_after(position, LIST)
    for start in EDGES:
        for end in EDGES:
            given = {"startDate": start, "endDate": end}
            dates = {"dateField": "eventTime", **{name: text for name, text in given.items() if text is not None}}
            until = "9999" if end is None else end
            inside = [at for at in times if (start or "") <= at and at[: len(until)] <= until]
            listed = await service.get(LIST, params=dates)
            if start is not None and end is not None and end[:10] < start[:10]:
                assert listed.status_code == 422
                continue
            assert listed.json()["pagination"]["total"] == len(inside), dates
            headers = {"x-api-key": service.keys["default"]}
            found = await service.client.post("/api/activity", headers=headers, json={**dates, "uowId": "unit"})
            assert sum(group["interactionCount"] for group in found.json()["data"]) == len(inside), dates
            timeline = await service.get(f"{LIST}/timeline", params={**dates, "granularity": "day"})
            assert timeline.status_code in (200, 422), timeline.text


async def test_a_timeline_ends_with_the_last_time(service: Service) -> None:
    position = await service.record(interaction(1, interaction_timestamp=LAST))
    dates = {"dateField": "eventTime", "startDate": "9999-12-31"}
    for more in ({}, {"endDate": "9999-12-31"}, {"endDate": LAST}):
        shown = await service.get_after(position, f"{LIST}/timeline", params={**dates, **more})
        assert (shown["startDate"], shown["endDate"]) == ("9999-12-31T00:00:00.000Z", LAST)
        assert (shown["total"], len(shown["data"]), shown["data"][-1]["count"]) == (1, 96, 1)


async def test_an_activity_search_compares_decimals_as_they_were_sent(service: Service) -> None:
    position = await service.record(interaction(1, json=b'{"a": 1.000000000000000001}'))
    await service.get_after(position, LIST)
    headers = {"x-api-key": service.keys["default"], "content-type": "application/json"}
    for value, count in ((b"1.000000000000000001", 1), (b"1.0", 0), (b"1.0000000000000000010", 1)):
        body = b'{"jsonFilters":[{"path":"a","operator":"equals","value":%b}]}' % value
        found = await service.client.post("/api/activity", headers=headers, content=body)
        assert found.json()["pagination"]["total"] == count, value
    refused = await service.client.post("/api/activity", headers=headers, content=body.replace(value, b"1e-400"))
    assert refused.status_code == 422
