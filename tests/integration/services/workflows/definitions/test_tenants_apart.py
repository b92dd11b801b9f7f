"""Row-level security keeps tenants' workflows and types apart also where a statement forgets to name the tenant."""

from __future__ import annotations

import httpx
import pytest

from libs.pg.database import Database
from services.workflows.definitions import store as workflows
from services.workflows.own_types import store as types
from tests.support.callers import Callers
from tests.support.objects import (
    assert_forced_and_led_by_the_tenant,
    assert_only_own_rows_are_seen,
    assert_refused,
)
from tests.support.unfiltered import unfiltered
from tests.support.workflows.over_http import (
    TYPES_URL,
    WORKFLOWS_URL,
    create_type,
    create_workflow,
    type_body,
    workflow_body,
)

TASKS = {"Tax": {"type": "add-tax", "body": {"amount": 3}}}
TABLES = ("definitions", "version_heads", "object_versions", "task_types")


@pytest.mark.parametrize("filtered", [True, False])
async def test_a_foreign_name_finds_nothing_on_any_route(
    client: httpx.AsyncClient,
    callers: Callers,
    request_db: Database,
    projector_db: Database,
    monkeypatch: pytest.MonkeyPatch,
    filtered: bool,
) -> None:
    if not filtered:
        for store in (workflows, types):
            monkeypatch.setattr(store, "QUERIES", unfiltered(store.QUERIES))
    await create_type(client)
    await create_workflow(client, tasks=TASKS)
    url, type_url, other = f"{WORKFLOWS_URL}/order-paid", f"{TYPES_URL}/add-tax", callers.user("admin", "other")
    before = [(await client.get(one)).json() for one in (url, type_url)]
    reading = [url, type_url, *(f"{url}/{word}" for word in ("versions", "versions/1", "export", "endpoint"))]
    writing = [("PUT", url), ("DELETE", url), ("PUT", type_url), ("DELETE", type_url)]
    writing += [("POST", f"{url}/{word}") for word in ("activate", "deactivate", "clone")]
    answers = [await client.get(one, headers=other) for one in reading]
    body = workflow_body("new") | type_body()
    answers += [
        await client.request(method, one, json=body | {"name": "order-paid"}, headers=other) for method, one in writing
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert (await client.get(WORKFLOWS_URL, headers=other)).json()["data"] == []
    assert not any(one["own"] for one in (await client.get(TYPES_URL, headers=other)).json()["data"])
    refused = await client.post(WORKFLOWS_URL, json=workflow_body(tasks=TASKS), headers=other)
    assert [one["type"] for one in refused.json()["errors"]] == ["unknown_type"]
    assert (await client.post(TYPES_URL, json=type_body(), headers=other)).status_code == 201
    assert (await client.post(WORKFLOWS_URL, json=workflow_body(tasks=TASKS), headers=other)).status_code == 201
    assert [(await client.get(one)).json() for one in (url, type_url)] == before
    for table in TABLES:
        await assert_only_own_rows_are_seen(request_db, f"workflows.{table}", "acme")
        await assert_forced_and_led_by_the_tenant(projector_db, f"workflows.{table}")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM workflows.definitions",
        "DELETE FROM workflows.version_heads",
        "UPDATE workflows.version_heads SET version = 1",
    ],
)
async def test_requests_remove_no_workflow_and_no_version(request_db: Database, statement: str) -> None:
    await assert_refused(request_db, statement, "acme")
