"""Clients generated from `docs/openapi.json` alone work: one in Python, one in TypeScript, a call of each family."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.installation import Installation
from tests.support.registry_packages import npm_packages, python_packages
from tests.support.tools import tool

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs/openapi.json"
CLIENTS = ROOT / "tests/support/openapi_clients"
PACKAGE = "waymark_openapi_client"


def run(command: list[str], place: Path, **environment: str) -> str:
    """The standard output of a command, which must succeed."""
    known = {**os.environ, **environment}
    done = subprocess.run(command, cwd=place, env=known, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def python_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the package that openapi-python-client makes."""
    place = tmp_path_factory.mktemp("python")
    generate = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    options = ["--path", str(DOCUMENT), "--output-path", PACKAGE, "--config", str(CLIENTS / "python/config.yml")]
    said = run([*generate, *options], place, PYTHONPATH=str(python_packages(CLIENTS / "python/requirements.lock")))
    # It knows no bodies but JSON, forms and bytes; nothing else may be missing.
    refusals = {line for line in said.splitlines() if line.startswith(("Unsupported", "Cannot", "Invalid", "Unable"))}
    assert all(line.startswith("Unsupported content type") for line in refusals), said
    return place


def calls_in_python(place: Path, url: str, key: str) -> dict[str, Any]:
    """What a call of each family answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(place)

        def call(name: str, **arguments: Any) -> Any:
            return importlib.import_module(f"{PACKAGE}.api.{name}").sync_detailed(client=client, **arguments)

        models = importlib.import_module(f"{PACKAGE}.models")
        client = importlib.import_module(PACKAGE).AuthenticatedClient(
            url, key, timeout=30.0, raise_on_unexpected_status=True
        )
        item = {"resource_id": "py-1", "resource_type": "ORDER", "action": "CREATE", "origin": "WEBAPP"}
        record = "interactions.record_interaction_api_interactions_post"
        recorded = call(record, body=models.InteractionIn(**item))
        uow_id = recorded.parsed.uow_id
        event = models.EventIn(
            event_type="order.shipped", resource_type="ORDER", resource_id="py-1", correlation_id=uow_id
        )
        posted = call("events.record_events_api_v1_events_post", body=event)
        seen = {
            "waymark_min_position": ",".join(one.headers["waymark-position"] for one in (recorded, posted)),
        }
        listed = call("interactions.list_interactions_api_interactions_get", resource_id="py-1", **seen).parsed
        events = call("events.list_events_api_v1_events_get", resource_id="py-1", **seen).parsed
        trace = call("traces.get_summary_api_traces_uow_id_summary_get", uow_id=uow_id, **seen).parsed
        types = call("catalog.list_items_api_resource_types_get", page=1, mnemonic="ORDER").parsed
        keys = call("keys.list_keys_api_keys_get").parsed
        refused = call(record, body=models.InteractionIn(**{**item, "action": "CRATE"})).parsed
        return {
            "recorded": recorded.parsed.resource_type,
            "listed": [
                listed.data[0].resource_type_mnemonic,
                listed.pagination.total_pages,
                listed.pagination.has_next,
            ],
            "events": [events.events[0].event_type, events.has_next],
            "trace": [trace.total_interactions, trace.total_events],
            "catalog": [one.mnemonic for one in types.data],
            "accounts": [one.label for one in keys.data],
            "refused": [one.field for one in refused.errors],
        }


def calls_in_typescript(url: str, key: str) -> dict[str, Any]:
    """The same by a client whose types openapi-typescript makes; what the compiler does not take is an error."""
    place = npm_packages(CLIENTS / "typescript")
    node = tool("node", "nodejs")
    run([node, "node_modules/openapi-typescript/bin/cli.js", str(DOCUMENT), "--output", "schema.d.ts"], place)
    run([node, "node_modules/typescript/bin/tsc"], place)
    said: dict[str, Any] = json.loads(run([node, "calls.js"], place, WAYMARK_URL=url, WAYMARK_API_KEY=key))
    return said


EXPECTED = {
    "recorded": "ORDER",
    "listed": ["ORDER", 1, False],
    "events": ["order.shipped", False],
    "trace": [1, 1],
    "catalog": ["ORDER"],
    "accounts": ["first key"],
    "refused": ["action"],
}


async def test_a_python_client(postgres_installation: Installation, python_client: Path) -> None:
    key = postgres_installation.credentials["apiKey"]
    assert await asyncio.to_thread(calls_in_python, python_client, postgres_installation.url, key) == EXPECTED


async def test_a_typescript_client(postgres_installation: Installation) -> None:
    key = postgres_installation.credentials["apiKey"]
    assert await asyncio.to_thread(calls_in_typescript, postgres_installation.url, key) == EXPECTED
