"""Items on their way into the product: sent in batches until each is acknowledged, so each needs an id of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx
import msgspec

INTERACTIONS_URL = "/api/interactions/batch"
EVENTS_URL = "/api/v1/events"
ENCODER = msgspec.json.Encoder(decimal_format="number")


async def send_items(client: httpx.AsyncClient, url: str, items: Sequence[Mapping[str, Any]]) -> None:
    """Send items until each is acknowledged: one whose fate is not known is sent again under its id."""
    left = items
    while left:
        left = await _send(client, url, left)


async def send_one(client: httpx.AsyncClient, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Send a body by itself until it is acknowledged, under its id."""
    content = ENCODER.encode(body)
    while True:
        with suppress(httpx.TransportError):
            answer = await client.post(url, content=content, headers={"content-type": "application/json", **headers})
            if answer.is_success:
                return
            assert answer.status_code in {409, 429, 502, 503, 504}, answer.text
        await asyncio.sleep(0.05)


async def _send(client: httpx.AsyncClient, url: str, items: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Send items; returns those that are not acknowledged."""
    try:
        answer = await client.post(url, content=ENCODER.encode(items), headers={"content-type": "application/json"})
    except httpx.TransportError:
        return items
    if b'"items"' not in answer.content:
        assert answer.status_code in {429, 502, 503, 504}, answer.text
        return items
    statuses = {one["index"]: one["status"] for one in answer.json()["items"]}
    assert set(statuses.values()) <= {200, 201, 202, 409, 503}, answer.text
    return [one for index, one in enumerate(items) if statuses[index] >= 300]
