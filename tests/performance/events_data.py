"""Believable events in any number, the same for the same seed: a few types make most of them, a few actors too."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from libs.contracts.events import Event
from libs.contracts.times import format_ms
from tests.performance.interactions_data import DAY_MS, START_MS, uuid7_of

RESOURCE_TYPES = ("ORDER", "PAYMENT", "SHIPMENT", "INVOICE", "CART", "REFUND", "service", "cloud_event")
_FACTS = ("created", "updated", "completed", "failed", "archived")
EVENT_TYPES = tuple(f"{kind.lower()}.{fact}" for fact in _FACTS for kind in RESOURCE_TYPES)
ACTOR_TYPES = ("user", "user", "user", "service", "api_key", "system")
_TABLE_SIZE = 1 << 16
_LONGEST_CORRELATION = 60


@dataclass(frozen=True, slots=True)
class Shape:
    """How much of what: `days` is the span of `occurredAt`, the counts bound how many distinct values there are."""

    tenants: tuple[str, ...] = ("default", "default", "default", "default", "acme")
    days: float = 90
    actors: int = 500
    resources: int = 100_000
    seed: int = 1


def events(count: int, shape: Shape | None = None) -> Iterator[Event]:
    """`count` events, oldest first but for the few that come late; one in ten is of another type's resource."""
    shape = shape or Shape()
    rng = random.Random(shape.seed)
    weights = [1 / (rank + 1) for rank in range(len(EVENT_TYPES))]
    types = rng.choices(range(len(EVENT_TYPES)), weights, k=_TABLE_SIZE)
    actors = [int(shape.actors * rng.random() ** 3) for _ in range(_TABLE_SIZE)]
    left, correlation = 0, ""
    for index in range(count):
        if not left:
            left, correlation = 1 + int(_LONGEST_CORRELATION * rng.random() ** 4), uuid7_of(START_MS, rng)
        left -= 1
        at_ms = START_MS + int(index * shape.days * DAY_MS / count)
        yield _event(rng, shape, at_ms, types[rng.getrandbits(16)], actors[rng.getrandbits(16)], correlation)


def _event(rng: random.Random, shape: Shape, at_ms: int, kind: int, actor: int, correlation: str) -> Event:
    bits = rng.getrandbits(40)
    resource_type = RESOURCE_TYPES[(kind if bits & 0xFF > 25 else bits >> 8) % len(RESOURCE_TYPES)]
    total, late = (bits >> 11) % 100_000, bits >> 30 & 0xFF < 5
    resource_id = f"{resource_type.lower()}-{int(shape.resources * rng.random() ** 3)}"
    occurred_ms = at_ms - (bits >> 12) % DAY_MS if late else at_ms
    return Event(
        id=uuid7_of(at_ms, rng),
        type=EVENT_TYPES[kind],
        tenant_id=shape.tenants[bits % len(shape.tenants)],
        resource_type=resource_type,
        resource_id=resource_id,
        actor_id=f"actor-{actor:05d}@example.com",
        actor_type=ACTOR_TYPES[actor % len(ACTOR_TYPES)],
        occurred_at=format_ms(occurred_ms),
        data=b'{"total": %d.%02d, "currency": "EUR", "step": %d}' % (total // 100, total % 100, bits >> 33),
        correlation_id=correlation,
    )
