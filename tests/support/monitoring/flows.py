"""Facts on their way into the product: as items of batches, sent until each is acknowledged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import httpx

from libs.contracts.times import format_ms
from tests.support.monitoring.plain_walk import Fact

BATCH_URL = "/api/interactions/batch"
_IDS = UUID("6f1c2d2e-4b6b-4c2b-9a52-8d7a3c1b0f01")


def item(fact: Fact) -> dict[str, Any]:
    """Return a fact as an item of a batch, under an id of its own."""
    resource_type, _, action = fact.name.partition(".")
    return {
        "interactionId": str(uuid5(_IDS, f"{fact.uow_id}/{fact.name}/{fact.at_ms}")),
        "resourceType": resource_type,
        "action": action,
        "origin": "API",
        "uowId": fact.uow_id,
        "interactionTimestamp": format_ms(fact.at_ms),
        **fact.properties,
    }


async def send(client: httpx.AsyncClient, facts: Iterable[Fact]) -> None:
    """Send facts until each is acknowledged: one whose fate is not known is sent again under its id."""
    left: Sequence[Mapping[str, Any]] = [item(fact) for fact in facts]
    while left:
        left = await _send(client, left)


async def _send(client: httpx.AsyncClient, items: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Send items; returns those that are not acknowledged."""
    try:
        answer = await client.post(BATCH_URL, json=items)
    except httpx.TransportError:
        return items
    if b'"items"' not in answer.content:
        assert answer.status_code in {429, 502, 503, 504}, answer.text
        return items
    statuses = {one["index"]: one["status"] for one in answer.json()["items"]}
    assert set(statuses.values()) <= {200, 201, 409, 503}, answer.text
    return [one for index, one in enumerate(items) if statuses[index] >= 300]
