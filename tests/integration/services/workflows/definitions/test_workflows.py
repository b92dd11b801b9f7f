"""Workflows over HTTP: made, saved, run in versions, cloned, carried elsewhere, archived; refused at their place."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import httpx
import yaml

from services.workflows.definitions import examples
from tests.support.callers import Callers
from tests.support.workflows.over_http import (
    PURE,
    TASKS,
    TYPES_URL,
    WORKFLOWS_URL,
    activate,
    create_type,
    create_workflow,
    type_body,
    workflow_body,
)

URL = f"{WORKFLOWS_URL}/order-paid"
_GIVEN = {"id", "createdDate", "createdBy", "modifiedDate", "modifiedBy"}
OTHER = {"Sum": {"type": "transform", "body": {"expression": "1 + 2"}}}


def places(answer: httpx.Response) -> list[tuple[str, str]]:
    """The places and types of the errors of a refusal."""
    assert answer.status_code == 422, answer.text
    return [(".".join(map(str, one["loc"][1:])), one["type"]) for one in answer.json()["errors"]]


async def test_a_workflow_is_shown_as_it_was_made_with_what_it_is_warned_of(client: httpx.AsyncClient) -> None:
    made = await client.post(WORKFLOWS_URL, json=workflow_body(tasks=TASKS, maxSessions=3, output={"$ref": "input"}))
    shown = await client.get(f"{WORKFLOWS_URL}/ORDER-paid")
    one = shown.json()

    assert made.status_code == 201
    assert made.json() == one
    assert (made.headers["etag"], shown.headers["etag"]) == ('"1"', '"1"')
    assert "waymark-position" in made.headers
    assert (one["tasks"], list(one["tasks"])) == (TASKS, list(TASKS))
    wanted = {"name": "order-paid", "access": "editor", "timeoutMs": 86_400_000, "maxSessions": 3, "description": None}
    wanted |= {"active": False, "version": 1, "activeVersion": None, "endpoint": "/run/order-paid"}
    assert {name: one[name] for name in wanted} == wanted
    assert one["output"] == {"$ref": "input"}
    assert [(warning["loc"][2], warning["type"]) for warning in one["warnings"]] == [("Tell", "integration_missing")]


async def test_an_active_workflow_is_run_in_what_is_saved_unless_its_maker_waits(client: httpx.AsyncClient) -> None:
    made = await create_workflow(client)
    active = await activate(client)
    assert (active["active"], active["activeVersion"]) == (True, 1)

    same = await client.put(URL, json=made)
    saved = await client.put(URL, json={"tasks": OTHER}, headers={"if-match": '"1"'})
    waiting = await client.put(URL, params={"activate": False}, json={"tasks": PURE, "access": "viewer"})
    late = await client.put(URL, json={"tasks": OTHER}, headers={"if-match": '"2"'})
    assert (same.headers["etag"], same.json()["version"]) == ('"1"', 1)
    assert (saved.json()["version"], saved.json()["activeVersion"]) == (2, 2)
    assert (waiting.json()["version"], waiting.json()["activeVersion"]) == (3, 2)
    assert late.status_code == 412

    listed = (await client.get(f"{URL}/versions", params={"limit": 2})).json()
    assert [(one["version"], one["active"], one["changed"]) for one in listed["data"]] == [
        (3, False, ["access", "tasks"]),
        (2, True, ["tasks"]),
    ]
    assert listed["pagination"]["total"] == 3
    assert (await client.get(f"{URL}/versions/2")).json()["tasks"] == OTHER
    assert (await client.get(f"{URL}/versions/4")).status_code == 404

    assert (await activate(client, version=1))["activeVersion"] == 1
    stopped = (await client.post(f"{URL}/deactivate")).json()
    assert (stopped["active"], stopped["activeVersion"], stopped["version"]) == (False, None, 3)
    assert (await client.put(URL, json={"tasks": OTHER})).json()["activeVersion"] is None


async def test_a_version_is_not_run_while_an_integration_is_missing(client: httpx.AsyncClient) -> None:
    await create_workflow(client)
    await activate(client)
    await create_workflow(client, "other", tasks=TASKS)
    saved = await client.put(URL, json={"tasks": TASKS})
    activated = await client.post(f"{WORKFLOWS_URL}/other/activate")
    for refused in (saved, activated):
        assert (refused.status_code, refused.json()["code"]) == (409, "integration_missing")
        assert [one["loc"][-2:] for one in refused.json()["errors"]] == [["Tell", "integration"]]
    assert (await client.put(URL, params={"activate": False}, json={"tasks": TASKS})).status_code == 200


async def test_a_workflow_may_begin_without_tasks_but_is_not_run_so(client: httpx.AsyncClient) -> None:
    made = await client.post(WORKFLOWS_URL, json={"name": "order-paid", "tasks": {}})
    assert (made.status_code, made.json()["tasks"]) == (201, {})
    assert [one["type"] for one in made.json()["warnings"]] == ["no_tasks"]
    ran = await client.post(f"{URL}/versions/1/run", json={})
    for refused in (await client.post(f"{URL}/activate"), ran):
        assert (refused.status_code, refused.json()["code"]) == (409, "no_tasks")
    assert (await client.put(URL, json={"tasks": PURE})).json()["version"] == 2
    await activate(client)
    emptied = await client.put(URL, json={"tasks": {}})
    assert (emptied.status_code, emptied.json()["code"]) == (409, "no_tasks")


async def test_names_are_unique_in_any_case_and_free_once_archived(client: httpx.AsyncClient) -> None:
    await create_workflow(client)
    taken = await client.post(WORKFLOWS_URL, json=workflow_body("Order-Paid"))
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    await activate(client)
    assert (await client.delete(URL, headers={"if-match": '"9"'})).status_code == 412
    assert (await client.delete(URL)).status_code == 204
    assert (await client.get(URL)).status_code == 404
    assert (await client.post(f"{URL}/activate")).status_code == 404
    await create_workflow(client, "Order-Paid")
    archived = (await client.get(WORKFLOWS_URL, params={"archived": True})).json()["data"]
    assert [(one["name"], one["active"], bool(one["archivedDate"])) for one in archived] == [
        ("order-paid", False, True)
    ]


async def test_lists_are_by_name_with_what_their_filters_let_through(client: httpx.AsyncClient) -> None:
    for name in ("b-paid", "A-paid", "other"):
        await create_workflow(client, name, tasks=PURE | {"Again": PURE["Sum"]})
    await activate(client, "other")
    found = (await client.get(WORKFLOWS_URL, params={"search": "PAID", "limit": 1, "page": 2})).json()
    active = await client.get(WORKFLOWS_URL, params={"active": True})

    assert [(one["name"], one["taskCount"], one["sessions24h"]) for one in found["data"]] == [("b-paid", 2, {})]
    assert "tasks" not in found["data"][0]
    assert (found["pagination"]["total"], found["pagination"]["totalPages"]) == (2, 2)
    assert [one["name"] for one in active.json()["data"]] == ["other"]
    assert "waymark-as-of" in active.headers


async def test_a_repeat_with_the_same_key_makes_nothing(client: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "k"}
    first, again = [await client.post(WORKFLOWS_URL, json=workflow_body(), headers=headers) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())
    cloning = [await client.post(f"{URL}/clone", json={"name": "two"}, headers={"idempotency-key": "c"}) for _ in "ab"]
    assert [one.json()["name"] for one in cloning] == ["two", "two"]
    assert cloning[0].json()["id"] == cloning[1].json()["id"] != first.json()["id"]
    assert (await client.post(f"{URL}/clone", json={"name": "Two"})).status_code == 409


async def test_a_refusal_names_everything_and_saves_nothing(client: httpx.AsyncClient) -> None:
    tasks = {
        "A": {"type": "nothing"},
        "B": {"type": "transform", "body": {"expression": "1 +"}, "executeAfter": {"X": ["completed"]}},
    }
    wanted = {("name", "type_error"), ("tasks.A.type", "unknown_type"), ("tasks.B.body.expression", "bad_expression")}
    wanted |= {("tasks.B.executeAfter.X", "unknown_task")}
    refused = await client.post(WORKFLOWS_URL, json=workflow_body("no good", tasks=tasks))
    assert set(places(refused)) == wanted

    judged = (await client.post(f"{WORKFLOWS_URL}/validate", json=workflow_body("no good", tasks=tasks))).json()
    assert (judged["valid"], len(judged["errors"])) == (False, len(wanted))
    judged = (await client.post(f"{WORKFLOWS_URL}/validate", json={"tasks": TASKS})).json()
    assert (judged["valid"], judged["order"]) == (True, ["Fetch", "Big", "Tell"])
    assert [(one["pointer"], one["required"]) for one in judged["blanks"]] == [("/Tell/text", True)]
    assert (await client.get(WORKFLOWS_URL)).json()["data"] == []

    await create_workflow(client)
    assert places(await client.put(URL, json=workflow_body("another"))) == [("name", "value_error")]
    assert {("tasks", "missing"), ("task", "unknown_field")} <= set(places(await client.put(URL, json={"task": PURE})))
    assert places(await client.post(WORKFLOWS_URL, json=workflow_body("Validate"))) == [("name", "value_error")]
    twice = await client.put(
        URL, content=b'{"tasks": {"A": {}, "A": {}}}', headers={"content-type": "application/json"}
    )
    assert places(twice) == [("", "duplicate_key")]


async def test_definitions_are_sent_and_answered_as_yaml(client: httpx.AsyncClient) -> None:
    text = yaml.dump(workflow_body(tasks={"Yes": TASKS["Fetch"]}))
    made = await client.post(WORKFLOWS_URL, content=text, headers={"content-type": "application/yaml"})
    assert made.status_code == 201, made.text
    assert list(made.json()["tasks"]) == ["Yes"]

    by_format = await client.get(URL, params={"format": "yaml"})
    by_accept = await client.get(URL, headers={"accept": "application/json;q=0.5, application/yaml"})
    assert by_format.headers["content-type"] == "application/yaml"
    assert by_format.text == by_accept.text
    assert yaml.safe_load(by_format.text)["tasks"] == {"Yes": TASKS["Fetch"]}
    again = await client.put(URL, content=by_format.text, headers={"content-type": "text/yaml"})
    assert (again.status_code, again.json()["version"]) == (200, 1)

    aliased = await client.put(URL, content="tasks: &a {}\nb: *a", headers={"content-type": "text/yaml"})
    broken = await client.put(URL, content="tasks: [", headers={"content-type": "text/yaml"})
    other = await client.put(URL, content="tasks", headers={"content-type": "text/plain"})
    assert [answer.status_code for answer in (aliased, broken, other)] == [422, 400, 415]


async def test_an_export_brings_its_own_types_to_another_tenant(client: httpx.AsyncClient, callers: Callers) -> None:
    await create_type(client)
    tasks: dict[str, Any] = {"Tax": {"type": "Add tax", "body": {"amount": 3}}}
    await create_workflow(client, tasks=tasks)
    document = (await client.get(f"{URL}/export", params={"format": "yaml"})).text
    there = {**callers.user("editor", "other"), "content-type": "application/yaml"}

    taken_in = await client.post(f"{WORKFLOWS_URL}/import", content=document, headers=there)
    assert taken_in.status_code == 201, taken_in.text
    assert (taken_in.json()["tasks"], taken_in.json()["active"], taken_in.json()["warnings"]) == (tasks, False, [])
    assert (await client.post(f"{WORKFLOWS_URL}/import", content=document, headers=there)).status_code == 409

    changed = yaml.safe_load(document) | {"description": "changed"}
    changed["taskTypes"][0]["code"] += "\n"
    import_url = f"{WORKFLOWS_URL}/import?onConflict=version"
    again = await client.post(import_url, json=changed, headers=callers.user("editor", "other"))
    assert (again.status_code, again.json()["version"]) == (201, 2)
    assert [one["type"] for one in again.json()["warnings"]] == ["type_differs"]
    changed["taskTypes"][0]["type"] = "No id"
    refused = await client.post(import_url, json=changed)
    assert places(refused) == [("taskTypes.0.type", "string_pattern_mismatch")]


async def test_a_type_in_use_stays(client: httpx.AsyncClient) -> None:
    await create_type(client)
    await create_workflow(client, tasks={"Tax": {"type": "add-tax", "body": {"amount": 3}}})
    refused = await client.delete("/api/v1/task-types/add-tax")
    assert (refused.status_code, refused.json()["code"]) == (409, "type_in_use")
    await client.put(URL, json={"tasks": PURE})
    assert (await client.delete("/api/v1/task-types/add-tax")).status_code == 204
    for gone in (
        await client.post(f"{URL}/activate", json={"version": 1}),
        await client.post(f"{URL}/versions/1/run", json={}),
    ):
        assert (gone.status_code, gone.json()["code"]) == (409, "version_unsound")


async def test_a_type_changes_only_so_that_active_workflows_fit(client: httpx.AsyncClient) -> None:
    await create_type(client)
    await create_workflow(client, tasks={"Tax": {"type": "add-tax", "body": {"amount": 3}}})
    await activate(client)
    url = f"{TYPES_URL}/add-tax"
    needy = type_body() | {"inputs": {"type": "object", "properties": {"rate": {"type": "number"}}}}
    refused = await client.put(url, json=needy)
    assert (refused.status_code, refused.json()["code"]) == (409, "type_in_use")
    assert "order-paid" in refused.json()["detail"]
    assert (await client.get(url)).json()["version"] == 1
    assert (await client.put(url, json=type_body(code="def main(inputs): pass"))).status_code == 200
    await client.post(f"{URL}/deactivate")
    assert (await client.put(url, json=needy)).status_code == 200


async def test_an_endpoint_is_described_for_its_callers(client: httpx.AsyncClient) -> None:
    body = {"message": {"$blank": {"required": True}}, "n": {"$blank": {"type": "integer", "default": 3}}}
    await create_workflow(
        client, tasks={"Sum": {"type": "run-code", "body": {"code": "def main(inputs): pass", "inputs": body}}}
    )
    endpoint = (await client.get(f"{URL}/endpoint")).json()
    document = (await client.get(f"{URL}/openapi.json")).json()

    assert (endpoint["method"], endpoint["active"]) == ("POST", False)
    assert endpoint["url"].endswith("/run/order-paid")
    assert endpoint["body"] == {"Sum": {"inputs": {"message": "", "n": 3}}}
    assert endpoint["bodySchema"]["required"] == ["Sum"]
    assert endpoint["curl"].startswith("curl -X POST http")
    assert document["paths"] == endpoint["openapi"]
    operation = document["paths"]["/run/order-paid"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == endpoint["bodySchema"]


async def test_the_document_shows_what_is_answered(client: httpx.AsyncClient) -> None:
    made = (await client.post(WORKFLOWS_URL, json=examples.DRAFT)).json()
    (listed,) = (await client.get(WORKFLOWS_URL)).json()["data"]
    (version,) = (await client.get(f"{URL}/versions")).json()["data"]
    endpoint = (await client.get(f"{URL}/endpoint")).json()
    judged = (await client.post(f"{WORKFLOWS_URL}/validate", json=examples.DRAFT)).json()

    assert_alike(made, examples.WORKFLOW, but=_GIVEN)
    assert_alike(listed, examples.SUMMARY, but=_GIVEN | {"sessions24h"})
    assert_alike(version, examples.VERSION, but=_GIVEN | {"active"})
    assert_alike(endpoint, examples.ENDPOINT, but={"url", "curl"})
    assert judged == {
        "valid": True,
        "errors": [],
        "warnings": [examples.WARNING],
        "blanks": [examples.BLANK],
        "order": ["Fetch", "Big", "Tell"],
    }


def assert_alike(answer: dict[str, Any], example: Mapping[str, Any], *, but: AbstractSet[str]) -> None:
    """Compare an answer with the example of it, member by member; of those in `but` the presence alone."""
    assert answer.keys() == example.keys()
    assert {name: one for name, one in answer.items() if name not in but} == {
        name: one for name, one in example.items() if name not in but
    }


async def test_viewers_look_and_change_nothing(client: httpx.AsyncClient, callers: Callers) -> None:
    await create_workflow(client)
    viewer = callers.user("viewer")
    for path in ("", "/versions", "/versions/1", "/export", "/endpoint", "/openapi.json"):
        assert (await client.get(f"{URL}{path}", headers=viewer)).status_code == 200
    assert (await client.post(f"{WORKFLOWS_URL}/validate", json={"tasks": PURE}, headers=viewer)).status_code == 200
    writing = [("POST", WORKFLOWS_URL), ("POST", f"{WORKFLOWS_URL}/import"), ("PUT", URL), ("DELETE", URL)]
    writing += [("POST", f"{URL}/{word}") for word in ("activate", "deactivate", "clone")]
    for method, url in writing:
        assert (await client.request(method, url, json=workflow_body("x"), headers=viewer)).status_code == 403
