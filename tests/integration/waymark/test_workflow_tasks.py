"""A workflow whose tasks wait for an event, record, call another workflow and fan out, in a whole installation; and the
trace that is left of it.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

import httpx
import msgspec

from libs.contracts.workflow_sessions import StartedBy
from libs.eventlog.open import open_log
from libs.service.settings import ServiceSettings
from services.workflows.definitions.compiling import compile_workflow
from services.workflows.definitions.model import WorkflowDefinition
from services.workflows.running.starting import RunVersion, Start, start_record
from services.workflows.sessions.records import session_record
from services.workflows.task_types.registry import built_in_types
from tests.support.gateway.records import publish
from tests.support.installation import Installation
from tests.support.waiting import eventually

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


async def define(client: httpx.AsyncClient, name: str, tasks: dict[str, Any]) -> dict[str, Any]:
    """A workflow, active; returns it as it is shown."""
    made = await client.post("/api/v1/workflows", json={"name": name, "tasks": tasks})
    assert made.status_code == 201, made.text
    active = await client.post(f"/api/v1/workflows/{name}/activate", json={})
    assert active.status_code == 200, active.text
    found: dict[str, Any] = active.json()
    return found


async def begin(installation: Installation, workflow: dict[str, Any], given: dict[str, Any]) -> str:
    """The start of a session in the log; returns its id."""
    session_id, tenant_id = str(uuid.uuid4()), installation.credentials["tenantId"]
    definition = msgspec.convert({"tasks": workflow["tasks"]}, WorkflowDefinition)
    version = RunVersion(
        tenant_id=tenant_id,
        workflow_id=workflow["id"],
        workflow=workflow["name"],
        version=workflow["version"],
        task_types={},
        compiled=compile_workflow(definition, built_in_types()),
    )
    start = Start(
        session_id=session_id,
        at_ms=time.time_ns() // 1_000_000,
        input=msgspec.Raw(msgspec.json.encode(given)),
        secrets={},
        uow_id=session_id,
        by=StartedBy(id="ann", type="user"),
    )
    key, record = start_record(version, start)
    log = await open_log(ServiceSettings(database_url=installation.database_url))
    await log.start()
    try:
        await publish(log, [session_record(tenant_id, key, session_id, record)])
    finally:
        await log.stop()
    return session_id


def lines(tree: dict[str, Any]) -> list[str]:
    """What a tree holds, one a line, indented."""
    return [
        "  " * node["depth"] + f"{node['resourceId']} {node['eventType'] or node['action']}" for node in tree["nodes"]
    ]


async def test_a_session_waits_records_calls_and_fans_out_and_leaves_its_trace(
    postgres_installation: Installation,
) -> None:
    async with postgres_installation.client() as client:
        await define(client, "double", CHILD)
        session_id = await begin(postgres_installation, await define(client, "paid", PARENT), {"total": 7})
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
