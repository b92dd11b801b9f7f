"""The catalog for tests: keys of two tenants, the starter sets' reactor, what the log says of the catalog."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from libs.contracts.events import SYSTEM, PlatformEvent, encode_platform_event
from libs.contracts.reference import ReferenceRecord, decode_reference
from libs.contracts.topics import EVENTS, REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import EventLog, Record
from libs.eventlog.replica import Replica
from libs.pg.database import Database
from libs.projections.reactor_runner import ReactorRunner
from services.catalog.reactor import StarterSets, TenantCreated
from tests.support.gateway.records import publish
from tests.support.projections import FAST


@dataclass(frozen=True, slots=True)
class Keys:
    """A key of each role for the tenant `acme`, and an admin key of the tenant `other`."""

    acme: dict[str, str]
    other: str

    def headers(self, role: str = "editor") -> dict[str, str]:
        """The headers of acme's key of a role."""
        return {"x-api-key": self.acme[role]}

    @property
    def other_headers(self) -> dict[str, str]:
        """The headers of the other tenant's key."""
        return {"x-api-key": self.other}


async def publish_tenant_created(log: EventLog, tenant_id: str, *, service: str = "accounts") -> None:
    """Say that a tenant was created, as accounts does."""
    event = PlatformEvent(
        id=str(uuid.uuid4()),
        type="tenant.created",
        tenant_id=tenant_id,
        resource_type="tenant",
        resource_id=tenant_id,
        actor=SYSTEM,
        occurred_at_ms=1,
        correlation_id="c1",
    )
    await publish(log, [Record(EVENTS.name, *encode_platform_event(event, service=service), timestamp_ms=1)])


@asynccontextmanager
async def reacting(log: EventLog, db: Database) -> AsyncIterator[ReactorRunner[TenantCreated]]:
    """Run the starter sets' reactor for the length of the block."""
    runner = ReactorRunner(log, db, StarterSets(), member="test", settings=FAST)
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        await runner.stop()
        await task


async def references(log: MemoryEventLog) -> dict[str, ReferenceRecord]:
    """What a service that reads the log to its end knows of the catalog, by id."""
    found: dict[str, ReferenceRecord] = {}

    def apply(record: Any) -> None:
        reference = decode_reference(record.value)
        known = found.get(reference.id)
        if known is None or known.version <= reference.version:
            found[reference.id] = reference

    replica = Replica(log, REFERENCE, apply)
    await replica.start()
    await replica.stop()
    return found
