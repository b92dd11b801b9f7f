"""Batches sent while things die, and the account of them afterwards: acknowledged once each, every number explained."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.waiting import eventually

BATCH = 100


@dataclass
class Sender:
    """Posts batches with ids of its own until told to stop, and remembers what was acknowledged."""

    client: httpx.AsyncClient
    acknowledged: dict[str, int] = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)
    stopping: bool = False

    async def run(self, records: int) -> None:
        """Send until so many are acknowledged or `stopping` is set; an answer that was lost is asked for again."""
        while len(self.acknowledged) < records and not self.stopping:
            items = [self._item() for _ in range(BATCH)]
            while items and not self.stopping:
                items = await self._send(items)

    async def reached(self, records: int) -> None:
        """Return once so many are acknowledged."""
        await eventually(lambda: len(self.acknowledged) >= records, timeout_s=120.0)

    def _item(self) -> dict[str, Any]:
        return {
            "interactionId": str(uuid.uuid4()),
            "uowId": f"uow-{random.randrange(500)}",
            "resourceId": f"order-{random.randrange(1000)}",
            "resourceType": "ORDER",
            "action": "UPDATE",
            "origin": "API",
        }

    async def _send(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        try:
            answer = await self.client.post("/api/interactions/batch", json=items)
        except httpx.TransportError:
            return items
        if b'"items"' not in answer.content:
            self.refused[answer.status_code] += 1
            return items
        again = []
        for item in answer.json()["items"]:
            if item["status"] < 300:
                self.acknowledged[item["interactionId"]] = item["interactionNumber"]
            else:
                assert item["status"] in {409, 503}, item
                self.refused[item["status"]] += 1
                again.append(items[item["index"]])
        return again


async def listed(client: httpx.AsyncClient) -> dict[str, int]:
    """Every interaction the list shows: id → number. Waits until all is applied, by the gap report's `in flight`."""
    found: dict[str, int] = {}
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
        answer = (await client.get("/api/interactions", params=query)).json()
        found.update((row["interactionId"], row["interactionNumber"]) for row in answer["data"])
        cursor = answer["pagination"]["nextCursor"]
    return found


async def gaps(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The whole gap report."""
    answer = await client.get("/api/interactions/gaps?limit=100")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert not body["pagination"]["hasNext"], "more gaps than a page holds"
    rows: list[dict[str, Any]] = body["data"]
    return rows


async def check_everything(client: httpx.AsyncClient, acknowledged: dict[str, int]) -> None:
    """Acknowledged once each; numbers 1 to the highest are listed or explained, and none is lost."""

    async def level() -> bool:
        seen = await listed(client)
        return acknowledged.keys() <= seen.keys() and not any(g["state"] == "in flight" for g in await gaps(client))

    await eventually(level, timeout_s=90.0, interval_s=0.5)
    seen, explained = await listed(client), await gaps(client)
    assert {key: seen[key] for key in acknowledged} == acknowledged
    assert not [gap for gap in explained if gap["state"] not in {"voided", "duplicate"}]
    missing = [number for gap in explained for number in range(gap["first"], gap["last"] + 1)]
    highest = max([*seen.values(), *missing])
    assert sorted([*seen.values(), *missing]) == list(range(1, highest + 1))
