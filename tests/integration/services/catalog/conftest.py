"""A migrated catalog schema for each test, and the service over a log in memory that knows two tenants."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from libs.contracts.credentials import Tenant
from libs.contracts.events import SYSTEM, PlatformEvent, encode_platform_event
from libs.contracts.topics import EVENTS
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import EventLog, Record
from libs.pg.database import Database
from libs.projections.reactor_runner import ReactorRunner
from libs.service.app import create_service_app
from services.catalog.reactor import StarterSets, TenantCreated
from services.catalog.service import SERVICE
from services.catalog.settings import CatalogSettings
from tests.support.gateway import api_key, publish, publish_credentials
from tests.support.objects import log, projector_db, request_db, service_under_test, service_url
from tests.support.projections import FAST
from tests.support.serving import serving

__all__ = ["Keys", "log", "projector_db", "publish_tenant_created", "reacting", "request_db", "service_url"]

declared = service_under_test(SERVICE)


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


@pytest.fixture
async def keys(log: MemoryEventLog) -> Keys:
    """Both tenants and their keys, in the log."""
    acme = {}
    for role in ("viewer", "editor", "admin"):
        acme[role], record = api_key("acme", role)
        await publish_credentials(log, record)
    other, record = api_key("other", "admin")
    await publish_credentials(log, record, Tenant(tenant_id="acme", version=1), Tenant(tenant_id="other", version=1))
    return Keys(acme, other)


@pytest.fixture
def settings(service_url: str) -> CatalogSettings:
    """The service's settings for the test's database."""
    return CatalogSettings(database_url=service_url)


@pytest.fixture
async def client(settings: CatalogSettings, log: MemoryEventLog, keys: Keys) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running API."""
    async with serving(create_service_app(SERVICE, settings, log=log)) as client:
        yield client


async def publish_tenant_created(log: EventLog, tenant_id: str, *, service: str = "accounts") -> None:
    """Say that a tenant was created, as accounts does."""
    event = PlatformEvent(
        id=str(uuid.uuid4()),
        type="tenant.created",
        tenant_id=tenant_id,
        resource_type="tenant",
        resource_id=tenant_id,
        actor=SYSTEM.actor,
        occurred_at_ms=1,
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
