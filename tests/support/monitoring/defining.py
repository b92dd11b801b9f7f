"""Defines critical interactions over HTTP for tests."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.monitoring.collections import Collection

URL = "/v1/interactions"
_INTERACTIONS = Collection(URL, "interactions")


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
    created: int = (await _INTERACTIONS.create(client, body(name, **changes)))["id"]
    return created


async def get(client: httpx.AsyncClient, name: str = "Checkout") -> dict[str, Any]:
    """Return a definition's details."""
    return await _INTERACTIONS.get(client, name)


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
    return await _INTERACTIONS.names(client, **{"page": 0, "size": 100, **params})
