"""Workflows and task types as clients define them."""

from __future__ import annotations

from typing import Any

import httpx

from services.workflows.family import SESSIONS_PATH, TASK_TYPES_PATH, WORKFLOWS_PATH

TYPES_URL = TASK_TYPES_PATH
WORKFLOWS_URL = WORKFLOWS_PATH
SESSIONS_URL = SESSIONS_PATH
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
