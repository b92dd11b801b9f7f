"""Defines service level objectives over HTTP for tests."""

from __future__ import annotations

from typing import Any

import httpx

SLOS_URL = "/v1/slos"


def objective(name: str = "Checkout 99.9 %", **changes: Any) -> dict[str, Any]:
    """The body of a POST: 99.9 % of `Checkout`, and the changes."""
    return {"name": name, "interactionName": "Checkout", "target": 0.999, **changes}


async def create_slo(client: httpx.AsyncClient, name: str = "Checkout 99.9 %", **changes: Any) -> str:
    """Create an objective and return its id."""
    answer = await client.post(SLOS_URL, json=objective(name, **changes))
    assert answer.status_code == 201, answer.text
    created: str = answer.json()["data"]["id"]
    return created


async def get_slo(client: httpx.AsyncClient, slo_id: str) -> dict[str, Any]:
    """Return an objective."""
    answer = await client.get(f"{SLOS_URL}/{slo_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def listed_slos(client: httpx.AsyncClient, **params: Any) -> tuple[list[str], int]:
    """Return the names on a page of the list, and the total."""
    answer = await client.get(SLOS_URL, params=params)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    return [one["name"] for one in data["slos"]], data["totalSlos"]
