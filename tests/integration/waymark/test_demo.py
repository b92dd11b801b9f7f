"""`waymark demo`: what a small shop watches and automates stands beside its traffic, once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from typer.testing import CliRunner

from tests.support.installation import Installation
from tests.support.waiting import eventually
from waymark import cli

_LISTS = ("/v1/interactions", "/v1/slos", "/v1/alert-rules", "/api/v1/behavioral-metrics", "/api/v1/workflows")
_NAMES = {"Checkout", "Checkouts complete", "Checkouts take long", "Orders", "Revenue", "price-order"}
_SESSIONS = "/api/v1/workflow-sessions"


async def test_what_a_shop_defines_is_there_once_and_works(postgres_installation: Installation) -> None:
    said = await _demo(postgres_installation)
    assert said[-1] == "6 definitions made"
    async with postgres_installation.user_client() as client:
        await eventually(lambda: _works(client), timeout_s=60.0)
        before = await _defined(client)
        again = await _demo(postgres_installation)
        assert again[-1] == "all definitions were there"
        assert again[0].startswith("0 of ")
        assert await _defined(client) == before
        assert before.keys() == _NAMES
        assert len((await _got(client, _SESSIONS))["data"]) == 3
        answer = await client.post("/api/keys", json={"label": "another", "roles": ["editor"]})
        key = answer.json()["key"]
    by_key = await _demo(postgres_installation, "--api-key", key)
    assert by_key[-1].startswith("all definitions were there; no critical interaction")


async def _demo(installation: Installation, *options: str) -> list[str]:
    words = ["demo", "--visits", "40", "--data-dir", str(installation.data_dir), *options]
    result = await asyncio.to_thread(CliRunner().invoke, cli.app, words)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


async def _works(client: httpx.AsyncClient) -> bool:
    """Whether the traffic was judged, counted, and every session has ended, one of them badly."""
    results = await _got(client, "/v1/interactions/Checkout/results?from=2020-01-01&to=2100-01-01")
    metrics = await _got(client, "/api/v1/behavioral-metrics")
    sessions = [one["status"] for one in (await _got(client, _SESSIONS))["data"]]
    is_counted = all(one["_count"]["values"] > 0 for one in metrics["data"])
    return bool(results["data"]["results"]) and is_counted and sorted(sessions) == ["completed", "completed", "failed"]


async def _defined(client: httpx.AsyncClient) -> dict[str, int]:
    """Return the version of whatever is defined, by name; burn rate rules come with their objective."""
    found: dict[str, int] = {}
    for path in _LISTS:
        answer = await _got(client, f"{path}?page=0&size=100" if path.startswith("/v1") else path)
        rows = answer["data"] if isinstance(answer["data"], list) else next(iter(answer["data"].values()))
        found |= {one["name"]: one["version"] for one in rows if one.get("kind") != "burnRate"}
    return found


async def _got(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()
