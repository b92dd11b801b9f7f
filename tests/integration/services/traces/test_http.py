"""The routes over HTTP, with a real projection between log and answer: shapes key by key, errors, freshness."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from libs.contracts.reference import ACTION, ORIGIN
from libs.contracts.times import format_ms
from libs.contracts.topics import INTERACTIONS
from libs.httpkit.positions import AS_OF_HEADER, MIN_POSITION_HEADER, encode_position
from services.traces import store
from tests.support.queries.serving import ITEM_KEYS
from tests.support.records import START_MS, interaction, recorded
from tests.support.traces.serving import TRACES, Service
from tests.support.traces.world import event, event_id

UNIT = "550e8400-e29b-41d4-a716-446655440000"
SUMMARY_KEYS = [
    "uowId",
    "totalInteractions",
    "totalEvents",
    "startedAt",
    "endedAt",
    "durationMs",
    "uniqueActions",
    "resourceTypes",
    "origins",
    "resourceCount",
    "users",
    "services",
    "errorCount",
]


def at(offset_ms: int) -> str:
    return format_ms(START_MS + offset_ms)


def step(number: int, at_ms: int, unit: str = UNIT, tenant_id: str = "default", **changes: Any) -> Any:
    """An interaction that happened at a time."""
    body = interaction(number, tenant_id, uow_id=unit, interaction_timestamp=at(at_ms), **changes)
    return recorded(body, tenant_id)


async def an_order(service: Service) -> str:
    """Three interactions and two events; the answer is their position."""
    return await service.record(
        step(3, 4_000, user_id="bob", **{ACTION: "READ", ORIGIN: "API"}),
        step(1, 0, user_id="ann", span_id="s1"),
        event("paid", UNIT, 1_500, causation_id=interaction(2).interaction_id, subject="order-2"),
        step(2, 1_000, resource_id="order-2", span_id="s2", parent_span_id="s1"),
        event("shipped", UNIT, 4_000, causation_id=event_id("paid"), actor_id="carl"),
    )


async def test_a_trace_shows_interactions_and_events_in_order(service: Service) -> None:
    trace = await service.shown(f"{TRACES}/{UNIT}", after=await an_order(service))
    assert list(trace) == ["uowId", "interactions", "events", "total", "nextCursor"]
    assert (trace["uowId"], trace["total"], trace["nextCursor"]) == (UNIT, 5, None)
    assert [item["interactionNumber"] for item in trace["interactions"]] == [1, 2, 3]
    assert list(trace["interactions"][0]) == ITEM_KEYS
    assert trace["interactions"][1]["parentSpanId"] == "s1"
    assert trace["interactions"][0]["actionIcon"] == "icon CREATE"
    assert trace["events"] == [
        {
            "actorId": "ann",
            "actorType": "user",
            "causationId": interaction(2).interaction_id,
            "correlationId": UNIT,
            "eventType": "order.shipped",
            "id": event_id("paid"),
            "occurredAt": at(1_500),
            "payload": {"n": 1},
            "resourceId": "order-2",
            "resourceType": "order",
            "source": "waymark/default/events",
            "tenantId": "default",
        },
        {
            "actorId": "carl",
            "actorType": "user",
            "causationId": event_id("paid"),
            "correlationId": UNIT,
            "eventType": "order.shipped",
            "id": event_id("shipped"),
            "occurredAt": at(4_000),
            "payload": {"n": 1},
            "resourceId": "order-1",
            "resourceType": "order",
            "source": "waymark/default/events",
            "tenantId": "default",
        },
    ]


@pytest.mark.parametrize(
    ("limit", "page_bytes"), [(1, None), (2, None), (3, None), (5, None), (15, None), (15, 1), (4, 1_200), (15, 60)]
)
async def test_pages_go_through_both_kinds_in_one_order(
    service: Service, monkeypatch: pytest.MonkeyPatch, limit: int, page_bytes: int | None
) -> None:
    position = await service.record(
        *(step(number, 500 * (number // 3)) for number in range(1, 10)),
        *(event(name, UNIT, 500 * (name // 2)) for name in range(6)),
    )
    path = f"{TRACES}/{UNIT}"
    whole = await service.shown(path, after=position)
    monkeypatch.setattr(store, "PAGE_BYTES", page_bytes or store.PAGE_BYTES)
    seen: list[tuple[Any, ...]] = []
    cursor = None
    while True:
        params = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = await service.shown(path, params=params)
        assert page["total"] == 15
        found = [(item["interactionTimestamp"], 0, item["interactionNumber"]) for item in page["interactions"]]
        found += [(item["occurredAt"], 1, item["id"]) for item in page["events"]]
        assert 1 <= len(found) <= limit
        seen += sorted(found)
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 15
    assert [item["interactionNumber"] for item in whole["interactions"]] == list(range(1, 10))


async def test_the_timeline_says_how_far_apart(service: Service) -> None:
    position = await an_order(service)
    timeline = await service.shown(f"{TRACES}/{UNIT}/timeline", after=position)
    assert list(timeline) == ["uowId", "entries", "nextCursor"]
    times = [(e["kind"], e["number"], e["offsetMs"], e["gapMs"], e["parallel"]) for e in timeline["entries"]]
    assert times == [
        ("interaction", 1, 0, None, False),
        ("interaction", 2, 1_000, 1_000, False),
        ("event", None, 1_500, 500, False),
        ("interaction", 3, 4_000, 2_500, True),
        ("event", None, 4_000, 0, True),
    ]
    assert timeline["entries"][0] == {
        "kind": "interaction",
        "id": interaction(1).interaction_id,
        "number": 1,
        "at": at(0),
        "resourceType": "ORDER",
        "resourceId": "order-1",
        "action": "CREATE",
        "origin": "WEBAPP",
        "userId": "ann",
        "eventType": None,
        "actorId": None,
        "actorType": None,
        "source": None,
        "status": None,
        "offsetMs": 0,
        "gapMs": None,
        "parallel": False,
    }
    paged: list[Any] = []
    cursor = None
    for _ in range(5):
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = await service.shown(f"{TRACES}/{UNIT}/timeline", params=params)
        paged += page["entries"]
        cursor = page["nextCursor"]
    assert (paged, cursor) == (timeline["entries"], None)


async def test_the_summary_is_of_the_whole_trace(service: Service) -> None:
    summary = await service.shown(f"{TRACES}/{UNIT}/summary", after=await an_order(service))
    assert list(summary) == SUMMARY_KEYS
    assert summary == {
        "uowId": UNIT,
        "totalInteractions": 3,
        "totalEvents": 2,
        "startedAt": at(0),
        "endedAt": at(4_000),
        "durationMs": 4_000,
        "uniqueActions": ["CREATE", "READ"],
        "resourceTypes": ["ORDER", "order"],
        "origins": ["API", "WEBAPP"],
        "resourceCount": 2,
        "users": ["ann", "bob", "carl"],
        "services": [],
        "errorCount": 0,
    }


async def test_the_tree_follows_spans_and_causes(service: Service) -> None:
    tree = await service.shown(f"{TRACES}/{UNIT}/tree", after=await an_order(service))
    assert list(tree) == ["uowId", "roots", "nodes", "total"]
    ids = {number: interaction(number).interaction_id for number in (1, 2, 3)}
    assert tree["roots"] == [ids[1], ids[3]]
    shown = [
        (node["id"], node["parentId"], node["depth"], node["durationMs"], node["selfTimeMs"], node["onCriticalPath"])
        for node in tree["nodes"]
    ]
    assert shown == [
        (ids[1], None, 0, 4_000, 0, True),
        (ids[2], ids[1], 1, 3_000, 0, True),
        (event_id("paid"), ids[2], 2, 2_500, 0, True),
        (event_id("shipped"), event_id("paid"), 3, 0, 0, True),
        (ids[3], None, 0, 0, 0, True),
    ]
    assert tree["nodes"][0]["children"] == [ids[2]]
    assert (tree["nodes"][0]["startedAt"], tree["nodes"][0]["endedAt"]) == (at(0), at(4_000))


async def test_missing_parents_cycles_and_late_ones(service: Service) -> None:
    position = await service.record(
        event("a", UNIT, 1, causation_id=event_id("b")),
        event("b", UNIT, 2, causation_id=event_id("a")),
        event("c", UNIT, 3, causation_id=event_id("late")),
    )
    nodes = {node["id"]: node for node in (await service.shown(f"{TRACES}/{UNIT}/tree", after=position))["nodes"]}
    assert [nodes[event_id(name)]["cycle"] for name in "abc"] == [True, False, False]
    assert nodes[event_id("c")]["missingParent"] == event_id("late")
    position = await service.record(event("late", UNIT, -5_000))
    nodes = {node["id"]: node for node in (await service.shown(f"{TRACES}/{UNIT}/tree", after=position))["nodes"]}
    assert nodes[event_id("c")]["missingParent"] is None
    assert nodes[event_id("c")]["parentId"] == event_id("late")


async def test_a_span_takes_as_long_as_its_payload_says(service: Service) -> None:
    spans = {"startTime": at(0), "endTime": at(9_000), "spanId": "server"}
    position = await service.record(event("span", UNIT, 0, payload=spans), step(1, 100, parent_span_id="server"))
    tree = await service.shown(f"{TRACES}/{UNIT}/tree", after=position)
    assert [(node["durationMs"], node["depth"]) for node in tree["nodes"]] == [(9_000, 0), (0, 1)]
    summary = await service.shown(f"{TRACES}/{UNIT}/summary")
    assert (summary["durationMs"], summary["endedAt"]) == (9_000, at(9_000))


def otel_span(name: str, at_ms: int, until_ms: int, **changes: Any) -> Any:
    """A span as the gateway records it."""
    payload = {"spanId": name, "name": name, "startTime": at(at_ms), "endTime": at(until_ms)}
    payload |= {"status": {"code": "UNSET", "message": ""}, "events": []} | changes.pop("told", {})
    return event(name, UNIT, at_ms, resource_type="service", subject="checkout", payload=payload, **changes)


async def test_a_node_tells_its_own_time_from_its_subtrees(service: Service) -> None:
    position = await service.record(
        otel_span("parent", 0, 10), otel_span("child", 50, 60, causation_id=event_id("parent"))
    )
    parent, child = (await service.shown(f"{TRACES}/{UNIT}/tree", after=position))["nodes"]
    assert (parent["durationMs"], parent["ownDurationMs"], parent["selfTimeMs"]) == (60, 10, 10)
    assert (parent["ownStartedAt"], parent["ownEndedAt"], parent["endedAt"]) == (at(0), at(10), at(60))
    assert (child["durationMs"], child["ownDurationMs"], child["selfTimeMs"]) == (10, 10, 10)


async def test_errors_show_in_nodes_and_in_the_summary(service: Service) -> None:
    declined = {"exception.type": "CardDeclined", "exception.message": "no", "exception.stacktrace": "…"}
    thrown = {"name": "exception", "attributes": declined}
    failed = {"status": {"code": "ERROR", "message": "declined"}, "events": [thrown, {"name": "retry"}]}
    log = {"observedTime": at(3), "severityNumber": 17, "attributes": {}}
    position = await service.record(
        otel_span("a", 0, 10, told={"status": {"code": "OK", "message": ""}}),
        otel_span("b", 1, 5, told=failed),
        otel_span("c", 2, 3),
        event("d", UNIT, 3, payload=log),
        event("e", UNIT, 4, payload={"status": {"code": "ERROR"}}),
        *(step(number, 5 + number, action=action) for number, action in enumerate(("READ", "FAILED", "COMPLETED"), 1)),
    )
    nodes = (await service.shown(f"{TRACES}/{UNIT}/tree", after=position))["nodes"]
    shown = [(node["status"], node["spanStatus"], node["statusMessage"], node["exceptions"]) for node in nodes]
    assert shown == [
        ("ok", "OK", None, []),
        ("error", "ERROR", "declined", [{"type": "CardDeclined", "message": "no"}]),
        (None, "UNSET", None, []),
        ("error", None, None, []),
        (None, None, None, []),
        (None, None, None, []),
        ("error", None, None, []),
        ("ok", None, None, []),
    ]
    assert [node["isError"] for node in nodes] == [node["status"] == "error" for node in nodes]
    entries = (await service.shown(f"{TRACES}/{UNIT}/timeline"))["entries"]
    assert [entry["status"] for entry in entries] == [node["status"] for node in nodes]
    summary = await service.shown(f"{TRACES}/{UNIT}/summary")
    assert (summary["errorCount"], summary["services"]) == (3, ["checkout"])
    for params, total in (
        ({"error": "true"}, 1),
        ({"error": "false"}, 0),
        ({"spanName": "b", "service": "checkout"}, 1),
    ):
        assert (await service.shown(TRACES, params=params))["pagination"]["total"] == total


async def test_a_unit_of_work_on_two_days_is_one_trace(service: Service) -> None:
    day_ms = 86_400_000
    position = await service.record(step(1, 0), step(2, day_ms))
    summary = await service.shown(f"{TRACES}/{UNIT}/summary", after=position)
    assert summary["durationMs"] == day_ms
    found = await service.shown(TRACES, params={"startDate": at(0)[:10], "endDate": at(0)[:10]})
    assert found["pagination"]["total"] == 1
    found = await service.shown(TRACES, params={"startDate": at(day_ms)[:10]})
    assert found["pagination"]["total"] == 0


@pytest.mark.parametrize(
    "unit", ["a/b", "100% done", "a?b#c", "ünit ✓", "timeline", "x" * 200, "..%2F", "a+b", "✓" * 800]
)
async def test_an_id_may_hold_any_printable_character(service: Service, unit: str) -> None:
    position = await service.record(step(1, 0, unit), event("a", unit, 5))
    path = f"{TRACES}/{quote(unit, safe='')}"
    trace = await service.shown(path, after=position)
    assert trace["uowId"] == trace["interactions"][0]["uowId"] == trace["events"][0]["correlationId"] == unit
    for part in ("timeline", "summary", "tree"):
        assert (await service.shown(f"{path}/{part}"))["uowId"] == unit
    assert [found["uowId"] for found in (await service.shown(TRACES))["data"]] == [unit]


@pytest.mark.parametrize("part", ["", "/timeline", "/summary", "/tree"])
async def test_unknown_and_foreign_units_of_work_are_not_found(service: Service, part: str) -> None:
    position = await service.record(step(1, 0, tenant_id="acme"), event("a", UNIT, 0, "acme"))
    path = f"{TRACES}/{UNIT}{part}"
    await service.shown(path, after=position, tenant_id="acme")
    assert (await service.get(path)).status_code == 404
    assert (await service.get(f"{TRACES}/unknown{part}")).status_code == 404
    assert (await service.client.get(path)).status_code == 401
    assert (await service.shown(TRACES))["data"] == []
    graph = await service.shown("/api/origins/graph", params={"startDate": "2020-01-01"})
    assert (graph["nodes"], graph["edges"]) == ([], [])


async def test_every_answer_says_how_fresh_it_is(service: Service) -> None:
    position = await an_order(service)
    for path in (TRACES, f"{TRACES}/{UNIT}", f"{TRACES}/{UNIT}/timeline", "/api/origins/graph"):
        answer = await service.get(path, headers={MIN_POSITION_HEADER: position})
        assert answer.headers[AS_OF_HEADER].endswith("Z")
    elsewhere = encode_position("another", {(INTERACTIONS.name, 0): 1})
    for path in (TRACES, f"{TRACES}/{UNIT}/tree", "/api/origins/graph"):
        assert (await service.get(path, headers={MIN_POSITION_HEADER: elsewhere})).status_code == 422


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        (TRACES, {"limit": "101"}, "limit"),
        (TRACES, {"page": "0"}, "page"),
        (TRACES, {"minDurationMs": "-1"}, "minDurationMs"),
        (TRACES, {"minDurationMs": "2", "maxDurationMs": "1"}, "minDurationMs"),
        (TRACES, {"maxDurationMs": "soon"}, "maxDurationMs"),
        (TRACES, {"startDate": "2026-02-01", "endDate": "2026-01-01"}, "startDate"),
        (TRACES, {"cursor": "nonsense"}, "cursor"),
        (f"{TRACES}/{UNIT}", {"limit": "1001"}, "limit"),
        (f"{TRACES}/{UNIT}", {"limit": "0"}, "limit"),
        (f"{TRACES}/{UNIT}", {"cursor": "nonsense"}, "cursor"),
        (f"{TRACES}/{UNIT}/timeline", {"limit": "10001"}, "limit"),
        ("/api/origins/graph", {"endDate": "yesterday"}, "endDate"),
        ("/api/origins/graph", {"startDate": "2026-02-01", "endDate": "2026-01-01"}, "startDate"),
    ],
)
async def test_what_is_not_acceptable_is_named(service: Service, path: str, params: dict[str, str], field: str) -> None:
    answer = await service.get(path, params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field


async def test_the_service_is_ready_and_describes_itself(service: Service) -> None:
    assert (await service.client.get("/readyz")).json()["failing"] == {}
    paths = (await service.client.get("/openapi.json")).json()["paths"]
    trace = f"{TRACES}/{{uowId}}"
    parts = {f"{trace}/timeline", f"{trace}/summary", f"{trace}/tree"}
    assert {TRACES, trace, "/api/origins/graph", *parts} <= set(paths)
