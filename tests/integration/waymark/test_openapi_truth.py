"""`docs/openapi.json` tells the truth: Schemathesis tries every operation of a running installation against it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from services.monitoring.definitions.examples import FIELDS_EXAMPLE
from tests.support.examples import FIRST_EXAMPLE
from tests.support.installation import Installation
from tests.support.logging_in import login_headers
from tests.support.metrics.definitions import create_metric
from tests.support.workflows.over_http import activate, create_type, create_workflow

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs/openapi.json"
CONFIGURATION = ROOT / "tests/support/schemathesis.toml"
_ANSWERS = ("Out", "Page", "Accepted", "Pagination")
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")


Values = dict[tuple[str, str], str]
"""(beginning of a path, name of a value in it) → the value of an object that is there."""


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with nothing allowed in an answer that it does not name."""
    for name, schema in document["components"]["schemas"].items():
        if name.endswith(_ANSWERS) and "properties" in schema:
            schema["additionalProperties"] = False
    return document


def with_values(document: dict[str, Any], values: Values) -> dict[str, Any]:
    """The document with these as the values that its paths take, so that operations find what they ask for."""
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if (value := value_at(path, parameter["name"], values)) is not None:
                    parameter["schema"] = {"type": "string", "enum": [value]}
    return document


def value_at(path: str, name: str, values: Values) -> str | None:
    """The value of that name in the path, if one is given."""
    return next((value for (under, known), value in values.items() if path.startswith(under) and name == known), None)


async def objects(installation: Installation) -> Values:
    """An object of each kind, made for the purpose."""
    async with httpx.AsyncClient(base_url=installation.url, headers=await user_of(installation)) as client:
        await made(client, "/v1/interactions", {**FIELDS_EXAMPLE, "name": "Tried"})
    async with installation.client() as client:
        item = {"title": "Tried", "mnemonic": "TRIED"}
        found: Values = {
            (f"/api/{kind}/", "itemId"): (await made(client, f"/api/{kind}", item))[name]
            for kind, name in (("actions", "actionId"), ("origins", "originId"), ("resource-types", "resourceTypeId"))
        }
        person = {"email": "tried@example.com", "password": "correct horse battery"}
        interaction = await made(client, "/api/interactions", FIRST_EXAMPLE)
        event = {"eventType": "tried", "resourceType": "ORDER", "resourceId": "1", "correlationId": "tried"}
        event_id = (await made(client, "/api/v1/events", event))["id"]
        metric_id = await create_metric(client)
        await create_type(client, name="tried", title="Tried")
        await create_workflow(client, "tried")
        await activate(client, "tried")
        session = await made(client, "/run/tried", {"id": 7})
        return found | {
            ("/v1/interactions/", "name"): "Tried",
            ("/api/keys/", "keyId"): (await made(client, "/api/keys", {"label": "tried", "roles": ["viewer"]}))["id"],
            ("/api/v1/auth/users/", "userId"): (await made(client, "/api/v1/auth/register", person))["userId"],
            ("/api/interactions/", "interactionId"): interaction["interactionId"],
            ("/api/traces/", "uowId"): interaction["uowId"],
            ("/api/v1/events/", "event_id"): event_id,
            ("/api/v1/behavioral-metrics/", "id"): metric_id,
            ("/api/v1/workflows/", "name"): "tried",
            ("/run/", "name"): "tried",
            ("/api/v1/workflow-sessions/", "id"): session["sessionId"],
            ("/api/v1/task-types/", "type"): "tried",
        }


async def made(client: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a POST that makes something."""
    answer = await client.post(path, json=body)
    assert answer.is_success, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def user_of(installation: Installation) -> dict[str, str]:
    """The headers of the first tenant's user."""
    async with httpx.AsyncClient(base_url=installation.url) as client:
        headers = await login_headers(client, installation.credentials)
    assert headers is not None
    return headers


async def tried(installation: Installation, document: Path) -> tuple[int, str]:
    """The exit code and the words of Schemathesis."""
    user = await user_of(installation)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run", str(document)),
        *("--url", installation.url, "--no-color"),
        cwd=document.parent,
        env={
            **os.environ,
            "COLUMNS": "120",
            "PYTHONPATH": str(ROOT),
            "WAYMARK_API_KEY": installation.credentials["apiKey"],
            "WAYMARK_TOKEN": user["authorization"].removeprefix("Bearer "),
            "WAYMARK_EMAIL": user["user-email"],
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_answers_are_as_documented(postgres_installation: Installation, tmp_path: Path) -> None:
    document = with_values(closed(json.loads(DOCUMENT.read_bytes())), await objects(postgres_installation))
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    code, said = await tried(postgres_installation, tmp_path / "openapi.json")
    assert code == 0, said


async def test_the_server_shows_the_document(postgres_installation: Installation) -> None:
    async with postgres_installation.client() as client:
        assert (await client.get("/openapi.json")).json() == json.loads(DOCUMENT.read_bytes())


async def test_a_405_names_every_method_of_its_path(postgres_installation: Installation) -> None:
    paths = json.loads(DOCUMENT.read_bytes())["paths"]
    async with postgres_installation.client() as client:
        for template, operations in paths.items():
            path = template.replace("{", "").replace("}", "")
            methods = {method.upper() for method in operations} | {"OPTIONS"}
            methods |= {"HEAD"} if "GET" in methods else set()
            others = [method for method in _METHODS if method not in methods]
            *refusals, answer = await asyncio.gather(
                *(client.request(method, path) for method in others), client.options(path)
            )
            for method, refusal in zip(others, refusals, strict=True):
                assert (refusal.status_code, allowed(refusal)) == (405, methods), (method, path)
            assert (answer.status_code, answer.content, allowed(answer)) == (204, b"", methods), path


def allowed(answer: httpx.Response) -> set[str]:
    """The methods that `Allow` names."""
    return set(answer.headers["allow"].split(", "))
