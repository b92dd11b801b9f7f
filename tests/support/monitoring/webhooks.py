"""Webhooks over HTTP for tests."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.monitoring.collections import Collection
from tests.support.waiting import eventually

URL = "/v1/webhooks"
_WEBHOOKS = Collection(URL, "webhooks")


async def create_webhook(client: httpx.AsyncClient, url: str = "https://hooks.example.com/a", **fields: Any) -> Any:
    """Create a webhook and return its id and secret."""
    return await _WEBHOOKS.create(client, {"url": url, **fields})


async def send_test(client: httpx.AsyncClient, webhook_id: str) -> str:
    """Send a test and return the delivery's id."""
    answer = await client.post(f"{URL}/{webhook_id}/test")
    assert answer.status_code == 202, answer.text
    delivery_id: str = answer.json()["data"]["deliveryId"]
    return delivery_id


async def list_deliveries(client: httpx.AsyncClient, webhook_id: str, **params: Any) -> Any:
    """Return a page of deliveries, newest first."""
    answer = await client.get(f"{URL}/{webhook_id}/deliveries", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def ended(client: httpx.AsyncClient, webhook_id: str) -> list[Any]:
    """Return the first page of deliveries once none of them waits."""

    async def look() -> list[Any] | None:
        found: list[Any] = (await list_deliveries(client, webhook_id))["deliveries"]
        return found if found and all(one["state"] != "PENDING" for one in found) else None

    found: list[Any] | None = await eventually(look)
    assert found is not None
    return found
