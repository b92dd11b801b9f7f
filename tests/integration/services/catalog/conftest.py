"""A migrated catalog schema for each test, and the service over a log in memory that knows two tenants."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from libs.contracts.credentials import Tenant
from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.catalog.service import SERVICE
from services.catalog.settings import CatalogSettings
from tests.support.catalog import Keys
from tests.support.gateway.records import api_key, publish_credentials
from tests.support.objects import log, projector_db, request_db, service_under_test, service_url
from tests.support.serving import serving

__all__ = ["log", "projector_db", "request_db", "service_url"]

declared = service_under_test(SERVICE)


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
