"""Workflows and task types as clients define them."""

from __future__ import annotations

from typing import Any

import httpx

from services.workflows.family import SESSIONS_PATH, TASK_TYPES_PATH, WORKFLOWS_PATH

TYPES_URL = TASK_TYPES_PATH
WORKFLOWS_URL = WORKFLOWS_PATH
SESSIONS_URL = SESSIONS_PATH
EVENTS_URL = "/api/v1/events"
CODE = "def main(inputs):\n    return inputs['amount'] * 1.19\n"


def type_body(name: str = "add-tax", title: str = "Add tax", **changes: Any) -> dict[str, Any]:
    """The body of a type with one field."""
    inputs = {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}
    return {"type": name, "title": title, "inputs": inputs, "code": CODE} | changes


async def create_type(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """Create a type, and return it."""
    answer = await client.post(TYPES_URL, json=type_body(**changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


TASKS: dict[str, Any] = {
    "Fetch": {"type": "http-request", "body": {"url": {"$format": "https://shop.example/orders/{input.id|url}"}}},
    "Big": {
        "type": "Condition",
        "body": {"expression": "tasks.Fetch.output.body.total > 100"},
        "executeAfter": {"Fetch": ["completed"]},
    },
    "Tell": {"type": "Send tweet", "body": {"text": ""}, "executeAfter": {"Big": ["completed"]}, "integration": "ours"},
}
PURE: dict[str, Any] = {"Sum": {"type": "transform", "body": {"expression": "1 + 1"}}}


def workflow_body(name: str = "order-paid", tasks: dict[str, Any] = PURE, **changes: Any) -> dict[str, Any]:
    """The body of a workflow."""
    return {"name": name, "tasks": tasks} | changes


async def create_workflow(client: httpx.AsyncClient, name: str = "order-paid", **changes: Any) -> dict[str, Any]:
    """Create a workflow, and return it."""
    answer = await client.post(WORKFLOWS_URL, json=workflow_body(name, **changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def activate(client: httpx.AsyncClient, name: str = "order-paid", version: int | None = None) -> dict[str, Any]:
    """Activate a workflow, and return it."""
    answer = await client.post(f"{WORKFLOWS_URL}/{name}/activate", json={"version": version})
    assert answer.status_code == 200, answer.text
    active: dict[str, Any] = answer.json()
    return active
