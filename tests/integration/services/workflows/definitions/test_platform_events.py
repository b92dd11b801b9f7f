"""Every writing route of workflows and of own task types leaves its event; those of workflows bear no tasks."""

from __future__ import annotations

import functools

import httpx

from libs.contracts.topics import EVENTS
from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.workflows.service import SERVICE
from services.workflows.settings import WorkflowSettings
from tests.support.platform_events import TRACED, Step, assert_leaves_its_events, uncorrelated, writing_routes
from tests.support.workflows.over_http import TYPES_URL, WORKFLOWS_URL, create_workflow, type_body, workflow_body

URL, TYPE_URL = f"{WORKFLOWS_URL}/order-paid", f"{TYPES_URL}/add-tax"
SECRETIVE = {"Sum": {"type": "transform", "body": {"expression": "'t0k3n'"}}}
OTHERS = {("post", f"{WORKFLOWS_URL}/{{name}}/versions/{{n}}/run"), ("post", f"{TYPES_URL}/{{type}}/try")}
"""Routes that change no object."""


async def test_every_writing_route_leaves_its_event(
    client: httpx.AsyncClient, log: MemoryEventLog, settings: WorkflowSettings
) -> None:
    await create_workflow(client)
    send = functools.partial(client.request, headers=TRACED)
    named = f"{WORKFLOWS_URL}/{{name}}"
    walk: dict[tuple[str, str], Step] = {
        ("post", WORKFLOWS_URL): (lambda: send("POST", WORKFLOWS_URL, json=workflow_body("new")), ["workflow.created"]),
        ("post", f"{WORKFLOWS_URL}/validate"): (
            lambda: send("POST", f"{WORKFLOWS_URL}/validate", json=workflow_body()),
            [],
        ),
        ("post", f"{WORKFLOWS_URL}/import"): (
            lambda: send(
                "POST", f"{WORKFLOWS_URL}/import", json=workflow_body("in") | {"taskTypes": [type_body("t", "T")]}
            ),
            ["task_type.created", "workflow.created"],
        ),
        ("put", named): (lambda: send("PUT", URL, json={"tasks": SECRETIVE}), ["workflow.updated"]),
        ("post", f"{named}/activate"): (lambda: send("POST", f"{URL}/activate"), ["workflow.activated"]),
        ("post", f"{named}/deactivate"): (lambda: send("POST", f"{URL}/deactivate"), ["workflow.deactivated"]),
        ("post", f"{named}/clone"): (
            lambda: send("POST", f"{URL}/clone", json={"name": "two"}),
            ["workflow.created"],
        ),
        ("delete", named): (lambda: send("DELETE", URL), ["workflow.archived"]),
        ("post", TYPES_URL): (lambda: send("POST", TYPES_URL, json=type_body()), ["task_type.created"]),
        ("put", f"{TYPES_URL}/{{type}}"): (
            lambda: send("PUT", TYPE_URL, json=type_body(description="d")),
            ["task_type.updated"],
        ),
        ("delete", f"{TYPES_URL}/{{type}}"): (lambda: send("DELETE", TYPE_URL), ["task_type.deleted"]),
    }
    for step in walk.values():
        for event in await assert_leaves_its_events(log, step):
            assert (event.actor_id, event.actor_type) == ("acme-editor", "user")

    openapi = create_service_app(SERVICE, settings, log=log).openapi()
    routes = writing_routes(openapi, WORKFLOWS_URL) | writing_routes(openapi, TYPES_URL)
    assert walk.keys() == {route for route in routes if not route[1].startswith("/api/v1/workflow-")} - OTHERS
    assert not uncorrelated(log)
    for place, partition in log.broker.partitions.items():
        if place.topic == EVENTS.name:
            assert not any(b"t0k3n" in (record.value or b"") for record in partition.records)
