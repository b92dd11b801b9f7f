"""Defines critical interactions over HTTP for tests."""

from __future__ import annotations

from typing import Any

import httpx

URL = "/v1/interactions"


def body(name: str = "Checkout", **changes: Any) -> dict[str, Any]:
    """The body of a POST: two events and limits of 100, 200, 300 and 60,000 ms, and the changes."""
    return {
        "name": name,
        "uptimeLowerLimitInMs": 100,
        "uptimeMidLimitInMs": 200,
        "uptimeUpperLimitInMs": 300,
        "thresholdInMs": 60_000,
        "events": [{"name": "ORDER.CREATE"}, {"name": "payment.settled"}],
        **changes,
    }


async def create(client: httpx.AsyncClient, name: str = "Checkout", **changes: Any) -> int:
    """Create a definition and return its id."""
    answer = await client.post(URL, json=body(name, **changes))
    assert answer.status_code == 201, answer.text
    created: int = answer.json()["data"]["id"]
    return created


async def get(client: httpx.AsyncClient, name: str = "Checkout") -> dict[str, Any]:
    """Return a definition's details."""
    answer = await client.get(f"{URL}/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def patch(client: httpx.AsyncClient, name: str = "Checkout", **changes: Any) -> None:
    """Change a definition."""
    answer = await client.patch(f"{URL}/{name}", json=changes)
    assert answer.status_code == 200, answer.text


async def delete(client: httpx.AsyncClient, name: str = "Checkout") -> None:
    """Delete a definition."""
    answer = await client.delete(f"{URL}/{name}")
    assert answer.status_code == 204, answer.text


async def listed(client: httpx.AsyncClient, **params: Any) -> tuple[list[str], int]:
    """Return the names on a page of the list, and the total."""
    answer = await client.get(URL, params={"page": 0, "size": 100, **params})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    return [one["name"] for one in data["interactions"]], data["totalInteractions"]
