"""The API's documented answers are read into what they mean; what they may hold besides does no harm."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import httpx

from tests.support.scripted_api import ScriptedApi
from waymark.client import Client, TimelineBucket

NEW = {"somethingNew": {"of": ["tomorrow"]}}
INTERACTION = {
    "interactionId": "0199439c-0440-70db-8d54-f9add9ea5f62",
    "interactionNumber": 42,
    "resourceId": "order-456",
    "resourceTypeId": "6f1c2c39-9c1a-5a53-8f0b-0f4a6f0d2c11",
    "actionId": "c0e77a0e-2a0a-5a86-9a7c-5c9f4bb0a1a4",
    "originId": "2c1f2d0a-7d6e-5a53-b1a4-90b7a6f0e4d2",
    "resourceTypeMnemonic": "ORDER",
    "resourceTypeIcon": "📦",
    "actionMnemonic": "CREATE",
    "originMnemonic": "WEBAPP",
    "interaction": {"total": 149.99},
    "uowId": "u",
    "userId": None,
    "createdDate": "2026-01-15T10:30:00.125Z",
    "spanId": "s",
    **NEW,
}
PAGINATION = {"page": 1, "limit": 50, "total": 1, "totalPages": 1, "hasNext": False, "hasPrev": False, **NEW}
AT = datetime(2026, 1, 15, 10, 30, 0, 125_000, tzinfo=UTC)


SOME = {"resourceId": "order-1", "resourceType": "ORDER", **NEW}


def answering(content: Any) -> Client:
    headers = {"waymark-as-of": "2026-01-15T10:30:00.125Z"}
    return ScriptedApi(lambda _: httpx.Response(200, json=content, headers=headers)).client()


def test_a_page_of_interactions() -> None:
    page = answering({"data": [INTERACTION], "pagination": PAGINATION, **NEW}).interactions.list()
    (row,) = page.data
    assert (row.number, row.resource_type, row.action, row.origin) == (42, "ORDER", "CREATE", "WEBAPP")
    assert (row.created_date, row.event_time, page.as_of) == (AT, AT, AT)
    assert row.interaction == {"total": 149.99}
    assert page.pagination.total == 1


def test_a_timeline() -> None:
    buckets = [{"bucket": "2026-01-15T00:00:00.000Z", "count": 3, "groups": [{"key": "CREATE", "count": 3}]}]
    span = {"startDate": "2026-01-15T00:00:00.000Z", "endDate": "2026-01-15T23:59:59.999Z"}
    found = answering({"granularity": "day", **span, "data": buckets, "total": 3, **NEW}).timeline(days=1)
    assert isinstance(found.data[0], TimelineBucket)
    assert (found.total, found.data[0].count, found.data[0].groups[0].key) == (3, 3, "CREATE")


def test_activity() -> None:
    times = {"firstInteraction": "2026-01-15T10:30:00.125Z", "lastInteraction": "2026-01-15T10:30:00.125Z"}
    group = {
        "userId": "ann",
        "uowId": "u",
        "interactionCount": 2,
        **times,
        "actions": ["CREATE"],
        "resources": [],
        **NEW,
    }
    found = answering({"data": [group], "pagination": PAGINATION}).activity(user_id="ann")
    assert (found.data[0].interaction_count, found.data[0].first_interaction) == (2, AT)


def test_a_trace_its_timeline_and_its_summary() -> None:
    event = {"id": "e", "eventType": "order.shipped", "occurredAt": "2026-01-15T10:30:00.125Z", **NEW}
    trace = answering({"uowId": "u", "interactions": [INTERACTION], "events": [event], "total": 2, "nextCursor": None})
    found = trace.trace("u")
    assert (found.interactions[0].span_id, found.events[0].occurred_at, found.total) == ("s", AT, 2)
    glance = {"kind": "event", "id": "e", "number": None, "at": "2026-01-15T10:30:00.125Z", "eventType": "a", **NEW}
    entries = [{**glance, "offsetMs": 0, "gapMs": None}, {**glance, "offsetMs": 12, "gapMs": 12, "parallel": True}]
    timeline = answering({"uowId": "u", "entries": entries, "nextCursor": "c"}).trace_timeline("u", limit=2)
    assert (timeline.entries[1].parallel, timeline.entries[1].at, timeline.next_cursor) == (True, AT, "c")
    node: dict[str, Any] = {**glance, "depth": 1, "children": ["x"], "selfTimeMs": 3, "onCriticalPath": True}
    node |= {
        "ownDurationMs": 4,
        "status": "error",
        "spanStatus": "ERROR",
        "exceptions": [{"type": "E", "message": None, **NEW}],
        "isError": True,
    }
    tree = answering({"uowId": "u", "roots": ["e"], "nodes": [node], "total": 1}).trace_tree("u")
    assert (tree.nodes[0].children, tree.nodes[0].self_time_ms) == (["x"], 3)
    assert (tree.nodes[0].status, tree.nodes[0].span_status) == ("error", "ERROR")
    assert (tree.nodes[0].own_duration_ms, tree.nodes[0].is_error, tree.nodes[0].exceptions[0].type) == (4, True, "E")
    figures = {"totalInteractions": 2, "totalEvents": 1, "durationMs": 5, "uniqueActions": ["CREATE"], "users": ["ann"]}
    figures |= {"services": ["shop"], "errorCount": 1}
    assert answering({"uowId": "u", **figures, **NEW}).trace_summary("u").unique_actions == ["CREATE"]
    summaries = {"data": [{"uowId": "u", **figures}], "pagination": PAGINATION}
    assert answering(summaries).traces.search(min_duration_ms=1).data[0].duration_ms == 5


EVENT = {
    "id": "0199439c-1000-7b1c-8d54-0a1b2c3d4e5f",
    "eventType": "order.shipped",
    "resourceType": "ORDER",
    "resourceId": "order-456",
    "actorId": "ann",
    "actorType": "user",
    "correlationId": "u",
    "causationId": None,
    "occurredAt": "2026-01-15T10:30:00.125Z",
    "payload": {"carrier": "DHL"},
    "source": "waymark/default/events",
    "tenantId": "default",
    **NEW,
}


def test_a_page_of_events() -> None:
    sender = {"id": "1", "source": "/s", "subject": None, "dataschema": None, "extensions": {"a": "b"}, **NEW}
    events = [{**EVENT, "dataschema": "urn:s", "cloudEvent": sender}]
    page = {"events": events, "hasNext": True, "limit": 1, "offset": 2, "total": 9, "nextCursor": "c", **NEW}
    found = answering(page).events.list()
    assert (found.total, found.has_next, found.offset, found.next_cursor, found.as_of) == (9, True, 2, "c", AT)
    (event,) = found.events
    assert (event.occurred_at, event.payload, event.dataschema) == (AT, {"carrier": "DHL"}, "urn:s")
    assert event.source == "waymark/default/events"
    assert event.cloud_event is not None
    assert event.cloud_event.extensions == {"a": "b"}


def test_counts_actors_and_causes_of_events() -> None:
    counted = {"byActorType": [{"count": 3, "key": "user"}], "byEventType": [], "byResourceType": [], "total": 3, **NEW}
    counts = answering(counted).events.counts()
    assert (counts.by_actor_type[0].key, counts.by_actor_type[0].count, counts.total) == ("user", 3, 3)
    actor = {"actorId": "ann", "actorType": "user", "failures": 1, "successes": 2, "total": 4, **NEW}
    actors = answering({"actors": [actor], "hasMore": True}).events.actors()
    assert (actors.actors[0].failures, actors.actors[0].successes, actors.has_more) == (1, 2, True)
    ends = {"complete": False, "missing": "x", "cycle": False, "truncated": False, **NEW}
    causes = answering({"eventId": "e", "causes": [EVENT], **ends}).events.causes("e")
    assert (causes.causes[0].event_type, causes.missing, causes.complete) == ("order.shipped", "x", False)


def test_a_graph_of_origins_and_a_refresh() -> None:
    edge = {"from": "WEBAPP", "to": "API", "count": 12, "p50Ms": 40.2, "p95Ms": 311.0, "avgMs": 71.3, **NEW}
    nodes = [{"origin": "WEBAPP", "count": 40, **NEW}]
    graph = answering({"startDate": "2026-01-01", "endDate": "2026-01-30", "nodes": nodes, "edges": [edge]})
    found = graph.origins.graph(start_date=date(2026, 1, 1))
    assert (found.start_date, found.nodes[0].count) == (date(2026, 1, 1), 40)
    assert (found.edges[0].from_origin, found.edges[0].to_origin, found.edges[0].p95_ms) == ("WEBAPP", "API", 311.0)
    refreshed = answering({"refreshed": True, "asOf": "2026-01-15T10:30:00.125Z", **NEW})
    assert refreshed.refresh_timeline().as_of == AT


def test_gaps() -> None:
    gap = {
        "first": 7,
        "last": 9,
        "state": "duplicate",
        "reason": None,
        "at": "2026-01-15T10:30:00.125Z",
        "duplicateOf": 3,
    }
    assert answering({"data": [gap], "pagination": PAGINATION}).interactions.gaps().data[0].duplicate_of == 3
