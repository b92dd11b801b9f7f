"""Defines service level objectives over HTTP for tests."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.monitoring.collections import Collection

SLOS_URL = "/v1/slos"
SLOS = Collection(SLOS_URL, "slos")


def objective(name: str = "Checkout 99.9 %", **changes: Any) -> dict[str, Any]:
    """The body of a POST: 99.9 % of `Checkout`, and the changes."""
    return {"name": name, "interactionName": "Checkout", "target": 0.999, **changes}


async def create_slo(client: httpx.AsyncClient, name: str = "Checkout 99.9 %", **changes: Any) -> str:
    """Create an objective and return its id."""
    created: str = (await SLOS.create(client, objective(name, **changes)))["id"]
    return created
