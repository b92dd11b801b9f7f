"""Trials of task types over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.workflows.settings import WorkflowSettings
from tests.support.accounts import SECRET_KEY
from tests.support.callers import Callers
from tests.support.far_hosts import answering, far_host
from tests.support.workflows.over_http import TYPES_URL, create_type


@pytest.fixture
def settings(service_url: str) -> WorkflowSettings:
    return WorkflowSettings(database_url=service_url, secret_key=SECRET_KEY, outbound_allow="127.0.0.1/32")


async def tried(client: httpx.AsyncClient, type_: str, body: dict[str, Any], **more: Any) -> Any:
    answer = await client.post(f"{TYPES_URL}/{type_}/try", json={"body": body} | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_types_are_tried_by_themselves(client: httpx.AsyncClient) -> None:
    await create_type(client)
    code = {"code": "def main(inputs):\n    print('hi')\n    return inputs['n'] / 0", "inputs": {"n": 1}}
    assert await tried(client, "Run%20code", code) == {
        "status": "failed",
        "output": None,
        "error": {
            "code": "code_error",
            "message": "ZeroDivisionError: division by zero",
            "retryable": False,
            "detail": {"line": 3},
        },
        "log": "hi\n",
    }
    assert (await tried(client, "add-tax", {"amount": 100}))["output"] == {"result": 119}
    expression = {"expression": "tasks.Fetch.output.total > input.least"}
    scope = {"input": {"least": 1}, "tasks": {"Fetch": {"output": {"total": 2}}}}
    assert (await tried(client, "condition", expression, scope=scope))["output"] == {"result": True}


async def test_an_answer_has_no_secret_that_was_sent(client: httpx.AsyncClient) -> None:
    async with far_host(answering("HTTP/1.1 200 OK\n\nyou are Bearer s3cret-t0ken")) as host:
        url = f"http://127.0.0.1:{host.port}/"
        found = await tried(client, "http-request", {"url": url, "headers": {"Authorization": "Bearer s3cret-t0ken"}})
    assert "authorization: Bearer s3cret-t0ken" in host.requests[0]
    assert "s3cret-t0ken" not in str(found)


async def test_what_cannot_be_tried_is_refused(client: httpx.AsyncClient, callers: Callers) -> None:
    refused: list[tuple[str, dict[str, Any], int]] = [
        ("nothing", {}, 404),
        ("run-code", {}, 422),
        ("run-code", {"code": 5}, 422),
        ("delay", {"seconds": 1}, 409),
        ("emit-event", {"eventType": "a.b", "resourceType": "r", "resourceId": "1"}, 409),
    ]
    for type_, body, status in refused:
        answer = await client.post(f"{TYPES_URL}/{type_}/try", json={"body": body})
        assert answer.status_code == status, (type_, answer.text)
    for type_, body, more in (
        ("http-request", {"url": "/"}, {"integration": "nowhere"}),
        ("send-tweet", {"text": "hi"}, {}),
    ):
        assert (await tried(client, type_, body, **more))["error"]["code"] == "integration_missing"
    viewer = await client.post(f"{TYPES_URL}/run-code/try", json={"body": {}}, headers=callers.user("viewer"))
    assert viewer.status_code == 403
