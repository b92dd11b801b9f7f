"""Queries on a real socket over any log, with two tenants and their keys."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from libs.auth.keys import generate, hash_key
from libs.contracts.credentials import ApiKey, Tenant, encode_credential
from libs.contracts.events import Event, encode_event
from libs.contracts.interactions import Interaction, encode_interaction
from libs.contracts.times import format_ms
from libs.contracts.topics import CREDENTIALS, EVENTS, INTERACTIONS, MANIFEST
from libs.eventlog.port import Appended, EventLog, Record
from libs.service.app import create_service_app
from services.queries.service import SERVICE
from services.queries.settings import QueriesSettings
from tests.support.listening import listening
from tests.support.logs import started_log
from tests.support.records import START_MS

TENANTS = ("acme", "default")
STREAM = "/api/v1/events/stream"
INTERACTION_STREAM = "/api/interactions/stream"


@dataclass(frozen=True, slots=True)
class Site:
    """A log that has topics and keys, and the database; servers come and go."""

    url: str
    log: EventLog
    keys: dict[str, str]
    kind: str
    address: str
    prefix: str

    async def append(self, *events: Event) -> None:
        """Put events into the log."""
        await self.append_records(
            *(Record(EVENTS.name, *encode_event(event), timestamp_ms=START_MS) for event in events)
        )

    async def record(self, *bodies: Interaction, tenant_id: str = "default") -> None:
        """Put interactions into the log."""
        encoded = (encode_interaction(tenant_id, body, actor_type="user") for body in bodies)
        await self.append_records(*(Record(INTERACTIONS.name, *parts, timestamp_ms=START_MS) for parts in encoded))

    async def append_records(self, *records: Record) -> None:
        """Put records into the log."""
        assert all(isinstance(outcome, Appended) for outcome in await self.log.append(records))

    async def revoke(self, tenant_id: str) -> None:
        """End a tenant's key."""
        await self.append_records(*_credentials(tenant_id, self.keys[tenant_id], revoked_at_ms=START_MS))

    @asynccontextmanager
    async def serving(self, path: str = STREAM, **settings: Any) -> AsyncIterator[str]:
        """The address of the stream, on a server with a log client of its own; with memory, on the one there is."""
        found = QueriesSettings(database_url=self.url, **settings)
        if self.kind == "memory":
            async with listening(create_service_app(SERVICE, found, log=self.log)) as base:
                yield base + path
            return
        async with (
            started_log(self.kind, self.address, MANIFEST, prefix=self.prefix) as log,
            listening(create_service_app(SERVICE, found, log=log)) as base,
        ):
            yield base + path


@asynccontextmanager
async def opened_site(url: str, kind: str = "memory", address: str = "", prefix: str = "") -> AsyncIterator[Site]:
    """A site without events."""
    keys = {tenant_id: generate().plain for tenant_id in TENANTS}
    async with started_log(kind, address, MANIFEST, prefix=prefix) as log:
        site = Site(url, log, keys, kind, address, prefix)
        for tenant_id, key in keys.items():
            await site.append_records(*_credentials(tenant_id, key))
        yield site


def made(number: int, tenant_id: str = "default", **changes: Any) -> Event:
    """An event; `number` is in its payload."""
    fields: dict[str, Any] = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{tenant_id}/{number}")),
        "type": "order.shipped",
        "resource_type": "service",
        "resource_id": f"order-{number}",
        "actor_id": "ann",
        "actor_type": "user",
        "occurred_at": format_ms(START_MS + number),
        "data": b'{"n":%d}' % number,
        "correlation_id": f"unit-{number % 5}",
    }
    return Event(tenant_id=tenant_id, **(fields | changes))


def numbers(events: Sequence[dict[str, Any]]) -> list[int]:
    """The numbers in their payloads."""
    return [event["payload"]["n"] for event in events]


def _credentials(tenant_id: str, plain: str, **changes: Any) -> list[Record]:
    key = ApiKey(
        tenant_id=tenant_id,
        id=f"key-{tenant_id}",
        version=1 if not changes else 2,
        hash=hash_key(plain),
        prefix=plain[:12],
        label="viewer",
        roles=("viewer",),
        **changes,
    )
    made_of = (Tenant(tenant_id=tenant_id, version=1), key)
    return [Record(CREDENTIALS.name, *encode_credential(each, timestamp_ms=1), timestamp_ms=1) for each in made_of]
