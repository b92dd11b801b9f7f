"""A tenant's own types of tasks over HTTP: made, found, changed, deleted, and refused at their place."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.callers import Callers
from tests.support.workflows.over_http import TYPES_URL, create_type, type_body

URL = f"{TYPES_URL}/add-tax"


async def test_types_are_found_by_id_and_title_beside_the_built_in_ones(client: httpx.AsyncClient) -> None:
    made = await create_type(client, title="Add The Tax")
    listed = (await client.get(TYPES_URL)).json()["data"]
    by_title = await client.get(f"{TYPES_URL}/add%20the%20TAX")

    assert listed[-1] == made == by_title.json()
    assert by_title.headers["etag"] == '"1"'
    fields = made["inputs"] | {"properties": {"amount": {"title": "amount", "type": "number"}}}
    assert (made["own"], made["fields"], made["version"]) == (True, fields, 1)
    built_in = (await client.get(f"{TYPES_URL}/Run%20code")).json()
    assert built_in in listed
    assert (built_in["type"], built_in["own"], "code" in built_in) == ("run-code", False, False)
    assert (await client.get(f"{TYPES_URL}/nothing")).status_code == 404


async def test_a_change_makes_a_version_and_a_deleted_name_goes_on_counting(client: httpx.AsyncClient) -> None:
    await create_type(client)
    body = {name: value for name, value in type_body().items() if name != "type"}
    same = await client.put(URL, json=body)
    changed = await client.put(URL, json=body | {"description": "Sums"}, headers={"if-match": '"1"'})
    late = await client.put(URL, json=body, headers={"if-match": '"1"'})

    assert (same.headers["etag"], changed.headers["etag"], late.status_code) == ('"1"', '"2"', 412)
    assert changed.json()["description"] == "Sums"
    assert (await client.delete(URL)).status_code == 204
    assert (await client.get(URL)).status_code == 404
    assert (await create_type(client))["version"] == 3


async def test_names_are_taken_once_whether_as_id_or_as_title(client: httpx.AsyncClient) -> None:
    await create_type(client)
    for body in (
        type_body(title="Another"),
        type_body("another", title="add  TAX"),
        type_body("run-code", title="Another"),
        type_body("another", title="Run Code"),
    ):
        answer = await client.post(TYPES_URL, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "type_taken")
    for method in ("PUT", "DELETE"):
        answer = await client.request(method, f"{TYPES_URL}/run-code", json=type_body())
        assert (answer.status_code, answer.json()["code"]) == (409, "type_built_in")


async def test_what_is_refused_is_named(client: httpx.AsyncClient) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"type": "Add tax"}, "type"),
        ({"title": " "}, "title"),
        ({"code": ""}, "code"),
        ({"code": "ä" * 40_000}, "code"),
        ({"inputs": {"type": "array"}}, "inputs.type"),
        ({"inputs": {"type": "object"}}, "inputs.properties"),
        ({"inputs": {"type": "object", "properties": {"a": True}}}, "inputs.properties.a"),
        ({"inputs": {"type": "object", "properties": {"a": {"type": "nothing"}}}}, "inputs.properties.a.type"),
        ({"inputs": {"type": "object", "properties": {}, "$defs": {}}}, "inputs.$defs"),
        ({"inputs": {"type": "object", "properties": {"a": {"$ref": "http://far/x"}}}}, "inputs.properties.a.$ref"),
        (
            {"inputs": {"type": "object", "properties": {"a": {"$ref": "#/properties/b"}, "b": {}}}},
            "inputs.properties.a.$ref",
        ),
    ]
    for changes, field in refused:
        answer = await client.post(TYPES_URL, json=type_body() | changes)
        assert answer.status_code == 422
        assert [".".join(map(str, one["loc"][1:])) for one in answer.json()["errors"]] == [field]


async def test_viewers_look_and_change_nothing(client: httpx.AsyncClient, callers: Callers) -> None:
    await create_type(client)
    viewer = callers.user("viewer")
    assert (await client.get(URL, headers=viewer)).status_code == 200
    for method, url in (("POST", TYPES_URL), ("PUT", URL), ("DELETE", URL)):
        assert (await client.request(method, url, json=type_body(), headers=viewer)).status_code == 403
