"""Facts on their way into the product: as items of batches, sent until each is acknowledged."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID, uuid5

import httpx

from libs.contracts.times import format_ms
from tests.support.monitoring.plain_walk import Fact
from tests.support.sending import INTERACTIONS_URL, send_items

_IDS = UUID("6f1c2d2e-4b6b-4c2b-9a52-8d7a3c1b0f01")
_NAMES = {
    "ORDER.CREATE": 4,
    "ORDER.UPDATE": 4,
    "ORDER.MODIFIED": 4,
    "ORDER.DELETE": 1,
    "ORDER.DELETED": 1,
    "ORDER.READ": 2,
}
FLOW: Mapping[str, Any] = {
    "correlationProperty": "resourceId",
    "uptimeLowerLimitInMs": 60_000,
    "uptimeMidLimitInMs": 120_000,
    "uptimeUpperLimitInMs": 3_600_000,
    "thresholdInMs": 3_600_000,
    "events": [
        {"name": "ORDER.CREATE"},
        {"name": "ORDER.DELETE", "isBlacklisted": True},
        {"name": "ORDER.UPDATE"},
        {"name": "ORDER.MODIFIED"},
    ],
    "globalBlacklistedEvents": [{"name": "ORDER.DELETED"}],
}
"""The definition that the flows of users are for. No clock ends its matches within a test."""


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
    await send_items(client, INTERACTIONS_URL, [item(fact) for fact in facts])


@dataclass(frozen=True, slots=True)
class User:
    """Sends the records of some flows side by side, one of each at a time, so that those of a flow keep their order."""

    name: str
    flows: Sequence[Sequence[Fact]]

    @classmethod
    def made(cls, name: str, source: random.Random, *, flows: int, length: int, since_ms: int) -> User:
        """Return a user whose flows are random."""
        return cls(name, [_flow(f"{name}-{flow}", source, length, since_ms) for flow in range(flows)])

    @property
    def facts(self) -> Iterator[Fact]:
        """All that it sends."""
        return chain.from_iterable(self.flows)

    async def run(self, client: httpx.AsyncClient, sent: Callable[[int], None]) -> None:
        """Send everything; `sent` is told of the records of each batch once all are acknowledged."""
        for facts in zip(*self.flows, strict=True):
            await send(client, facts)
            sent(len(facts))


def _flow(resource_id: str, source: random.Random, length: int, since_ms: int) -> list[Fact]:
    facts: list[Fact] = []
    at_ms = since_ms
    for _ in range(length):
        at_ms += source.choice((1, 1_000, 60_000, 3_600_000, 3_600_001))
        name = source.choices(*zip(*_NAMES.items(), strict=True))[0]
        facts.append(Fact(name, at_ms, f"uow-{resource_id}", {"resourceId": resource_id}))
    return facts
