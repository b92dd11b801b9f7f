"""Believable interactions in any number, the same for the same seed: skewed as real traffic is.

Numbers count up per tenant and `createdDate` never decreases with them, as the gateway promises.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from libs.contracts.interactions import Interaction
from libs.contracts.times import format_ms

TYPES = ("ORDER", "PAYMENT", "FILE", "DOCUMENT", "USER", "CART", "INVOICE", "SHIPMENT", "TICKET", "REFUND")
ACTIONS = ("READ", "CREATE", "UPDATE", "MODIFIED", "ADDED", "DELETE", "RENAMED", "DELETED", "APPROVE", "REJECT")
ORIGINS = ("WEBAPP", "MOBILE", "API", "SDK", "CLI", "GIT")
START_MS = 1_750_000_000_000
DAY_MS = 86_400_000
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:example-catalog")
_TABLE_SIZE = 1 << 16
# Most units of work are short: the median is 3 records where the longest has 200.
_SHORT_UNITS = 6


@dataclass(frozen=True, slots=True)
class Shape:
    """How much of what: `days` is the span of accept times, the counts bound how many distinct values there are."""

    tenants: tuple[str, ...] = ("default", "default", "default", "default", "acme")
    days: float = 90
    users: int = 5_000
    resources: int = 200_000
    longest_unit_of_work: int = 200
    seed: int = 1
    start_ms: int = START_MS


@dataclass(slots=True)
class _Tenant:
    number: int = 0
    uow_id: str = ""
    uow_left: int = 0
    uow_user: str | None = None
    recent: list[str] = field(default_factory=list)


def shape_of(rows: int) -> Shape:
    """As dense in time as ten million in 90 days: 111,000 a day."""
    return Shape(days=90 * rows / 10_000_000)


def catalog_id(tenant_id: str, kind: str, mnemonic: str) -> str:
    """The id under which a tenant's catalog would hold a mnemonic."""
    return str(uuid.uuid5(_NAMESPACE, f"{tenant_id}/{kind}/{mnemonic}"))


def interactions(count: int, shape: Shape | None = None) -> Iterator[tuple[str, Interaction]]:
    """`count` pairs of tenant and interaction, oldest first."""
    shape = shape or Shape()
    rng = random.Random(shape.seed)
    draw = rng.random
    tables = _Tables(rng, shape)
    tenants = {tenant: _Tenant() for tenant in shape.tenants}
    step_ms = shape.days * DAY_MS / max(count, 1)
    for index in range(count):
        tenant_id = shape.tenants[int(draw() * len(shape.tenants))]
        tenant = tenants[tenant_id]
        tenant.number += 1
        if tenant.uow_left == 0:
            _next_unit_of_work(tenant, rng, tables, shape)
        tenant.uow_left -= 1
        created_ms = shape.start_ms + int(index * step_ms)
        yield tenant_id, _interaction(tenant_id, tenant, created_ms, rng, tables)


class _Tables:
    """Weighted values laid out flat, so that a draw is one look-up."""

    def __init__(self, rng: random.Random, shape: Shape) -> None:
        self.types = _zipf(rng, TYPES)
        self.actions = _zipf(rng, ACTIONS)
        self.origins = _zipf(rng, ORIGINS)
        self.users = [f"user-{_skewed(rng, shape.users):05d}@example.com" for _ in range(_TABLE_SIZE)]
        self.resources = shape.resources
        self.ids = {
            (tenant, kind, mnemonic): catalog_id(tenant, kind, mnemonic)
            for tenant in set(shape.tenants)
            for kind, names in (("resource_type", TYPES), ("action", ACTIONS), ("origin", ORIGINS))
            for mnemonic in names
        }


def _zipf(rng: random.Random, names: tuple[str, ...]) -> list[str]:
    return rng.choices(names, [1 / (rank + 1) for rank in range(len(names))], k=_TABLE_SIZE)


def _skewed(rng: random.Random, size: int) -> int:
    return int(size * rng.random() ** 4)


def _next_unit_of_work(tenant: _Tenant, rng: random.Random, tables: _Tables, shape: Shape) -> None:
    tenant.uow_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    tenant.uow_left = 1 + int(shape.longest_unit_of_work * rng.random() ** _SHORT_UNITS)
    tenant.uow_user = tables.users[rng.getrandbits(16)] if rng.random() < 0.9 else None


def _interaction(tenant_id: str, tenant: _Tenant, created_ms: int, rng: random.Random, tables: _Tables) -> Interaction:
    bits = rng.getrandbits(64)
    resource_type = tables.types[bits & 0xFFFF]
    action = tables.actions[(bits >> 16) & 0xFFFF]
    origin = tables.origins[(bits >> 32) & 0xFFFF]
    chance = bits >> 48 & 0xFF
    total = (bits >> 20) % 100_000
    event_ms = created_ms - (bits >> 30) % (3 * DAY_MS) if chance < 60 else None
    ids = tables.ids
    return Interaction(
        interaction_id=uuid7_of(created_ms, rng),
        interaction_number=tenant.number,
        resource_id=f"{resource_type.lower()}-{int(tables.resources * rng.random() ** 4)}",
        resource_type_id=ids[tenant_id, "resource_type", resource_type],
        action_id=ids[tenant_id, "action", action],
        origin_id=ids[tenant_id, "origin", origin],
        resource_type=resource_type,
        action=action,
        origin=origin,
        interaction=msgspec.Raw(
            b'{"total": %d.%02d, "currency": "%s", "items": %d, "address": {"city": "City %d", "zip": "%05d"}}'
            % (total // 100, total % 100, (b"EUR", b"USD")[chance & 1], 1 + chance % 9, chance, total)
        ),
        external_reference=f"pi-{bits & 0xFFFFFFFF:x}" if chance > 180 else None,
        uow_id=tenant.uow_id,
        user_id=tenant.uow_user,
        created_date=format_ms(created_ms),
        interaction_timestamp=None if event_ms is None else format_ms(event_ms),
        span_id=f"{bits:016x}" if chance & 3 == 0 else None,
    )


def uuid7_of(timestamp_ms: int, rng: random.Random) -> str:
    """A UUIDv7 made at that time."""
    bits = rng.getrandbits(74)
    value = timestamp_ms << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & ((1 << 62) - 1)
    return str(uuid.UUID(int=value))
