"""A workflow whose tasks wait for an event, record, call another workflow and fan out, in a whole installation; and the
trace that is left of it.
"""

from __future__ import annotations

from typing import Any

from tests.support.installation import Installation
from tests.support.waiting import eventually
from tests.support.workflows.building import active, definition
from tests.support.workflows.running import started

AFTER_WAIT = {"executeAfter": {"Wait": ["completed"]}}
CHILD = {"Double": {"type": "transform", "body": {"expression": "input.n * 2"}}}
PARENT: dict[str, Any] = {
    "Wait": {
        "type": "wait-for-event",
        "body": {"eventType": "order.paid", "where": "event.payload.total == input.total"},
    },
    "Tell": {
        "type": "emit-event",
        "body": {
            "eventType": "order.seen",
            "resourceType": "ORDER",
            "resourceId": {"$ref": "tasks.Wait.output.event.resourceId"},
        },
        **AFTER_WAIT,
    },
    "Record": {
        "type": "record-interaction",
        "body": {"resourceType": "ORDER", "resourceId": "o-1", "action": "UPDATE", "origin": "API"},
        **AFTER_WAIT,
    },
    "Refused": {
        "type": "record-interaction",
        "body": {"resourceType": "ORDER", "resourceId": "o-1", "action": "NONE", "origin": "API"},
        **AFTER_WAIT,
    },
    "Call": {
        "type": "call-workflow",
        "body": {"workflow": "double", "input": {"n": {"$ref": "input.total"}}},
        "executeAfter": {"Refused": ["failed"]},
    },
    "Each": {
        "type": "for-each",
        "body": {"items": [1, 2], "do": {"type": "transform", "body": {"expression": "item + index"}}},
        "executeAfter": {"Call": ["completed"]},
    },
}


def lines(tree: dict[str, Any]) -> list[str]:
    """What a tree holds, one a line, indented."""
    return [
        "  " * node["depth"] + f"{node['resourceId']} {node['eventType'] or node['action']}" for node in tree["nodes"]
    ]


async def test_a_session_waits_records_calls_and_fans_out_and_leaves_its_trace(
    postgres_installation: Installation,
) -> None:
    async with postgres_installation.client() as client:
        await active(client, "double", definition(CHILD))
        await active(client, "paid", definition(PARENT))
        session_id = (await started(client, "paid", {"total": 7}))["sessionId"]
        for total in (6, 7):
            event = {"eventType": "order.paid", "resourceType": "ORDER", "resourceId": "o-1"}
            answer = await client.post("/api/v1/events", json={**event, "payload": {"total": total}})
            assert answer.status_code == 202, answer.text

        async def trace() -> list[str]:
            shown = lines((await client.get(f"/api/traces/{session_id}/tree")).json())
            assert "paid COMPLETED" in shown
            return shown

        first, *rest = [line for line in await eventually(trace) if not line.startswith("o-1 order.paid")]
    assert first == "paid COMPLETED"
    assert sorted("\n".join(rest).removeprefix("  ").split("\n  paid/")) == [
        "Call COMPLETED\n    double COMPLETED\n      double/Double COMPLETED",
        "Each COMPLETED\n    paid/Each COMPLETED\n    paid/Each COMPLETED",
        "Record COMPLETED\n    o-1 UPDATE",
        "Refused FAILED",
        "Tell COMPLETED\n    o-1 order.seen",
        "paid/Wait COMPLETED",
    ]
